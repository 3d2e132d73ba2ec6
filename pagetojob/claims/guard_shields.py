"""Shields: find the words of a sentence that are denied, only wished for, or covered by `guard_marks`. No I/O.

Each pass visits the units once, so the time is linear.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate

from pagetojob.claims.guard_marks import MARKS, regions, turns
from pagetojob.claims.guard_reading import FINITE, Unit, any_of, has

_OPENING = 5  # maximum length of an opening such as "Slowly and manually, ..."
_FOR = frozenset({"for", "until"})  # precede the person that someone waits for
_OPENED = frozenset({"open", "opened", "passed", "cleared", "green"})
_BACK = 30  # maximum distance back to the person who does it


class Scene:
    """A sentence with its shields. `led`: it follows an introduction such as "Not claimed:"."""

    def __init__(self, units: list[Unit], *, led: bool) -> None:
        self.units = units
        self._fresh = [_is_fresh(units, at) for at in range(len(units))]
        self._borders = [_is_border(units, at) for at in range(len(units))]
        self.shaded = [True] * len(units) if led else _shade(units, self._fresh, self._borders)

    @cached_property
    def is_a_sentence(self) -> bool:
        """Return True if there is a verb in it."""
        return any_of(self.units, *FINITE)

    @cached_property
    def _clauses(self) -> list[int]:
        return list(accumulate(int(fresh or border) for fresh, border in zip(self._fresh, self._borders, strict=True)))

    @cached_property
    def _by_itself(self) -> set[int]:
        return self._clauses_of(_unless_denied(self.units, "SELFDOING", "LESSWORK"))

    @cached_property
    def _supplied(self) -> set[int]:
        return self._clauses_of(_unless_denied(self.units, "SUPPLIED"))

    @cached_property
    def _manually(self) -> set[int]:
        places = [*_unless_denied(self.units, "MANUALLY"), *_by_a_person(self.units)]
        opening = [at + 2 for at in places if at < _OPENING and has(self.units, at + 1, "COMMA")]
        return self._clauses_of([*places, *(at for at in opening if not any_of(self.units[:at], *FINITE))])

    def _clauses_of(self, places: Iterable[int]) -> set[int]:
        return {self._clauses[at] for at in places}

    def is_supplied(self, places: tuple[int, ...]) -> bool:
        """Return True if the sentence states that the figures come from files of the customer."""
        return self._covers(self._supplied, places[0], places[-1])

    def asserts(self, places: Iterable[int]) -> bool:
        """Return True if none of the places is shielded."""
        return not any(self.shaded[place] for place in places)

    def is_manual(self, places: tuple[int, ...]) -> bool:
        """Return True if the sentence states that a person does what the words at the places describe."""
        units, first, last = self.units, places[0], places[-1]
        if self._covers(self._by_itself, first, last):
            return False
        is_task = first == 0 and has(units, 0, "TASK") and not any_of(units[: last + 6], "AUTO", "INSTANT")
        between = units[first + 1 : places[min(1, len(places) - 1)]]
        return (
            is_task or self._covers(self._manually, first, last) or any_of(between, "PERSON") or self._has_doer(first)
        )

    def names_a_person(self, places: tuple[int, ...]) -> bool:
        """Return True if a person who works manually is among the words, and nothing is described as automatic."""
        spanned = self.units[places[0] : places[-1] + 1]
        return any_of(spanned, "HAND") and not any_of(self.units, "AUTO", "INSTANT", "LESSWORK")

    def _has_doer(self, first: int) -> bool:
        """Return True if the preceding words name a person as the one who does it."""
        units = self.units
        if any(
            has(units, at, "RELATIVE") and any_of(units[max(0, at - 2) : at], "HAND")
            for at in range(max(0, first - 3), first)
        ):
            return True  # "your office, which types it into the CRM"
        if (
            has(units, first, "SELF")
            and has(units, first - 2, "PERSON")
            and units[first - 1].word in {"at", "from", "of"}
        ):
            return True  # "a person at PageToJob"
        if has(units, first, "OBJECT", "SELF") or has(units, first - 1, "MANY"):
            return False
        start = next(
            (at for at in range(first, max(first - _BACK, 0), -1) if self._fresh[at] or self._borders[at]),
            max(first - _BACK, 0),
        )
        return any(has(units, at, "PERSON") and units[at + 1].word != "'s" for at in range(start, first))

    def in_same_clause(self, places: tuple[int, ...]) -> bool:
        """Return True if all places are in one clause."""
        return self._clauses[places[0]] == self._clauses[places[-1]]

    def _covers(self, clauses: set[int], first: int, last: int) -> bool:
        return any(clause in clauses for clause in range(self._clauses[first], self._clauses[last] + 1))


def _unless_denied(units: list[Unit], *kinds: str) -> Iterator[int]:
    """Yield the places of units of these classes without a negator directly before them."""
    for at in range(len(units)):
        if has(units, at, *kinds) and not has(units, at - 1, "NEG", "LESSWORK"):
            yield at


def _by_a_person(units: list[Unit]) -> Iterator[int]:
    for at, unit in enumerate(units):
        if unit.word in {"by", "through", "via"} and has(units, at + 1, "RETYPING"):
            yield at
        if unit.word in _FOR and has(units, at + 1, "HAND", "SOMEBODY") and any_of(units[at + 2 : at + 5], "ENTER"):
            yield at
        if unit.word == "by" and any_of(units[at + 1 : at + 4], "PERSON") and not has(units, at - 1, "NEG"):
            yield at
            if has(units, at - 1, "BORDER"):  # "Data flow to your CRM: by a person"
                yield max(at - 2, 0)


def _shade(units: list[Unit], fresh: list[bool], borders: list[bool]) -> list[bool]:
    """Return for each unit True if it is shielded."""
    both = zip(_forward(units, fresh, borders), _backward(units, fresh, borders), strict=True)
    shaded = [before or after for before, after in both]
    for start, end in regions(units):
        for mark in MARKS:
            for first, last in mark(units, start, end):
                shaded[first:last] = [True] * (last - first)
    return shaded


def spot_boasts(units: list[Unit]) -> None:
    """Turn negators that only deny trouble ("no typing", "never misses") into boasts: they deny no claim."""
    troubled = any_of(units, "EFFORT", "RETYPING", "BOAST", "ENTER")
    for at, unit in enumerate(units):
        if "NEG" not in unit.kinds:
            continue
        if has(units, at, "IDIOM") or (unit.word == "no" and has(units, at + 1, "COMMA")):
            unit.kinds -= {"NEG"}
        if "NEG" not in unit.kinds or not troubled:
            continue
        scope = units[at + 1 : at + (8 if unit.word in {"nobody", "no one"} else 5)]
        stop = next((n for n, after in enumerate(scope) if not after.kinds.isdisjoint({"COMMA", "BORDER"})), len(scope))
        own_act = has(units, at, "NOTLIKE") and any_of(units[max(0, at - 3) : at], "SELF")
        wanted = ("BOAST",) if own_act else ("EFFORT", "RETYPING")
        people = unit.word in {"no longer", "never"} and any_of(units[max(0, at - 3) : at], "PERSON")
        relieved = people and any_of(scope[:3], "ENTER")
        joins = any_of(units[at + 1 : at + 7], "CONNECT") and not any_of(units[at + 1 : at + 7], "ENTER", "RETYPING")
        if (relieved or any_of(scope[:stop], *wanted)) and not joins:
            unit.kinds = unit.kinds - {"NEG", "NOTLIKE"} | {"LESSWORK"}


def clear_up(units: list[Unit]) -> None:
    """Remove the negation of an answer such as "Wrong" or "No" to "Not approved?": it denies only the doubt."""
    if has(units, 1, "BORDER", "COMMA", "END") and has(units, 0, "NEG", "GATED", "AHEAD"):
        units[0].kinds = frozenset()


def switched_on(units: list[Unit]) -> None:
    """Mark "Booking sync: on" as an assertion of existence, and "all gates are open" as open gates."""
    for at, unit in enumerate(units):
        opened = unit.word in {"gate", "gates"} and has(units, at + 1, "BE") and at + 2 < len(units)
        if (
            opened
            and units[at + 2].word in _OPENED
            and has(units, at + 3, "END")
            and not any_of(units[:at], "WHEN", "NEG")
        ):
            unit.kinds = frozenset({"GATEOPEN"})
        if unit.word == "on" and has(units, at - 1, "BORDER") and has(units, at + 1, "END"):
            unit.kinds |= {"STATE"}


def _is_border(units: list[Unit], at: int) -> bool:
    contrasted = units[at].word == "as" and has(units, at - 1, "COMMA")
    return contrasted or has(units, at, "BORDER", "SO") or turns(units, at)


def _is_fresh(units: list[Unit], at: int) -> bool:
    """Return True if a new clause begins here, after a comma or an "and"."""
    if has(units, at - 1, "AND") and any_of(units[at + 1 : at + 3], "PERSON"):
        return True
    if has(units, at - 1, "COMMA"):
        opens = has(units, at, "SUBJECT", "MANY", "NEWCOMER")
    else:
        opens = has(units, at - 1, "AND") and has(units, at, "SUBJECT")
    if not opens:
        return False
    for unit in units[at + 1 : at + 7]:
        if not unit.kinds.isdisjoint({"AND", "OR", "COMMA", "BORDER"}):
            return False
        if not unit.kinds.isdisjoint(FINITE):
            return True
    return False


def _forward(units: list[Unit], fresh: list[bool], borders: list[bool]) -> list[bool]:
    """Shade the words after a negator or a wish, up to the next clause. A second plain "not" cancels the first."""
    shaded, denied, wished, joined, aside = [], False, False, False, False
    for at, unit in enumerate(units):
        if fresh[at] or borders[at] or (aside and "COMMA" in unit.kinds):
            denied = wished = aside = False
        if "NEG" in unit.kinds:
            aside = _in_an_aside(units, at) or (not denied and has(units, at - 1, "COMMA"))
            denied = not denied or joined or "NOTLIKE" not in unit.kinds
            joined = False
        elif not unit.kinds.isdisjoint({"AND", "OR", "COMMA"}):
            joined = True
        wished |= _wishes(units, at)
        shaded.append(denied or wished)
    return shaded


def _wishes(units: list[Unit], at: int) -> bool:
    if has(units, at, "MODAL", "AHEAD"):
        now = any_of(units[at + 1 : at + 3], "LOOKAHEAD", "LESSWORK") or any_of(units[at + 1 : at + 7], "PRESENT")
        return not (now and has(units, at, "WILL")) and not any_of(units[max(0, at - 7) : at], "LESSWORK")
    return has(units, at, "ORDER") and not any_of(units[max(0, at - 3) : at - 1], "AUX", "SELF")


def _in_an_aside(units: list[Unit], at: int) -> bool:
    """Return True if a negator is in an aside such as ", which is not ... ,", which ends at the next comma."""
    return any(has(units, place, "RELATIVE") and has(units, place - 1, "COMMA") for place in range(max(0, at - 3), at))


def _backward(units: list[Unit], fresh: list[bool], borders: list[bool]) -> list[bool]:
    """Shade the words before "is not ...", "is planned" or "cannot ...", back to the start of the clause."""

    shaded, active = [False] * len(units), False
    for at in range(len(units) - 1, -1, -1):
        if borders[at]:
            active = False
        active = active or _reaches_back(units, at)
        if has(units, at, "RELATIVE") and not has(units, at - 1, "THING"):
            active = False
        shaded[at] = active
        if fresh[at]:
            active = False
    return shaded


def _reaches_back(units: list[Unit], at: int) -> bool:
    if has(units, at, "GATED"):
        return not any_of(units[max(0, at - 3) : at], "LESSWORK", "NEG")
    if not has(units, at, "NEG") and not (has(units, at, "MODAL") and _wishes(units, at)):
        return False
    if units[at].word == "no" and has(units, at - 1, "SENDS", "SWAP", *FINITE):  # "sends no events"
        return True
    if has(units, at, "EMPTY") and not has(units, at - 1, "AND", "OR", "COMMA", "BORDER", "BUT", "SO") and at:
        return units[at - 1].word != "with"
    before = next((place for place in range(at - 1, at - 6, -1) if not has(units, place, "AUX", "PRONOUN")), at - 1)
    if before < 0 or has(units, before, "AND", "OR", "COMMA", "RELATIVE", "BORDER", "BUT", "SO"):
        return False
    return has(units, at, "NOTLIKE", "MODAL", "CROSS") or has(units, at - 1, "BE", "HOLD", "AUX")
