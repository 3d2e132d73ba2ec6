"""Named plans for the page, and a text description of any plan."""

from dataclasses import asdict, dataclass
from typing import Any

from .faults import Plan, plan_of


@dataclass(frozen=True)
class Preset:
    title: str
    plan: dict[str, Any]


PRESETS: dict[str, Preset] = {
    "nothing": Preset("Nothing: it works", {}),
    "slow-down": Preset("A third asks to slow down", {"rates": {"rate-limit": 0.15, "rate-limit-silent": 0.15}}),
    "server-errors": Preset("A third fails, in JSON or HTML", {"rates": {"server-error": 0.2, "html-error": 0.13}}),
    "lost-answers": Preset(
        "A fifth is stored and its answer lost",
        {"rates": {"drop-after": 0.1, "server-error-after": 0.05, "truncated": 0.05}},
    ),
    "broken-answers": Preset(
        "A third answers with HTML, nothing, too much, or hangs up",
        {"rates": {"html-success": 0.1, "empty": 0.1, "huge": 0.03, "drop": 0.1}},
    ),
    "next-lost": Preset("The next booking is stored and its answer lost", {"coming": ["drop-after"]}),
    "slow": Preset("Half of it takes 5 seconds", {"rates": {"slow": 0.5}}),
    "stale": Preset("Reads are 60 seconds old", {"stale_seconds": 60.0}),
    "short-tokens": Preset("Tokens last 5 seconds", {"token_seconds": 5}),
    "revoked": Preset("Access has been taken away", {"revoked": True}),
    "no-write": Preset("The scope to write bookings is missing", {"missing_scopes": ["tn.crm.bookings:w"]}),
    "outage": Preset("It is down", {"outage": True}),
    "everything": Preset(
        "Something of everything",
        {
            "rates": {
                **dict.fromkeys(("rate-limit", "rate-limit-silent", "rate-limit-date", "server-error"), 0.04),
                **dict.fromkeys(("server-error-after", "html-error", "truncated", "drop", "drop-after"), 0.04),
            },
            "stale_seconds": 2.0,
        },
    ),
}


def plan(name: str) -> Plan:
    """Return a new plan of a preset. The list `coming` is copied because its user consumes it."""
    return plan_of(
        {key: list(value) if isinstance(value, list) else value for key, value in PRESETS[name].plan.items()}
    )


def in_words(plan: Plan) -> str:
    """Describe the differences between a plan and the defaults, for the page."""
    usual = asdict(Plan())
    changed = {name: value for name, value in asdict(plan).items() if value != usual[name]}
    rates = [f"{kind} {rate:.0%}" for kind, rate in changed.pop("rates", {}).items()]
    return (
        ", ".join([*rates, *(f"{name.replace('_', ' ')}: {_short(value)}" for name, value in changed.items())])
        or "nothing"
    )


def _short(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "yes" if value is True else str(value)
