"""Each feature makes only calls within its scopes: all calls of the client against all flags."""

import ast
import asyncio
import inspect
from collections.abc import Callable, Collection, Coroutine
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import pytest

from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.gates.scopes import SCOPES
from pagetojob.gates.services import Decision
from pagetojob.platform.outbound.errors import GateClosedError
from pagetojob.platform.outbound.transport import Transport
from pagetojob.servicetitan import client, scope_table
from pagetojob.servicetitan.client import bookings, resources
from pagetojob.servicetitan.client.calls import Caller
from pagetojob.servicetitan.client.payloads import (
    ApiRow,
    Booking,
    Invoice,
    Job,
    Payment,
    ProviderTag,
    Session,
    TaxonomyRow,
)
from pagetojob.servicetitan.client.resources import TAXONOMY, TAXONOMY_FEEDS, Resource
from pagetojob.servicetitan.client.responses import Call
from syncqueue import envelope
from tests.support.services import ROOT

BODY = {"source": "w", "name": "n", "summary": "s", "externalId": "e", "isFirstTimeClient": True}
Work = Callable[[Caller], Coroutine[Any, Any, Any]]


def reading(resource: Resource[Any]) -> Work:
    return lambda caller: caller.feed(resource) if resource.path.startswith("export/") else caller.page(resource)


RESOURCES = [
    *TAXONOMY.values(),
    resources.sessions_of("main", since="2026-01-01T00:00:00Z"),
    *TAXONOMY_FEEDS.values(),
    *(thing for thing in vars(resources).values() if isinstance(thing, Resource)),
]
#: Every call of the client: its scope, and how it is made.
CALLS: dict[str, tuple[str, Work]] = {
    f"{resource.module}/{resource.path}": (resource.scope, reading(resource)) for resource in RESOURCES
} | {
    "create": ("tn.crm.bookings:w", lambda caller: bookings.create(caller, provider=1, body=BODY)),
    "update": ("tn.crm.bookings:w", lambda caller: bookings.update(caller, provider=1, booking=1, changes={})),
    "get": ("tn.crm.bookings:r", lambda caller: bookings.get(caller, provider=1, booking=1)),
    "find_by_reference": (
        "tn.crm.bookings:r",
        lambda caller: bookings.find_by_reference(caller, provider=1, reference="r"),
    ),
    "changed_since": (
        "tn.crm.bookings:r",
        lambda caller: bookings.changed_since(caller, provider=1, modified_from="2026-01-01T00:00:00Z"),
    ),
    "provider_tags": ("tn.crm.bookingprovidertags:r", bookings.provider_tags),
}


class Reached(Exception):
    """The call was permitted and asked for a token."""


class Tokens:
    async def token(self) -> NoReturn:
        raise Reached

    async def forget(self, token: str) -> NoReturn:
        raise AssertionError


class Untouched(Transport):
    async def send(self, *args: Any, **given: Any) -> NoReturn:
        raise AssertionError("sent before a token was there")


def make(work: Work, flag: str, granted: frozenset[str] | None = None) -> str:
    decision = Decision(flag, 1, Environment.PRODUCTION, open=True, epoch=1, granted=granted)
    try:
        asyncio.run(work(Caller(Untouched(), "ak1.x", decision, 1, Tokens())))
    except Reached:
        return "permitted"
    except GateClosedError as error:
        return error.code
    raise AssertionError


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("name", CALLS)
def test_a_call_outside_the_scopes_of_its_flag_raises_before_the_first_byte(name: str, flag: str) -> None:
    scope, work = CALLS[name]
    definition = FLAGS[flag]
    permitted = scope in (*definition.least_scopes, *definition.optional_scopes)
    assert make(work, flag) == ("permitted" if permitted else "not-in-scopes")
    assert make(work, flag, granted=frozenset({scope})) == ("permitted" if permitted else "not-in-scopes")
    assert make(work, flag, granted=frozenset(SCOPES) - {scope}) == "not-in-scopes", "it was not granted"


@pytest.mark.parametrize("name", CALLS)
def test_an_unknown_flag_permits_nothing(name: str) -> None:
    assert make(CALLS[name][1], "no-such-flag") == "not-in-scopes"


def test_only_the_handoff_of_bookings_writes() -> None:
    writing = {scope for scope, _ in CALLS.values() if scope.endswith(":w")}
    assert {flag for flag in FLAGS for scope in FLAGS[flag].scopes if scope in writing} == {"api-booking-sync"}


def test_no_call_is_left_out() -> None:
    functions = {
        name
        for name, function in inspect.getmembers(bookings, inspect.iscoroutinefunction)
        if function.__module__ == bookings.__name__
    }
    assert functions <= set(CALLS)
    assert {scope for scope, _ in CALLS.values()} == {call.scope for call in scope_table.all_calls()}
    for path in Path(client.__file__).parent.glob("*.py"):
        made = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        of_calls = [node for node in made if isinstance(node.func, ast.Name) and node.func.id == Call.__name__]
        assert not of_calls or path.name in ("resources.py", "tokens.py"), path.name


