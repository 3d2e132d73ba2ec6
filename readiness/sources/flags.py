"""Flags, gates and scopes as their registries define them, with the current state of each feature."""

from typing import Any

from pagetojob.gates.registry import FLAGS, GATES, FlagDefinition, Gate
from pagetojob.gates.scopes import SCOPES, scopes_in_use

from ..models.base import Role
from ..rows import plain

Row = dict[str, Any]

#: Current state of each flag's feature. A default decides how a tenant starts, not whether all of it is built.
TODAY: dict[str, str] = {
    "manual-titan-map": (
        "Available. The map is stored in tables and determines the text and actions of a tenant's pages. Operators "
        "edit it at the workbench; an engineer enters the first version of a page."
    ),
    "booking-request-fallback": (
        "Available. The form, the embeddable form and the intake API store a request and its notice in one commit, "
        "even while email, broker and workers are down."
    ),
    "manual-taxonomy-import": (
        "Available at the workbench, with preview, approval and undo. A list can also be tried on the importer page, "
        "which stores nothing."
    ),
    "drift-monitor": (
        "Available in operations, for each website entered there. So far it has read the demo website and pages that "
        "we made ourselves."
    ),
    "campaign-proof": (
        "Available in operations, for exports that a customer supplies. Every outcome on file is fictional and belongs "
        "to the demo tenant."
    ),
    "connection-readiness": ("Available as the connection page of this pack, and as a page of each tenant's portal."),
    "persisted-page-bindings": (
        "Bindings are versioned with undo. A request keeps the version it arrived with until an operator releases it "
        "with a corrected one."
    ),
    "api-taxonomy-import": (
        "Built, but runs only against our simulator: its lists fill the ids of the demo tenant's map. No call is made "
        "to ServiceTitan, regardless of the flag."
    ),
    "api-booking-sync": (
        "The envelope is built and checked, then waits for a person. A sender is built and hands off bookings of the "
        "demo tenant to our simulator only; sending to a live account is not released."
    ),
    "scheduler-webhooks": (
        "A receiver is built, and its address responds that it is not in service. It has been tested with events that "
        "we made ourselves. ServiceTitan's signing method and the scopes that events need are not public."
    ),
    "closed-loop-revenue": "Not built. No figure is read by API.",
}

#: Items that must be on file for a tenant before people rely on a manual feature. Gated flags use gates instead.
ON_FILE: dict[str, tuple[str, ...]] = {
    "manual-titan-map": ("the reviewed map", "its coverage score", "the customer's approval note"),
    "booking-request-fallback": (
        "a test request that reached the business",
        "the contacts notified of a request",
        "the source stored with the request",
        "proof that the form works while all external services are down",
    ),
    "manual-taxonomy-import": (
        "the source file or note",
        "the warnings of the import",
        "the reviewed candidates",
        "the check that personal data was removed",
    ),
    "drift-monitor": ("the reviewed map", "the customer's contact for findings"),
    "campaign-proof": (
        "the supplied export and its period",
        "the match labels with their counts",
        "the exclusions and their reasons",
    ),
    "connection-readiness": ("the person who could authorize access at the customer", "the list of enabled modules"),
    "persisted-page-bindings": ("a reviewed version of each binding", "its reviewer"),
}


def flag_rows(satisfied: dict[Gate, list[Row]]) -> list[Row]:
    """Return the flags with their purpose, manual mode, gates and current state."""
    return [
        plain(
            "flag",
            anchor=f"flag-{slug}",
            slug=slug,
            title=flag.title,
            state=_state(flag, satisfied),
            fields=[
                ("Name in code", Role.TEXT, slug),
                ("Category", Role.TEXT, flag.category.value),
                ("Risk", Role.TEXT, flag.risk.value),
                ("Default", Role.TEXT, "on" if flag.default_on else "off"),
                ("Visible to the customer", Role.TEXT, "yes" if flag.customer_visible else "no"),
                ("Today", Role.TEXT, TODAY[slug]),
                ("Manual mode", Role.TEXT, flag.manual_mode),
                ("Gates", Role.LIST, _gates(flag, satisfied)),
                ("Evidence required", Role.LIST, _evidence(slug, flag)),
                ("Least scopes", Role.LIST, list(flag.least_scopes)),
                ("Least module", Role.TEXT, flag.least_module),
                ("Kill switch", Role.RULE, flag.kill_switch),
            ],
        )
        for slug, flag in FLAGS.items()
    ]


def _state(flag: FlagDefinition, satisfied: dict[Gate, list[Row]]) -> str:
    if any(not satisfied[gate] for gate in flag.gates):
        return "gated"
    return "on by default" if flag.default_on else "off by default"


def _gates(flag: FlagDefinition, satisfied: dict[Gate, list[Row]]) -> list[str]:
    return [
        f"{gate.value}: {'open' if satisfied[gate] else 'closed'}, held by {GATES[gate].holder}"
        for gate in Gate
        if gate in flag.gates
    ] or ["none: it works without any API"]


def _evidence(slug: str, flag: FlagDefinition) -> list[str]:
    if flag.gates:
        return ["valid evidence for every gate above, confirmed by a second person"]
    return list(ON_FILE[slug])


def gate_rows(satisfied: dict[Gate, list[Row]], shown: dict[str, list[Row]]) -> list[Row]:
    """Return the gates for PageToJob as a whole: evidence, holder of what is missing, and waiting flags."""
    return [
        plain(
            "gate",
            anchor=f"gate-{gate.value.replace(' ', '-')}",
            slug=gate.value.replace(" ", "-"),
            title=gate.value[0].upper() + gate.value[1:],
            state="open" if satisfied[gate] else "shut",
            owner=GATES[gate].holder,
            evidence=shown.get(gate.value, []),
            fields=[
                ("", Role.TEXT, "Valid evidence is on file." if satisfied[gate] else GATES[gate].missing),
                ("Evidence that counts", Role.LIST, sorted(grade.value for grade in GATES[gate].accepts)),
                ("Flags behind it", Role.LIST, [flag.title for flag in FLAGS.values() if gate in flag.gates]),
            ],
        )
        for gate in Gate
    ]


def scope_rows() -> list[Row]:
    """Return the minimum scopes of each flag with API family, fields, retention and owner."""
    return [
        plain(
            "scope",
            anchor=f"scope-{flag}-{scope.replace('.', '-').replace(':', '-')}",
            slug=scope,
            title=scope,
            owner=SCOPES[scope].owner,
            fields=[
                ("API family", Role.TEXT, SCOPES[scope].family),
                ("Flag", Role.TEXT, flag),
                ("Writes" if SCOPES[scope].writes(scope) else "Reads", Role.TEXT, ", ".join(SCOPES[scope].fields)),
                ("Retention", Role.TEXT, SCOPES[scope].retention),
            ],
        )
        for flag, scope in scopes_in_use()
    ]
