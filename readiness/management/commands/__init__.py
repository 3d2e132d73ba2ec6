"""Commands of the readiness app."""