class Asked(dict[str, Any]):
    """A row of the API that records which of its values a reader takes."""

    def __init__(self, nested: Collection[str] = ()) -> None:
        self.nested: dict[str, Asked] = {name: Asked() for name in nested}
        self.taken: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.taken.add(name)
        return self.nested.get(name, "1")

    @property
    def all_taken(self) -> set[str]:
        inner = {f"{name}.{part}" for name, row in self.nested.items() for part in row.taken}
        return (self.taken - self.nested.keys()) | inner


_DATES = {"createdOn": "dates", "modifiedOn": "dates"}
_LIST_ROW = {"id": "id", "name": "name", "active": "active", "modifiedOn": "date of the last change"}
#: Values that are in rows of some lists only: they are named where the API has them.
_OF_SOME_LISTS = {"businessUnitIds", "parentId", "category.id", "categories", "zips", "cities", "code"}
#: The values that the client takes from each kind of row, in the words of the scope table.
TAKEN: dict[type[ApiRow], tuple[str, dict[str, str]]] = {
    Booking: (
        "tn.crm.bookings:r",
        _DATES | {"id": "booking id", "externalId": "our outside reference", "status": "status", "jobId": "job id"},
    ),
    ProviderTag: ("tn.crm.bookingprovidertags:r", {"id": "tag id", "tagName": "tag name", "active": "active"}),
    Session: (
        "tn.sp.schedulers:r",
        {"id": "session id", "sessionOutcome": "outcome", "jobId": "job id", "bookingId": "booking id"}
        | {"leadId": "lead id", "customer.isBot": "mark of a bot", "category": "category", "notes": "notes"}
        | {"customer.firstName": "name", "customer.lastName": "name"}
        | {"customer.phone": "phone", "customer.email": "email"},
    ),
    Job: (
        "tn.jpm.jobs:r",
        _DATES
        | {"id": "job id", "jobNumber": "number", "jobStatus": "status", "bookingId": "booking id", "active": "active"}
        | {"customerId": "customer id", "campaignId": "campaign id", "businessUnitId": "business unit"}
        | {"jobTypeId": "type", "completedOn": "dates", "summary": "our outside reference in the summary"}
        | dict.fromkeys(("noCharge", "recallForId", "warrantyId"), "marks of free, recall and warranty work"),
    ),
    Invoice: (
        "tn.acc.invoices:r",
        {"id": "invoice id", "referenceNumber": "number", "job.id": "job id", "customer.id": "customer id"}
        | {"adjustmentToId": "invoice that it adjusts", "total": "total", "active": "active"}
        | {"invoiceDate": "dates", "modifiedOn": "dates"},
    ),
    Payment: (
        "tn.acc.payments:r",
        {"id": "payment id", "total": "total", "type": "type", "refundedPaymentId": "payment that it refunds"}
        | {"appliedTo": "invoices that it was applied to, with the amounts", "active": "active"}
        | {"date": "dates", "modifiedOn": "dates"},
    ),
}


@pytest.mark.parametrize("shape", TAKEN)
def test_a_scope_names_each_value_that_the_client_takes(shape: type[ApiRow]) -> None:
    scope, words = TAKEN[shape]
    row = Asked({name.split(".")[0] for name in words if "." in name})
    shape.read(row)
    assert row.all_taken == set(words)
    # Schedulers are listed for their IDs, which no session has.
    assert set(SCOPES[scope].fields) - {"scheduler id"} == set(words.values())


def test_scopes_of_lists_name_each_value_that_the_client_takes() -> None:
    row = Asked({"category"})
    TaxonomyRow.read(row)
    assert row.all_taken == {*_LIST_ROW, *_OF_SOME_LISTS}
    for scope in {resource.scope for resource in TAXONOMY.values()} & set(SCOPES):
        assert set(_LIST_ROW.values()) <= set(SCOPES[scope].fields), scope


def test_the_scope_of_writing_names_each_part_of_a_booking() -> None:
    lead = dict.fromkeys(("reference", "spoken_code", "name", "phone", "phone_e164", "email", "message"), "1")
    lead |= dict.fromkeys(("street", "city", "state", "zip"), "1")
    request: dict[str, Any] = {"service": "AC", "urgency": "soon", "page_path": "/", "preferred_window": "morning"}
    request |= {"preferred_date": date(2026, 11, 30)}
    ids = {role: {"name": role, "external_id": 1} for role in ("campaign", "business_unit", "job_type")}
    booking = envelope.build(lead=lead, request=request, mapped=ids, time_zone="America/Phoenix")["booking"]
    words = {"externalId": "our outside reference", "start": "preferred time", "campaignId": "campaign id"}
    words |= {"businessUnitId": "business unit id", "jobTypeId": "job type id"}
    words |= {"isFirstTimeClient": "whether the customer is new"}
    named = {words.get(part, part) for part in booking} - {"contacts", "isSendConfirmationEmail"}
    assert named | {"phone", "email"} == set(SCOPES["tn.crm.bookings:w"].fields)


def test_the_scope_table_is_current() -> None:
    """Write it with `python -m pagetojob.servicetitan.scope_table > docs/reference/scopes.md`."""
    text = (ROOT / "docs/reference/scopes.md").read_text()
    assert text == scope_table.document()
    assert {line.scope for line in scope_table.scope_lines()} == {
        scope for flag in FLAGS.values() for scope in flag.scopes
    }
    assert not set(scope_table.scopes_without_a_feature()) & {scope for flag in FLAGS.values() for scope in flag.scopes}
