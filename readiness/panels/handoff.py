"""The hand-off simulator: a made-up request in, and what it would become out. Nothing is written."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from pagetojob.titanmap.models import CallToAction

from ..shape import Pack, PageView
from . import demo
from .handoff_draft import draft, read_choices, read_shop
from .handoff_form import DEMO_VISITOR, HandoffForm
from .tool import NOT_ACCEPTED, Answer, Posted

TEMPLATE = "readiness/panels/handoff.html"
STYLES: tuple[str, ...] = ("readiness-tools.css",)
SECONDS = 10
LARGEST = 64 * 1024
#: The fields of the form as a request names them.
LABELS = {
    "page_path": "Page",
    "service": "Service",
    "urgency": "Urgency",
    "asked_at": "Asked at",
    "preferred_date": "Preferred day",
    "preferred_window": "Preferred time",
    "name": "Name",
    "phone": "Phone",
    "email": "E-mail",
    "street": "Street",
    "city": "City",
    "state": "State",
    "zip": "ZIP code",
    "message": "Message",
}


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """The form with the demo visitor in it. Three queries and a scope; nothing but a form without a demo tenant."""
    tenant = demo.find()
    if tenant is None:
        return {}
    with demo.rows_of(tenant):
        choices = read_choices(tenant)
    return {"tenant": tenant, "form": HandoffForm(choices=choices, initial=DEMO_VISITOR)}


def answer(pack: Pack, posted: Posted) -> Answer:
    """The draft of a request, or the form with what is wrong. Six queries and a scope."""
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
    """An answer in the words of the form."""
    value = form.cleaned_data[name]
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    choices = dict(getattr(form.fields[name], "choices", ()))
    return str(choices.get(value, value or ""))
