"""Every address of the product, who may ask for it, and how its blanks are filled."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern, URLResolver

ANONYMOUS, OWNER, REVIEWER, STRANGER = "anonymous", "owner", "reviewer", "stranger"
VIEWER, OPERATOR, LEAD, EDITOR, ADMIN = "viewer", "operator", "lead", "editor", "admin"
ROLES = (ANONYMOUS, OWNER, REVIEWER, STRANGER, VIEWER, OPERATOR, LEAD, EDITOR, ADMIN)

EVERYBODY = frozenset(ROLES)
SIGNED_IN = EVERYBODY - {ANONYMOUS}
DESK = frozenset({VIEWER, OPERATOR, LEAD})
ACTING = frozenset({OPERATOR, LEAD})
MEMBERS, OWNERS = frozenset({OWNER, REVIEWER, STRANGER}), frozenset({OWNER, STRANGER})

#: Name of an address (namespace:name, or its route where it has none) to who may ask. The first that fits counts.
#: An address that fits none fails the test: nobody has said who may ask for it.
DOORS: tuple[tuple[str, frozenset[str]], ...] = (
    (r"retention:(list|contractor|exports|subjects|subject|letter|receipt|offboarding|offboarding-receipt)", DESK),
    (r"retention:(period|confirm-offboarding)", frozenset({LEAD})),
    (r"retention:.+", ACTING),
    (r"domains:(list|contractor)", DESK | {ADMIN}),
    (r"domains:.+", ACTING | {ADMIN}),
    (r"ops|portal|help", EVERYBODY),  # only a redirect
    (r"internal:tls-allowed", EVERYBODY),
    (r"ops:(list|live|item|next|export|runs|run|save-view|delete-view)", DESK),
    (r"ops:(lanes|refusals|charts|status|notices)", DESK),
    (r"ops:inbox(|-quarantine|-keys|-route|-event|-quarantined)", DESK),
    (r"ops:.+", ACTING),
    (r"drift:(board|finding|reading|picture|snapshot|page-log)", DESK),
    (r"drift:.+", ACTING),
    (r"(review|demo-site|onboarding-link|notice-link|transparency):.+", EVERYBODY),
    (r"onboarding:(list|contractor|embeds)", DESK | {ADMIN}),
    (r"onboarding:.+", ACTING | {ADMIN}),
    (r"gates:(list|tenant|evidence-confirm)", DESK),
    (r"gates:.+", ACTING),
    (r"connections:(list|tenant|receipt|receipt-(pdf|bundle)|ids-read)", DESK),
    (r"connections:.+", ACTING),
    (r"sandbox:start|facts:read", ACTING),
    (r"facts:list", DESK),
    (r"sandbox:.+", DESK),
    (r"versions:list", DESK),
    (r"versions:publish", frozenset({LEAD})),
    (r"versions:.+", ACTING),
    (r"(statements:(list|statement|rows|bundle)|packets:(list|packet|file|bundle))", DESK),
    (r"statements:(close|restate)", frozenset({LEAD})),
    (r"(statements|packets):.+", ACTING),
    (r"check-a-packet", EVERYBODY),
    (r"attribution:(list|overview|campaigns|leads|chain|files|file|review|one)", DESK),
    (
        r"attribution:(linkings|linking|weights|model|estimate)|(attribution|titanmap):(imports|import|columns|problems-csv)",
        DESK,
    ),
    (r"attribution:(apply|withdraw)", frozenset({LEAD})),
    (r"attribution:.+", ACTING),
    (r"titanmap:(list|map|items-csv|json|item|coverage|pages|page|draft|rules|rule|tester|publish)", DESK),
    (r"titanmap:import-drafts", DESK),
    (r"titanmap:.+", ACTING),
    (r"portal:(home|choose|gates|status|website|website-(pdf|make-pdf|picture)|outcomes|month|month-bundle)", MEMBERS),
    (r"portal:(packet-file|packet-bundle)", MEMBERS),
    (r"portal:(connection|receipt|receipt-(pdf|bundle)|ids-read|retention)", MEMBERS),
    (r"portal:(request|requests|requests-export|response-report|search|answer|undo-answer|note|photo)", MEMBERS),
    (r"portal:manifest", EVERYBODY),
    (r"portal:(contact|emails)", MEMBERS),
    (r"portal:(website-questions|access|access-item|artifact)", MEMBERS),
    (r"portal:sign-off", OWNERS),
    (r"portal:(audit|audit-export|disconnect|people|revoke|second-step|remove-member)", OWNERS),
    (r"portal:(settings|setting|undo-setting|pause)", OWNERS),
    (r"portal:(notices|target|recipient|recipient-act|undo-recipient)", OWNERS),
    (r"accounts:(second-step|passkey-use-begin|passkey-use-complete|forgot|reset|invitation|email-stop)", EVERYBODY),
    (r"accounts:.+", SIGNED_IN),
    (r"core:ops-audit", frozenset({LEAD})),
    (r"core:ops-(on-call|runbooks|watch-alarms|watch-item)", DESK),
    (r"core:ops-(search|palette)", DESK | {ADMIN}),
    (r"core:ops-(acknowledge|drill-add|on-call-.+)", ACTING),
    (r"core:ops-(health|alarms|metrics)|demo:drills", DESK),
    (r"demo:styleguide", frozenset({EDITOR, ADMIN})),
    (r"core:(home|sign-in|sign-out|healthz|readyz|status)|help:.+", EVERYBODY),
    (r"admin:(tenants|accounts)_.+", frozenset({ADMIN})),
    (r"admin:(readiness|claims|gates)_.+", frozenset({EDITOR})),
    (r"admin:(login|logout)", EVERYBODY),
    (r"admin:.*", frozenset({EDITOR, ADMIN})),
    (r"(readiness|intake|api|hooks):.*|servicetitan-ready-websites.*|robots|sitemap|security-txt", EVERYBODY),
)


@dataclass(frozen=True)
class Address:
    """One URL pattern: its route as written, the name it goes by, and the converters of its blanks."""

    route: str
    name: str
    blanks: tuple[tuple[str, str], ...]

    @cached_property
    def names_rows(self) -> bool:
        """Whether a blank names a row, which may be another tenant's, and not a page of everybody's own."""
        return any(f"{self.name} {blank}" not in _FITTING for _, blank in self.blanks)

    @cached_property
    def audience(self) -> frozenset[str]:
        return next((who for pattern, who in DOORS if re.fullmatch(pattern, self.name)), frozenset())

    def filled(self, ids: dict[str, str]) -> str:
        """The path with `ids` by `blank name` or by `namespace:name blank`, and harmless words for the rest."""
        path = self.route
        for kind, blank in self.blanks:
            names = (f"{self.name} {blank}", f"{self._section} {blank}", blank)
            value = next((found for name in names if (found := _FITTING.get(name) or ids.get(name))), "")
            path = path.replace(f"<{kind}:{blank}>", value or _HARMLESS.get(kind, "nothing"))
        return "/" + re.sub(r"[\^$]|\(\?P<.*", "", path)

    @property
    def _section(self) -> str:
        """`ops`, or for Django admin the label and model, such as `admin:gates_evidence`."""
        return re.sub(
            r"_(changelist|add|history|delete|change|confirm|file|revoke|form|attest|withdraw)$", "", self.name
        )


#: What a blank of one address is filled with when it names no row.
_FITTING = {
    "gates:kill flag": "drift-monitor",
    "gates:switch flag": "drift-monitor",
    "gates:switch act": "want",
    "drift:act act": "dismiss",
    "connections:move act": "ask",
    "statements:close month": "2026-10",
    "help:guide slug": "embed-the-form",
    "packets:file part": "csv",
    "portal:packet-file part": "csv",
    "ops:lane-act kind": "booking_request",
    "ops:lane-act act": "pause",
    "onboarding:recipient act": "test",
    "intake:color color": "0b5cad",
    "onboarding:step step": "area",
    "onboarding:act act": "publish",
    "onboarding:undo step": "area",
    "portal:setting step": "phones",
    "portal:recipient-act act": "test",
    "portal:access-item part": "access",
    "portal:access-item slug": "name-the-admin",
    "portal:sign-off part": "access",
    "portal:undo-setting step": "phones",
    "retention:move-hold step": "confirm",
    "retention:move-subject step": "search",
    "retention:copy form": "json",
}
_HARMLESS = {
    "int": "1",
    "uuid": str(uuid.UUID(int=7)),
    "slug": "nothing",
    "str": "1",
    "path": "nothing",
    "page": "claims",
}
_BLANK = re.compile(r"<(\w+):(\w+)>")


@cache
def addresses() -> tuple[Address, ...]:
    return tuple(_walk(get_resolver(), "", ()))


def _walk(resolver: URLResolver, prefix: str, names: tuple[str, ...]) -> Iterator[Address]:
    for one in resolver.url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLPattern):
            name = ":".join((*names, one.name or "")) if names or one.name else route
            yield Address(route, name, tuple(_BLANK.findall(route)) if isinstance(one.pattern, RoutePattern) else ())
        else:
            yield from _walk(one, route, (*names, one.namespace) if one.namespace else names)
