"""The sources of a search. Each returns hits of one kind, at most one more than asked for.

The caller sets the scope: row-level security decides which rows are visible, and `Source.ability` which sources.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from attribution.packets.selectors import packets_matching
from drift.compare.findings import Rule
from drift.models import Finding
from pagetojob.platform import masking
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.titanmap.models import PageBinding
from readiness.selectors import search as pack
from syncqueue.selectors import Found, Question
from syncqueue.selectors import search as search_leads

from ..help.guides import guides_for
from ..runbooks import RUNBOOKS
from .commands import commands_for

#: Shorter parts of a text have no trigram, and would match nearly everything.
SHORTEST_PART = 3


@dataclass(frozen=True)
class Hit:
    """A match. `detail` is shown after the title."""

    title: str
    url: str
    detail: str = ""


@dataclass(frozen=True)
class Asked:
    """A search: the cleaned text, the same as a question about leads, who asks, and the most hits per source."""

    text: str
    question: Question
    actor: User
    most: int

    @property
    def words(self) -> list[str]:
        return self.text.casefold().split()


@dataclass(frozen=True)
class Group:
    """The hits of one source. `more` means that there are more than shown."""

    key: str
    heading: str
    hits: list[Hit]
    more: bool = False


@dataclass(frozen=True)
class Source:
    """A kind of hits, for people with `ability`, or for everyone of operations if it is None."""

    key: str
    heading: str
    ability: Ability | None
    find: Callable[[Asked], Iterable[Hit]]


def groups(asked: Asked, *, without: frozenset[str] = frozenset()) -> list[Group]:
    """Return the sources that match, in the order of SOURCES. At most nine queries."""
    answers = []
    for source in SOURCES:
        if source.key in without or not (source.ability is None or asked.actor.can(source.ability)):
            continue
        hits = list(source.find(asked))
        if hits:
            answers.append(Group(source.key, source.heading, hits[: asked.most], more=len(hits) > asked.most))
    return answers


def _requests(asked: Asked) -> Iterable[Hit]:
    answer = search_leads(asked.question, asked.most)
    hits = [_request(match) for match in answer.found]
    return [*hits, hits[-1]] if answer.more else hits


def _request(match: Found) -> Hit:
    lead, item = match.lead, match.first
    url = reverse("ops:item", args=[item.public_id]) if item else reverse("core:ops-search")
    state = f" · {item.get_kind_display()}, {item.get_state_display()}" if item else " · no outbox item"
    return Hit(f"{lead.spoken_code} {masking.name(lead.name)}".strip(), url, lead.tenant.name + state)


def _contractors(asked: Asked) -> Iterable[Hit]:
    rows = Tenant.objects.filter(Q(name__icontains=asked.text) | Q(slug__icontains=asked.text)).order_by("name", "pk")
    return [
        Hit(row.name, reverse("onboarding:contractor", args=[row.slug]), row.get_state_display())
        for row in rows[: asked.most + 1]
    ]


def _commands(asked: Asked) -> Iterable[Hit]:
    words = [word for word in asked.words if word not in {"go", "to"}]
    return [Hit(command.title, url) for command, url in commands_for(asked.actor) if command.matches(words)]


_RULES = {rule.value: rule.label for rule in Rule}


def _findings(asked: Asked) -> Iterable[Hit]:
    if len(asked.text) < SHORTEST_PART:
        return []
    rules = [value for value, label in _RULES.items() if asked.text.casefold() in label.casefold()]
    wanted = Q(item__icontains=asked.text) | Q(page__icontains=asked.text)
    rows = Finding.objects.filter(wanted | Q(rule__in=rules) if rules else wanted).order_by("-pk")
    columns = ("public_id", "rule", "item", "state", "tenant__name", "tenant__slug")
    return [
        Hit(
            f"{_RULES[row.rule]}: {row.item}",
            reverse("drift:finding", args=[row.public_id]),
            f"{row.tenant.name} · {row.get_state_display()}",
        )
        for row in rows.select_related("tenant").only(*columns)[: asked.most + 1]
    ]


def _pages(asked: Asked) -> Iterable[Hit]:
    if len(asked.text) < SHORTEST_PART:
        return []
    newer = PageBinding.objects.filter(tenant=OuterRef("tenant"), slug=OuterRef("slug")).order_by("-version")
    rows = PageBinding.objects.filter(Q(label__icontains=asked.text) | Q(page_path__icontains=asked.text))
    rows = rows.filter(version=Subquery(newer.values("version")[:1])).order_by("-pk")
    columns = ("slug", "label", "page_path", "tenant__name", "tenant__slug")
    return [
        Hit(
            row.label or row.page_path,
            reverse("titanmap:page", args=[row.tenant.slug, row.slug]),
            f"{row.tenant.name} · {row.page_path}",
        )
        for row in rows.select_related("tenant").only(*columns)[: asked.most + 1]
    ]


def _packets(asked: Asked) -> Iterable[Hit]:
    return [
        Hit(
            row.campaign or "All campaigns",
            reverse("packets:packet", args=[row.tenant.slug, row.public_id]),
            f"{row.tenant.name} · {row.first_month:%Y-%m} to {row.last_month:%Y-%m}",
        )
        for row in packets_matching(asked.text, asked.most + 1)
    ]


def _runbooks(asked: Asked) -> Iterable[Hit]:
    alarms, practiced = reverse("core:ops-alarms"), reverse("core:ops-runbooks")
    return [
        Hit(row.title, f"{alarms}#{row.alarm}" if row.alarm else f"{practiced}?runbook={row.slug}", "Runbook")
        for row in RUNBOOKS
        if all(word in row.title.casefold() for word in asked.words)
    ]


def _guides(asked: Asked) -> Iterable[Hit]:
    return [
        Hit(guide.title, reverse("help:guide", args=[guide.slug]), "Guide")
        for guide in guides_for(asked.actor)
        if all(word in guide.title.casefold() for word in asked.words)
    ]


def _pack(asked: Asked) -> Iterable[Hit]:
    if len(asked.text) < SHORTEST_PART:
        return []
    return [
        Hit(title, reverse("readiness:page", args=[page]) + f"#{anchor}", page_title)
        for title, page, anchor, page_title in pack.titles(asked.text, asked.most + 1)
    ]


SOURCES = (
    Source("requests", "Requests", Ability.VIEW_QUEUE, _requests),
    Source("contractors", "Contractors", Ability.VIEW_CONTRACTORS, _contractors),
    Source("commands", "Go to", None, _commands),
    Source("findings", "Findings", Ability.VIEW_QUEUE, _findings),
    Source("pages", "Pages", Ability.VIEW_QUEUE, _pages),
    Source("packets", "Proof packets", Ability.VIEW_QUEUE, _packets),
    Source("runbooks", "Runbooks", Ability.VIEW_QUEUE, _runbooks),
    Source("guides", "Guides", None, _guides),
    Source("pack", "Readiness pack", None, _pack),
)
