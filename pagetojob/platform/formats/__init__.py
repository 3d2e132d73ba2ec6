"""Formats of the admin that differ from Django's."""
