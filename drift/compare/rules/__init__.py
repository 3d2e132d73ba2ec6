"""One module for each part of the map: an index and a fact in, verdicts out. Pure."""
