"""Flags, gates and scopes as their registries define them, with the current state of each feature."""

from pathlib import Path
from typing import Any

import yaml

from pagetojob.gates.registry import FLAGS, GATES, FlagDefinition, Gate
from pagetojob.gates.scopes import SCOPES

from ..models.base import Role
from ..rows import plain

Row = dict[str, Any]

#: Texts about each flag: the current state of its feature, and what must be on file before people rely on it.
TEXTS: dict[str, Row] = yaml.safe_load(Path(__file__).with_name("content").joinpath("flags.yaml").read_text("utf-8"))


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
                ("Today", Role.TEXT, TEXTS[slug]["today"]),
                ("Manual mode", Role.TEXT, flag.manual_mode),
                ("Gates", Role.LIST, _gates(flag, satisfied)),
                ("Evidence required", Role.LIST, _evidence(slug, flag)),
                ("Least scopes", Role.LIST, list(flag.least_scopes)),
                ("Scopes used where granted", Role.LIST, list(flag.optional_scopes)),
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
    return list(TEXTS[slug]["on_file"])


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
    """Return every scope that a flag requires or uses where granted, with API family, fields, retention and owner."""
    return [
        plain(
            "scope",
            anchor=f"scope-{scope.replace('.', '-').replace(':', '-')}",
            slug=scope,
            title=scope,
            owner=SCOPES[scope].owner,
            fields=[
                ("API family", Role.TEXT, SCOPES[scope].family),
                ("Required by", Role.LIST, [slug for slug, flag in FLAGS.items() if scope in flag.least_scopes]),
                (
                    "Used where granted",
                    Role.LIST,
                    [slug for slug, flag in FLAGS.items() if scope in flag.optional_scopes],
                ),
                ("Writes" if SCOPES[scope].writes(scope) else "Reads", Role.TEXT, ", ".join(SCOPES[scope].fields)),
                ("Retention", Role.TEXT, SCOPES[scope].retention),
            ],
        )
        for scope in SCOPES
    ]
