"""Roles, database and rights."""

from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from pagetojob.local import databases
from pagetojob.local.database_url import with_database, with_login
from pagetojob.local.errors import LocalError
from pagetojob.local.place import Place
from pagetojob.local.postgres import Postgres
from pagetojob.local.provision import (
    APP,
    BACKUP,
    OPERATOR,
    OWNER,
    ROLES,
    WORKER,
    DatabaseUrls,
    grant_connect,
    main,
    provision,
)

TENANT_TABLE = f"""
CREATE TABLE item (id bigint GENERATED ALWAYS AS IDENTITY, tenant_id bigint NOT NULL);
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
CREATE POLICY app ON item TO {APP}
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::bigint);
CREATE POLICY worker ON item TO {WORKER} USING (true);
GRANT SELECT ON item TO {WORKER};
CREATE TABLE for_worker (id bigint);
REVOKE ALL ON for_worker FROM {APP};
GRANT SELECT ON for_worker TO {WORKER};
INSERT INTO item (tenant_id) VALUES (1), (2);
"""


def ask(url: str, *statements: str) -> list[tuple[object, ...]]:
    """The rows of the last statement; all in one transaction."""
    with psycopg.connect(url) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


@pytest.fixture
def urls(cluster: Postgres) -> DatabaseUrls:
    """A database as `make run` makes it."""
    return provision(cluster.admin_url)


def test_the_logins_have_no_rights_beyond_their_work(urls: DatabaseUrls) -> None:
    query = (
        "SELECT rolname, rolcanlogin, rolbypassrls, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication "
        "FROM pg_roles WHERE rolname LIKE 'pagetojob%'"
    )
    rows = {str(row[0]): row[1:] for row in ask(urls.admin, query)}
    assert rows == {
        OWNER: (True, False, False),
        APP: (True, False, False),
        WORKER: (False, False, False),
        OPERATOR: (False, False, False),
        BACKUP: (False, True, False),
    }


