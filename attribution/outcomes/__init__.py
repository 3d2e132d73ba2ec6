"""Reads a shop's exports row by row: maps columns, parses cells and reports errors. Independent of Django."""
