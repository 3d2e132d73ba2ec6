"""Drift monitor: compares the live website with the Titan Map. Also contains the Titan Map workbench."""
