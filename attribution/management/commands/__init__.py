"""Management commands of attribution."""
