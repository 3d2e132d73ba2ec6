"""Commands: check_domain."""
