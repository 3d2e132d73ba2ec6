"""Django's PostgreSQL backend with a client-side timeout. See base.py."""
