"""Measurements against peers, and drills. Outside CI: `make bench`, `make drill`."""
