"""The readiness pack: what is ready, what is gated, who owes the next step. Read by people outside."""
