"""Services of user accounts."""
