"""Duties run from the command line."""
