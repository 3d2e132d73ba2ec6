"""Marks that remove the assertion from part of a sentence: a condition, a prohibition, a demo, a third party. No I/O.

Each mark yields the ranges that it covers between two places, in linear time.
"""

from collections.abc import Iterator
from itertools import pairwise

from pagetojob.claims.guard_reading import Unit, any_of, has

_REACH = 14  # units of a condition that are searched for the gate it depends on
_LABEL = 9  # maximum length of a label before a colon
_BRIEF = 7  # maximum length of a value that is only a status
_WHAT = frozenset({"which", "what", "how", "whether", "where", "when", "who", "if"})
_REFERS = frozenset({"reference", "references", "mention", "mentions", "refers", "refer", "trademark"})
_VALUE = 9  # maximum length of a value after a label


def turns(units: list[Unit], at: int) -> bool:
    """Return True if a "but" begins a new clause and does not only restrict the previous one."""
    if not has(units, at, "BUT"):
        return False
    return not has(units, at - 1, "NEG") and at + 1 < len(units) and units[at + 1].word not in {"only", "not"}


def regions(units: list[Unit]) -> Iterator[tuple[int, int]]:
    """Yield the parts of a sentence on either side of a "but" or a semicolon."""
    start = 0
    for at in range(len(units)):
        if turns(units, at) or units[at].word == ";":
            yield start, at
            start = at + 1
    yield start, len(units)


def leads(units: list[Unit]) -> bool:
    """Return True if a line ends in a colon after words that deny, forbid or postpone the items of its list."""
    return len(units) > 1 and units[-2].word == ":" and _is_label(units[max(0, len(units) - _LABEL - 2) : -2])


