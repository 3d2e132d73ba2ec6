"""Named plans for the page, and a text description of any plan."""

from dataclasses import asdict, dataclass
from typing import Any

from .faults import Plan, plan_of
from .seed import CAMPAIGNS


@dataclass(frozen=True)
class Preset:
    title: str
    plan: dict[str, Any]


PRESETS: dict[str, Preset] = {
    "nothing": Preset("No errors", {}),
    "slow-down": Preset(
        "A third of requests are rate limited", {"rates": {"rate-limit": 0.15, "rate-limit-silent": 0.15}}
    ),
    "server-errors": Preset(
        "A third of requests fail, with JSON or HTML", {"rates": {"server-error": 0.2, "html-error": 0.13}}
    ),
    "lost-answers": Preset(
        "A fifth of requests are processed, but the response is lost",
        {"rates": {"drop-after": 0.1, "server-error-after": 0.05, "truncated": 0.05}},
    ),
    "broken-answers": Preset(
        "A third of responses are HTML, empty, too large or dropped",
        {"rates": {"html-success": 0.1, "empty": 0.1, "huge": 0.03, "drop": 0.1}},
    ),
    "next-lost": Preset("The next booking is stored, but the response is lost", {"coming": ["drop-after"]}),
    "slow": Preset("Half of the requests take 5 seconds", {"rates": {"slow": 0.5}}),
    "stale": Preset("Reads are 60 seconds old", {"stale_seconds": 60.0}),
    "short-tokens": Preset("Tokens expire after 5 seconds", {"token_seconds": 5}),
    "revoked": Preset("Access is revoked", {"revoked": True}),
    "no-write": Preset("The scope to write bookings is missing", {"missing_scopes": ["tn.crm.bookings:w"]}),
    "disabled": Preset("All campaigns are disabled", {"refused_ids": CAMPAIGNS}),
    "outage": Preset("Outage", {"outage": True}),
    "everything": Preset(
        "A mix of all errors",
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
    """Return a new plan of a preset. Lists are copied because the user of `coming` consumes it."""
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
        or "none"
    )


def _short(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "yes" if value is True else str(value)
