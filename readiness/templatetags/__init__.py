"""Template tags and filters of the pack."""
