"""The fields of a request, in the forms that rules read."""

import re
from collections.abc import Mapping
from functools import cache, cached_property

from . import normalize, phrases
from .links import host_of

FIELDS = ("name", "phone", "email", "service", "urgency", "message", "street", "city", "state", "zip")
_SECOND_PERSON = frozenset(
    map(normalize.stem, ("you", "your", "yours", "youre", "youve", "youll", "youd", "u", "ur", "yourself"))
)


class Request:
    """The fields of a request in the forms that rules read. Each form is made once."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self.fields = {name: normalize.visible(_text(fields.get(name))) for name in FIELDS}
        self.seconds = _number(fields.get("seconds_to_submit"))
        self.from_address = _number(fields.get("same_address_last_10_min"))

    @cached_property
    def all_text(self) -> str:
        return "\n".join(self.fields.values())

    @cached_property
    def lower_text(self) -> str:
        return self.all_text.lower()

    @cached_property
    def message(self) -> str:
        return normalize.plain(self.fields["message"])

    @cached_property
    def stems(self) -> list[str]:
        return normalize.words(self.message)

    @cached_property
    def text(self) -> str:
        """Return all fields that describe the request, for phrases."""
        return "\n".join([self.message, *(normalize.plain(self.fields[name]) for name in ("street", "name"))])

    @cached_property
    def matched(self) -> list[list[str]]:
        stems = [*self.stems]
        for name in ("street", "city", "name"):
            stems += [".", *normalize.words(normalize.plain(self.fields[name]))]
        disguised = self.disguised
        return phrases.count(self.text, [*stems, ".", *disguised] if disguised else stems)

    @cached_property
    def disguised(self) -> list[str]:
        """Return words of the message that hide letters, if a rule about spam knows them."""
        hidden = [normalize.stem(word) for word in normalize.disguised(self.message)]
        hidden += [normalize.stem(word) for word in normalize.spaced_words(self.message)]
        hidden += [
            normalize.stem(word)
            for spaced in normalize.spaced_words(self.message)
            for word in normalize.decoded(spaced)
        ]
        return [word for word in hidden if word in _spam_words()]

    @cached_property
    def customer_words(self) -> int:
        return sum(
            min(len(matched), rule.most)
            for rule, matched in zip(phrases.rules(), self.matched, strict=True)
            if rule.weight < 0
        )

    @cached_property
    def own_words(self) -> int:
        """Return the phrases that are rarely anyone's but a customer's."""
        return sum(
            min(len(matched), rule.most)
            for rule, matched in zip(phrases.rules(), self.matched, strict=True)
            if rule.weight <= -0.5
        )

    @cached_property
    def second_person(self) -> int:
        return sum(word in _SECOND_PERSON for word in self.stems)

    @cached_property
    def hosts(self) -> list[str]:
        return [host for word in self.fields["message"].lower().split() if (host := host_of(word))]

    @cached_property
    def domain(self) -> str:
        return self.fields["email"].lower().rpartition("@")[2].strip()

    @cached_property
    def phone_digits(self) -> str:
        return "".join(c for c in self.fields["phone"] if c.isdecimal())

    @cached_property
    def name_words(self) -> list[str]:
        return re.findall(r"[^\W_]+", self.fields["name"])


@cache
def _spam_words() -> set[str]:
    """Return single words of the rules about spam, and words that only occur within their phrases."""
    phrase_words = (
        word for rule in phrases.rules() if rule.weight > 0 for phrase in rule.phrases for word in phrase.split()
    )
    more = ("free", "cash", "credit", "month", "best", "cheap", "service", "google", "first", "offer")
    return {word for word in phrase_words if len(word) > 3} | {normalize.stem(word) for word in more}


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
