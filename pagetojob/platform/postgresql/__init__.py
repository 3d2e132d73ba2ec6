"""Django's PostgreSQL backend, with an end to the client's patience. See base.py."""
