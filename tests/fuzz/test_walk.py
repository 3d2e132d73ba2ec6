"""Every route, asked by every role with hostile values and production settings: no server error, no internals shown.

The requests depend on FUZZ_SEED alone. FUZZ_REQUESTS scales them, and FUZZ_INDEX repeats a single one. FUZZ_ROUTES is
the beginning of the names of the routes to ask, such as `onboarding:`; without it, all are.
"""

import os
from pathlib import Path

import pytest

from drift.models import Finding
from drift.services.customer_questions import ask
from drift.services.link_codes import code_of
from pagetojob.onboarding.contractors import prepare
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant, User
from readiness.services.current import keep_up
from readiness.services.packets import make_packets
from tests.isolation.addresses import ANONYMOUS, ROLES
from tests.isolation.world import settle
from tests.support.accounts import app_of
from tests.support.factories import make_tenant

from .production import API_REQUESTS, REQUESTS, SEED, run

FIXTURES = {"lead": "lead_operator", "admin": "admin_user"}


@pytest.fixture
def people(request: pytest.FixtureRequest, db: None) -> dict[str, User]:
    """Return a person of each role, with a second factor."""
    people = {role: request.getfixturevalue(FIXTURES.get(role, role)) for role in ROLES if role != ANONYMOUS}
    for user in people.values():
        app_of(user)
    return people


def review_path(tenant: Tenant, actor: User) -> str:
    """Ask the customer about a finding; return the path of the link."""
    with scope.operator(actor, "fuzz"):
        finding = Finding.objects.select_related("tenant", "snapshot").get(tenant=tenant)
        return f"/review/{code_of(ask(finding=finding, actor=actor, reason='fuzz'))}"


@pytest.mark.nightly
@pytest.mark.django_db(transaction=True)
def test_no_request_of_any_role_is_a_server_error(
    tmp_path: Path, people: dict[str, User], pack: None, tenant: Tenant, other_tenant: Tenant
) -> None:
    own, foreign = settle(tenant, "Quetzal"), settle(other_tenant, "Wombat")
    # Its pages of setup have the actions before the launch.
    prepare(make_tenant(state=Lifecycle.PREVIEW))
    link = review_path(tenant, people["operator"])
    # The rows above make a version due, which each request would publish and undo.
    keep_up()
    # Until a worker has made the files of a version, their addresses answer 503.
    while make_packets() is not None:
        pass
    options = {
        "seed": SEED,
        "requests": REQUESTS - API_REQUESTS,
        "only": os.environ.get("FUZZ_INDEX", ""),
        "routes": os.environ.get("FUZZ_ROUTES", ""),
        "people": {role: user.pk for role, user in people.items()},
        "ids": {"own": own.ids, "foreign": foreign.ids},
        "review_path": link,
    }
    report = run("walk", tmp_path, options)
    problems = report["problems"]
    assert problems == [], f"{len(problems)} problems, seed {SEED}:\n" + "\n\n".join(problems)
