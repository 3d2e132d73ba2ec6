"""The launch checklist: facts in, missing requirements out."""

from dataclasses import replace

import pytest

from pagetojob.gates.registry import FLAGS
from pagetojob.onboarding.checklist import REQUIREMENTS, checklist, missing_entries, phone_problem
from pagetojob.onboarding.facts import LaunchFacts, launch_facts
from pagetojob.onboarding.setup.steps import BY_SLUG
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.factories import make_tenant

COMPLETE = LaunchFacts(
    slug="acme-air",
    name="Acme Air",
    time_zone="America/Phoenix",
    phone="(602) 555-0100",
    hours={"mon": [["07:00", "18:00"]]},
    service_area="Phoenix area",
    recipients=2,
    confirmed_recipients=1,
    legal_kinds=frozenset({"privacy", "terms", "consent"}),
    has_page=True,
    flags=frozenset(FLAGS),
    test_seen=True,
)


def test_a_complete_contractor_misses_nothing() -> None:
    assert missing_entries(COMPLETE) == []


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        ({"name": " "}, "Business name"),
        ({"phone": ""}, "Phone number"),
        ({"phone": "abc"}, "Phone number"),
        ({"phone": "555-0100"}, "Phone number"),
        ({"phone": "(602) 555-01"}, "Phone number"),
        ({"time_zone": "UTC"}, "Time zone"),
        ({"time_zone": "Etc/GMT+7"}, "Time zone"),
        ({"time_zone": "Mars/Olympus"}, "Time zone"),
        ({"hours": {}}, "Office hours"),
        ({"hours": {"mon": "always"}}, "Office hours"),
        ({"service_area": ""}, "Service area"),
        ({"recipients": 0, "confirmed_recipients": 0}, "Notice recipients"),
        ({"confirmed_recipients": 0}, "Notice recipients"),
        ({"legal_kinds": frozenset({"privacy", "terms"})}, "Consent to be contacted"),
        ({"legal_kinds": frozenset({"consent", "terms"})}, "Privacy policy"),
        ({"legal_kinds": frozenset({"consent", "privacy"})}, "Terms of service"),
        ({"has_page": False}, "Approved page"),
        ({"flags": frozenset(list(FLAGS)[1:])}, "Feature rows"),
        ({"test_seen": False}, "Test request"),
    ],
)
def test_each_missing_fact_is_named_with_the_page_that_fixes_it(facts: dict[str, object], title: str) -> None:
    (entry,) = missing_entries(replace(COMPLETE, **facts))  # type: ignore[arg-type]
    assert (entry.title, bool(entry.missing), entry.step in BY_SLUG) == (title, True, True)


def test_a_zone_is_a_service_area_too() -> None:
    assert missing_entries(replace(COMPLETE, service_area="", has_zone=True)) == []


def test_a_number_that_cannot_be_called_needs_a_person_to_confirm_it() -> None:
    assert phone_problem("1-800-COOL", confirmed="") and not phone_problem("1-800-COOL", confirmed="1-800-COOL")
    assert phone_problem("1-800-COOK", confirmed="1-800-COOL")


def test_a_new_contractor_misses_almost_everything(db: None, operator: User) -> None:
    tenant = Tenant.objects.create(slug="new", name="New Air", time_zone="America/Denver")
    with scope.operator(operator, "a test"):
        entries = checklist(launch_facts([tenant])[tenant.pk])
    assert {entry.title for entry in entries if entry.is_done} == {"Business name", "Time zone"}
    assert len(entries) == len(REQUIREMENTS)


def test_the_facts_cost_the_same_for_any_number_of_contractors(
    operator: User, django_assert_num_queries: object
) -> None:
    tenants = [make_tenant() for _ in range(5)]
    for count in (1, 5):
        with scope.operator(operator, "a test"), django_assert_num_queries(6):  # type: ignore[operator]
            assert len(launch_facts(tenants[:count])) == count
