"""Services as things and acts, from vocabulary/service_words.toml. Pure."""

from typing import NamedTuple

from .vocabulary import topic


class Term(NamedTuple):
    """A thing or an act: its display name, its phrases, and for a thing the things it is part of."""

    name: str
    phrases: tuple[str, ...]
    within: tuple[str, ...] = ()


_DATA = topic("service_words")


def _terms(of: str) -> dict[str, Term]:
    return {
        key: Term(term["name"], tuple(term["phrases"].replace("\n", "").split("|")), tuple(term.get("within", ())))
        for key, term in _DATA[of].items()
    }


THINGS, ACTS = _terms("things"), _terms("acts")
#: Phrases that are a service by themselves: (thing, act).
WHOLE: dict[str, tuple[str, str]] = {phrase: (thing, act) for phrase, (thing, act) in _DATA["whole"].items()}
#: Names of services, by thing and act, that are not the thing's name with the act's.
USUAL_NAMES: dict[tuple[str, str], str] = {(thing, act): name for name, (thing, act) in _DATA["usual_names"].items()}
WHOLE_NAMES: dict[str, str] = _DATA["whole_names"]
#: Things whose name alone means that the shop does it.
COMPLETE_THINGS = frozenset(_DATA["complete"]["phrases"].split("|"))
