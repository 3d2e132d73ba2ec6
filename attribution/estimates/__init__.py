"""A tenant's own weights, from its own decisions: estimated, shown with their effect, applied by a person."""
