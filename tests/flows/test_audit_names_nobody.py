"""What people do with one visitor's request, from the form to the admin, leaves no personal value in the audit log."""

import re
from typing import Any

from django.db import connection
from django.test import Client

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, State, SyncItem
from tests.support.accounts import change_user
from tests.support.cast import SignIn
from tests.support.desk import PERSONAL, mark_as_done, url, work
from tests.support.visitor import send
from tests.syncqueue.bulk_runs import make_items, start_run


def every_line() -> str:
    """The whole log, every column of every line, as text."""
    with scope.worker(), connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(l::text, chr(10)) FROM audit_auditentry AS l")
        row = cursor.fetchone()
    assert row is not None
    return str(row[0])


def actions() -> set[str]:
    with scope.worker():
        return set(AuditEntry.objects.order_by().values_list("action", flat=True))


def test_no_personal_value_gets_into_the_log(
    signed_in: SignIn, tenant: Tenant, operator: User, admin_user: User, reviewer: User
) -> None:
    for _ in range(2):
        assert send(Client(), urgency="soon").status_code == 302
    work()
    desk = signed_in(operator)
    with scope.worker():
        first, second = SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST, state=State.BLOCKED)[:2]
    for values in ({"wanted": "602 555 0199"}, {"wanted": "jamie@example.com"}):
        desk.post("/ops/search", values, follow=True)
    desk.post(url("unmask", first), {"unmask_reason": "The caller asks."})
    desk.post(url("note", first), {"text": "Jamie Rivera, (602) 555-0199, called back"})
    assert mark_as_done(desk, first).status_code == 302
    desk.post(url("exclude", second), {"excluded_as": "spam", "reason": "Not a customer.", "seen": second.version})
    answer: Any = desk.post("/ops/export", {"export_reason": "For the books."})
    b"".join(answer.streaming_content)
    make_items(tenant, 3)
    start_run(desk, "cancel")

    person = {"name": "Dana Secretive", "email": "dana.secretive@example.com"}
    assert change_user(signed_in(admin_user), reviewer, **person).status_code == 302
    reviewer.refresh_from_db()
    assert reviewer.name == person["name"]
    Client().post("/account/sign-in", {"username": "dana.secretive@example.com", "password": "wrong"})

    done = {
        "syncqueue.search",
        "syncqueue.unmask",
        "syncqueue.note",
        "syncqueue.manual_complete",
        "tenants.user.change",
    }
    done |= {"syncqueue.export", "runs.start"}
    assert done <= actions(), f"the flow did not do: {done - actions()}"
    log = every_line()
    with scope.tenant(tenant.pk):
        lead = Lead.objects.order_by("id")[0]
    of_lead = {lead.name, lead.phone, lead.phone_e164, lead.email, lead.street, lead.message, lead.zip}
    wanted = {*PERSONAL, *(value for value in of_lead if value), *person.values(), "secretive", operator.email}
    # As whole words: the digits of a ZIP code occur by chance within a hash, an id or a time.
    shown = {value for value in wanted if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", log, re.IGNORECASE)}
    assert shown == set()
    assert log.count("hmac:") >= 4, "personal values are there as keyed hashes"


def test_a_bulk_is_one_line_with_the_hash_of_its_list(signed_in: SignIn, tenant: Tenant, operator: User) -> None:
    make_items(tenant, 3)
    start_run(signed_in(operator), "cancel")
    with scope.worker():
        (line,) = AuditEntry.objects.filter(action="runs.start")
    assert line.changes["items"] == [None, 3] and len(line.changes["sha256"][1]) == 64
