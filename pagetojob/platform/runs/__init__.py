"""Durable background work with progress, and the duties that come round by the clock."""
