"""Compare phones, addresses, licenses, office hours and promises. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence

from drift.reading.facts import Fact, Kind
from drift.reading.hours import CLOSED, WHOLE_DAY
from drift.reading.licenses import normal
from drift.reading.promises import NO_SURCHARGE
from pagetojob.titanmap.map_types import DAYS

from .. import evidence
from ..addresses import parsed
from ..findings import AGREES, CANNOT_TELL, Rule, Verdict
from ..index import Index
from ..values import compress_hours
from .services import dollars

#: A run of at least this many digits is a number and not a license class.
_LONG = 5
_DIGITS = re.compile(r"\d+")
#: Promises of speed, which a shop without emergency service may keep.
_OF_SPEED = frozenset({"same-day service", "fast arrival"})


def phones(index: Index, facts: Sequence[Fact]) -> Iterator[tuple[Verdict, Fact]]:
    """Compare the numbers of a page. A wrong emergency number is more severe, and not reported as a phone again."""
    stated, reported = index.map, set[str]()
    for fact in sorted(facts, key=lambda fact: fact.kind is Kind.PHONE):
        rule, item, wanted, known = Rule.WRONG_PHONE, "phone", ", ".join(stated.phones), index.phones
        if fact.kind is Kind.EMERGENCY_PHONE and stated.emergency_phone:
            rule, item, wanted = Rule.WRONG_EMERGENCY_PHONE, "emergency phone", stated.emergency_phone
            known = frozenset((wanted, *stated.tracking_phones))
        is_shops = fact.value in stated.retired_phones or (wanted and evidence.is_own_phone(index, fact))
        if fact.value in known:
            yield AGREES, fact
        elif fact.value in reported or not is_shops:
            yield CANNOT_TELL, fact
        else:
            yield Verdict(rule, item, wanted, fact.value), fact
            reported.update({fact.value} if rule is Rule.WRONG_EMERGENCY_PHONE else ())


def address(index: Index, fact: Fact) -> Verdict:
    """Compare a postal address. An address elsewhere on a page may be another party's, so it needs evidence."""
    printed = parsed(fact.value)
    if any(printed.is_same(known) for known in index.addresses):
        return AGREES
    if not index.addresses or not printed.number or not evidence.is_own_address(index, fact, printed):
        return CANNOT_TELL
    near = [known for known in index.addresses if printed.is_near(known)] or index.addresses
    identity = " ".join((printed.number, *sorted(printed.street)))
    return Verdict(Rule.ADDRESS, "address", "; ".join(known.text for known in near), fact.value, identity)


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
    wanted = [number for number in known if letters and normal(number).startswith(letters)] or known
    return Verdict(Rule.LICENSE, "license", ", ".join(wanted), fact.value, printed)


def promise(index: Index, fact: Fact) -> Verdict:
    """Compare a promise of financing, or of emergency help and its hours, response time and surcharge."""
    stated, item = index.map, "financing" if fact.kind is Kind.FINANCING else "emergency service"
    offered = stated.financing if fact.kind is Kind.FINANCING else stated.emergency_service
    if offered is False and fact.value not in _OF_SPEED:
        return Verdict(Rule.PROMISE, item, "not offered", fact.value, item)
    if offered is False or fact.kind is Kind.FINANCING:
        return AGREES if offered else CANNOT_TELL
    minutes, most = int(fact.detail.get("minutes", 0)), stated.emergency_response_minutes or 0
    week = {day: _span(stated.emergency_hours, day) for day in DAYS} if stated.emergency_hours else {}
    if fact.value.startswith("24/7") and set(week.values()) - {WHOLE_DAY}:
        return Verdict(Rule.PROMISE, "emergency hours", compress_hours(week), fact.value, "emergency hours")
    if 0 < minutes < most:
        item = "emergency response time"
        return Verdict(Rule.PROMISE, item, f"within {_duration(most)}", f"within {_duration(minutes)}", item)
    if fact.value == NO_SURCHARGE and stated.emergency_surcharge:
        item = "emergency surcharge"
        return Verdict(Rule.PROMISE, item, dollars(stated.emergency_surcharge), fact.value, item)
    return AGREES if offered or week or most or stated.emergency_surcharge is not None else CANNOT_TELL


def _duration(minutes: int) -> str:
    number, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def hours(index: Index, facts: Sequence[Fact]) -> Iterator[tuple[Verdict, Fact]]:
    """Compare the hours of one page day by day. All days that differ are one finding."""
    if not index.map.hours:
        yield from ((CANNOT_TELL, fact) for fact in facts)
        return
    wrong: dict[str, Fact] = {}
    agreed = [fact for fact in facts if fact.value[4:] == _span(index.map.hours, fact.value[:3])]
    own_boxes = {evidence.container(fact.selector) for fact in agreed}
    for fact in facts:
        day, always = fact.value[:3], fact.value[4:] == WHOLE_DAY
        # A line answered around the clock is not the office, not even in structured data.
        is_line = always and (not index.map.emergency_hours or _span(index.map.emergency_hours, day) == WHOLE_DAY)
        if fact in agreed:
            yield AGREES, fact
        elif is_line or not evidence.are_own_hours(fact, own_boxes):
            yield CANNOT_TELL, fact
        elif day not in wrong or (wrong[day].place == "data" and fact.place != "data"):
            wrong[day] = fact
    if wrong:
        wanted = compress_hours({day: _span(index.map.hours, day) for day in wrong})
        printed = compress_hours({day: fact.value[4:] for day, fact in wrong.items()})
        best = max(wrong.values(), key=lambda fact: fact.confidence)
        yield Verdict(Rule.HOURS, "office hours", wanted, printed), best


def _span(week: Mapping[str, Sequence[Sequence[str]]], day: str) -> str:
    return ",".join(f"{start}-{end}" for start, end in week.get(day) or ()) or CLOSED
