"""The drift monitor: the live site against the Titan Map. It also shows the workbench of the map."""
