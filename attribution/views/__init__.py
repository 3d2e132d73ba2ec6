"""The operators' pages of attribution: through a door, one call, a page."""
