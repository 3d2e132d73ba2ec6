"""Linkage run from the command line."""
