"""Webhook proof against a running server: built-in cases pass, cases of a file are checked, the table is sealed."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from pagetojob.ops.webhook_proof import running, vector
from pagetojob.ops.webhook_proof.cases import GOOD, Case, Effect, headers_of
from pagetojob.ops.webhook_proof.files import BadCase, read_cases
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.vault.models import Connection
from syncqueue.inbox.outcomes import Outcome
from syncqueue.models import HookCount, HookKey, HookRoute, InboxEvent, InboxFinding, QuarantinedRequest
from syncqueue.services.inbox_keys import StillNeeded, forget_route
from tests.support.inbox import Sender

CASES = Path(__file__).with_name("webhook_cases.json")
LEFT = (InboxEvent, QuarantinedRequest, InboxFinding, HookKey, HookRoute)


@pytest.mark.nightly
@pytest.mark.django_db(transaction=True)
def test_its_table_against_a_running_server_and_nothing_is_left(
    tenant: Tenant, stand_in: None, live_server: Any, tmp_path: Path
) -> None:
    out, file = StringIO(), tmp_path / "cases.json"
    more = len(json.loads(CASES.read_text())["cases"])
    assert more >= 40
    try:
        call_command("prove_webhooks", "--url", live_server.url, "--cases", str(CASES), stdout=out)
    finally:
        print(out.getvalue())
    assert f"{32 + more} of {32 + more} passed." in out.getvalue() and "graded stand-in" in out.getvalue()
    _nothing_is_left()
    file.write_text(json.dumps([{"name": "wrong hope", "headers": {"webhook-signature": "v1,x"}, "status": 200}]))
    with pytest.raises(CommandError, match="1 of 33 cases did not pass"):
        call_command("prove_webhooks", "--url", live_server.url, "--cases", str(file), stdout=out)
    _nothing_is_left()
    proof = Tenant.objects.get(slug="proof-inbox")
    with scope.tenant(proof.pk):
        assert AuditEntry.objects.filter(action="inbox.proof").count() == 2


def _nothing_is_left() -> None:
    with scope.worker():
        assert [model.__name__ for model in LEFT if model._default_manager.exists()] == []
        # Posts to an unknown address are not counted for a tenant.
        assert set(HookCount.objects.values_list("route", "outcome")) <= {(None, "not in service")}
    for row in Tenant.objects.filter(slug__startswith="proof-inbox"):
        assert not row.is_demo
        with scope.tenant(row.pk):
            assert set(Connection.objects.values_list("state", flat=True)) == {"disconnected"}


def test_without_a_stand_in_nothing_is_made(db: None, settings: Any) -> None:
    settings.SERVICETITAN_STANDIN_AUTH_URL = ""
    with pytest.raises(CommandError, match="simulator"):
        call_command("prove_webhooks", stdout=StringIO())
    assert not Tenant.objects.filter(slug__startswith="proof-inbox").exists()


def test_only_what_a_connection_left_that_is_over_is_forgotten(sender: Sender, connected: Connection) -> None:
    sender.send()
    with pytest.raises(StillNeeded):
        forget_route(connected)
    assert len(sender.events()) == 1


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({}, "must be a list"),
        ([7], "Case 1 is not an object"),
        ([{"name": "no hope"}], "neither a status nor an effect"),
        ([{"status": 200}, {"status": 200, "effect": "magic"}], "Case 2: an effect must be one of accepted, duplicate"),
        ([{"effect": "already have it"}], "an effect must be one of"),
        ([{"effect": {"inbox_events": 0}}], "Case 1 cannot be read"),
        ([{"status": 200, "key": "skeleton"}], "a key must be one of current"),
        ([{"status": 200, "key": "other-tenant's key"}], "a key must be one of current"),
        ([{"status": 200, "sign": "unsigned"}], "sign must be true or false"),
        ([{"status": "fine"}], "a status must be a number"),
        ([{"status": 200, "titel": "x"}], "the name titel is unknown"),
        ([{"Status": 200}], "the name Status is unknown"),
        ([{"status": 200, "expect_status": 401}], "expect_status and another name of it are both given"),
        ([{"expect": {"status": 200, "events": 1}}], "the name events is unknown"),
        ([{"status": 200, "headers": {"webhook-id": 7}}], "a header must be a text"),
        ([{"status": 200, "body_hex": "xy"}], "Case 1 cannot be read"),
    ],
)
def test_a_case_outside_the_documented_format_is_a_clear_error(document: Any, problem: str) -> None:
    with pytest.raises(BadCase, match=problem):
        read_cases(document)


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ({"expect_status": "4xx", "sign": False}, {"key": None, "statuses": frozenset(range(400, 500))}),
        ({"expected": {"status": [200, 202], "effect": "accepted"}}, {"effect": Effect.EVENT}),
        ({"expected_status": 401, "key": "other"}, {"key": "other"}),
        ({"status": 401, "key": None}, {"key": None}),
        ({"effect": "nothing", "age_seconds": 400}, {"effect": Effect.NO_EVENT, "age": 400.0}),
        ({"expect": 413, "body_hex": "00ff"}, {"body": b"\x00\xff", "statuses": frozenset({413})}),
        ({"expect": "200/202", "repeat": True}, {"times": 2, "statuses": frozenset({200, 202})}),
        ({"effect": "duplicate", "times": 5}, {"times": 5, "statuses": frozenset()}),
        (
            {"status": 401, "headers": {"Webhook-ID": None}, "without": ["X"], "content_type": "text/plain"},
            {"headers": {"webhook-id": None, "x": None, "content-type": "text/plain"}},
        ),
        (
            {"status": 401, "headers": {"webhook-id": ["a", "b"]}, "path": "/hooks/{id}"},
            {"headers": {"webhook-id": "a"}, "extra": (("webhook-id", "b"),), "path": "{id}"},
        ),
        ({"status": 401, "message_id": "m"}, {"headers": {"webhook-id": "m"}}),
        ({"expect_effect": "nothing stored", "body_size": 3}, {"effect": Effect.NOT_STORED, "body": b"xxx"}),
        ({"status": 401, "body": "{}", "signed_body": ""}, {"body": b"{}", "sign_body": b""}),
        ({"status": 401, "sign_body_base64": "e30="}, {"body": GOOD, "sign_body": b"{}"}),
    ],
)
def test_each_documented_name_is_read(row: dict[str, Any], wanted: dict[str, Any]) -> None:
    [case] = read_cases([row])
    assert {name: getattr(case, name) for name in wanted} == wanted


def test_headers_are_filled_in_and_empty_headers_are_sent() -> None:
    keys = {"current": "whsec_" + "A" * 32, "other": "whsec_" + "B" * 32}
    [case] = read_cases(
        [
            {
                "status": 401,
                "age": 5,
                "headers": {
                    "webhook-id": "a",
                    "webhook-timestamp": "+{now}",
                    "webhook-signature": ["v1a,{digest}", "{signature}"],
                    "x": "",
                },
            }
        ]
    )
    sent = headers_of(case, keys, now=1_700_000_005)
    assert ("webhook-timestamp", "+1700000000") in sent and ("x", "") in sent
    first, second = [value for name, value in sent if name == "webhook-signature"]
    assert second.startswith("v1,") and first == second.replace("v1,", "v1a,")
    [case] = read_cases([{"status": 401, "headers": {"webhook-signature": ""}}])
    assert ("webhook-signature", "") in headers_of(case, keys, now=0)


@pytest.mark.parametrize(
    ("effect", "status", "events", "kept", "passed"),
    [
        (Effect.EVENT, 200, 0, 0, False),
        (Effect.EVENT, 200, 2, 0, False),
        (Effect.DUPLICATE, 200, 1, 0, False),
        (Effect.DUPLICATE, 200, 0, 0, True),
        (Effect.NO_EVENT, 200, 1, 0, False),
        (Effect.QUARANTINE, 200, 1, 1, False),
        (Effect.QUARANTINE, 401, 0, 0, False),
        (Effect.QUARANTINE, 401, 0, 1, True),
        (Effect.REFUSED, 200, 0, 0, False),
        (Effect.NOT_STORED, 200, 0, 1, False),
    ],
)
def test_an_effect_that_is_not_what_was_wanted_does_not_pass(
    effect: Effect, status: int, events: int, kept: int, *, passed: bool
) -> None:
    case = Case("one", frozenset(), effect)
    none, after = {"events": 0, "quarantined": 0}, {"events": events, "quarantined": kept}
    assert running.judge(case, status, none, after).passed is passed


def test_the_published_vector_is_accepted_with_the_clock_of_then_and_its_eight_mutations_are_refused() -> None:
    outcomes = [outcome for _, outcome, _ in vector.all_judged()]
    assert outcomes == [Outcome.ACCEPTED, Outcome.STALE, *[Outcome.WRONG_SIGNATURE] * 8]
