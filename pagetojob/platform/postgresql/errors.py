"""Which database errors mean that PostgreSQL is unavailable, as opposed to an error in our own statement."""

from django.db import InterfaceError, InternalError, OperationalError

#: Unreachable, starting, out of resources, interrupted, or read-only as a replica is during a failover (SQLSTATE 25006,
#: which is an InternalError). The same statement can succeed later.
UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