def test_the_owner_owns_the_database_and_the_app_may_not_create(urls: DatabaseUrls) -> None:
    assert ask(urls.owner, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'pagetojob'") == [(OWNER,)]
    ask(urls.owner, "CREATE TABLE made (id bigint)")
    with pytest.raises(errors.InsufficientPrivilege):
        ask(urls.app, "CREATE TABLE not_made (id bigint)")
    with pytest.raises(errors.InsufficientPrivilege):
        ask(urls.app, f"SET ROLE {OWNER}")


MADE = "CREATE TABLE made (id bigint GENERATED ALWAYS AS IDENTITY, word text)"


def test_what_the_owner_makes_the_app_may_read_and_the_others_not_even_that(urls: DatabaseUrls) -> None:
    ask(urls.owner, MADE, "INSERT INTO made (word) VALUES ('a')")
    assert ask(urls.app, "SELECT word FROM made") == [("a",)]
    writes = ("INSERT INTO made (word) VALUES ('b')", "UPDATE made SET word = 'b'", "DELETE FROM made", "TRUNCATE made")
    for statement in (*writes, "SELECT last_value FROM made_id_seq"):
        with pytest.raises(errors.InsufficientPrivilege):
            ask(urls.app, statement)
    for role in (WORKER, OPERATOR):
        with pytest.raises(errors.InsufficientPrivilege):
            ask(urls.app, f"SET LOCAL ROLE {role}", "SELECT * FROM made")


def test_the_app_reads_as_worker_only_after_putting_the_role_on(urls: DatabaseUrls) -> None:
    ask(urls.owner, TENANT_TABLE)
    assert ask(urls.app, "SELECT count(*) FROM item") == [(0,)]
    assert ask(urls.app, "SET LOCAL app.tenant = '2'", "SELECT count(*) FROM item") == [(1,)]
    assert ask(urls.app, f"SET LOCAL ROLE {WORKER}", "SELECT count(*) FROM item") == [(2,)]
    with pytest.raises(errors.InsufficientPrivilege):
        ask(urls.app, "SELECT * FROM for_worker")
    ask(urls.app, f"SET LOCAL ROLE {WORKER}", "SELECT * FROM for_worker")


def test_other_roles_cannot_connect(cluster: Postgres, urls: DatabaseUrls) -> None:
    ask(urls.admin, "CREATE ROLE passer_by LOGIN PASSWORD 'x'")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        ask(with_login(cluster.admin_url, "pagetojob", "passer_by", "x"), "SELECT 1")


def test_a_copy_of_the_database_is_open_to_our_roles_once_connect_is_granted(
    cluster: Postgres, urls: DatabaseUrls
) -> None:
    ask(urls.owner, TENANT_TABLE)
    with psycopg.connect(cluster.admin_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE copied TEMPLATE pagetojob OWNER {OWNER}")
        connection.execute("CREATE ROLE passer_by LOGIN PASSWORD 'x'")
    grant_connect(cluster.admin_url, "copied")
    copied = with_database(urls.app, "copied")
    assert ask(copied, f"SET LOCAL ROLE {WORKER}", "SELECT count(*) FROM item") == [(2,)]
    ask(copied, "CREATE TEMPORARY TABLE coming_in (line text)")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        ask(with_login(cluster.admin_url, "copied", "passer_by", "x"), "SELECT 1")


def test_running_it_again_changes_nothing_and_keeps_the_passwords(cluster: Postgres, urls: DatabaseUrls) -> None:
    rights = (
        "SELECT datacl::text, (SELECT nspacl::text FROM pg_namespace WHERE nspname = 'public'), "
        "(SELECT string_agg(defaclacl::text, ' ' ORDER BY oid) FROM pg_default_acl), "
        "(SELECT string_agg(concat(roleid, member, inherit_option, set_option), ' ' ORDER BY oid) FROM pg_auth_members)"
        "FROM pg_database WHERE datname = 'pagetojob'"
    )
    before = ask(urls.admin, rights)
    again = provision(cluster.admin_url)
    assert ask(urls.admin, rights) == before
    assert again.generated == {}
    assert again.app == with_login(cluster.admin_url, "pagetojob", APP, None)
    assert ask(urls.app, "SELECT 1") == [(1,)]


def test_new_passwords_only_when_asked_for(cluster: Postgres, urls: DatabaseUrls) -> None:
    turned = provision(cluster.admin_url, rotate=True)
    assert set(turned.generated) == {"owner", "app"}
    assert ask(turned.app, "SELECT 1") == [(1,)]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        ask(urls.app, "SELECT 1")


def test_any_password_works_and_the_server_never_sees_it_in_clear(cluster: Postgres) -> None:
    ask(cluster.admin_url, "ALTER ROLE postgres SET log_statement = 'all'")
    odd = "a b/%:@'\"ö"
    urls = provision(cluster.admin_url, passwords={"owner": odd, "app": "other" + odd})
    assert ask(urls.owner, "SELECT 1") == ask(urls.app, "SELECT 1") == [(1,)]
    log = cluster.log.read_text()
    assert "ALTER ROLE" in log and odd not in log and odd.replace("'", "''") not in log


def test_a_granted_write_needs_no_right_on_the_sequence(urls: DatabaseUrls) -> None:
    ask(urls.owner, MADE, f"GRANT INSERT (word) ON made TO {APP}")
    ask(urls.app, "INSERT INTO made (word) VALUES ('a')")
    assert ask(urls.app, "SELECT id, word FROM made") == [(1, "a")]


def test_wider_defaults_of_an_earlier_version_are_taken_back(cluster: Postgres, urls: DatabaseUrls) -> None:
    wide = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON"
    ask(urls.owner, f"{wide} TABLES TO {APP}, {WORKER}", f"{wide} SEQUENCES TO {APP}, {OPERATOR}")
    provision(cluster.admin_url)
    acl = "SELECT defaclobjtype, defaclacl::text FROM pg_default_acl"
    assert ask(urls.admin, acl) == [("r", f"{{{APP}=r/{OWNER}}}")]


def test_rights_that_crept_in_are_taken_back(cluster: Postgres, urls: DatabaseUrls) -> None:
    ask(urls.admin, f"ALTER ROLE {APP} BYPASSRLS SUPERUSER", f"ALTER ROLE {WORKER} LOGIN CREATEDB")
    provision(cluster.admin_url)
    names = f"rolname IN ('{APP}', '{WORKER}')"
    query = f"SELECT count(*) FROM pg_roles WHERE {names} AND (rolsuper OR rolbypassrls OR rolcreatedb)"
    assert ask(urls.admin, query) == [(0,)]


@pytest.mark.parametrize("role", [OWNER, BACKUP])
def test_an_app_that_could_become_too_much_is_refused(cluster: Postgres, urls: DatabaseUrls, role: str) -> None:
    ask(urls.admin, f"GRANT {role} TO {APP}")
    with pytest.raises(LocalError, match=f"{APP} is a member of {role}"):
        provision(cluster.admin_url)


def administrator(cluster: Postgres, rights: str) -> str:
    """The URL of a login with these rights that is no superuser."""
    ask(cluster.admin_url, f"CREATE ROLE dba LOGIN PASSWORD 'x' {rights}")
    return with_login(cluster.admin_url, "postgres", "dba", "x")


def test_an_administrator_without_superuser_can_do_it_except_the_backup_role(
    cluster: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    admin_url = administrator(cluster, "CREATEROLE CREATEDB")
    assert main(["--admin-url", admin_url]) == 0
    words = capsys.readouterr().out
    assert all(role in words for role in ROLES)
    assert f"The role {BACKUP} was not created: that needs a superuser." in words
    assert main(["--admin-url", admin_url]) == 0


def test_the_command_shows_a_password_only_when_it_made_it_up(
    cluster: Postgres, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGETOJOB_APP_PASSWORD", "given-by-the-administrator")
    monkeypatch.setenv("PAGETOJOB_ADMIN_URL", cluster.admin_url)
    assert main([]) == 0
    words = capsys.readouterr().out
    assert "given-by-the-administrator" not in words
    assert f"New password of {OWNER}" in words and f"New password of {APP}" not in words
    assert main([]) == 0
    assert "password" not in capsys.readouterr().out.lower()


def test_a_login_without_privileges_gets_an_explanation(cluster: Postgres, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--admin-url", administrator(cluster, "")]) == 1
    words = capsys.readouterr().err
    assert "CREATEROLE and CREATEDB" in words and ":x@" not in words


def test_a_given_server_is_provisioned_and_the_passwords_are_stored(cluster: Postgres, tmp_path: Path) -> None:
    place = Place.of(tmp_path / "instance")
    first = databases.use_given_server(place, {"DATABASE_URL": cluster.admin_url})
    assert ask(first.app, "SELECT current_user, current_database()") == [(APP, "pagetojob")]
    assert databases.use_given_server(place, {"DATABASE_URL": cluster.admin_url}) == first
    named = databases.use_given_server(place, {"DATABASE_URL": with_database(cluster.admin_url, "shop")})
    assert ask(named.owner, "SELECT current_user, current_database()") == [(OWNER, "shop")]


def test_roles_set_up_by_others_are_never_taken_over(cluster: Postgres, urls: DatabaseUrls, tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=f"already has {APP} and {OWNER}.*DATABASE_OWNER_URL"):
        databases.use_given_server(Place.of(tmp_path / "instance"), {"DATABASE_URL": cluster.admin_url})
    assert ask(urls.app, "SELECT 1") == [(1,)]


def test_a_plain_login_also_needs_the_owner_url(urls: DatabaseUrls, tmp_path: Path) -> None:
    place = Place.of(tmp_path / "instance")
    with pytest.raises(LocalError, match="also set DATABASE_OWNER_URL"):
        databases.use_given_server(place, {"DATABASE_URL": urls.app})
    both = databases.use_given_server(place, {"DATABASE_URL": urls.app, "DATABASE_OWNER_URL": urls.owner})
    assert (both.app, both.owner) == (urls.app, urls.owner)


def test_a_server_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"postgresql://me@127\.0\.0\.1:1/shop.*cannot be reached") as caught:
        databases.use_given_server(Place.of(tmp_path), {"DATABASE_URL": "postgres://me:hush@127.0.0.1:1/shop"})
    assert "hush" not in str(caught.value)
