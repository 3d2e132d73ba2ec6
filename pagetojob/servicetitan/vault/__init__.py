"""Connections to ServiceTitan and their secrets. The only code that encrypts and decrypts secrets."""
