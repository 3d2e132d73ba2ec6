"""What people do, plus security events: an append-only log."""
