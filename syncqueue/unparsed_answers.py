"""Text of unreadable form answers: one sentence for the visitor, the exact text for staff. Pure."""

from collections.abc import Mapping

#: By field, for the person who typed it. The typed text is not shown, because an address could be shared.
FOR_VISITOR = {
    "service": "We could not match what you need with our services.",
    "urgency": "We do not know how urgent it is.",
    "preferred_date": "We could not read your preferred day.",
    "preferred_window": "We could not read your preferred time.",
}
_LABELS = {
    "service": "Service",
    "urgency": "Urgency",
    "preferred_date": "Preferred day",
    "preferred_window": "Preferred time",
}


def sentences(as_typed: Mapping[str, str]) -> list[str]:
    return [sentence for name, sentence in FOR_VISITOR.items() if name in as_typed]


def lines(as_typed: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (label, typed text) pairs for the business notification and the operations page."""
    return [
        (_LABELS.get(name, name.replace("_", " ").capitalize()), text or "(no answer)")
        for name, text in as_typed.items()
    ]
