"""Outcomes of leads: exported files, links, sealed months and proof packets."""
