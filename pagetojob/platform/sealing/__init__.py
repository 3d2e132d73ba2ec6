"""Authenticated encryption of stored values: the key ring, sealed fields, and values that never print themselves."""
