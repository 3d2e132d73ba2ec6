"""Database of an instance: the embedded one, or the server given in DATABASE_URL."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import psycopg

from pagetojob.local.database_url import libpq_url, shown, with_database
from pagetojob.local.errors import LocalError
from pagetojob.local.place import Place
from pagetojob.local.private import stored_secret
from pagetojob.local.provision import APP, LOGINS, OWNER, may_provision, provision

#: Built-in databases of a server; if the URL names one of these, we choose the name.
MAINTENANCE = ("", "postgres", "template0", "template1")


@dataclass(frozen=True)
class Logins:
    """URL for migrations and URL for everything else."""

    owner: str
    app: str


def embedded(place: Place, admin_url: str) -> Logins:
    """Set up roles and database in the embedded cluster, with passwords stored in the instance's folder."""
    passwords = {login: stored_secret(place.secret_file(f"{login}_password")) for login in LOGINS}
    urls = provision(admin_url, passwords=passwords)
    return Logins(urls.owner, urls.app)


def use_given_server(place: Place, environment: Mapping[str, str]) -> Logins:
    """Set up the server of DATABASE_URL if the login may do that; otherwise use it unchanged."""
    url = libpq_url(environment["DATABASE_URL"])
    if environment.get("DATABASE_OWNER_URL"):
        return Logins(libpq_url(environment["DATABASE_OWNER_URL"]), url)
    admin_url = with_database(url, "postgres")
    try:
        able = may_provision(admin_url)
    except psycopg.OperationalError as error:
        raise LocalError(f"DATABASE_URL ({shown(url)}) cannot be reached: {str(error).strip()}") from error
    if not able:
        raise LocalError(
            "The login in DATABASE_URL cannot create roles and databases, so it is used only for the app. "
            f"For migrations, also set DATABASE_OWNER_URL to the login that owns the tables (such as {OWNER}). "
            "Or use a superuser in DATABASE_URL, and both are created for you."
        )
    name = unquote(urlsplit(url).path.lstrip("/"))
    urls = provision(
        admin_url,
        database="pagetojob" if name in MAINTENANCE else name,
        passwords=_stored_passwords(place, admin_url),
    )
    for note in urls.notes:
        print(note)
    return Logins(urls.owner, urls.app)


def _stored_passwords(place: Place, admin_url: str) -> dict[str, str]:
    """Return the passwords of our roles on this server. Refuses roles that someone else set up."""
    server = hashlib.sha256(urlsplit(admin_url).netloc.rpartition("@")[2].encode()).hexdigest()[:12]
    files = {login: place.secret_file(f"{server}_{login}_password") for login in LOGINS}
    with psycopg.connect(admin_url) as connection:
        existing = connection.execute("SELECT rolname FROM pg_roles WHERE rolname IN (%s, %s)", [OWNER, APP]).fetchall()
    if existing and not all(file.exists() for file in files.values()):
        names = " and ".join(sorted(row[0] for row in existing))
        raise LocalError(
            f"The server of DATABASE_URL already has {names}, with unknown passwords. "
            f"Set DATABASE_URL to the login {APP} and DATABASE_OWNER_URL to the login {OWNER}."
        )
    return {login: stored_secret(file) for login, file in files.items()}
