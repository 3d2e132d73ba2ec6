"""Audit log pages: visible lines per role, their wording, and verification against seals."""

import csv
import io
import os
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pagetojob.platform.accounts.services import throttle
from pagetojob.platform.audit import sealer, selectors
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import TenantRole
from tests.support.cast import SignIn
from tests.support.factories import make_membership, make_tenant, make_user

OPS, PORTAL, EXPORT = "/ops/audit/", "/portal/audit/", "/portal/audit/export"


def write(tenant: Tenant | None, **facts: Any) -> None:
    given = {"action": "x.y", "subject": "thing", "reason": "because", "actor": "sweep", "tenant": tenant}
    with scope.worker():
        record(**given | facts)


@pytest.mark.parametrize(
    ("role", "ops", "portal"),
    [
        ("lead_operator", 200, 404),
        ("operator", 404, 404),
        ("viewer", 404, 404),
        ("admin_user", 404, 404),
        ("editor", 404, 404),
        ("reviewer", 404, 404),
        ("owner", 404, 200),
    ],
)
def test_who_sees_it(
    request: pytest.FixtureRequest, signed_in: SignIn, tenant: Tenant, role: str, *, ops: int, portal: int
) -> None:
    client = signed_in(request.getfixturevalue(role))
    assert client.get(OPS).status_code == ops
    assert client.get(PORTAL).status_code == portal
    assert client.post(EXPORT).status_code == portal
    assert Client().get(OPS).status_code == Client().get(PORTAL).status_code == 302


def test_an_owner_sees_only_own_lines_and_no_addresses(
    signed_in: SignIn, tenant: Tenant, other_tenant: Tenant, owner: User, lead_operator: User
) -> None:
    write(tenant, reason="of ours", actor=owner)
    write(tenant, reason="of staff", actor=lead_operator)
    write(tenant, reason="of a machine")
    write(other_tenant, reason="of another tenant")
    write(None, reason="of the house")
    page = signed_in(owner).get(PORTAL).content.decode()
    assert all(words in page for words in ("of ours", "of staff", "of a machine"))
    assert "of another tenant" not in page and "of the house" not in page
    assert owner.name in page and "PageToJob, operator lead" in page and "PageToJob, automatic (sweep)" in page
    assert lead_operator.email not in page and lead_operator.name not in page


def test_a_person_downloads_only_some_long_files_at_once(signed_in: SignIn, tenant: Tenant, owner: User) -> None:
    """Each takes seconds of a thread of the web, which visitors of all contractors share."""
    client, requests = signed_in(owner), "/portal/requests/export"
    statuses = [client.post(path).status_code for path in (EXPORT, requests) * 4]
    assert statuses == [200] * throttle.OF_DOWNLOADS.free + [429] * 2


def test_a_former_member_is_not_shown_as_pagetojob(signed_in: SignIn, tenant: Tenant, owner: User) -> None:
    former = make_user(name="Robin Former")
    write(tenant, reason="of a colleague", actor=former)
    client = signed_in(owner)
    for text in (client.get(PORTAL).text, b"".join(client.post(EXPORT)).decode()):
        assert "of a colleague" in text and "A former member" in text and "PageToJob, tenant member" not in text


def test_an_owner_of_two_chooses(signed_in: SignIn, tenant: Tenant, owner: User) -> None:
    second = make_tenant(name="Zebra Plumbing")
    make_membership(tenant=second, user=owner)
    write(second, reason="of the second")
    client = signed_in(owner)
    assert "of the second" not in client.get(PORTAL).text
    client.post("/portal/choose/", {"tenant": str(second.public_id)})
    assert "of the second" in client.get(PORTAL).text


def test_who_reviews_another_tenant_does_not_read_its_log(
    signed_in: SignIn, tenant: Tenant, other_tenant: Tenant, owner: User
) -> None:
    make_membership(tenant=other_tenant, user=owner, role=TenantRole.REVIEWER)
    client = signed_in(owner)
    reviewed = {"tenant": str(other_tenant.public_id)}
    client.post("/portal/choose/", reviewed)
    assert [client.get(PORTAL).status_code, client.post(EXPORT, reviewed).status_code] == [404, 404]


def test_a_line_shows_whether_it_is_as_it_was_sealed(
    transactional_db: None, signed_in: SignIn, tenant: Tenant, owner: User
) -> None:
    write(tenant)
    client = signed_in(owner)
    assert "waiting" in client.get(PORTAL).content.decode()
    sealer.seal_lines()
    page = client.get(PORTAL).content.decode()
    assert "waiting" not in page and "does not match its seal</span>" not in page
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as superuser:
        superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute("UPDATE audit_auditentry SET reason = 'another' WHERE tenant_id = %s", [tenant.pk])
    assert "does not match its seal</span>" in client.get(PORTAL).content.decode()


