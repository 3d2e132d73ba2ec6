"""Finds a lead by a code, a reference, a phone number or an email address; or a tenant."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower

from pagetojob.platform import phones
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads import reference
from syncqueue.leads.models import Lead

from ..models import SyncItem

MOST = 50
LONGEST = 254
_REFERENCE = re.compile(r"(?:st-ready:)?([0-9a-f]{16})", re.IGNORECASE)
_LIKE_A_CODE = re.compile(r"PTJ[-\s]?\w+", re.IGNORECASE)
_LIKE_A_PHONE = re.compile(r"[+(]?[\d\s().+/x-]{7,}", re.IGNORECASE)


class By(StrEnum):
    CODE = "code"
    REFERENCE = "reference"
    PHONE = "phone"
    EMAIL = "e-mail"
    TENANT = "tenant"


#: Personal values: a search by one of them is audited.
PERSONAL = frozenset({By.PHONE, By.EMAIL})


@dataclass(frozen=True)
class Question:
    """The typed text, parsed as each thing it can be: `{By.CODE: "PTJ-7K2M9QX"}`. `hint` says what looks wrong."""

    by: dict[By, str]
    hint: str = ""


@dataclass
class Found:
    """A lead with its items."""

    lead: Lead
    items: list[SyncItem] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """At most 50 leads, newest first, and 50 tenants; `more` means that there are more leads than shown."""

    found: list[Found]
    tenants: list[Tenant]
    more: bool


def read_question(text: str) -> Question:
    """Parse `text`. Codes in any case, with or without dashes, and O for 0; phones in any form. Pure."""
    text = text.replace("\x00", "").strip()[:LONGEST]
    if not text:
        return Question({}, "Enter a code, reference, phone number, email address or tenant.")
    if match := _REFERENCE.fullmatch(text):
        return Question({By.REFERENCE: f"st-ready:{match[1].lower()}"})
    if "@" in text:
        return Question({By.EMAIL: text.lower()})
    by = {By.TENANT: text}
    if code := reference.read_spoken_code(text):
        by[By.CODE] = code
    if _LIKE_A_PHONE.fullmatch(text) and (number := phones.e164(text)):
        by[By.PHONE] = number
    return Question(by, _hint(text, by))


def _hint(text: str, by: dict[By, str]) -> str:
    if _LIKE_A_CODE.fullmatch(text) and By.CODE not in by:
        return "This code contains a typo: its check character does not match. Ask for the code again."
    if text.lower().startswith("st-ready:"):
        return "A reference is st-ready: and 16 characters from 0 to 9 and a to f. Copy all of it."
    if _LIKE_A_PHONE.fullmatch(text) and By.PHONE not in by and By.CODE not in by:
        return "This looks like an incomplete phone number. Enter it with its area code."
    return ""


def search(question: Question) -> Answer:
    """Return the matches of a question, all tenants. At most three queries, each on an index."""
    leads = list(asked_for(question)[: MOST + 1])
    tenants = []
    if name := question.by.get(By.TENANT):
        tenants = list(Tenant.objects.filter(Q(slug__istartswith=name) | Q(name__istartswith=name))[:MOST])
    shown = {lead.pk: Found(lead) for lead in leads[:MOST]}
    if shown:
        of_them = SyncItem.objects.filter(
            tenant__in={result.lead.tenant_id for result in shown.values()}, lead__in=shown
        )
        for item in of_them.defer("envelope").order_by("id"):
            if item.lead_id and (result := shown.get(item.lead_id)):
                item.lead = result.lead
                result.items.append(item)
    return Answer(list(shown.values()), tenants, more=len(leads) > MOST)


def asked_for(question: Question) -> QuerySet[Lead]:
    """Return the leads that match a question, newest first."""
    by = question.by
    wanted = Q(pk__in=[])
    for field_name, kind in (("spoken_code", By.CODE), ("reference", By.REFERENCE), ("phone_e164", By.PHONE)):
        if kind in by:
            wanted |= Q(**{field_name: by[kind]})
    rows = Lead.objects.select_related("tenant").defer("message", "source", "consent_text")
    if By.EMAIL in by:
        rows = rows.alias(mail=Lower("email"))
        wanted |= Q(mail=Lower(Value(by[By.EMAIL])))
    return rows.filter(wanted).order_by("-received_at", "-id")
