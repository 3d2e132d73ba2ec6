"""Operators see each connection and change it with a reason; no secret is stored before the gates admit it."""

import logging
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.connections import actions
from pagetojob.servicetitan.connections.words import SIMULATED, WORDS, stages
from pagetojob.servicetitan.vault.models import Connection, ConnectionState, Lost, Secret
from pagetojob.servicetitan.vault.services import Use, connections, decrypt
from tests.support.cast import SignIn
from tests.support.factories import make_tenant
from tests.support.vault import APP_KEY, CLIENT_ID, CLIENT_SECRET, PLANTED, SCOPES, authorized, rows_with, secret_of

S = ConnectionState
LIST, PAGE = "/ops/connections/", "/ops/connections/desert-peak/"
WHY = {"reason": "As agreed with the customer."}


def only(tenant: Tenant) -> Connection:
    with scope.tenant(tenant.pk):
        return Connection.objects.select_related("tenant").get()


def address(row: Connection, act: str) -> str:
    return f"{PAGE}{row.public_id}/{act}"


def test_a_connection_lives_on_its_pages_from_the_first_word_to_the_last(
    tenant: Tenant, operator: User, signed_in: SignIn, stand_in: None
) -> None:
    client = signed_in(operator)
    assert "There is no connection." in client.get(PAGE).text

    def do(path: str, **typed: Any) -> None:
        answer = client.post(path, WHY | typed)
        assert answer.status_code == 302, answer.text

    do(f"{PAGE}begin", environment="stand-in")
    row = only(tenant)
    for page in (client.get(PAGE).text, client.get(address(row, "ask")).text):
        assert "Record the simulated request" in page and "their ServiceTitan admin" not in page
    assert "Not available: the simulator has not been asked yet." in client.get(PAGE).text
    do(address(row, "ask"))
    do(address(row, "authorize"), servicetitan_tenant="1011756844", scopes=SCOPES, modules=["Scheduling Pro"])
    page = client.get(PAGE).text
    assert "Not stored yet: app key, client id, client secret." in page, "the page explains why it cannot be activated"
    for kind, value in (("app key", APP_KEY), ("client id", CLIENT_ID), ("client secret", CLIENT_SECRET)):
        do(address(row, "keep"), kind=kind, value=value)
    do(address(row, "activate"))
    do(address(row, "pause"))
    do(address(row, "activate"))
    assert only(tenant).state == S.ACTIVE
    decrypt(secret_of(row), purpose=Use.TOKEN_REQUEST, by="gateway")
    page = client.get(PAGE).text
    secret = secret_of(row)
    for text in (
        secret.fingerprint,
        "Used: client secret",
        Use.TOKEN_REQUEST,
        "As agreed with the customer.",
        "1011756844",
    ):
        assert text in page
    assert ">now</code>" in page, "the key it is sealed under has its id"
    assert PLANTED not in page
    with scope.tenant(tenant.pk):
        lines = list(AuditEntry.objects.filter(actor=operator, action__startswith="vault."))
    assert len(lines) == 9 and all(line.reason == WHY["reason"] for line in lines)


@pytest.mark.parametrize("state", [S.NOT_CONNECTED, S.AUTHORIZED, S.ACTIVE, S.LOST])
def test_an_impossible_action_explains_why_and_changes_nothing(state: str) -> None:
    on = actions.Facts(state, (), ())
    for option in actions.options(on):
        possible = option["act"] is actions.Act.KEEP or actions.TO[option["act"]] in Connection.MOVES[S(state)]
        if option["act"] is not actions.Act.KEEP:
            assert bool(option["why"]) != possible, (state, option)
    assert actions.why_not(actions.Act.KEEP, on) == (
        "" if state != S.NOT_CONNECTED else "Not available: their ServiceTitan admin has not been asked yet."
    )


def test_the_page_refuses_a_move_it_does_not_offer(
    tenant: Tenant, operator: User, connected: Connection, signed_in: SignIn
) -> None:
    answer = signed_in(operator).post(address(connected, "ask"), WHY)
    assert (answer.status_code, only(tenant).state) == (422, S.ACTIVE)
    assert "Not available: it is active." in answer.text
    assert signed_in(operator).get(address(connected, "no-such")).status_code == 404


