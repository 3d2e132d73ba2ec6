"""A connection with secrets in it, in the one environment that tests may open: the stand-in's."""

import base64
import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from pagetojob.gates.registry import Environment
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.models import Connection, Secret, SecretKind
from pagetojob.servicetitan.vault.services import connections, keep

#: One text that stands in no other place of the house; wherever it is found, it leaked.
PLANTED = "pl4nted-s3cret-never-shown-anywhere"
APP_KEY, CLIENT_ID, CLIENT_SECRET = f"ak1.{PLANTED}", f"cid.{PLANTED}", f"cs2.{PLANTED}"
SCOPES = ("tn.crm.bookings:r", "tn.crm.bookings:w", "tn.crm.bookingprovidertags:r")


@pytest.fixture
def stand_in(settings: Any) -> None:
    """The stand-in's addresses are set, so its environment takes secrets of a demo tenant."""
    settings.SERVICETITAN_STANDIN_AUTH_URL = "http://127.0.0.1:9"
    settings.SERVICETITAN_STANDIN_API_URL = "http://127.0.0.1:9"


@contextmanager
def changed_data_keys() -> Generator[None]:
    """Change a byte of each stored data key, and change it back."""
    change = "UPDATE vault_datakey SET wrapped = set_byte(wrapped, 20, 255 - get_byte(wrapped, 20))"
    with scope.worker(), connection.cursor() as cursor:
        cursor.execute(change)
    yield
    with scope.worker(), connection.cursor() as cursor:
        cursor.execute(change)


def authorized(tenant: Tenant, actor: User, environment: Environment = Environment.SIMULATOR) -> Connection:
    """A connection their admin has allowed, with nothing kept."""
    row, _ = connections.begin(tenant=tenant, environment=environment, actor=actor, reason="The customer asked for it.")
    connections.ask_approval(connection=row, actor=actor, reason="Sent to their admin.")
    return connections.authorize(
        connection=row,
        servicetitan_tenant="1011756844",
        scopes=SCOPES,
        modules=("Scheduling Pro",),
        actor=actor,
        reason="Their admin allowed it.",
    )


def fill(connection: Connection, actor: User) -> None:
    """Keep all three secrets a token request needs."""
    for kind, text in (
        (SecretKind.APP_KEY, APP_KEY),
        (SecretKind.CLIENT_ID, CLIENT_ID),
        (SecretKind.CLIENT_SECRET, CLIENT_SECRET),
    ):
        keep(connection=connection, kind=kind, value=SecretText(text), actor=actor, reason="From their portal.")


@pytest.fixture
def connected(tenant: Tenant, owner: User, stand_in: None) -> Connection:
    """An active connection of the demo tenant, with app key, client id and client secret."""
    row = authorized(tenant, owner)
    fill(row, owner)
    return connections.activate(connection=row, actor=owner, reason="Everything is there.")


def secret_of(connection: Connection, kind: SecretKind = SecretKind.CLIENT_SECRET) -> Secret:
    with scope.tenant(connection.tenant_id):
        return Secret.objects.select_related("data_key").get(connection=connection, kind=kind)


def forms_of(text: str) -> set[bytes]:
    """A text as it may turn up: as it is, in hexadecimal, in base64 at each of its three offsets."""
    raw = text.encode()
    shifted = (base64.b64encode(b" " * shift + raw)[4 if shift else 0 : -4] for shift in range(3))
    return {raw, raw.hex().encode(), *shifted}


def rows_with(text: str) -> list[str]:
    """The tables of this process's database in which a text stands in any column, committed rows only.

    As an administrator, so no policy hides a row. Bytes come out in hexadecimal.
    """
    wanted = [form.decode() for form in forms_of(text)]
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as admin:
        tables = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        form = []
        for (table,) in tables:
            query = sql.SQL("SELECT count(*) FROM {} AS r WHERE r::text LIKE ANY (%s)").format(sql.Identifier(table))
            row = admin.execute(query, [[f"%{text_form}%" for text_form in wanted]]).fetchone()
            if row and row[0]:
                form.append(table)
        return form


def files_with(text: str, folders: Iterable[Path]) -> list[str]:
    """The files below some folders in which a text stands."""
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return [str(file) for file in files if any(form in file.read_bytes() for form in forms_of(text))]
