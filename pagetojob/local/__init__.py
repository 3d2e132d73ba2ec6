"""Embedded PostgreSQL and Valkey and the supervisor behind ``make run``.

For newcomers and tests, never for production: there, `DATABASE_URL` and `REDIS_URL` point at real servers.
Everything here but the database set-up works without Django, so that it can speak before settings exist.
"""
