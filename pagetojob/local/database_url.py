"""Variants of a database URL, with another database or login."""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pagetojob.local.errors import LocalError

SCHEMES = ("postgres", "postgresql", "psql", "pgsql")


def with_database(url: str, database: str) -> str:
    """Return the URL with another database."""
    parts = urlsplit(libpq_url(url))
    return urlunsplit(parts._replace(path="/" + quote(database, safe="")))


def with_login(url: str, database: str, user: str, password: str | None) -> str:
    """Return the URL with another database and login. All other options are unchanged."""
    parts = urlsplit(with_database(url, database))
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    options = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("user", "password")]
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{login}@{place}", query=urlencode(options)))


def libpq_url(url: str) -> str:
    """Return the URL with the scheme that libpq knows. Raises LocalError if it is not a PostgreSQL URL."""
    scheme, colon, rest = url.partition("://")
    if not colon or scheme not in SCHEMES:
        raise LocalError("DATABASE_URL must look like postgresql://user:password@host:5432/database.")
    return f"postgresql://{rest}"


def shown(url: str) -> str:
    """Return the URL without its password, for messages."""
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0].partition(":")[0]
    place = parts.netloc.rpartition("@")[2]
    netloc = f"{user}@{place}" if user else place
    return urlunsplit(parts._replace(netloc=netloc, query=""))
