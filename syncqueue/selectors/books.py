"""The books: every captured lead is in exactly one bucket. Needs a scope that shows the rows."""

from dataclasses import astuple, dataclass

from django.db.models import Count, Q

from pagetojob.kernel.leads.models import Exclusion, Lead
from pagetojob.kernel.tenants.models import Tenant

from ..models import BUCKETS, Kind, SyncItem


@dataclass(frozen=True)
class Books:
    """captured = delivered + manual complete + waiting + excluded; `missing` leads have no item."""

    captured: int
    delivered: int
    manual_complete: int
    waiting: int
    excluded: int

    @property
    def missing(self) -> int:
        return self.captured - self.delivered - self.manual_complete - self.waiting - self.excluded

    @property
    def balance(self) -> bool:
        return self.missing == 0

    def __add__(self, other: "Books") -> "Books":
        return Books(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def books(tenant: Tenant | None = None) -> Books:
    """The books of one tenant, or of all that the scope shows. Two queries over two tables.

    The database lets a lead have one booking request's item at most, so no surplus hides a hole.
    """
    owner = {"tenant": tenant} if tenant else {}
    counts = SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST, **owner).aggregate(**_bucket_counts())
    return Books(captured=Lead.objects.filter(**owner).count(), **counts)


def books_by_tenant() -> list[tuple[str, Books]]:
    """The books of each tenant with its name: first those that do not balance, then the largest. Two queries."""
    names = list(_bucket_counts())
    items = {
        pk: dict(zip(names, numbers, strict=True))
        for pk, *numbers in SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST)
        .order_by()
        .values_list("tenant_id")
        .annotate(**_bucket_counts())
    }
    empty = dict.fromkeys(names, 0)
    captured = Lead.objects.order_by().values_list("tenant_id", "tenant__name").annotate(n=Count("pk"))
    found = [(name, Books(captured=n, **items.get(pk, empty))) for pk, name, n in captured]
    return sorted(found, key=lambda row: (row[1].balance, -row[1].captured))


def _bucket_counts() -> dict[str, Count]:
    in_books = Q(lead__excluded_as=Exclusion.NONE)
    counts = {
        name.replace(" ", "_"): Count("pk", filter=in_books & Q(state__in=states))
        for name, states in BUCKETS.items()
        if name != "excluded"
    }
    return counts | {"excluded": Count("pk", filter=~in_books | Q(state__in=BUCKETS["excluded"]))}
