"""Find out whether the migrations that a database has applied are those of this clone."""

import psycopg

from pagetojob.local.database_url import shown
from pagetojob.local.errors import LocalError
from pagetojob.local.place import CLONE, Place

PACKAGES = ("pagetojob", "readiness", "syncqueue", "drift", "attribution")
FOREIGN = "was made by another version of PageToJob, and this version cannot update it."


def refuse_foreign_migrations(url: str, place: Place, *, embedded: bool) -> None:
    """Raise LocalError if the database has a migration of our apps that this clone does not have.

    The database is only read: nothing is changed or removed.
    """
    known = known_migrations()
    if all(name in known.get(app, {name}) for app, name in applied_migrations(url)):
        return
    if not embedded:
        raise LocalError(f"The database in DATABASE_URL {FOREIGN} Set DATABASE_URL to an empty database.")
    remove = '"make clean"' if place.root == CLONE / ".local" else f'"rm -r {place.root}"'
    raise LocalError(f'This local database {FOREIGN} Remove it and its data with {remove}, then run "make run" again.')


def known_migrations() -> dict[str, set[str]]:
    """Return the names of the migrations of each of our apps in the clone."""
    known: dict[str, set[str]] = {}
    for package in PACKAGES:
        for path in (CLONE / package).glob("**/migrations/[0-9]*.py"):
            known.setdefault(path.parent.parent.name, set()).add(path.stem)
    return known


def applied_migrations(url: str) -> list[tuple[str, str]]:
    """Return app and name of every migration that the database has applied; an empty database has none."""
    try:
        with psycopg.connect(url) as connection:
            table = connection.execute("SELECT to_regclass('django_migrations')").fetchone()
            if table is None or table[0] is None:
                return []
            return connection.execute("SELECT app, name FROM django_migrations").fetchall()
    except psycopg.OperationalError as error:
        raise LocalError(f"The database ({shown(url)}) cannot be reached: {str(error).strip()}") from error
