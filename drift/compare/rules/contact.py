"""Compare phones, office hours, licenses and standing promises. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from drift.reading.facts import Fact, Kind
from drift.reading.hours import CLOSED, WHOLE_DAY
from drift.reading.licenses import normal
from drift.reading.promises import NO_SURCHARGE
from pagetojob.platform.phones import for_people
from pagetojob.titanmap.map_types import DAYS

from .. import evidence
from ..addresses import parsed
from ..findings import AGREES, CANNOT_TELL, Outcome, Rule, Verdict
from ..index import Index
from .services import dollars

_DIFFERS = Outcome.DIFFERS
#: A run of at least this many digits is a number and not a license class.
_LONG = 5
_DIGITS = re.compile(r"\d+")
#: Promises of speed, which a shop without emergency service may keep.
_OF_SPEED = frozenset({"same-day service", "fast arrival"})
OFFICE_HOURS = "office hours"


def phone(index: Index, fact: Fact) -> Verdict:
    """Compare a phone number. A number that is not the shop's loses calls; a wrong emergency number is more severe."""
    emergency, is_retired = index.map.emergency_phone, fact.value in index.map.retired_phones
    wanted = index.map.phones
    if fact.kind is Kind.EMERGENCY_PHONE and emergency:
        if fact.value == emergency or fact.value in index.map.tracking_phones:
            return AGREES
        if not is_retired and not evidence.is_own_phone(index, fact):
            return CANNOT_TELL
        return Verdict(
            _DIFFERS, Rule.WRONG_EMERGENCY_PHONE, "emergency phone", emergency, fact.value,
            f"Show {for_people(emergency)} where the page offers emergency help, or correct the Titan Map.",
        )  # fmt: skip
    if fact.value in index.phones:
        return AGREES
    if not is_retired and not (wanted and evidence.is_own_phone(index, fact)):
        return CANNOT_TELL
    change = f"Replace {for_people(fact.value)} with {for_people(wanted[0])}" if wanted else "Remove it"
    return Verdict(
        _DIFFERS, Rule.WRONG_PHONE, "phone", ", ".join(wanted) or "retired", fact.value,
        f"{change}, or add it to the Titan Map if it is yours.",
    )  # fmt: skip


def address(index: Index, fact: Fact) -> Verdict:
    """Compare a postal address. An address elsewhere on a page may be another party's, so it needs evidence."""
    printed = parsed(fact.value)
    if not index.addresses or not printed.number:
        return CANNOT_TELL
    if any(printed.is_same(known) for known in index.addresses):
        return AGREES
    if not evidence.is_own_address(index, fact):
        return CANNOT_TELL
    near = [known for known in index.addresses if printed.is_near(known)] or index.addresses
    wanted = "; ".join(known.text for known in near)
    return Verdict(
        _DIFFERS, Rule.ADDRESS, "address", wanted, fact.value, f"Show the current address: {wanted}.",
        identity=" ".join((printed.number, *sorted(printed.street))),
    )  # fmt: skip


def license_number(index: Index, fact: Fact) -> Verdict:
    """Compare a license number. Its digits are enough: the classes and letters around them are written in many ways."""
    known, printed, runs = index.map.licenses, normal(fact.value), _DIGITS.findall(fact.value)
    if not known or not runs:
        return CANNOT_TELL
    longest = max(runs, key=len)
    for ours in map(_DIGITS.findall, known):
        if "".join(ours) == "".join(runs) or (len(longest) >= _LONG and longest in ours):
            return AGREES
    letters = printed.rstrip("0123456789")
    wanted = ", ".join([given for given in known if letters and normal(given).startswith(letters)] or known)
    return Verdict(
        _DIFFERS, Rule.LICENSE, "license", wanted, fact.value,
        f"Show the current license number: {wanted}.", identity=printed,
    )  # fmt: skip


def promise(index: Index, fact: Fact) -> Verdict:
    offered = index.map.financing if fact.kind is Kind.FINANCING else _is_emergency_offered(index)
    if offered is None or (offered is False and fact.value in _OF_SPEED):
        return CANNOT_TELL
    if offered:
        return AGREES if fact.kind is Kind.FINANCING else _terms(index, fact)
    what = "financing" if fact.kind is Kind.FINANCING else "emergency service"
    return Verdict(
        _DIFFERS, Rule.PROMISE, what, "not offered", fact.value, f"Remove the promise of {what} from the page.", what
    )


