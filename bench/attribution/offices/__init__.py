"""Generators of offices by authors who knew neither the linkage nor its documentation, each module one office.

Each has `write(folder, *, seed, leads)`, which writes the files that `bench.attribution.folders` reads. Which of them
were at first sight when they were measured, and what was changed after, is in docs/explanation/linkage-measurements.md.
"""