def _conditions(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover a region with a condition such as "once approved" or "until the gates are open"."""
    for at in range(start, end):
        late = has(units, at, "OPENING") and at > start and not has(units, at - 1, "COMMA", "BORDER")
        if not has(units, at, "WHEN") or late or any_of(units[max(start, at - 3) : at], "RIVALS"):
            continue
        if _is_for_a_person(units, at) or _waits(units, at, end):
            yield start, end
            return


def _is_for_a_person(units: list[Unit], when: int) -> bool:
    """Return True if the condition is about a person: "When your office enters it"."""
    if any_of(units[when + 1 : when + 4], "HAND") and any_of(units[when + 2 : when + 6], "ENTER"):
        return True
    comma = next((at for at in range(when, min(when + _REACH, len(units))) if has(units, at, "COMMA")), len(units))
    after = units[comma + 1 : comma + _REACH]
    assigned = any_of(after[:3], "HAND") and any_of(after[1:6], "ENTER", "SAY", "MANUALLY")
    return assigned and not any_of(after, "AUTO", "INSTANT", "ST")


def _waits(units: list[Unit], when: int, end: int) -> bool:
    """Return True if the condition that begins here depends on a gate."""
    for place in range(when + 1, min(when + _REACH, end)):
        if has(units, place, "BORDER", "SO") or (has(units, place, "COMMA") and place > when + 2):
            return False
        if (
            has(units, place, "GATEWORD")
            and not _is_past(units, when, place)
            and not _is_completed_story(units, when, place)
        ):
            return True
    return False


def _suppositions(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover suppositions: "If the booking is in ServiceTitan, ..."."""
    done = start
    for at in range(start, end):
        if at >= done and has(units, at, "SUPPOSE") and not has(units, at - 1, "WHY"):
            done = next((place for place in range(at + 1, end) if has(units, place, "COMMA", "BORDER")), end)
            yield at, done


def _named(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover noun phrases: "That requests were sent to ServiceTitan", "Sending requests to ServiceTitan"."""
    if start or len(units) < 3:
        return
    that = units[0].word == "that" and not has(units, 1, "BE", "AUX", "PRODUCT")
    acts = has(units, 0, "FLOW", "MOVE", "ENTER", "PULL", "CONNECT", "TRACK", "PROCESS")
    gerund = acts and units[0].word.endswith("ing")
    if that or (gerund and not any_of(units, "AUTO", "INSTANT", "STATE", "AUX", "OURS", "SO")):
        yield start, end


def _is_past(units: list[Unit], when: int, place: int) -> bool:
    """Return True for a past event, as in "When ServiceTitan approved us", but not for "when approved"."""
    return has(units, when, "AFTER") and has(units, place, "PASTFORM") and has(units, place - 1, "ST", "SELF", "WAS")


def _is_completed_story(units: list[Unit], when: int, place: int) -> bool:
    """Return True for a completed story: "After months of review, ServiceTitan approved ..."."""
    if not has(units, when, "AFTER"):
        return False
    comma = next((at for at in range(place, place + _REACH) if has(units, at, "COMMA")), len(units))
    return any(has(units, at, "ST") and any_of(units[at + 1 : at + 3], "PASTFORM") for at in range(comma, comma + 4))


def _prohibitions(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover the text after "We never say that" or "is not evidence of", and before "... may not be used"."""
    done = start
    for at in range(start, end):
        if at >= done and has(units, at, "NEG"):
            verb = next((place for place in range(at + 1, min(at + 5, end)) if has(units, place, "SAY")), None)
            if verb is not None:
                done = _end_of_saying(units, verb, end)
                yield at, done
    yield start, next((at for at in range(end - 1, start, -1) if has(units, at, "UNSAID")), start)


def _end_of_saying(units: list[Unit], verb: int, end: int) -> int:
    for place in range(verb + 1, end):
        if has(units, place, "SO") or (has(units, place, "BORDER") and place > verb + 2):
            return place
    return end


def _quoted(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover quotations that are mentioned, not asserted, as in: Remove the words "certified partner"."""
    done = start
    for at in range(start, end):
        if at >= done and has(units, at, "QUOTE") and any_of(units[max(start, at - 3) : at], "DICTUM"):
            done = next((place for place in range(at + 1, end) if has(units, place, "QUOTE")), end)
            yield at, done


def _shams(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover regions about the demo or the simulator, but not invitations such as "book a demo"."""
    for at in range(start, end):
        invited = units[at].word == "demo" and any_of(units[max(start, at - 3) : at], "INVITE")
        if has(units, at, "SHAM") and not invited:
            yield start, end
            return


def _others(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover statements about other companies, up to a mention of us."""
    done = start
    for at in range(start, end):
        if at < done:
            continue
        opens = at == start or has(units, at - 1, "COMMA", "BORDER")
        if has(units, at, "RIVALS") or (opens and _is_other(units, at)):
            done = next((place for place in range(at + 1, end) if has(units, place, "SELF")), end)
            yield at, done


def _is_other(units: list[Unit], at: int) -> bool:
    return has(units, at, "OTHERS") and any_of(units[at + 1 : at + 3], "PARTNER")


def _users(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover statements about customers and their system: "Contractors who run on ServiceTitan"."""
    for at in range(start, end):
        if has(units, at, "USERS") and any_of(units[at + 1 : at + 3], "RELATIVE"):
            stop = min(at + 8, end)
            yield at, next((place for place in range(at + 1, stop) if has(units, place, "COMMA", "BORDER")), stop)


def _requests(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover requests for information: "Tell us which job types are active in your ServiceTitan"."""
    if has(units, start, "REQUEST") and any_of(units[start + 1 : start + 3], "SELF"):
        asked = next((at for at in range(start + 2, min(start + 6, end)) if units[at].word in _WHAT), None)
        if asked is not None:
            yield asked, next((at for at in range(asked, end) if has(units, at, "COMMA", "BORDER", "SO")), end)


def _references(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover sentences about the name itself: "Any reference to ServiceTitan describes ..."."""
    for at in range(start, end):
        if units[at].word in _REFERS and any_of(units[at + 1 : at + 4], "ST"):
            yield at, end
            return


def _their_own(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover statements about ServiceTitan and its customers: "ServiceTitan offers ...", "ServiceTitan shops use"."""
    if any_of(units[start:end], "SELF", "AUTO", "INSTANT", "LESSWORK"):
        return
    opening = next((at for at in range(start, min(start + 4, end)) if has(units, at, "ST")), None)
    if opening is None:
        return
    offers = any_of(units[opening + 1 : opening + 3], "OFFERS") and not any_of(units[opening:end], "PRODUCT")
    custom = has(units, opening + 1, "USERS") and any_of(units[opening + 2 : opening + 4], "COMMON")
    if offers or custom:
        yield start, end


def _acquainted(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover observations about others: "Most shops we meet track ..."."""
    for at in range(start, end):
        if has(units, at, "USERS") and any_of(units[at + 1 : at + 2], "SELF") and has(units, at + 2, "MEETING"):
            yield at, next((place for place in range(at + 3, end) if has(units, place, "COMMA", "BORDER", "SELF")), end)


def _labels(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover text after a label such as "Claims still gated: ..." or "Planned: ..."."""
    for at in range(start, min(start + _LABEL, end)):
        if units[at].word in {":", "—", "-"}:
            if _is_label(units[start:at]):
                yield at, next((place for place in range(at, len(units)) if turns(units, place)), len(units))
            return


def _is_label(label: list[Unit]) -> bool:
    if any_of(label, "LESSWORK"):
        return False
    denied = next((at for at in range(len(label)) if has(label, at, "NEG") and not has(label, at, "GATED")), None)
    return any_of(label, "GATED") if denied is None else any_of(label[denied + 1 : denied + 4], "LABELED")


def _values(units: list[Unit], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover text before a denying value: "Automatic sync: planned", "Partner status (not approved)"."""
    borders = [at for at in range(start, end) if has(units, at, "BORDER")]
    for at, stop in pairwise([*borders, end]):
        first = next((place for place in range(at + 1, min(at + 6, stop)) if not has(units, place, "AUX")), stop)
        value = units[at + 1 : stop] if stop - at <= _VALUE else []
        plain_no = has(units, first, "NEG") and units[first].word == "no" and has(units, first + 1, "END")
        denied = bool(value) and (plain_no or has(units, first, "NAY", "NOTLIKE"))
        disowned = any_of(value, "NEG", "GATED") and any_of(value, "DICTUM")
        if denied or disowned or has(units, first, "GATED") or _is_a_status(value):
            yield start, at
            return


def _is_a_status(value: list[Unit]) -> bool:
    """Return True for a short value that postpones and asserts nothing: "engineering required, partner gated"."""
    return len(value) <= _BRIEF and any_of(value, "GATED") and not any_of(value, "STATE", "NEG", "LESSWORK", "YES")


#: All marks. The order does not matter.
MARKS = (
    *(_conditions, _suppositions, _named, _prohibitions, _quoted, _shams, _others, _users, _labels, _values),
    *(_requests, _references, _their_own, _acquainted),
)