def test_filters(signed_in: SignIn, tenant: Tenant, other_tenant: Tenant, lead_operator: User, operator: User) -> None:
    write(tenant, reason="one", action="syncqueue.resend", subject="s:1")
    write(other_tenant, reason="two", action="runs.start", actor=operator)
    write(None, reason="three", action="security.sign_in")
    client = signed_in(lead_operator)

    def shown(**query: str) -> set[str]:
        return {line.entry.reason for line, _ in client.get(OPS, query).context["rows"]} & {"one", "two", "three"}

    assert shown() == {"one", "two", "three"}
    assert shown(tenant=other_tenant.slug) == {"two"}
    assert shown(tenant="nobody-there") == set()
    assert shown(who=operator.name) == {"two"}
    assert shown(action="syncqueue.") == {"one"}
    page = client.get(f"{OPS}?action=syncqueue.").text
    assert '<span class="audit__act" title="syncqueue.resend">Queued for resend</span>' in page
    assert "<code>syncqueue.resend</code> s:1" in page, "filters and exports name the action itself"
    assert shown(subject="s:1") == {"one"}
    assert shown(since="2000-01-01", until="2000-01-02") == set()
    assert shown(since="2000-01-01", until="2999-01-01") == {"one", "two", "three"}
    assert client.get(OPS, {"since": "yesterday"}).status_code == 422


def test_pages_are_walked_by_marks_at_the_same_cost(
    signed_in: SignIn, tenant: Tenant, lead_operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "PAGE_SIZE", 3)
    for number in range(8):
        write(tenant, reason=f"reason {number}", action="z.z")
    client = signed_in(lead_operator)

    def reasons(url: str) -> tuple[list[str], Any]:
        answer = client.get(url)
        return [line.entry.reason[-1] for line, _ in answer.context["rows"]], answer.context

    first, at_first = reasons(f"{OPS}?action=z.z")
    with CaptureQueriesContext(connection) as queries:
        second, at_second = reasons(at_first["older_url"])
    third, at_third = reasons(at_second["older_url"])
    assert (first, second, third) == (["7", "6", "5"], ["4", "3", "2"], ["1", "0"])
    assert not at_third["older_url"] and reasons(at_third["newer_url"])[0] == second
    assert len(queries) <= 15
    assert client.get(OPS, {"after": "forged"}).status_code == 302


def test_the_last_verification_is_shown(
    transactional_db: None, signed_in: SignIn, tenant: Tenant, lead_operator: User
) -> None:
    from pagetojob.platform.audit.findings import Finding, Kind, note

    client = signed_in(lead_operator)
    assert "has not been verified yet" in client.get(OPS).content.decode()
    with scope.worker():
        note([Finding(Kind.CHANGED, 7, "The line act 7 was changed.", "act 7")], first=1, last=9, whole=True)
    assert "The line act 7 was changed." in client.get(OPS).content.decode()


def test_the_file_is_safe_to_open_and_is_written_down(
    transactional_db: None, signed_in: SignIn, tenant: Tenant, owner: User
) -> None:
    write(tenant, reason="=HYPERLINK(1)", changes={"state": ("", "x"), "when": (None, 1)})
    sealer.seal_lines()
    answer: Any = signed_in(owner).post(EXPORT)
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    line = next(row for row in rows if "HYPERLINK" in row[5])
    assert line[5] == "'=HYPERLINK(1)"
    assert line[6] == "when: nothing → 1; state: empty → x"
    assert line[8] == "sealed" and len(line[9]) == 64 and line[0].isdecimal()
    assert rows[1][3] == "audit.export"
    assert rows[-1][0] == f"End: {len(rows) - 2} lines, the complete log"
    with scope.tenant(tenant.pk):
        assert AuditEntry.objects.filter(action="audit.export", actor=owner).count() == 1


def test_a_personal_value_is_shown_as_hidden(signed_in: SignIn, captured: Any, owner: User) -> None:
    write(captured.tenant, subject=captured, changes={"name": ("Jamie Rivera", "Jamie R.")})
    page = signed_in(owner).get(PORTAL).content.decode()
    assert "hidden (" in page and "Jamie" not in page


def test_an_item_is_named_as_in_the_glossary(signed_in: SignIn, tenant: Tenant, owner: User) -> None:
    write(tenant, subject="syncqueue.syncitem:1")
    assert '<span class="audit__subject">outbox item</span>' in signed_in(owner).get(PORTAL).text


def test_the_last_day_there_is_is_refused(signed_in: SignIn, lead_operator: User) -> None:
    assert signed_in(lead_operator).get(OPS, {"until": "9999-12-31"}).status_code == 422
