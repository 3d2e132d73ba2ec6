"""Template filters of attribution."""
