"""The same database server, as somebody else or in another database."""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pagetojob.local.errors import LocalError

SCHEMES = ("postgres", "postgresql", "psql", "pgsql")


def with_database(url: str, database: str) -> str:
    """The URL with another database."""
    parts = urlsplit(libpq_url(url))
    return urlunsplit(parts._replace(path="/" + quote(database, safe="")))


def with_login(url: str, database: str, user: str, password: str | None) -> str:
    """The URL with another database and another login; all other options stay."""
    parts = urlsplit(with_database(url, database))
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    options = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("user", "password")]
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{login}@{place}", query=urlencode(options)))


def libpq_url(url: str) -> str:
    """The URL under the scheme that libpq knows; refuses what is not a PostgreSQL URL."""
    scheme, colon, rest = url.partition("://")
    if not colon or scheme not in SCHEMES:
        raise LocalError("DATABASE_URL must look like postgresql://user:password@host:5432/database.")
    return f"postgresql://{rest}"


def shown(url: str) -> str:
    """The URL without its password, for messages."""
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0].partition(":")[0]
    place = parts.netloc.rpartition("@")[2]
    netloc = f"{user}@{place}" if user else place
    return urlunsplit(parts._replace(netloc=netloc, query=""))
