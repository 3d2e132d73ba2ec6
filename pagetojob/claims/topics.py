"""Topic guard: decide whether a text is clear, held for a second person, or refused. No Django, no clock, no I/O.

A text is split into statements. A statement is open if it denies nothing, postpones nothing and gives the work to no
person. Rules (`topics.toml`) name classes of words; an open statement with a word of each class of a rule is held or
refused. A table is read as its row labels with our own column.
"""

import hashlib
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from pagetojob.claims.guard_text import visible_text
from pagetojob.claims.word_model import knows, length, log_odds


@dataclass(frozen=True, slots=True)
class TopicRule:
    """A rule: the classes that a statement needs, and what happens to it."""

    claim: str
    needs: frozenset[str]
    refuse: bool
    example: str
    counter: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A statement on a gated topic that is not clearly denied.

    `by_rule`: a rule of the table names the reason. `strict`: that rule refuses, and not only holds.
    """

    claim: str
    statement: str
    start: int
    end: int
    refuse: bool
    by_rule: bool = True
    strict: bool = False


TABLE = Path(__file__).with_name("topics.toml")
_TABLE: dict[str, Any] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
TOPIC_RULES = tuple(TopicRule(claim, frozenset(needs), *rest) for claim, needs, *rest in _TABLE["rules"])


_CLASSES = {
    name: re.compile(r"(?:(?<!\w)|(?=,))(?:" + "|".join(words) + ")") for name, words in _TABLE["words"].items()
}
_DENY, _WEAK, _TWIST, _INERT = (_CLASSES.pop(name) for name in ("deny", "weak", "twist", "inert"))
#: Work of a person, or a condition, clears no statement that also has one of these classes.
_STRIKING = frozenset({"auto", "seal", "notype", "sync"})
#: Nor one with the name and one of these.
_OF_THEIRS = frozenset({"lands", "status", "money", "tech"})
#: Without one of these, a statement that only names the users of ServiceTitan is clear.
_PLAIN = frozenset({"auto", "sync", "lands", "seal", "listing", "notype", "tech", "money", "loop"})
#: The claim of a statement that only its words speak for, by its classes.
_CLAIM_OF = {
    "closed-loop-revenue": frozenset({"money", "loop"}),
    "webhook-processing": frozenset({"tech"}),
    "marketplace-approval": frozenset({"status", "seal", "listing"}),
}
#: Log-odds above which words alone hold a passage, or refuse a passage and its statement.
_HOLD, _REFUSE = -0.55, 4.75
#: The mean of passage and statement above which a rule holds, refuses, or leaves it to words; the statement's alone.
_HOLD_BY_RULE, _CONFIRM, _REFUSE_WAITING, _CONFIRM_ALONE = -0.7, 1.0, 3.25, 3.0
#: A passage of so few words may be a title, and a statement of fewer is one: its words alone say nothing.
_TITLE_WORDS = 4
#: An item of a list may depend on its heading.
_BULLETS = ("•", "-", "—", "*")
_HEAD = 40
_Placed = tuple[str, int, int]
#: Rules that need only these do not add a claim to that of a stricter rule.
_GENERIC = frozenset({"st", "us", "data", "web", "system", "flow"})
_Verdict = tuple[TopicRule, bool]
_END = re.compile(
    r"(?<=[.!?;])[\s*]+|\n+|,? \b(?:(?<!all )but|however|although|whereas|doch|pero|mais|mas)\b,?"
    r"|, (?=(?:though|while|even if)\b)"
    r"|(?<!^myth)(?<![.!?•*-] myth): (?=(?:it's|it is|the \w+ \w+s|pagetojob|our)\b)"
    r"|,(?= (?:and |so |yet )?(?:we|pagetojob|our|it|they|ours)\b)"
    r"|, (?=and (?:\w+ ){1,3}(?:is|are|was|were|has|have|goes|comes|follows?|reads?)\b)",
    re.IGNORECASE,
)
#: A statement that begins with a condition holds only under it, so its main clause is not read alone.
_CONDITION = re.compile(
    r"(?:if|once|when|until|unless|after|before|should|without|as soon as|wenn|sobald|si|quand|quando|se)\b", re.I
)
#: A short sentence that confirms the one before it: "With PageToJob it does."
_CONFIRMS = re.compile(
    r"^(?:yes\b|si\b|oui\b|ja\b|sim\b|(?:with \w+,? )?(?:they|we|it|ours|pagetojob|that|yours|you|you've|and)\b.{0,20}"
    r"\b(?:do|does|did|can|is|are|will|have|has|found|got)(?: it| one| that)?(?: now| already| today)?\W*$)"
)
#: The name of a speaker before an answer, and a sentence that takes back the one before it.
_LABEL = re.compile(r"^(?:a|r|answer|agent|bot|pagetojob|rep|us)\W*: ")
_RETRACTS = re.compile(
    r"^(?:that|this|it) (?:was|is|were) (?:an? )?(?:error|mistake|wrong|false|untrue|lie)"
    r"|asked \w+ to (?:stop|fix|correct|remove)"
    r"|^[^.!?]{0,60}\u2717"
)
_BARE_NO = re.compile(
    r"(?:nope|(?:you|we|it|they|i|that|there) (?:\w+n't|cannot|have no|has no|is no|are not|is not)\b|not\b|no\W*$|nein"
    r"|nao|ainda|todavia|pas encore|none\b|nothing\b|no ?body|only\b)"
)
_TYPES = re.compile(r"\b(?:re)?enter|\btyp")
_ANSWERED = ("us", "st", "status", "flow", "tech", "system", "money", "data")
_PATH = re.compile(r"/[\w/#.-]{6,}|\bpagetojob\.\w[\w.]*")
#: Lines; a row of a table that follows a sentence on its line counts as a separate line.
_LINES = re.compile(r"[^\n|]*[.!?] (?=[^|\n.!?]* \| )|[^\n]*\n|[^\n]+$")
_LEADS = re.compile(r":$|\b(?:not|never|don't)\b[^.!?]*$")
_LETTERS = str.maketrans("013457@$", "oieastas")
_MIXED = re.compile(r"(?<![a-z0-9@$])(?=[a-z0-9@$]*[a-z])(?=[a-z0-9@$]*[0134579@$])[a-z0-9@$]+")
_NAME = re.compile(
    r"serv\w{0,4}[\W_]{0,3}t[iy]tan(?:s\b)?|cepbиc ?t[aи]й?tah|サービスタイタン"
    r"|서비스타이탄|सरविसटाइटन|服务泰坦|سيرفيس ?تايتان"
)
_OUR_COLUMN = re.compile(r"(?:with |after |on )?(?:pagetojob|us|we|ours|our \w+)$", re.IGNORECASE)


def folded(text: str) -> str:
    """Return lower-case text with usual spelling: digits for letters, underscores and the name are normalized."""
    low = _PATH.sub(" … ", text.lower()).replace("_", " ")
    low = _MIXED.sub(lambda word: word[0].translate(_LETTERS), low)
    low = re.sub(r"servicetitan (?=[^\w\s|—])", "servicetitan", _NAME.sub(" servicetitan ", low))
    return _INERT.sub(" … ", " ".join(low.split()))


def _statements(text: str) -> Iterator[_Placed]:
    """Yield the statements of a visible text with their places. Rows of a table yield themselves."""
    at = 0
    for line in _LINES.findall(text):
        if _is_row(line):
            yield line.strip(), at, at + len(line.rstrip())
        else:
            yield from _clauses(line, at)
        at += len(line)


def _clauses(line: str, at: int) -> Iterator[_Placed]:
    start, conditional = 0, False
    for end in [*_END.finditer(line), None]:
        stop = end.start() if end else len(line)
        conditional = conditional or _CONDITION.match(line[start : start + _HEAD].lstrip('• -*"')) is not None
        if conditional and end and end[0].startswith((",", ":")):
            continue
        piece = line[start:stop]
        if piece.strip():
            lead = len(piece) - len(piece.lstrip())
            yield piece.strip(), at + start + lead, at + start + len(piece.rstrip())
        start, conditional = (end.end() if end else stop), False


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("|") or " | " in line


def _read_rows(statements: list[_Placed]) -> Iterator[_Placed]:
    """Yield the statements; each row of a table becomes its label with our own cell, or with the headings."""
    for is_table, group in groupby(statements, lambda statement: _is_row(statement[0])):
        if not is_table:
            yield from group
            continue
        rows = [
            ([cell.strip() for cell in text.strip().removeprefix("|").removesuffix("|").split("|")], start, end)
            for text, start, end in group
        ]
        rows = [row for row in rows if not all(set(cell) <= set("-: ") for cell in row[0])]
        head = rows[0][0] if rows else []
        ours = next((at for at, cell in enumerate(head) if _OUR_COLUMN.match(cell)), 0)
        for cells, start, end in rows[1:] or rows:
            own = (
                [cells[0], cells[ours]]
                if 0 < ours < len(cells)
                else [*cells, *(cell for cell in head[1:] if "agency" not in cell.lower())]
            )
            yield " | ".join(own), start, end


def digest(statement: str) -> str:
    """Return the hash that identifies a sentence in an approval. Case, spacing and disguise do not change it."""
    return hashlib.sha256(" ".join(visible_text(statement).lower().split()).strip(" .:•-*").encode()).hexdigest()


def is_denied(statement: str) -> bool:
    """Return True if a folded statement denies or postpones its content."""
    return _DENY.search(_TWIST.sub(" ", statement)) is not None


def topics(text: str) -> list[Topic]:
    """Return the open statements on gated topics, in order. Never raises."""
    return list(_topics_of_short(text) if len(text) <= _LONGEST_CACHED else _topics(text))


def _topics(text: str) -> list[Topic]:
    seen = visible_text(text)
    passages = list(_passages(seen))
    inside: list[list[Topic]] = [[] for _ in passages]
    starts = [start for start, _ in passages]
    for topic in by_rules(seen):
        inside[bisect_right(starts, topic.start) - 1].append(topic)
    placed = zip(passages, inside, strict=True)
    return [topic for (start, end), by_rule in placed for topic in _decided(seen, start, end, by_rule)]


def _decided(seen: str, start: int, end: int, by_rule: list[Topic]) -> list[Topic]:
    """Return the statements of a passage that are held or refused, by its rules and its words together."""
    passage = folded(seen[start:end])
    odds, known, decided = _odds(seen[start:end]), knows(passage), list[Topic]()
    for topic in by_rule:
        alone = _odds(topic.statement)
        both = (odds + alone) / 2
        if both > _HOLD_BY_RULE or topic.refuse or not known:
            confirmed = both > _CONFIRM or alone > _CONFIRM_ALONE
            refuse = confirmed if topic.refuse else both > _REFUSE_WAITING and _is_sentence(topic.statement)
            decided.append(replace(topic, refuse=refuse))
    if odds > _HOLD and length(passage) > _TITLE_WORDS and not any(topic.refuse for topic in decided):
        by_words = _by_words(seen, start, end, odds)
        decided += [by_words] if by_words.refuse or not decided else []
    return decided


#: Rows, sentences and templates are judged again at each save and scan. Longer texts are pages, judged once a night.
_LONGEST_CACHED = 4000
_topics_of_short = lru_cache(maxsize=4096)(_topics)


def _passages(seen: str) -> Iterator[tuple[int, int]]:
    """Yield the places of passages that are read as a whole: a table, a question with its answer, or a line."""
    start = at = 0
    for line, following in pairwise([*seen.splitlines(keepends=True), ""]):
        at += len(line)
        if not following or not ((_is_row(line) and _is_row(following)) or line.rstrip().endswith("?")):
            yield start, at
            start = at


def _odds(text: str) -> float:
    statement = folded(text)
    return log_odds(statement, classes(statement))


def _is_sentence(statement: str) -> bool:
    """Return True if a statement is no title, question or list item."""
    return not statement.startswith((*_BULLETS, "#")) and statement[-1:] != "?" and length(statement) >= _TITLE_WORDS


def _by_words(seen: str, start: int, end: int, odds: float) -> Topic:
    """Return the statement of a passage whose words speak most for a claim; refuse it if both clearly do."""
    statements = list(_read_rows(list(_statements(seen[start:end])))) or [("", 0, 0)]
    words, first, last = max(statements, key=lambda placed: _odds(placed[0]))
    named = classes(folded(words))
    claim = next((claim for claim, names in _CLAIM_OF.items() if named & names), "automatic-sync")
    refuse = min(odds, _odds(words)) > _REFUSE and _is_sentence(words)
    return Topic(claim, seen[start + first : start + last], start + first, start + last, refuse, by_rule=False)


def by_rules(seen: str) -> list[Topic]:
    """Return the open statements on which a rule of the table holds or refuses."""
    statements = [(folded(words), start, end) for words, start, end in _read_rows(list(_statements(seen)))]
    open_statements: list[Topic] = []
    led = False
    for (statement, start, end), (following, *_) in pairwise([*statements, ("", 0, 0)]):
        bullet, denied = statement.startswith(_BULLETS), is_denied(statement)
        led = (led and bullet) or (denied and not bullet and _LEADS.search(statement) is not None)
        for rule, refuses in _verdicts(statement, following, denied=denied, led=led):
            open_statements.append(Topic(rule.claim, seen[start:end], start, end, refuses, strict=refuses))
    return open_statements


def _verdicts(statement: str, following: str, *, denied: bool, led: bool) -> list[_Verdict]:
    """Return the rules that apply to a statement between its neighbors, one for each claim that it makes."""
    following = _LABEL.sub("", following)
    refuted = is_denied(following) or _RETRACTS.search(following) is not None
    confirmed = not refuted and _CONFIRMS.search(following) is not None and not _TYPES.search(statement)
    asks = statement.endswith("?") and not confirmed
    if ((denied or led) and not confirmed) or (asks and _answers_no(following)):
        return []
    named = classes(statement)
    cleared = _WEAK.search(_TWIST.sub(" ", statement)) is not None
    verdicts = _rules_for(named, cleared=cleared, asks=asks, given=confirmed)
    disowned = (refuted and "acts" not in named) or _RETRACTS.search(following) is not None
    return [(rule, refuses and not denied and not disowned) for rule, refuses in verdicts]


def _answers_no(following: str) -> bool:
    """Return True if the sentence after a question denies its topic, and not something else."""
    if not is_denied(following):
        return _WEAK.search(following) is not None
    return bool(_BARE_NO.match(following)) or any(_CLASSES[name].search(following) for name in _ANSWERED)


@lru_cache(maxsize=4096)
def classes(statement: str) -> frozenset[str]:
    """Return the classes of a folded statement, without those whose words have an ordinary meaning in it."""
    names = {name for name, pattern in _CLASSES.items() if pattern.search(statement)}
    ordinary = "crew" in names or ("trade" in names and "us" not in names)
    if ordinary and not names & {"product", "st", "tech"} and not (names & {"data", "sync"} and "auto" in names):
        names -= {"status", "seal", "listing", "auto", "sync", "flow", "joined", "theirs", "system"}
    joins_us = "us" in names and names & {"flow", "status"}
    if names & {"mention", "crew"} and not names & _PLAIN and not joins_us:
        names -= {"st"}
    return frozenset(names)


def _rules_for(classes: frozenset[str], *, cleared: bool, asks: bool, given: bool) -> list[_Verdict]:
    """Return the strictest rule that applies, and one for each further claim that is refused.

    `cleared`: a person does it, or it has a condition. `given`: the next sentence confirms it.
    """
    rules = [rule for rule in TOPIC_RULES if rule.needs <= classes]
    of_others = "theirs_own" in classes and not classes & {"us", "web", "notype"}
    if of_others or not rules:
        return []
    rule = min(rules, key=lambda rule: (-rule.refuse, -len(rule.needs)))
    presumes = asks and "presume" in classes
    if cleared and not given and not presumes:
        is_striking = classes & _STRIKING or ("st" in classes and classes & _OF_THEIRS)
        return [(rule, False)] if is_striking else []
    asserts = presumes if asks else "soft" not in classes and (given or _asserts(classes))
    if not asserts or not (rule.refuse or (given and classes & {"st", "sync", "listing"})):
        return [(rule, False)]
    further = {other.claim: other for other in rules if other.refuse and not other.needs <= _GENERIC}
    return [(other, True) for other in ({rule.claim: rule} | {**further, rule.claim: rule}).values()]


def _asserts(classes: frozenset[str]) -> bool:
    """Return True if a statement states something and is not only a title of a topic."""
    if classes & {"us", "acts", "yes", "notype", "chg"} or ("seal" in classes and classes & {"role", "st"}):
        return True
    return "st" in classes and "loop" not in classes and bool(classes & {"auto", "sync", "lands", "listing", "money"})
