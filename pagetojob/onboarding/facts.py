"""The facts that decide if a contractor can go live. Needs the operator scope."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef

from pagetojob.gates.models import Flag
from pagetojob.platform.tenants.lifecycle import PUBLIC
from pagetojob.platform.tenants.models import BusinessProfile, LegalText, NoticeRecipient, Tenant
from pagetojob.titanmap.models import Family, PageBinding, TaxonomyItem
from syncqueue.selectors import tenants_with_delivered_test


@dataclass(frozen=True)
class LaunchFacts:
    """The stored facts about a contractor that the launch checklist needs.

    `test_seen`: the notice of a test request was delivered, at the latest before the website first went live.
    """

    slug: str
    name: str
    time_zone: str
    phone: str = ""
    unusual_phone: str = ""
    hours: Mapping[str, Any] = field(default_factory=dict)
    service_area: str = ""
    has_zone: bool = False
    recipients: int = 0
    confirmed_recipients: int = 0
    legal_kinds: frozenset[str] = frozenset()
    has_page: bool = False
    has_business_unit: bool = False
    has_booking_provider: bool = False
    flags: frozenset[str] = frozenset()
    test_seen: bool = False


def launch_facts(tenants: Iterable[Tenant]) -> dict[int, LaunchFacts]:
    """Return the facts of each tenant by its id. Six queries, regardless of the number of tenants."""
    rows = list(tenants)
    ids = [tenant.pk for tenant in rows]
    profiles = {row.tenant_id: row for row in BusinessProfile.objects.filter(tenant__in=ids)}
    published = LegalText.objects.filter(tenant__in=ids, published_at__isnull=False)
    legal = _sets(published.values_list("tenant_id", "kind").distinct())
    flags = _sets(Flag.objects.filter(tenant__in=ids).values_list("tenant_id", "slug"))
    recipients = NoticeRecipient.objects.filter(tenant__in=ids, active=True)
    confirmed: dict[int, list[bool]] = defaultdict(list)
    for tenant_id, at in recipients.values_list("tenant_id", "confirmed_at"):
        confirmed[tenant_id].append(at is not None)
    in_map = _facts_of_map(ids)
    tested = tenants_with_delivered_test(ids)
    return {
        tenant.pk: LaunchFacts(
            slug=tenant.slug,
            name=tenant.name,
            time_zone=tenant.time_zone,
            **_of_profile(profiles.get(tenant.pk)),
            **in_map[tenant.pk],
            recipients=len(confirmed[tenant.pk]),
            confirmed_recipients=sum(confirmed[tenant.pk]),
            legal_kinds=legal.get(tenant.pk, frozenset()),
            flags=flags.get(tenant.pk, frozenset()),
            test_seen=tenant.pk in tested or tenant.state in PUBLIC,
        )
        for tenant in rows
    }


def _of_profile(profile: BusinessProfile | None) -> dict[str, Any]:
    names = ("phone", "unusual_phone", "hours", "service_area")
    return {name: getattr(profile, name) for name in names} if profile else {}


def _sets(pairs: Iterable[tuple[int, str]]) -> dict[int, frozenset[str]]:
    by_tenant: dict[int, set[str]] = defaultdict(set)
    for tenant_id, value in pairs:
        by_tenant[tenant_id].add(value)
    return {tenant_id: frozenset(values) for tenant_id, values in by_tenant.items()}


def _facts_of_map(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return for each tenant which parts its map has. A version of a page exists once it is approved. Runs a query."""
    items = TaxonomyItem.objects.filter(tenant=OuterRef("pk"), active=True)
    parts = {
        "has_page": Exists(PageBinding.objects.filter(tenant=OuterRef("pk"))),
        "has_zone": Exists(items.filter(family=Family.ZONE)),
        "has_business_unit": Exists(items.filter(family=Family.BUSINESS_UNIT)),
        "has_booking_provider": Exists(items.filter(family=Family.BOOKING_PROVIDER)),
    }
    rows = Tenant.objects.filter(pk__in=ids).values_list("pk", *parts.values())
    return {pk: dict(zip(parts, values, strict=True)) for pk, *values in rows}
