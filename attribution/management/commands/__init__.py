"""Commands of attribution."""
