"""Embedded PostgreSQL and Valkey, and the supervisor behind ``make run``.

For development and tests, never for production: there, `DATABASE_URL` and `REDIS_URL` refer to real servers. Everything
here except the database setup and `preload` works without Django, so that it can report errors before settings exist.
"""