def _is_emergency_offered(index: Index) -> bool | None:
    stated = index.map
    has_terms = stated.emergency_hours or stated.emergency_response_minutes or stated.emergency_surcharge is not None
    return True if stated.emergency_service is None and has_terms else stated.emergency_service


def _terms(index: Index, fact: Fact) -> Verdict:
    """Compare a promise of emergency help with its terms: the hours, the response time, and the surcharge."""
    stated, minutes = index.map, int(fact.detail.get("minutes", 0))
    item = wanted = ""
    week = {day: _span(stated.emergency_hours, day) for day in DAYS} if stated.emergency_hours else {}
    if fact.value.startswith("24/7") and week and set(week.values()) != {WHOLE_DAY}:
        item, wanted = "emergency hours", compressed(week)
    elif minutes and minutes < (stated.emergency_response_minutes or 0):
        item, wanted = "emergency response time", f"within {_duration(stated.emergency_response_minutes or 0)}"
    elif fact.value == NO_SURCHARGE and stated.emergency_surcharge:
        item, wanted = "emergency surcharge", dollars(stated.emergency_surcharge)
    if not item:
        return AGREES
    printed = f"within {_duration(minutes)}" if minutes else fact.value
    return Verdict(
        _DIFFERS, Rule.PROMISE, item, wanted, printed,
        f"State “{wanted}” as the {item}, or correct the Titan Map.", identity=item,
    )  # fmt: skip


def _duration(minutes: int) -> str:
    number, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def hours(index: Index, facts: Sequence[Fact]) -> Iterator[tuple[Verdict, Fact]]:
    """Compare the hours of one page day by day. All days that differ are one finding."""
    if not index.map.hours:
        yield from ((CANNOT_TELL, fact) for fact in facts)
        return
    wrong: dict[str, Fact] = {}
    agreed = evidence.whole_weeks(facts) | {evidence.box(fact.selector) for fact in facts if _is_as_wanted(index, fact)}
    for fact in facts:
        day, _, span = fact.value.partition(" ")
        if _is_as_wanted(index, fact):
            yield AGREES, fact
        elif not evidence.are_own_hours(fact, agreed):
            yield CANNOT_TELL, fact
        elif span == WHOLE_DAY and (not index.map.emergency_hours or _span(index.map.emergency_hours, day) == span):
            yield CANNOT_TELL, fact  # a line answered around the clock is not the office, not even in structured data
        elif day not in wrong or (wrong[day].place == "data" and fact.place != "data"):
            wrong[day] = fact
    if wrong:
        printed = compressed({day: fact.value.partition(" ")[2] for day, fact in wrong.items()})
        verdict = Verdict(
            _DIFFERS, Rule.HOURS, OFFICE_HOURS, compressed({day: _wanted(index, day) for day in wrong}), printed,
            "Show the hours of the Titan Map, or correct them there.",
        )  # fmt: skip
        yield verdict, max(wrong.values(), key=lambda fact: fact.confidence)


def _is_as_wanted(index: Index, fact: Fact) -> bool:
    day, _, span = fact.value.partition(" ")
    return span == _wanted(index, day)


def _wanted(index: Index, day: str) -> str:
    return _span(index.map.hours, day)


def _span(week: Mapping[str, Sequence[Sequence[str]]], day: str) -> str:
    spans = week.get(day) or ()
    return ",".join(f"{start}-{end}" for start, end in spans) or CLOSED


def compressed(spans: dict[str, str]) -> str:
    """Format hours like `mon-fri 08:00-17:00; sat closed`."""
    parts: list[tuple[list[str], str]] = []
    for day in DAYS:
        if day in spans:
            if parts and parts[-1][1] == spans[day] and DAYS.index(parts[-1][0][-1]) == DAYS.index(day) - 1:
                parts[-1][0].append(day)
            else:
                parts.append(([day], spans[day]))
    return "; ".join(f"{days[0] if len(days) == 1 else f'{days[0]}-{days[-1]}'} {span}" for days, span in parts)


def without_duplicates(verdicts: Iterable[tuple[Verdict, Fact]]) -> list[tuple[Verdict, Fact]]:
    """Drop "wrong phone" verdicts of numbers that are already reported as a wrong emergency phone."""
    pairs = list(verdicts)
    worse = {verdict.site_value for verdict, _ in pairs if verdict.rule is Rule.WRONG_EMERGENCY_PHONE}
    return [
        (CANNOT_TELL if verdict.rule is Rule.WRONG_PHONE and verdict.site_value in worse else verdict, fact)
        for verdict, fact in pairs
    ]
