"""Create the roles, the database and the privileges that row-level security needs. Safe to run again.

There are five roles: the owner runs migrations; the app signs in and sees one tenant at a time; worker and operator are
roles that the app assumes for one transaction; backup dumps rows that row-level security would hide. For database
administrators:

    python -m pagetojob.local.provision --admin-url postgresql://... --database pagetojob

reads PAGETOJOB_OWNER_PASSWORD and PAGETOJOB_APP_PASSWORD (or the files that these names with _FILE name), and
generates passwords that are not given.
"""

import argparse
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import LiteralString

import psycopg
from psycopg import sql

from pagetojob.environment import env
from pagetojob.local.database_url import shown, with_database, with_login
from pagetojob.local.errors import LocalError

OWNER, APP, WORKER, OPERATOR, BACKUP = (
    "pagetojob_owner",
    "pagetojob_app",
    "pagetojob_worker",
    "pagetojob_operator",
    "pagetojob_backup",
)
ROLES = (OWNER, APP, WORKER, OPERATOR)
LOGINS = {"owner": OWNER, "app": APP}
MADE_UP_LENGTH = 24


@dataclass(frozen=True)
class DatabaseUrls:
    """Database URL of each login. A login whose password is unknown has none in its URL."""

    admin: str
    owner: str
    app: str
    generated: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Passwords generated in this run, by login (`owner`, `app`). Store them; there is no other copy."""
    notes: Sequence[str] = ()
    """Messages about optional steps that failed."""


def provision(
    admin_url: str,
    *,
    database: str = "pagetojob",
    passwords: Mapping[str, str] | None = None,
    rotate: bool = False,
) -> DatabaseUrls:
    """Create or correct roles, database and privileges, and return the URL of each login.

    `passwords` holds those of `owner` and `app`. A missing password is generated for a new role; an existing role keeps
    its password, unless `rotate` requests a new one.
    """
    if not may_provision(admin_url):
        raise LocalError(
            f"The login of {shown(admin_url)} cannot create roles and databases. "
            "Use a superuser, or a login with CREATEROLE and CREATEDB."
        )
    known = dict(passwords or {})
    generated: dict[str, str] = {}
    notes: list[str] = []
    with psycopg.connect(admin_url) as connection:
        # Run one process at a time: roles are shared by the whole server.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('pagetojob provision'))")
        new = {role for role in ROLES if _make_role(connection, role, login=role in LOGINS.values())}
        for login, role in LOGINS.items():
            if login not in known and (rotate or role in new):
                known[login] = generated[login] = secrets.token_hex(MADE_UP_LENGTH)
            if login in known:
                _set_password(connection, role, known[login])
        _grant_memberships(connection)
        notes += _make_backup_role(connection)
    notes += _make_database(admin_url, database)
    grant_connect(admin_url, database)
    _grant_schema(with_database(admin_url, database))
    return DatabaseUrls(
        admin=with_database(admin_url, database),
        owner=with_login(admin_url, database, OWNER, known.get("owner")),
        app=with_login(admin_url, database, APP, known.get("app")),
        generated=generated,
        notes=tuple(notes),
    )


def grant_connect(admin_url: str, database: str) -> None:
    """Let only our roles connect to a database. A database copied from a template starts without this."""
    name = sql.Identifier(database)
    ours = sql.SQL(", ").join(map(sql.Identifier, ROLES))
    with psycopg.connect(admin_url) as connection:
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(OWNER)))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        # TEMPORARY because row-level security forbids COPY, which then uses a temporary table.
        connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(name, ours))
        if _exists(connection, BACKUP):
            statement = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
            connection.execute(statement.format(name, sql.Identifier(BACKUP)))


def may_provision(admin_url: str) -> bool:
    """Return whether this login is a superuser, or may create roles and databases."""
    with psycopg.connect(admin_url) as connection:
        row = connection.execute(
            "SELECT rolsuper OR (rolcreaterole AND rolcreatedb) FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    return bool(row and row[0])


def _exists(connection: psycopg.Connection, role: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None


def _make_role(connection: psycopg.Connection, role: str, *, login: bool) -> bool:
    """Create the role, or remove attributes that it must not have; return whether it is new."""
    name = sql.Identifier(role)
    word = sql.SQL("LOGIN" if login else "NOLOGIN")
    if not _exists(connection, role):
        connection.execute(sql.SQL("CREATE ROLE {} {}").format(name, word))
        return True
    row = connection.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin "
        "FROM pg_roles WHERE rolname = %s",
        [role],
    ).fetchone()
    assert row is not None
    words = ("SUPERUSER", "BYPASSRLS", "CREATEROLE", "CREATEDB", "REPLICATION")
    # Change only what differs: naming an attribute, even to remove it, requires privileges over that attribute.
    changes = [sql.SQL("NO" + word) for word, has in zip(words, row, strict=False) if has]
    changes += [word] if row[5] != login else []
    if changes:
        connection.execute(sql.SQL("ALTER ROLE {} {}").format(name, sql.SQL(" ").join(changes)))
    return False


def _set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    """Set the password as a SCRAM verifier, so that it never appears in a server log."""
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier.decode()))
    )


def _grant_memberships(connection: psycopg.Connection) -> None:
    """Let the app assume worker and operator without inheriting from them. It must never become the owner."""
    statement = sql.SQL("GRANT {}, {} TO {} WITH INHERIT FALSE, SET TRUE")
    connection.execute(statement.format(*map(sql.Identifier, (WORKER, OPERATOR, APP))))
    if not _value(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        # An administrator without superuser rights can act for a role only as its member.
        statement = sql.SQL("GRANT {} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE")
        connection.execute(statement.format(sql.Identifier(OWNER)))
    for forbidden in (OWNER, BACKUP):
        if _exists(connection, forbidden) and _value(
            connection, "SELECT pg_has_role(%s, %s, 'MEMBER')", APP, forbidden
        ):
            raise LocalError(
                f"{APP} is a member of {forbidden} and could therefore read every tenant. Revoke this first."
            )


def _make_backup_role(connection: psycopg.Connection) -> list[str]:
    """Create the role for pg_dump that sees all rows. Only some administrators may create it."""
    name = sql.Identifier(BACKUP)
    try:
        with connection.transaction():
            if not _exists(connection, BACKUP):
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN BYPASSRLS").format(name))
            if not _value(connection, "SELECT pg_has_role(%s, 'pg_read_all_data', 'MEMBER')", BACKUP):
                connection.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(name))
    except psycopg.errors.InsufficientPrivilege:
        note = (
            f"The role {BACKUP} was not created: that needs a superuser. "
            "Until it exists, run pg_dump as a superuser; otherwise it misses rows."
        )
        return [note]
    return []


def _make_database(admin_url: str, database: str) -> list[str]:
    """Create the database with the same sort order everywhere, or give an existing one to the owner."""
    name, owner = sql.Identifier(database), sql.Identifier(OWNER)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        if not _value(connection, "SELECT 1 FROM pg_database WHERE datname = %s", database):
            statement = sql.SQL(
                "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' "
                "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
            )
            connection.execute(statement.format(name, owner))
            return []
        if _value(connection, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", database) != OWNER:
            connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner))
        same = "SELECT datlocprovider = 'b' AND datlocale = 'C.UTF-8' FROM pg_database WHERE datname = %s"
        if not _value(connection, same, database):
            return [f"The database {database} does not use the builtin locale C.UTF-8, so text may sort differently."]
    return []


def _grant_schema(database_url: str) -> None:
    """Let only the owner create objects and the app read them. All other privileges come from migrations."""
    owner, app = sql.Identifier(OWNER), sql.Identifier(APP)
    others = sql.SQL(", ").join(map(sql.Identifier, (APP, WORKER, OPERATOR)))
    with psycopg.connect(database_url) as connection:
        keeper = _value(connection, "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'")
        if keeper not in ("pg_database_owner", OWNER):
            connection.execute("ALTER SCHEMA public OWNER TO pg_database_owner")
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(owner))
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(owner))
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(others))
        defaults = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public {}")
        for kind in ("TABLES", "SEQUENCES"):
            # No privileges on sequences: keys are identity columns, which need none.
            revoke = sql.SQL("REVOKE ALL ON {} FROM {}").format(sql.SQL(kind), others)
            connection.execute(defaults.format(owner, revoke))
        connection.execute(defaults.format(owner, sql.SQL("GRANT SELECT ON TABLES TO {}").format(app)))


def _value(connection: psycopg.Connection, query: LiteralString, *values: str) -> object:
    row = connection.execute(query, values).fetchone()
    return row[0] if row else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command for database administrators."""
    parser = argparse.ArgumentParser(prog="python -m pagetojob.local.provision", description=__doc__)
    parser.add_argument(
        "--admin-url", help="a login that can create roles and databases (default: PAGETOJOB_ADMIN_URL)"
    )
    parser.add_argument("--database", default="pagetojob")
    parser.add_argument(
        "--rotate", action="store_true", help="set new passwords for logins whose password is not given"
    )
    options = parser.parse_args(arguments)
    admin_url = options.admin_url or env("PAGETOJOB_ADMIN_URL")
    if not admin_url:
        parser.error("give --admin-url, or set PAGETOJOB_ADMIN_URL, which other users of the machine cannot read")
    given = {login: env(f"PAGETOJOB_{login.upper()}_PASSWORD") for login in LOGINS}
    try:
        urls = provision(
            admin_url,
            database=options.database,
            passwords={login: password for login, password in given.items() if password},
            rotate=options.rotate,
        )
    except (LocalError, psycopg.Error) as error:
        print(f"Failed: {str(error).strip()}", file=sys.stderr)
        return 1
    print(f"The database {options.database} is ready, with the roles {', '.join(ROLES)}.")
    for login, role in LOGINS.items():
        if login in urls.generated:
            print(f"New password of {role}, shown only once: {urls.generated[login]}")
    for note in urls.notes:
        print(note)
    return 0


if __name__ == "__main__":
    sys.exit(main())
