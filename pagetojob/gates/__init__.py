"""Feature flags, and the gates that keep them off until evidence opens them."""
