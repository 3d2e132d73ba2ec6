"""Advisory locks of the present transaction, which release at its end.

A lock has a name or a number, and optionally a row's key under the name. Releases that run at the same time exclude
each other only by the same name, so a name never changes. For work that commits several transactions, see `run_lock`.
"""

from typing import Any

from .base import fetch_value


def wait_for_lock(name: str | int, row: int | None = None, *, shared: bool = False) -> None:
    """Wait for a lock and take it. Makes one query."""
    _call("pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock", name, row)


def try_lock(name: str | int, row: int | None = None, *, shared: bool = False) -> bool:
    """Take a lock without waiting; return whether it was free. Makes one query."""
    return bool(_call("pg_try_advisory_xact_lock_shared" if shared else "pg_try_advisory_xact_lock", name, row))


def _call(function: str, name: str | int, row: int | None) -> Any:
    keys = ("hashtext(%s)" if isinstance(name, str) else "%s") + ("" if row is None else ", %s")
    return fetch_value(f"SELECT {function}({keys})", [name] if row is None else [name, row])
