"""Finds a lead by its code, its reference, a phone number, an email address, a name or a manual reference."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import F, Max, Q, QuerySet, Value
from django.db.models.functions import Concat

from pagetojob.platform import phones
from pagetojob.retention.person import plain_email, seen
from syncqueue.leads import reference
from syncqueue.leads.models import UNSEEN_CHARACTER, Lead, email_is, pasted_name_contains

from ..arrival import arrival_of_item
from ..models import ENDED, Kind, SyncItem
from ..state_texts import problem_of

MOST = 50
LONGEST = 254
#: A text without three letters or digits of ASCII in a row has no trigram, so only these newest leads are read.
NEWEST_WITHOUT_INDEX = 20_000
#: A text is frequent if it fills the list from so many newest rows.
NEWEST_FIRST = 5_000
_REFERENCE = re.compile(r"(?:st-ready:)?([0-9a-f]{16})", re.IGNORECASE)
_LIKE_A_CODE = re.compile(r"PTJ[-\s]?\w+", re.IGNORECASE)
_LIKE_A_PHONE = re.compile(r"[+(]?[\d\s().+/x-]{7,}", re.IGNORECASE)
_TRIGRAM = re.compile(r"[0-9A-Za-z]{3}")
_LETTER = re.compile(r"[^\W\d_]")


class By(StrEnum):
    CODE = "code"
    REFERENCE = "reference"
    PHONE = "phone"
    EMAIL = "e-mail"
    TEXT = "text"


@dataclass(frozen=True)
class Question:
    """The typed text, parsed as each thing it can be: `{By.CODE: "PTJ-7K2M9QX"}`. `hint` describes a possible mistake.

    `By.TEXT` is a part of a name or of a manual reference.
    """

    by: dict[By, str]
    hint: str = ""


@dataclass
class Found:
    """A lead with its items, each with the reason why it waits."""

    lead: Lead
    items: list[tuple[SyncItem, str]] = field(default_factory=list)

    @property
    def first(self) -> SyncItem | None:
        """Return the item to open: the booking request if it waits, else one that waits, else the newest."""
        waiting = [item for item, _ in self.items if item.state not in ENDED]
        booking = [item for item in waiting if item.kind == Kind.BOOKING_REQUEST]
        return next(iter([*booking, *waiting, *(item for item, _ in reversed(self.items))]), None)


@dataclass(frozen=True)
class Answer:
    """At most 50 leads, newest first; `more` means that there are more leads than shown."""

    found: list[Found]
    more: bool


def read_question(text: str) -> Question:
    """Parse `text`. Codes in any case, with or without dashes, and O for 0; phones in any form. Pure."""
    text = clean(text)
    if not text:
        return Question({}, "Enter a code, reference, phone number, email address or name.")
    if match := _REFERENCE.fullmatch(text):
        return Question({By.REFERENCE: f"st-ready:{match[1].lower()}"})
    if "@" in text:
        return Question({By.EMAIL: "".join(plain_email(text).split())})  # `clean` made other spaces plain ones
    by = {By.TEXT: text}
    if code := reference.read_spoken_code(text):
        by[By.CODE] = code
    if _LIKE_A_PHONE.fullmatch(text) and (number := phones.e164(text)):
        by[By.PHONE] = number
    return Question(by, _hint(text, by))


def clean(text: str) -> str:
    """Return what is searched for: without control and unseen characters, with single spaces, at most 254 characters.

    Pure.
    """
    return " ".join("".join(mark if mark.isprintable() else " " for mark in seen(text[:4096])).split())[:LONGEST]


def _hint(text: str, by: dict[By, str]) -> str:
    if _LIKE_A_CODE.fullmatch(text) and By.CODE not in by:
        return "This code contains a typo: its check character does not match. Ask for the code again."
    if text.lower().startswith("st-ready:"):
        return "A reference is st-ready: and 16 characters from 0 to 9 and a to f. Copy all of it."
    if _LIKE_A_PHONE.fullmatch(text) and By.PHONE not in by and By.CODE not in by:
        return "This looks like an incomplete phone number. Enter it with its area code."
    return ""


def search(question: Question, most: int = MOST) -> Answer:
    """Return the matches of a question, all tenants. At most eight queries, each on an index."""
    leads = list(asked_for(question)[: most + 1])
    shown = {lead.pk: Found(lead) for lead in leads[:most]}
    if shown:
        of_them = SyncItem.objects.annotate(arrival=arrival_of_item()).filter(
            tenant__in={result.lead.tenant_id for result in shown.values()}, lead__in=shown
        )
        for item in of_them.defer("envelope").order_by("id"):
            if item.lead_id and (result := shown.get(item.lead_id)):
                item.lead = result.lead
                result.items.append((item, problem_of(item)))
    return Answer(list(shown.values()), more=len(leads) > most)


def asked_for(question: Question) -> QuerySet[Lead]:
    """Return the leads that match a question, newest first."""
    by = question.by
    wanted = Q(pk__in=[])
    for field_name, kind in (("spoken_code", By.CODE), ("reference", By.REFERENCE), ("phone_e164", By.PHONE)):
        if kind in by:
            wanted |= Q(**{field_name: by[kind]})
    rows = Lead.objects.select_related("tenant").defer("message", "source", "consent_text")
    if By.EMAIL in by:
        wanted |= email_is(by[By.EMAIL])
    if By.TEXT in by:
        wanted |= Q(pk__in=_keys_by_text(by[By.TEXT]))
    return rows.filter(wanted).order_by("-received_at", "-id")


def _keys_by_text(text: str) -> list[int]:
    """Return the newest leads with this text in their name or in the reference of a manual completion."""
    done = SyncItem.objects.filter(done_reference__isnull=False, lead__isnull=False)
    keys = _newest_with(text, done, "done_reference", "lead_id")
    if not _LETTER.search(text):
        return keys
    return keys + _newest_with(text, Lead.objects.all(), "name", "pk") + _pasted_names(text)


def _pasted_names(text: str) -> list[int]:
    """Return the newest leads with this text in a name that has unseen characters.

    Reads only such names, and of these the newest, so that a flood of them costs no more.
    """
    pasted = Lead.objects.filter(name__regex=UNSEEN_CHARACTER).order_by("-pk").values("pk")[:NEWEST_FIRST]
    rows = Lead.objects.filter(pasted_name_contains(text), pk__in=pasted).order_by("-pk")
    return list(rows.values_list("pk", flat=True)[: MOST + 1])


def _newest_with(text: str, rows: QuerySet[Any], column: str, key: str) -> list[int]:
    """Return the keys of the newest rows with a text in a column. At most three queries.

    The planner cannot know how frequent a part of a text is. So the newest rows are read first, without the index of
    trigrams. If they do not fill the list, the text is rare, and its trigrams lead to few rows.
    """
    has_trigram = bool(_TRIGRAM.search(text))
    newest = rows.model.objects.order_by().aggregate(pk=Max("pk"))["pk"] or 0
    window = rows.filter(pk__gt=newest - (NEWEST_FIRST if has_trigram else NEWEST_WITHOUT_INDEX))
    # No index has this expression.
    window = window.alias(part=Concat(column, Value(""))).filter(part__icontains=text).order_by("-pk")
    keys = list(window.values_list(key, flat=True)[: MOST + 1])
    if has_trigram and len(keys) <= MOST:
        # No index has this order.
        ordered = rows.filter(**{f"{column}__icontains": text}).order_by((F("pk") + 0).desc())
        keys = list(ordered.values_list(key, flat=True)[: MOST + 1])
    return keys