def test_with_closed_gates_no_secret_is_stored_logged_or_shown(
    tenant: Tenant, operator: User, signed_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    row = authorized(tenant, operator, Environment.PRODUCTION)
    client = signed_in(operator)
    assert "The vault does not accept secrets for this environment yet." in client.get(address(row, "keep")).text
    caplog.set_level(logging.DEBUG)
    answer = client.post(address(row, "keep"), WHY | {"kind": "client secret", "value": CLIENT_SECRET})
    assert answer.status_code == 422
    for text in ("no approval is on file", "rotate it now", "Nothing was saved."):
        assert text in answer.text
    assert PLANTED not in answer.text and PLANTED not in caplog.text
    assert "password" not in answer.text, "no field is offered to paste into"
    with scope.tenant(tenant.pk):
        assert not Secret.objects.exists()
        assert not AuditEntry.objects.filter(action="vault.keep").exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_pasted_is_nowhere_afterwards(
    tenant: Tenant, operator: User, signed_in: SignIn, stand_in: None
) -> None:
    row = authorized(tenant, operator, Environment.PRODUCTION)
    client = signed_in(operator)
    client.post(address(row, "keep"), WHY | {"kind": "client secret", "value": CLIENT_SECRET})
    client.post(address(row, "keep"), {"kind": "client secret", "value": "x", "reason": f"It is {CLIENT_SECRET}"})
    assert rows_with(PLANTED) == []


def test_an_invalid_secret_is_not_echoed_and_is_refused_in_the_reason(
    operator: User, connected: Connection, signed_in: SignIn
) -> None:
    client = signed_in(operator)
    answer = client.post(address(connected, "keep"), WHY | {"kind": "app key", "value": f"{PLANTED} with spaces"})
    assert answer.status_code == 422 and "This is not a valid secret" in answer.text and PLANTED not in answer.text
    answer = client.post(address(connected, "pause"), {"reason": f"The secret is {CLIENT_SECRET}"})
    assert answer.status_code == 422 and "Rotate" in answer.text and PLANTED not in answer.text
    field = client.get(address(connected, "keep")).text
    assert 'type="password"' in field and 'autocomplete="off"' in field


def test_the_list_shows_state_problem_and_next_step(
    tenant: Tenant, viewer: User, connected: Connection, signed_in: SignIn
) -> None:
    make_tenant()
    connections.note_refusal(connection=connected, what=Lost.SCOPES, by="gateway")
    page = signed_in(viewer).get(LIST).text
    for text in (
        "The scopes were not accepted.",
        SIMULATED[S.LOST].operator,
        "Start a connection when the customer asks for one.",
    ):
        assert text in page


def test_a_read_only_role_sees_no_actions(viewer: User, connected: Connection, signed_in: SignIn) -> None:
    client = signed_in(viewer)
    page = client.get(PAGE).text
    assert "Your role is read-only." in page and address(connected, "pause") not in page
    for act in ("pause", "keep", "disconnect"):
        assert client.get(address(connected, act)).status_code == 404
        assert client.post(address(connected, act), WHY).status_code == 404


def test_a_connection_of_another_tenant_is_a_404(
    operator: User, connected: Connection, other_tenant: Tenant, signed_in: SignIn
) -> None:
    path = f"/ops/connections/{other_tenant.slug}/{connected.public_id}/pause"
    assert signed_in(operator).get(path).status_code == 404


def test_what_a_feature_lacks_is_marked_and_what_none_needs_is_named(
    tenant: Tenant, viewer: User, operator: User, signed_in: SignIn
) -> None:
    row = authorized(tenant, operator, Environment.PRODUCTION)
    with scope.tenant(tenant.pk):
        Connection.objects.filter(pk=row.pk).update(scopes=[*SCOPES, "tn.pay.everything:w"])
    page = signed_in(viewer).get(PAGE).text
    assert page.count("need--missing") == sum(
        sum(scope not in SCOPES for scope in flag.least_scopes)
        + bool(flag.least_module and flag.least_module != "Scheduling Pro")
        for flag in FLAGS.values()
        if flag.gates
    )
    assert "More than needed" in page and "tn.pay.everything:w" in page


def test_the_diagram_has_seven_states_and_marks_the_current_state() -> None:
    for state in S:
        drawn = stages(state)
        assert [stage["state"] for stage in drawn if stage["position"] == "here"] == [state]
        assert len(drawn) == len(S)
    assert [stage["position"] for stage in stages(S.PAUSED)][:4] == ["passed"] * 4
    assert [stage["position"] for stage in stages(S.LOST)][:4] == ["passed"] * 3 + ["ahead"]


def test_no_text_about_the_simulator_reads_as_a_connection_to_servicetitan() -> None:
    assert SIMULATED.keys() == WORDS.keys()
    for state in S:
        word = SIMULATED[state]
        for text in (word.means, word.operator, word.customer):
            rest = text.replace("No one at ServiceTitan", "").replace("No call reaches ServiceTitan", "")
            rest = rest.replace("ServiceTitan granted nothing", "")
            assert "ServiceTitan" not in rest and "admin" not in rest, (state, text)
        drawn = {stage["position"]: stage["label"] for stage in stages(state, simulated=True)}
        assert "simulator" in drawn["here"] and "simulator" in drawn.get("passed", "simulator")


def test_both_pages_mark_each_stage_of_a_simulated_connection(
    owner: User, viewer: User, connected: Connection, signed_in: SignIn
) -> None:
    for person, path in ((owner, "/portal/connection/"), (viewer, PAGE)):
        page = signed_in(person).get(path).text
        for text in (
            "leads to the PageToJob simulator, not to ServiceTitan",
            "passed in the simulator",
            "current, in the simulator",
            SIMULATED[S.ACTIVE].means,
        ):
            assert text in page, (path, text)
        for text in ("Granted scopes", "Scopes granted by your admin", "Your modules", "Tenant id at ServiceTitan"):
            assert text not in page, (path, text)


def test_the_list_costs_the_same_however_many_there_are(
    tenant: Tenant, operator: User, connected: Connection, signed_in: SignIn
) -> None:
    client = signed_in(operator)

    def cost() -> int:
        with CaptureQueriesContext(database) as queries:
            assert client.get(LIST).status_code == 200
        return len(queries)

    before = cost()
    for number in range(3):
        make_tenant(slug=f"more-{number}")
    assert cost() == before
