"""Panel with the handoff simulator: it takes a made-up request and shows what it would become. Writes nothing."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from pagetojob.titanmap.models import CallToAction

from ..shape import Pack, PageView
from . import demo
from .handoff_draft import draft, read_choices, read_shop
from .handoff_form import DEMO_VISITOR, HandoffForm
from .tool import NOT_ACCEPTED, Answer, Posted

LARGEST = 64 * 1024
#: Form fields with the labels that a request shows.
LABELS = {
    "page_path": "Page",
    "service": "Service",
    "urgency": "Urgency",
    "asked_at": "Requested at",
    "preferred_date": "Preferred day",
    "preferred_window": "Preferred time",
    "name": "Name",
    "phone": "Phone",
    "email": "Email",
    "street": "Street",
    "city": "City",
    "state": "State",
    "zip": "ZIP code",
    "message": "Message",
}


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """Return the form filled with the demo visitor, or nothing without a demo tenant. Three queries and a scope."""
    tenant = demo.find()
    if tenant is None:
        return {}
    with demo.rows_of(tenant):
        choices = read_choices(tenant)
    return {"tenant": tenant, "form": HandoffForm(choices=choices, initial=DEMO_VISITOR)}


def answer(pack: Pack, posted: Posted) -> Answer:
    """Return the draft of a request, or the form with its errors. Six queries and a scope."""
    tenant = demo.find()
    if tenant is None:
        return Answer({}, status=404)
    with demo.rows_of(tenant):
        shop = read_shop(tenant)
    form = HandoffForm(posted.texts, choices=shop.choices)
    shown: dict[str, Any] = {"tenant": tenant, "form": form}
    if not form.is_valid():
        return Answer(shown, NOT_ACCEPTED)
    made = draft(shop, form.cleaned_data, now=timezone.now())
    shown["draft"] = made
    shown["tiles"] = [
        {"value": made.mapped, "label": "mapped object" if made.mapped == 1 else "mapped objects"},
        {"value": len(made.warnings), "label": "warning" if len(made.warnings) == 1 else "warnings"},
        {"value": 0, "label": "API calls"},
    ]
    shown["asked"] = [(label, _typed(form, name)) for name, label in LABELS.items()]
    shown["actions"] = [CallToAction(made.choice.primary).label]
    if made.choice.secondary:
        shown["actions"].append(CallToAction(made.choice.secondary).label)
    return Answer(shown)


def _typed(form: HandoffForm, name: str) -> str:
    """Return an answer as the form displays it."""
    value = form.cleaned_data[name]
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    choices = dict(getattr(form.fields[name], "choices", ()))
    return str(choices.get(value, value or ""))
