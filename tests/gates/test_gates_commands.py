"""`manage.py flags` and `manage.py evidence`: scripts read every decision and record proof, but never confirm it."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, ManagementUtility, call_command
from django.utils import timezone

from pagetojob.gates.models import Evidence
from pagetojob.gates.registry import FLAGS, Environment, Gate
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.cast import SignIn
from tests.support.gates import prove, prove_all, wish


def run(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def flags(*options: str) -> list[dict[str, Any]]:
    document = json.loads(run("flags", "--json", *options))
    assert document["schema"] == "pagetojob.flags/1"
    decisions: list[dict[str, Any]] = document["decisions"]
    return decisions


ADD = ("evidence", "add", "--kind", "confirmation", "--grade", "confirmed by customer", "--summary", "Signed.")


def add(tenant: Tenant, person: User, *more: str, gate: str = "privacy review") -> str:
    day = str((timezone.now() + timedelta(days=30)).date())
    about = ("--gate", gate, "--tenant", tenant.slug, "--recorded-by", person.email, "--last-day", day)
    return run(*ADD, *about, *(more or ("--url", "/review")))


def test_it_prints_every_decision_and_what_is_missing(tenant: Tenant, other_tenant: Tenant) -> None:
    decisions = flags()
    assert len(decisions) == 2 * len(FLAGS) * len(Environment)
    decision = next(
        row for row in decisions if row["flag"] == "api-booking-sync" and row["environment"] == "production"
    )
    assert decision["on"] is False
    assert {"what", "holder", "sentence"} == set(decision["missing"][0])
    assert {row["tenant"] for row in flags("--tenant", tenant.slug)} == {tenant.slug}
    assert {row["environment"] for row in flags("--environment", "stand-in")} == {"stand-in"}
    plain = run("flags", "--tenant", tenant.slug, "--environment", "production")
    assert "partner approval (PageToJob): ServiceTitan has not approved" in plain


def test_an_active_feature_shows_its_expiry(tenant: Tenant) -> None:
    wish(tenant, *FLAGS)
    prove_all(tenant)
    decisions = flags("--tenant", tenant.slug, "--environment", "production")
    assert all(row["on"] and not row["missing"] for row in decisions)
    assert {bool(row["valid_until"]) for row in decisions if FLAGS[row["flag"]].gates} == {True}


@pytest.mark.parametrize("command", [("flags", "--json"), ("evidence", "list")])
def test_an_unknown_tenant_is_an_error_of_its_own(db: None, command: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="There is no tenant “nobody”") as refused:
        run(*command, "--tenant", "nobody")
    assert refused.value.returncode == 2


def test_a_script_records_unconfirmed_evidence(tenant: Tenant, operator: User) -> None:
    assert "privacy review: to confirm" in add(tenant, operator)
    with scope.tenant(tenant.pk):
        row = Evidence.objects.get(tenant=tenant)
    assert (row.recorded_by_id, row.confirmed_at) == (operator.pk, None)


def test_evidence_about_pagetojob_is_recorded_with_the_pack(editor: User) -> None:
    arguments = ("--gate", "partner approval", "--last-day", str((timezone.now() + timedelta(days=9)).date()))
    run(*ADD, *arguments, "--grade", "issued by third party", "--url", "/letter", "--recorded-by", editor.email)
    assert Evidence.objects.get().tenant_id is None
    with pytest.raises(CommandError, match="for each tenant"):
        run(*ADD, "--gate", "privacy review", *arguments[2:], "--url", "/x", "--recorded-by", editor.email)


def test_a_file_is_stored_by_its_content(tenant: Tenant, operator: User, tmp_path: Path) -> None:
    proof = tmp_path / "review.txt"
    proof.write_text("Signed by both sides.")
    output = add(tenant, operator, "--file", str(proof))
    assert "privacy review: to confirm" in output
    proof.write_bytes(b"MZ\x90\x00")
    with pytest.raises(CommandError, match="must be a PDF"):
        add(tenant, operator, "--file", str(proof))
    with pytest.raises(CommandError, match="cannot be read") as refused:
        add(tenant, operator, "--file", str(tmp_path / "gone.pdf"))
    assert refused.value.returncode == 2


def test_scopes_are_named_individually(tenant: Tenant, operator: User) -> None:
    granted = ("--grade", "issued by third party", "--url", "/x")
    with pytest.raises(CommandError, match="Select the scopes"):
        add(tenant, operator, *granted, gate="scopes granted")
    add(
        tenant,
        operator,
        *granted,
        "--covers",
        "tn.crm.bookings:r",
        "--covers",
        "tn.crm.bookings:w",
        gate="scopes granted",
    )
    with scope.tenant(tenant.pk):
        assert Evidence.objects.get(tenant=tenant).covers == ["tn.crm.bookings:r", "tn.crm.bookings:w"]


def test_it_never_confirms(tenant: Tenant, operator: User, lead_operator: User) -> None:
    row = prove(Gate.PRIVACY_REVIEW, tenant=tenant, confirmed=False)
    for command in (
        (*ADD, "--gate", "privacy review", "--last-day", "2027-01-01", "--recorded-by", operator.email, "--confirm"),
        ("evidence", "revoke", str(row.public_id), "--reason", "x", "--recorded-by", operator.email, "--confirm"),
    ):
        with pytest.raises(CommandError, match="two people who are signed in") as refused:
            run(*command)
        assert refused.value.returncode == 2
    with pytest.raises(CommandError):
        run("evidence", "confirm", str(row.public_id))
    with scope.tenant(tenant.pk):
        assert [(one.pk, one.confirmed_at, one.revoked_at) for one in Evidence.objects.filter(tenant=tenant)] == [
            (row.pk, None, None)
        ]


def test_a_revocation_at_the_shell_carries_no_name_as_its_author(
    tenant: Tenant, operator: User, signed_in: SignIn
) -> None:
    row = prove(Gate.PRIVACY_REVIEW, tenant=tenant)
    output = run("evidence", "revoke", str(row.public_id), "--reason", "Wrong.", "--recorded-by", operator.email)
    assert "privacy review: revoked" in output
    with scope.operator(operator, reason="test"):
        line = AuditEntry.objects.get(action="gates.evidence.revoke")
    assert (line.actor_id, line.actor_label, line.reason, line.tenant_id) == (None, "command line", "Wrong.", tenant.pk)
    assert line.changes["named"] == [None, f"tenants.user:{operator.public_id}"]
    with scope.tenant(tenant.pk):
        row.refresh_from_db()
    assert row.revoked_at and row.revoked_by is None
    assert "at the shell: Wrong." in signed_in(operator).get(f"/ops/gates/{tenant.slug}/").text


def test_only_people_with_permission_can_record(tenant: Tenant, viewer: User, owner: User, editor: User) -> None:
    for person in (viewer, owner):
        with pytest.raises(CommandError, match="operators and staff editors") as refused:
            add(tenant, person)
        assert refused.value.returncode == 2
    add(tenant, editor)


def test_it_lists_evidence_of_tenants_and_pagetojob_separately(tenant: Tenant, other_tenant: Tenant) -> None:
    prove(Gate.PRIVACY_REVIEW, tenant=tenant)
    prove(Gate.CUSTOMER_AUTHORIZATION, tenant=other_tenant)
    prove(Gate.PARTNER_APPROVAL, lapsed=True)
    own = json.loads(run("evidence", "list", "--json", "--tenant", tenant.slug))
    assert (own["schema"], [(row["gate"], row["state"]) for row in own["evidence"]]) == (
        "pagetojob.evidence/1",
        [("privacy review", "valid")],
    )
    listed = json.loads(run("evidence", "list", "--json"))["evidence"]
    assert [(row["gate"], row["state"], row["tenant"]) for row in listed] == [("partner approval", "lapsed", None)]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["flags", "--tenant", "nobody", "--json"], 2),
        (["evidence", "confirm"], 2),
        (["evidence", "revoke", "no-id"], 2),
    ],
)
def test_a_usage_error_has_its_own_exit_code(
    transactional_db: None, capsys: pytest.CaptureFixture[str], command: list[str], code: int
) -> None:
    with pytest.raises(SystemExit) as ended:
        # Not by `execute_from_command_line`, which would set up logging again and drop the handlers of the tests.
        ManagementUtility().fetch_command(command[0]).run_from_argv(["manage.py", *command])
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (code, "")
    assert printed.err
