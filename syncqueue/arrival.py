"""The arrival of notices, as servers report it after they accepted them. `sql/ledger.sql` has the rules."""

from django.db.models import BooleanField, Case, CharField, DateTimeField, Func, Value, When

from . import sql
from .models.item import Kind, State

_SQL = sql.load("ledger")
_OF_LEAD = "(SELECT {} FROM (VALUES (%(expressions)s)) AS lead (tenant_id, id))"


def is_reached(lead: str) -> Func:
    """Return the expression that tells whether someone knows of the request whose id is in the field `lead`."""
    return Func("tenant_id", lead, template=_OF_LEAD.format(_SQL["reached"]), output_field=BooleanField())


def first_reached() -> Func:
    """Return the expression for the time since which someone knows of the request of an item; null if no one does."""
    return Func("tenant_id", "lead_id", template=_OF_LEAD.format(_SQL["first_reached"]), output_field=DateTimeField())


def arrival_of_item() -> Case:
    """Return the expression that `SyncItem.shown_state` reads.

    It is "returned" or "delayed" for an accepted notice that was, while no one knows of its request; otherwise empty.
    """
    word = Func("tenant_id", "lead_id", template=_OF_LEAD.format(_SQL["arrival"]), output_field=CharField())
    is_accepted = When(kind=Kind.BUSINESS_NOTIFICATION, state=State.DELIVERED, then=word)
    return Case(is_accepted, default=Value(""), output_field=CharField())
