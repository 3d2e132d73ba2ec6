"""Two tenants' pages asked for in turn over the same few database sessions: nobody's rows stay behind in one."""

import os
import random

import pytest
from django.test import Client

from pagetojob.platform.tenants.models import Tenant
from tests.support.threads import at_once

from .world import Holding, settle

SESSIONS = 8
#: Ten thousand by `ISOLATION_REQUESTS=10000`.
REQUESTS = int(os.environ.get("ISOLATION_REQUESTS", "1000"))


def pages(holding: Holding) -> list[tuple[str, str]]:
    """Addresses that show rows of this tenant, and a word of it that must stand there."""
    slug, name = holding.tenant.slug, holding.tenant.name.replace("&", "&amp;")
    return [
        (f"/sites/{slug}/", name),
        (f"/sites/{slug}/request-appointment", name),
        (f"/sites/{slug}/requests/{holding.ids['intake:received public_id']}", holding.code),
    ]


@pytest.mark.nightly
@pytest.mark.django_db(transaction=True)
def test_interleaved_requests_never_show_a_foreign_row(tenant: Tenant, other_tenant: Tenant) -> None:
    both = [settle(tenant, "Quetzal"), settle(other_tenant, "Wombat")]

    def visit(seed: int) -> tuple[int, list[str]]:
        """One thread, one database session, a client a tenant; which comes next is chance with a seed."""
        chance, clients, wrong = random.Random(seed), [Client(), Client()], []
        for _ in range(REQUESTS // SESSIONS):
            who = chance.randrange(2)
            path, word = chance.choice(pages(both[who]))
            text = clients[who].get(path).text
            if word not in text or any(foreign in text for foreign in both[1 - who].own_words):
                wrong.append(path)
        return REQUESTS // SESSIONS, wrong

    counts, wrong = zip(*at_once(visit, range(SESSIONS)), strict=True)
    assert [path for found in wrong for path in found] == []
    assert sum(counts) == REQUESTS // SESSIONS * SESSIONS
