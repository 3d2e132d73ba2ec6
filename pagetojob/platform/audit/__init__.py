"""Append-only audit log of actions by people and of security events."""
