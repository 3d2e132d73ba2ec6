"""Claim guard: finds assertions in a text that are still gated. No Django, no clock, no I/O; linear time.

    >>> overclaims("Bookings are pushed into Service<b>Titan</b> automatically.")[0].claim
    'automatic-sync'
    >>> overclaims("Once the app is approved, bookings may be pushed into ServiceTitan.")
    []

The guard extracts the visible text (`guard_text`), splits it into sentences and units (`guard_reading`), and matches
them against patterns of word classes (`guard_rules`, `guard_words`). Matches under a shield, such as a denial or a
condition, are ignored (`guard_shields`, `guard_marks`, `guard_small_words`).

A match counts only in or next to an open statement on a gated topic (`topics`). The table of topics also refuses clear
assertions by itself, and holds other open statements until a second person has approved them (`approvals`).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from pagetojob.claims.guard_marks import leads
from pagetojob.claims.guard_reading import Sentence, Unit, any_of, has, sentences
from pagetojob.claims.guard_rules import RULES, Rule
from pagetojob.claims.guard_shields import Scene, clear_up, spot_boasts, switched_on
from pagetojob.claims.guard_text import visible_text
from pagetojob.claims.registry import CLAIMS, definition
from pagetojob.claims.topics import Topic, digest, topics

__all__ = ["Guard", "Overclaim", "judge", "overclaims", "unapproved", "visible_text"]


_FRAGMENT = 5
#: Characters between a claim and an open statement that it belongs to, such as the answer to a question.
_NEAR = 25
_MAX_RUN = 3
_FEW_WORDS = 3
_ANSWER = 8
_DOES = frozenset({"is", "are", "'s", "'re", "do", "does", "did", "has", "have", "had", "can", "got", "built", "hold"})
_IT = frozenset({"it", "that", "them", "one", "both", "this", "so", "already"})
_CONTINUES = frozenset({"with", "in", "for", "on", "now", "today", "since", "at"})


@dataclass(frozen=True)
class Overclaim:
    """A gated claim in a text. `phrase` is `visible_text(text)[start:end]`."""

    claim: str
    phrase: str
    start: int
    end: int
    safe_wording: str


@dataclass(frozen=True)
class _Step:
    """A word of a pattern: the classes or words that match, and how many other words may precede it."""

    kinds: frozenset[str]
    gap: int
    unless_next: frozenset[str]


@dataclass(frozen=True)
class _Pattern:
    rule: Rule
    steps: tuple[_Step, ...]


@dataclass(frozen=True)
class _Match:
    rule: Rule
    places: tuple[int, ...]


def _compiled(rule: Rule, row: str) -> _Pattern:
    steps: list[_Step] = []
    gap = 0
    for part in row.split():
        if part.isdigit():
            gap = int(part)
        elif part.startswith("!"):
            steps[-1] = replace(steps[-1], unless_next=frozenset(part[1:].split("|")))
        else:
            steps.append(_Step(frozenset(part.split("|")), gap, frozenset()))
            gap = 0
    return _Pattern(rule, tuple(steps))


class Guard:
    """Compiled set of rules that checks texts."""

    def __init__(self, rules: Iterable[Rule] = RULES) -> None:
        self._patterns = [_compiled(rule, row) for rule in rules for row in rule.rows]
        self._awaited = self._index()
        self._wanted: dict[tuple[frozenset[str], str], tuple[tuple[int, int], ...]] = {}

    def _index(self) -> dict[str, list[tuple[int, int]]]:
        """Index the steps of all patterns by the class or word that they match."""
        awaited: dict[str, list[tuple[int, int]]] = {}
        for number, pattern in enumerate(self._patterns):
            for place, step in enumerate(pattern.steps):
                for kind in step.kinds:
                    awaited.setdefault(kind, []).append((number, place))
        return awaited

    def overclaims(self, text: str, *, gated: Collection[str] | None = None) -> list[Overclaim]:
        """Return the gated claims that the text makes, in order. If `gated` is None, every claim is gated."""
        seen = visible_text(text)
        gated_claims = CLAIMS.keys() if gated is None else set(gated)
        claims: list[Overclaim] = []
        for claim, start, end in sorted(self._asserted(seen), key=lambda hit: (hit[1], -hit[2], hit[0])):
            if claim in gated_claims and not any(
                old.claim == claim and start < old.end for old in claims[-len(CLAIMS) :]
            ):
                claims.append(Overclaim(claim, seen[start:end], start, end, definition(claim).safe_wording))
        return claims

    def _asserted(self, seen: str) -> Iterator[tuple[str, int, int]]:
        led = doubted = False
        named: list[tuple[str, int, int]] = []
        asked: list[tuple[str, int, int]] = []
        outdone: list[tuple[str, int, int]] = []
        before: list[Unit] = []
        run: list[Sentence] = []
        for sentence, following in pairwise([*sentences(seen), None]):
            if sentence is None or _marks_a_turn(sentence.units):
                continue
            if sentence.heading and following and _only_denies(following.units):
                asked, named, run, doubted = [], [], [], False
                continue
            led = led and sentence.bullet
            units = sentence.units
            spot_boasts(units)
            switched_on(units)
            if doubted:
                clear_up(units)
            doubted = sentence.asks and any_of(units, "NEG")
            matches = list(self._matches(units))
            yield from outdone if _outdoes(units) else ()
            outdone = [] if any_of(units, "HAND") else [_span(units, match) for match in matches if not match.rule.wide]
            if matches or asked:
                scene = Scene(units, led=led)
                if _affirms(scene):
                    yield from asked
                asked = list(self._asked_for(scene, matches)) if sentence.asks else []
                if not sentence.asks or _only_seems_to_ask(units):
                    yield from self._claiming(scene, matches)
            if named and _asserts_previous(units):
                yield from named
            named = list(self._named(units, led=led)) if sentence.heading and not sentence.bullet else []
            yield from self._carried(before, units, led=led)
            before = units if any_of(units, "ST") and not sentence.asks else []
            run = _continued(run, sentence)
            if len(run) > 1:
                yield from self._across_fragments([unit for part in run for unit in part.units], led=led)
            led = led or leads(units)

    def _named(self, units: list[Unit], *, led: bool) -> Iterator[tuple[str, int, int]]:
        """Yield topics named by a heading or the first cell of a row, which the next line may assert."""
        if matches := [match for match in self._matches(units) if match.rule.topic]:
            scene = Scene(units, led=led)
            yield from (_span(units, match) for match in matches if scene.asserts(match.places))

    def _carried(self, before: list[Unit], units: list[Unit], *, led: bool) -> Iterator[tuple[str, int, int]]:
        """Yield claims across two sentences, such as "Open ServiceTitan. Your leads are already there."."""
        if before and not any_of(units, "ST"):
            both = [*before, *units]
            matches = [match for match in self._matches(both) if match.rule.carried and match.places[-1] >= len(before)]
            if matches:
                yield from self._claiming(Scene(both, led=led), matches)

    def _across_fragments(self, units: list[Unit], *, led: bool) -> Iterator[tuple[str, int, int]]:
        several = len({unit.word for unit in units}) > _FEW_WORDS
        if several and any_of(units, "ST") and (matches := list(self._matches(units))):
            yield from self._claiming(Scene(units, led=led), (match for match in matches if not match.rule.wide))

    def _asked_for(self, scene: Scene, matches: Iterable[_Match]) -> Iterator[tuple[str, int, int]]:
        """Yield the claims of a question that an answer "yes" would make, even if the question expresses a wish."""
        desired = any_of(scene.units[:5], "DESIRE")
        for match in matches:
            worked = any_of(scene.units[: match.places[-1]], "HAND") and not any_of(scene.units, "SELFDOING", "AUTOADJ")
            if (desired or scene.asserts(match.places)) and not worked:
                yield _span(scene.units, match)

    def _claiming(self, scene: Scene, matches: Iterable[_Match]) -> Iterator[tuple[str, int, int]]:
        """Yield the spans of unshielded matches. Wide rules count only if no other rule matches."""
        candidates = list(matches)
        narrow = list(self._unshielded(scene, (match for match in candidates if not match.rule.wide)))
        yield from narrow or self._unshielded(scene, (match for match in candidates if match.rule.wide))

    def _unshielded(self, scene: Scene, matches: Iterable[_Match]) -> Iterator[tuple[str, int, int]]:
        for match in matches:
            rule, first, last = match.rule, match.places[0], match.places[-1]
            if rule.asked or not scene.asserts(match.places) or (rule.wide and not scene.is_a_sentence):
                continue
            if (rule.manual and scene.is_manual(match.places)) or (rule.supplied and scene.is_supplied(match.places)):
                continue
            if rule.wide and rule.manual and scene.names_a_person(match.places):
                continue
            if rule.close and not scene.in_same_clause(match.places):
                continue
            there = _is_there(scene, first, last) if rule.topic else first
            if there is not None:
                yield _span(scene.units, _Match(rule, (min(first, there), max(last, there))))

    def _matches(self, units: list[Unit]) -> Iterator[_Match]:
        """Yield all complete pattern matches with their nearest words. Passes over the units once."""
        reached: dict[tuple[int, int], tuple[int, ...]] = {}
        for at, unit in enumerate(units):
            for number, place in self._wants(unit):
                pattern = self._patterns[number]
                step = pattern.steps[place]
                before = reached.get((number, place - 1), ()) if place else ()
                if place and (not before or not 0 <= at - before[-1] - 1 <= step.gap):
                    continue
                if step.unless_next and (
                    has(units, at + 1, *step.unless_next) or units[min(at + 1, len(units) - 1)].word in step.unless_next
                ):
                    continue
                if place < len(pattern.steps) - 1:
                    reached[number, place] = (*before, at)
                else:
                    yield _Match(pattern.rule, (*before, at))

    def _wants(self, unit: Unit) -> tuple[tuple[int, int], ...]:
        """Return the steps that this unit matches, later ones first, so it cannot match twice in one pattern."""
        key = (unit.kinds, unit.word if unit.word in self._awaited else "")
        if key not in self._wanted:
            steps = {step for kind in (*key[0], key[1]) for step in self._awaited.get(kind, ())}
            self._wanted[key] = tuple(sorted(steps, key=lambda step: (step[0], -step[1])))
        return self._wanted[key]


def _span(units: list[Unit], match: _Match) -> tuple[str, int, int]:
    return match.rule.claim, units[match.places[0]].start, units[match.places[-1]].end


def _continued(run: list[Sentence], sentence: Sentence) -> list[Sentence]:
    """Return the run of fragments that read as one sentence: "All your bookings. In ServiceTitan. Instantly."."""
    if sentence.asks or len(sentence.units) > _FRAGMENT or any_of(sentence.units, "NEG", "LESSWORK"):
        return []
    goes_on = bool(run) and run[-1].units[-1].word in {".", "!"}
    return [*(run[-_MAX_RUN:] if goes_on else []), sentence]


def _affirms(scene: Scene) -> bool:
    """Return True if a sentence answers yes without a restriction."""
    units = scene.units
    if any(scene.shaded) or any_of(units, "MANUALLY", "SUPPLIED"):
        return False
    echoes = any(
        has(units, at, "ECHO") and has(units, at + 1, "END", "STATE") for at in range(min(_FRAGMENT, len(units)))
    )
    return (
        echoes
        or any_of(units[:_FRAGMENT], "YES")
        or (any_of(units[: _FRAGMENT if len(units) <= _FRAGMENT else 1], "STATE", "TICK"))
    )


def _outdoes(units: list[Unit]) -> bool:
    """Return True for "Ours is." or "We already have it.", which claim the content of the previous sentence."""
    if len(units) > _ANSWER or any_of(units, "NEG", "GATED", "MANUALLY"):
        return False
    verb = next((at for at in range(1, min(4, len(units))) if units[at].word in _DOES), 0)
    return bool(verb) and any_of(units[:2], "SELF") and (has(units, verb + 1, "END") or units[verb + 1].word in _IT)


def _marks_a_turn(units: list[Unit]) -> bool:
    """Return True for "Q." and "A.", which label a question and its answer and are not sentences."""
    return len(units) == 2 and units[0].word in {"q", "a"}


def _only_denies(units: list[Unit]) -> bool:
    """Return True if a line consists of "no", "planned" or "gated" only, as the second cell of a row does."""
    return bool(units) and all(not unit.kinds.isdisjoint({"NEG", "NAY", "GATED", "AUX", "END"}) for unit in units)


def _asserts_previous(units: list[Unit]) -> bool:
    """Return True if a line asserts the line above: "Active" or "Live and included", but not "Live data"."""
    ends = has(units, 1, "END", "AND") or (len(units) > 1 and units[1].word in _CONTINUES)
    if not (has(units, 0, "STATE", "YES", "TICK") and ends):
        return False
    return not any(Scene(units, led=False).shaded) and not any_of(units, "MANUALLY", "SUPPLIED")


def _only_seems_to_ask(units: list[Unit]) -> bool:
    """Return True for questions that assert, such as "Did you know that ...?" or "Why type when ...?"."""
    return any_of(units, "ASKING") or (
        has(units, 0, "WHY") and any(unit.word in {"when", "if", "while"} for unit in units)
    )


def _is_there(scene: Scene, first: int, last: int) -> int | None:
    """Return the place where the sentence asserts a topic: "..., live today", "we offer ...", "our ..."; or None."""
    units, shaded = scene.units, scene.shaded
    for at in range(last + 1, min(last + 8, len(units))):
        if units[at].word == ";" or has(units, at, "BUT"):
            break
        if (
            has(units, at, "STATE")
            and not shaded[at]
            and not has(units, at + 1, "ST", "OBJECT", "INTEGRATION", "MONEY")
        ):
            return at
    if first == 1 and units[0].word == "with":
        return 0
    for at in range(first - 1, max(first - 5, -1), -1):
        if has(units, at, "BORDER", "COMMA"):
            break
        if not shaded[at] and (has(units, at, "OFFER") or (has(units, at, "OURS") and at == first - 1)):
            return at
    return None


_GUARD = Guard()


def overclaims(text: str, *, gated: Collection[str] | None = None) -> list[Overclaim]:
    """Return the gated claims that a text or HTML fragment makes, in order; empty if there are none.

    `gated` names the claims that are still gated; None means all five. A text without an open statement on a gated
    topic makes none. Never raises.
    """
    statements = topics(text)
    if not statements:
        return []
    ours = [topic for topic in statements if not topic.of_others and (topic.refuse or not topic.is_row)]
    claims = [
        claim
        for claim in _GUARD.overclaims(text)
        if any(topic.start <= claim.end + _NEAR and claim.start <= topic.end + _NEAR for topic in ours)
    ]
    for topic in statements:
        if topic.refuse and not any(old.start < topic.end and topic.start < old.end for old in claims):
            safe = definition(topic.claim).safe_wording
            claims.append(Overclaim(topic.claim, topic.statement, topic.start, topic.end, safe))
    claims.sort(key=lambda claim: (claim.start, -claim.end, claim.claim))
    return [claim for claim in claims if gated is None or claim.claim in gated]


def unapproved(
    text: str, *, gated: Collection[str] | None = None, approved: Collection[str] = frozenset()
) -> list[Topic]:
    """Return the statements on gated topics that a second person has to approve first, in order.

    `approved` are digests of approved sentences. A refused text has to be reworded, so it holds nothing.
    """
    if overclaims(text, gated=gated):
        return []
    return [
        topic
        for topic in topics(text)
        if (gated is None or topic.claim in gated) and digest(topic.statement) not in approved
    ]


def judge(text: str) -> Overclaim | None:
    """Return the first overclaim of a text, or None."""
    return next(iter(overclaims(text)), None)
