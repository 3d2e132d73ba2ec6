"""Filters of the templates of attribution."""
