"""Helpers shared by the operators' pages and the customer's own: the selected period and the revenue chart."""

import datetime as dt

from django.http import QueryDict

from pagetojob.platform.charts.bars import Bar, BarChart, bar_chart
from pagetojob.platform.tenants.models import Tenant

from .forms import PeriodForm
from .selectors.money import Overview, Span
from .templatetags.sealed import dollars


def period_of(query: QueryDict, tenant: Tenant) -> tuple[PeriodForm, Span]:
    """Return the period form and its start and end in the tenant's time zone. Invalid dates select everything."""
    form = PeriodForm(query or None)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    zone = tenant.shown_zone
    first, last = given.get("first"), given.get("last")
    return form, (
        dt.datetime.combine(first, dt.time(), zone) if first else None,
        dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone) if last else None,
    )


def worth(overview: Overview) -> BarChart[Bar]:
    """Return a chart of a period's money: counted, possible if all pending matches are confirmed, and paid."""
    rows = (
        ("Invoiced for counted jobs", dollars(overview.low), overview.low, 0),
        ("If all pending matches are confirmed", dollars(overview.high), overview.low, overview.high - overview.low),
        ("Paid for counted jobs", dollars(overview.paid), overview.paid, 0),
    )
    return bar_chart(rows)
