"""What the operators' pages and the customer's own share: the period asked for, the bars of its money."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.http import QueryDict

from pagetojob.platform.tenants.models import Tenant

from . import charts
from .forms import PeriodForm
from .selectors.money import Overview, Span
from .templatetags.sealed import dollars


def period_of(query: QueryDict, tenant: Tenant) -> tuple[PeriodForm, Span]:
    """The days asked for as moments of the tenant's zone; what is no day asks for everything."""
    form = PeriodForm(query or None)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    zone = ZoneInfo(tenant.time_zone)
    first, last = given.get("first"), given.get("last")
    return form, (
        dt.datetime.combine(first, dt.time(), zone) if first else None,
        dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone) if last else None,
    )


def worth(found: Overview) -> charts.Chart:
    """The money of a period as bars: what counts, what guesses could add, what was paid."""
    rows = (
        ("Invoiced for jobs that count", dollars(found.low), found.low, 0),
        ("If every open guess held", dollars(found.high), found.low, found.high - found.low),
        ("Paid of what counts", dollars(found.paid), found.paid, 0),
    )
    return charts.bars(rows)
