"""Which words of a sentence stand under a shield: denied, wished for, or covered by one of `guard_marks`. Pure.

Every pass goes over the units once, so the time is linear in their number.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate

from pagetojob.claims.guard_marks import MARKS, regions, turns
from pagetojob.claims.guard_reading import FINITE, Unit, any_of, has

_OPENING = 5  # how far in "Slowly and by hand, ..." may stand
_FOR = frozenset({"for", "until"})  # before the one who is waited for
_OPENED = frozenset({"open", "opened", "passed", "cleared", "green"})
_BACK = 30  # how far back the person who does it is looked for


class Scene:
    """A sentence with what lies over it. `led`: an introduction such as "Not claimed:" went before it."""

    def __init__(self, units: list[Unit], *, led: bool) -> None:
        self.units = units
        self._fresh = [_is_fresh(units, at) for at in range(len(units))]
        self._borders = [_is_border(units, at) for at in range(len(units))]
        self.shaded = [True] * len(units) if led else _shade(units, self._fresh, self._borders)

    @cached_property
    def is_a_sentence(self) -> bool:
        """Whether there is a verb in it."""
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
        said = [*_unless_denied(self.units, "MANUALLY"), *_by_a_person(self.units)]
        opening = [at + 2 for at in said if at < _OPENING and has(self.units, at + 1, "COMMA")]
        return self._clauses_of([*said, *(at for at in opening if not any_of(self.units[:at], *FINITE))])

    def _clauses_of(self, places: Iterable[int]) -> set[int]:
        return {self._clauses[at] for at in places}

    def from_a_file(self, places: tuple[int, ...]) -> bool:
        """Whether the figures are said to come from what the customer handed over."""
        return self._says(self._supplied, places[0], places[-1])

    def asserts(self, places: Iterable[int]) -> bool:
        """Whether nothing lies over any of the places."""
        return not any(self.shaded[place] for place in places)

    def by_hand(self, places: tuple[int, ...]) -> bool:
        """Whether a person is said to do what the words at the places say."""
        units, first, last = self.units, places[0], places[-1]
        if self._says(self._by_itself, first, last):
            return False
        told_to = first == 0 and has(units, 0, "TASK") and not any_of(units[: last + 6], "AUTO", "INSTANT")
        between = units[first + 1 : places[min(1, len(places) - 1)]]
        return told_to or self._says(self._manually, first, last) or any_of(between, "PERSON") or self._has_doer(first)

    def names_a_person(self, places: tuple[int, ...]) -> bool:
        """Whether one of those who do it by hand stands among the words, and nothing is said to go by itself."""
        spanned = self.units[places[0] : places[-1] + 1]
        return any_of(spanned, "HAND") and not any_of(self.units, "AUTO", "INSTANT", "LESSWORK")

    def _has_doer(self, first: int) -> bool:
        """Whether the words before tell of a person as the one who does it."""
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

    def in_one_clause(self, places: tuple[int, ...]) -> bool:
        """Whether one thought holds all the places."""
        return self._clauses[places[0]] == self._clauses[places[-1]]

    def _says(self, clauses: set[int], first: int, last: int) -> bool:
        return any(clause in clauses for clause in range(self._clauses[first], self._clauses[last] + 1))


def _unless_denied(units: list[Unit], *kinds: str) -> Iterator[int]:
    """Where units of these classes stand that no negator directly before takes back."""
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
    """For each unit, whether nothing it says is asserted."""
    both = zip(_forward(units, fresh, borders), _backward(units, fresh, borders), strict=True)
    shaded = [ahead or behind for ahead, behind in both]
    for start, end in regions(units):
        for mark in MARKS:
            for first, last in mark(units, start, end):
                shaded[first:last] = [True] * (last - first)
    return shaded


def spot_boasts(units: list[Unit]) -> None:
    """A negator that only denies trouble ("no typing", "never misses") denies no claim: it becomes a boast."""
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
    """Whoever answers "Not approved?" with "Wrong" or "No" denies the doubt, and nothing that follows."""
    if has(units, 1, "BORDER", "COMMA", "END") and has(units, 0, "NEG", "GATED", "AHEAD"):
        units[0].kinds = frozenset()


def switched_on(units: list[Unit]) -> None:
    """ "Booking sync: on" says that it is there, and "all gates are open" that none is left."""
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
    """Whether a sentence of its own begins here, after a comma or an "and"."""
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
    """What follows a negator or a word of wish, up to the next thought. A second plain "not" lifts the first."""
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
    """Whether a negator stands in ", which is not ... ,": it ends with the next comma."""
    return any(has(units, place, "RELATIVE") and has(units, place - 1, "COMMA") for place in range(max(0, at - 3), at))


def _backward(units: list[Unit], fresh: list[bool], borders: list[bool]) -> list[bool]:
    """What goes before "is not ...", "is planned", "cannot ...", down to where its thought begins."""
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
