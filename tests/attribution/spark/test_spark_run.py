"""A tenant's linking run with Spark selected in the settings."""

from importlib.util import find_spec
from typing import Any

import pytest

from attribution.linkage.engines import Spark
from attribution.models import LinkRun
from pagetojob.platform.runs.models import RunState
from pagetojob.platform.tenants import scope
from tests.attribution.outcomes import lead_of, link_all, links_by_name, take
from tests.support.factories import make_tenant, make_user

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(find_spec("pyspark") is None, reason="needs pyspark: make test-spark"),
]
JOBS = """Job ID,Created On,Customer Name,Phone,Email,Street,Zip,Job Type,Summary,Status
1,2026-06-02,Someone Else,,,,,AC Repair,web lead {reference},Completed
2,2026-06-03,Ruth Okonjo,(602) 484-0123,ruth@okonjo.example,12 Palm Lane,85016,AC Repair,,Completed
"""


def test_tenant_is_linked_on_spark(settings: Any) -> None:
    tenant, actor = make_tenant(slug="desert", name="Desert Air"), make_user(ops_role="operator")
    with scope.tenant(tenant.pk):
        proven = lead_of(tenant, "Pia Proven")
        lead_of(
            tenant, "Ruth Okonjo", phone="6024840123", email="ruth@okonjo.example", street="12 Palm Ln", zip="85016"
        )
    take(tenant, actor, "jobs", JOBS.format(reference=proven.reference))
    settings.LINKAGE_SPARK = Spark("local[2]", {"spark.sql.shuffle.partitions": "2"})
    assert link_all(tenant, actor).state == RunState.DONE
    assert links_by_name(tenant) == {"Pia Proven": (1, "certain"), "Ruth Okonjo": (2, "matched")}
    with scope.tenant(tenant.pk):
        engine = LinkRun.objects.get().card["engine"]
    assert engine["name"] == "spark" and engine["spark"]
