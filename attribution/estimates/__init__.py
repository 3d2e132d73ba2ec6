"""Model weights estimated from a tenant's own decisions, shown with their effect and applied by a person."""
