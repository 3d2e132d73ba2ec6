"""Command: classify_request."""
