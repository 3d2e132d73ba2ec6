"""The guides: which pages of docs/ are shown, to whom, and which one belongs to a route.

A page that is not in GUIDES is not shown and not linked, so nothing internal is public by accident.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.conf import settings

from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability

DOCS: Path = settings.BASE_DIR / "docs"


class Audience(StrEnum):
    """For whom a guide is written. Everyone may read public ones."""

    PUBLIC = "For everyone"
    CONTRACTOR = "For contractors"
    PLATFORM = "For everyone at PageToJob"
    EDITOR = "For editors"
    SETUP = "For people who set up contractors"
    OPERATOR = "For operators"


@dataclass(frozen=True)
class Guide:
    """A page of docs/ and its reader."""

    slug: str
    path: str
    title: str
    audience: Audience

    @property
    def file(self) -> Path:
        return DOCS / self.path


_PUBLIC, _CONTRACTOR, _EDITOR = Audience.PUBLIC, Audience.CONTRACTOR, Audience.EDITOR
_SETUP, _OPERATOR = Audience.SETUP, Audience.OPERATOR

GUIDES = (
    Guide("embed-the-form", "how-to/embed-the-form.md", "Send requests from another website", _PUBLIC),
    Guide("glossary", "glossary.md", "Glossary", Audience.PLATFORM),
    Guide("use-the-portal", "how-to/use-the-portal.md", "Use the portal", _CONTRACTOR),
    Guide("statement-form", "reference/statement-form.md", "Form of a statement", _CONTRACTOR),
    Guide("edit-the-pack", "how-to/edit-the-pack.md", "Edit the readiness pack", _EDITOR),
    Guide("the-packet", "how-to/the-packet.md", "Hand out the pack as files", _EDITOR),
    Guide("bring-a-contractor-live", "how-to/bring-a-contractor-live.md", "Bring a contractor live", _SETUP),
    Guide("contractor-notices", "how-to/contractor-notices.md", "Notify a contractor of requests", _SETUP),
    Guide("connect-a-domain", "how-to/connect-a-domain.md", "Connect a contractor's domain", _SETUP),
    Guide("accounts", "how-to/accounts.md", "Accounts", _SETUP),
    Guide("operate", "how-to/operate.md", "Operate the queue", _OPERATOR),
    Guide("on-call", "how-to/on-call.md", "When you are on call", _OPERATOR),
    Guide("metrics", "how-to/metrics.md", "Monitor the sending engine", _OPERATOR),
    Guide("audit-alarm", "how-to/audit-alarm.md", "Answer an audit alarm", _OPERATOR),
    Guide("drift", "how-to/drift.md", "Read websites and resolve findings", _OPERATOR),
    Guide("import-a-titan-map", "how-to/import-a-titan-map.md", "Import a Titan Map", _OPERATOR),
    Guide("attribution", "how-to/attribution.md", "See the outcomes of leads", _OPERATOR),
    Guide("close-a-month", "how-to/close-a-month.md", "Close a month and hand out a packet", _OPERATOR),
    Guide("open-a-gate", "how-to/open-a-gate.md", "Switch features on and off", _OPERATOR),
    Guide("connections", "how-to/connections.md", "Work with a contractor's connection", _OPERATOR),
    Guide("validate-the-sandbox", "how-to/validate-the-sandbox.md", "Run the sandbox validation", _OPERATOR),
    Guide("webhooks", "how-to/webhooks.md", "Set up the webhook endpoint", _OPERATOR),
    Guide("retention", "how-to/retention.md", "Manage retention and legal holds", _OPERATOR),
    Guide("subject-requests", "how-to/subject-requests.md", "Answer a person about their data", _OPERATOR),
    Guide("export-a-contractor", "how-to/export-a-contractor.md", "Export a contractor", _OPERATOR),
    Guide("restore", "how-to/restore.md", "Resume after a restore", _OPERATOR),
    Guide("vault-keys", "how-to/vault-keys.md", "Keys of the vault", _OPERATOR),
    Guide("secret-key", "how-to/secret-key.md", "Rotate SECRET_KEY", _OPERATOR),
    Guide("simulator", "how-to/simulator.md", "Use the simulator", _OPERATOR),
)
BY_SLUG = {guide.slug: guide for guide in GUIDES}
BY_FILE = {guide.file: guide for guide in GUIDES}

#: Names of routes to the guide of their page. The first that matches counts.
ROUTES: tuple[tuple[str, str], ...] = (
    (r"ops:inbox.*", "webhooks"),
    (r"ops:(charts|lanes|lane-act)", "metrics"),
    (r"ops:.*|core:ops-(search|palette)", "operate"),
    (r"core:ops-audit", "audit-alarm"),
    (r"core:ops-.*|demo:drills", "on-call"),
    (r"portal:(month|packet-.*)", "statement-form"),
    (r"portal:.*", "use-the-portal"),
    (r"onboarding:(recipients|recipient)", "contractor-notices"),
    (r"onboarding:embed.*", "embed-the-form"),
    (r"onboarding:.*", "bring-a-contractor-live"),
    (r"domains:.*", "connect-a-domain"),
    (r"drift:.*", "drift"),
    (r"titanmap:.*", "import-a-titan-map"),
    (r"(statements|packets):.*", "close-a-month"),
    (r"attribution:.*", "attribution"),
    (r"gates:.*", "open-a-gate"),
    (r"(connections|versions|facts):.*", "connections"),
    (r"sandbox:.*", "validate-the-sandbox"),
    (r"retention:(subject|copy|letter|receipt|erase).*", "subject-requests"),
    (r"retention:(export|download).*", "export-a-contractor"),
    (r"retention:.*", "retention"),
    (r"accounts:.*", "accounts"),
)
_ROUTES = tuple((re.compile(pattern), slug) for pattern, slug in ROUTES)


def audiences_of(user: object) -> frozenset[Audience]:
    """Return whose guides a person may read. Operators also read those of contractors, whom they help."""
    if not isinstance(user, User) or not user.is_authenticated:
        return frozenset({Audience.PUBLIC})
    if user.can(Ability.VIEW_QUEUE):
        return frozenset(Audience) if user.is_staff else frozenset(Audience) - {Audience.EDITOR}
    if user.can(Ability.VIEW_CONTRACTORS):
        return frozenset(Audience) - {Audience.OPERATOR}
    at_work = {Audience.PLATFORM, Audience.EDITOR} if user.is_staff else {Audience.CONTRACTOR}
    return frozenset({Audience.PUBLIC, *at_work})


def guides_for(user: object) -> list[Guide]:
    """Return the guides that a person may read."""
    audiences = audiences_of(user)
    return [guide for guide in GUIDES if guide.audience in audiences]


def guide_of_route(name: str) -> Guide | None:
    """Return the guide of a route by its name, such as `ops:item`; None if it has none."""
    slug = next((slug for pattern, slug in _ROUTES if pattern.fullmatch(name)), "")
    return BY_SLUG.get(slug)
