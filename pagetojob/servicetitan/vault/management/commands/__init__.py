"""Commands about encryption keys."""
