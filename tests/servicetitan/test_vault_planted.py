"""One planted secret through a whole life: kept, used, refused, turned, destroyed. Nobody finds it anywhere."""

import io
import logging
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from pagetojob.gates.models import EvidenceFile
from pagetojob.gates.registry import Environment
from pagetojob.logs import JsonFormatter
from pagetojob.platform.runs.services import claim_run, work_run
from pagetojob.platform.sealing import errors
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import OpsRole, StaffRole
from pagetojob.servicetitan.vault.models import Connection, SecretKind
from pagetojob.servicetitan.vault.services import Use, decrypt, disconnect, keep, rotation
from pagetojob.servicetitan.vault.tokens import Credentials, FreshToken, access_token
from tests.support.cast import SignIn
from tests.support.factories import make_user
from tests.support.vault import PLANTED, authorized, files_with, forms_of, rows_with, secret_of

log = logging.getLogger("pagetojob.test")


def a_careless_life(connected: Connection, tenant: Tenant, owner: User) -> None:
    """Everything that is done with a secret, by people who log all they hold."""
    other = authorized(tenant, owner, Environment.PRODUCTION)
    with pytest.raises(errors.NotAdmitted):
        keep(connection=other, kind=SecretKind.APP_KEY, value=SecretText(PLANTED), actor=owner, reason="Pasted.")

    def fetch(credentials: Credentials) -> FreshToken:
        log.warning("asking with %s", credentials, extra={"credentials": credentials})
        return FreshToken(SecretText(f"token-{PLANTED}"), timedelta(minutes=15))

    def fail(credentials: Credentials) -> FreshToken:
        raise RuntimeError(f"refused: {credentials}")

    token = access_token(connected, fetch=fetch)
    log.warning("token %s", token, extra={"token": token, "row": vars(secret_of(connected))})
    secret = decrypt(secret_of(connected), purpose=Use.TOKEN_REQUEST, by="gateway")
    log.warning(f"{secret!r} {secret:>30} {secret}", extra={"held": {"secret": secret}})
    list(rotation.reseal(made_before=timezone.now()))
    try:
        access_token(connected, fetch=fetch)
        fail(Credentials("stand-in", "1", secret, secret, secret))
    except RuntimeError:
        log.exception("failed")


@pytest.fixture
def logged() -> Generator[io.StringIO]:
    """Every line of every logger, SQL with its values too, in the form of production."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    loggers = [logging.getLogger(), logging.getLogger("django.db.backends")]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    connection.force_debug_cursor = True
    yield written
    connection.force_debug_cursor = False
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def dumped(tenant: Tenant) -> str:
    with scope.tenant(tenant.pk):
        out = io.StringIO()
        call_command("dumpdata", "vault", "audit.auditentry", "runs.run", stdout=out)
        return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_planted_secret_is_found_nowhere(
    logged: io.StringIO, connected: Connection, owner: User, signed_in: SignIn, tmp_path: Path
) -> None:
    tenant = connected.tenant
    a_careless_life(connected, tenant, owner)
    dumps = [dumped(tenant)]
    assert "vault.secret" in dumps[0] and rows_with(PLANTED) == [], "while it is kept"
    disconnect(connection=connected, actor=owner, reason="They leave.")
    with scope.worker():
        run = claim_run()
    assert run
    work_run(run)
    person = make_user(ops_role=OpsRole.LEAD, staff_role=StaffRole.ADMIN)
    client, admin_page = signed_in(person), f"/admin/tenants/tenant/{tenant.pk}/"
    paths = ("/ops/", "/ops/health", "/admin/", f"{admin_page}change/", f"{admin_page}history/")
    dumps += [client.get(path, follow=True).text for path in paths]
    dumps += [dumped(tenant), logged.getvalue()]
    assert all(word in dumps[-1] for word in ("asking with", "failed", "UPDATE", "vault_secret"))
    everything = "\n".join(dumps).encode()
    assert [form for form in forms_of(PLANTED) if form in everything] == []
    assert rows_with(PLANTED) == [] and files_with(PLANTED, [tmp_path]) == []


@pytest.mark.django_db(transaction=True)
def test_the_search_would_find_it(tenant: Tenant, tmp_path: Path) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(name=PLANTED)
    EvidenceFile.objects.create(name="x", content_type="text/plain", sha256="0" * 64, content=b"is " + PLANTED.encode())
    assert sorted(rows_with(PLANTED)) == ["gates_evidencefile", "tenants_tenant"]
    (tmp_path / "a.log").write_bytes(b"xx" + forms_of(PLANTED).pop() + b"xx")
    assert files_with(PLANTED, [tmp_path]) == [str(tmp_path / "a.log")]
