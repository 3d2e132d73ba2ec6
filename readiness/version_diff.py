"""Differences between two versions of the pack. Pure: it takes two documents and makes no query.

The most important changes come first: claims that were downgraded, then statuses, then evidence, then wording.
Presentation of rows and change timestamps are ignored.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pagetojob.platform.canonical import canonical_json

from .word_diff import Words, common, word_diff

Row = dict[str, Any]

#: Fields of a row that are compared separately or contain no wording.
NO_WORDS = {
    *("kind", "anchor", "slug", "title", "owner", "fields", "gates", "attested", "as_built"),
    *("status", "state", "stored_status", "since", "changed_at", "evidence"),
}
#: A change from one of these to anything else is a downgrade.
GOOD = {"allowed", "open", "ready now", "on by default", "off by default"}
KINDS = ("claim", "gate", "flag")


@dataclass(frozen=True, slots=True)
class StateChange:
    """A row whose status or state changed. `lapsed` is the evidence that supported it before and no longer does."""

    kind: str
    anchor: str
    title: str
    page: str
    before: str
    after: str
    gates: tuple[Row, ...] = ()
    lapsed: tuple[Row, ...] = ()

    @property
    def down(self) -> bool:
        return self.before in GOOD


@dataclass(frozen=True, slots=True)
class EvidenceChange:
    """Evidence of a row that was added, removed or changed state. `before` or `after` is empty if it was absent."""

    anchor: str
    title: str
    page: str
    evidence: Row
    before: str
    after: str


@dataclass(slots=True)
class RowChange:
    """A row that was added, removed, reworded or moved. `also` names other pages that show it."""

    change: str
    row: Row
    parts: list[Words] = field(default_factory=list)
    moved: str = ""
    also: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PageChange:
    """A page that was added, removed or reworded. `rows` is empty if the whole page was added or removed."""

    change: str
    slug: str
    title: str
    words: list[Words] = field(default_factory=list)
    rows: list[RowChange] = field(default_factory=list)
    same: int = 0
    row_count: int = 0

    def __bool__(self) -> bool:
        return bool(self.change or self.words or self.rows)


@dataclass(frozen=True, slots=True)
class Comparison:
    state_changes: tuple[StateChange, ...]
    evidence: tuple[EvidenceChange, ...]
    pages: tuple[PageChange, ...]

    def __bool__(self) -> bool:
        return bool(self.state_changes or self.evidence or self.pages)

    @property
    def downgraded_claims(self) -> list[StateChange]:
        return [change for change in self.state_changes if change.kind == "claim" and change.down]

    @property
    def other_state_changes(self) -> list[StateChange]:
        return [change for change in self.state_changes if change not in self.downgraded_claims]

    @property
    def added_pages(self) -> list[PageChange]:
        return [page for page in self.pages if page.change == "added"]

    @property
    def removed_pages(self) -> list[PageChange]:
        return [page for page in self.pages if page.change == "removed"]

    @property
    def counts(self) -> list[str]:
        """Return each kind of change with its count, most severe first."""
        rows = [row for page in self.pages for row in page.rows]
        statuses = [change for change in self.state_changes if change.kind not in KINDS]
        other = sum(change.kind in KINDS and change.kind != "claim" for change in self.state_changes)
        numbers = (
            (len(self.downgraded_claims), "claim downgraded", "claims downgraded"),
            (
                sum(change.kind == "claim" and not change.down for change in self.state_changes),
                "claim allowed",
                "claims allowed",
            ),
            (len(statuses), "status changed", "statuses changed"),
            (other, "gate or flag changed", "gates or flags changed"),
            (len(self.evidence), "piece of evidence changed", "pieces of evidence changed"),
            (len(self.added_pages), "page added", "pages added"),
            (len(self.removed_pages), "page removed", "pages removed"),
            (sum(row.change == "added" for row in rows), "row added", "rows added"),
            (sum(row.change == "removed" for row in rows), "row removed", "rows removed"),
            (sum(row.change == "reworded" for row in rows), "row reworded", "rows reworded"),
            (sum(bool(row.moved) for row in rows), "row moved", "rows moved"),
            (sum(bool(page.words) for page in self.pages), "page reworded", "pages reworded"),
        )
        return [f"{number} {singular if number == 1 else plural}" for number, singular, plural in numbers if number]


def compare(old: Row, new: Row) -> Comparison:
    """Return the changes from `old` to `new`; empty if there are none.

    Takes time linear in the size of the documents, except for the word diffs: see `wording.word_diff`.
    """
    before, after = _places(old), _places(new)
    state_changes = [
        change for anchor in after.keys() & before.keys() if (change := _state_change(anchor, before, after))
    ]
    state_changes.sort(
        key=lambda change: (change.kind != "claim" or not change.down, not change.down, change.page, change.anchor)
    )
    reported = {evidence["id"] for change in state_changes for evidence in change.lapsed}
    evidence = [
        change
        for anchor, (page, row) in after.items()
        for change in _evidence(page, before.get(anchor, ("", {}))[1], row)
        if change.evidence["id"] not in reported and anchor in before
    ]
    return Comparison(tuple(state_changes), tuple(evidence), tuple(_pages(old, new)))


def _places(document: Row) -> dict[str, tuple[str, Row]]:
    """Map each anchor to the first page that shows the row, and to the row."""
    places: dict[str, tuple[str, Row]] = {}
    for page in document["pages"]:
        for row in _rows(page):
            places.setdefault(row["anchor"], (page["slug"], row))
    return places


def _rows(page: Row) -> Iterator[Row]:
    for section in page["sections"]:
        yield from section["rows"]


# --- Status and evidence --------------------------------------------------------------------------


def _state_change(
    anchor: str, before: dict[str, tuple[str, Row]], after: dict[str, tuple[str, Row]]
) -> StateChange | None:
    (_, old), (page, new) = before[anchor], after[anchor]
    name = "state" if "state" in new else "status"
    if old.get(name, "") == new.get(name, ""):
        return None
    was_open = {gate["gate"] for gate in old.get("gates", ()) if gate["open"]}
    is_open = {gate["gate"] for gate in new.get("gates", ()) if gate["open"]}
    gates = tuple(gate for gate in new.get("gates", ()) if gate["gate"] in was_open ^ is_open)
    carried = [(old, new)]
    for gate in gates:
        place = f"gate-{gate['gate'].replace(' ', '-')}"
        if place in before and place in after:
            carried.append((before[place][1], after[place][1]))
    lapsed = tuple(evidence for before_row, other in carried for evidence in _lost(before_row, other))
    return StateChange(new["kind"], anchor, new["title"], page, old.get(name, ""), new.get(name, ""), gates, lapsed)


def _lost(old: Row, new: Row) -> list[Row]:
    """Return the evidence that was valid and no longer is, in its new state."""
    now = {evidence["id"]: evidence for evidence in new["evidence"]}
    return [
        now.get(evidence["id"], evidence)
        for evidence in old["evidence"]
        if evidence["state"] == "valid" and now.get(evidence["id"], {}).get("state") != "valid"
    ]


def _evidence(page: str, old: Row, new: Row) -> Iterator[EvidenceChange]:
    was = {evidence["id"]: evidence for evidence in old.get("evidence", ())}
    now = {evidence["id"]: evidence for evidence in new["evidence"]}
    for key, evidence in (was | now).items():
        before, after = was.get(key), now.get(key)
        for words in (_state, _confirmed):
            if words(before) != words(after):
                yield EvidenceChange(new["anchor"], new["title"], page, evidence, words(before), words(after))
                break


def _state(evidence: Row | None) -> str:
    return str(evidence["state"]) if evidence else ""


def _confirmed(evidence: Row | None) -> str:
    return "confirmed" if evidence and evidence["confirmed"] else "not confirmed"


# --- Pages and words ------------------------------------------------------------------------------


def _pages(old: Row, new: Row) -> Iterator[PageChange]:
    """Yield changed pages in the order of the new pack, then removed pages. Each row change is reported once."""
    before = {page["slug"]: page for page in old["pages"]}
    after = {page["slug"]: page for page in new["pages"]}
    reported: dict[tuple[str, str], RowChange] = {}
    for slug, page in after.items():
        if slug not in before:
            yield PageChange("added", slug, page["title"], row_count=len(list(_rows(page))))
        elif change := _page(before[slug], page, reported):
            yield change
    for slug, page in before.items():
        if slug not in after:
            yield PageChange("removed", slug, page["title"], row_count=len(list(_rows(page))))
    if change := _page(_disclaimers(old), _disclaimers(new), reported):
        yield change


def _disclaimers(document: Row) -> Row:
    """Return the disclaimers, which appear in every page's footer, as a page without an address."""
    rows = [{"slug": "", "heading": "", "intro": "", "rows": document["disclaimers"]}]
    return {"slug": "", "title": "Required disclaimers", "heading": "", "intro": "", "notice": "", "sections": rows}


def _page(old: Row, new: Row, reported: dict[tuple[str, str], RowChange]) -> PageChange:
    page_change = PageChange("", new["slug"], new["title"], words=_diffs(_page_words(old), _page_words(new)))
    changes = list(_row_changes(old, new))
    page_change.same = len(list(_rows(new))) - sum(change.change != "removed" for change in changes)
    for change in changes:
        first = reported.setdefault((change.row["anchor"], change.change), change)
        if first is change:
            page_change.rows.append(change)
        elif new["title"] not in first.also:
            first.also.append(new["title"])
    return page_change


def _page_words(page: Row) -> dict[str, str]:
    words = {name: page[name] for name in ("title", "heading", "intro", "notice")}
    for section in page["sections"]:
        for name in ("heading", "intro"):
            words[f"{section['slug']} {name}"] = section[name]
    return words


def _row_changes(old: Row, new: Row) -> Iterator[RowChange]:
    before, after = ({row["anchor"]: row for row in _rows(page)} for page in (old, new))
    moved = _moves(old, new)
    for anchor, row in after.items():
        if anchor not in before:
            yield RowChange("added", row, _diffs({}, _under_title(row)))
            continue
        parts = [] if before[anchor] == row else _row_diffs(before[anchor], row)
        if parts or anchor in moved:
            yield RowChange("reworded" if parts else "", row, parts, moved.get(anchor, ""))
    for anchor, row in before.items():
        if anchor not in after:
            yield RowChange("removed", row, _diffs(_under_title(row), {}))


def _moves(old: Row, new: Row) -> dict[str, str]:
    """Map each moved anchor to a description of the move. Rows that only shifted to make space have not moved."""
    before, after = (
        {row["anchor"]: section for section in page["sections"] for row in section["rows"]} for page in (old, new)
    )
    was = [anchor for anchor in before if anchor in after]
    now = [anchor for anchor in after if anchor in before]
    stayed = {was[place] for place, _ in common(was, now) or ()}
    moves = {anchor: "to another place in its list" for anchor in now if anchor not in stayed}
    for anchor in now:
        if before[anchor]["slug"] != after[anchor]["slug"]:
            moves[anchor] = f"from “{before[anchor]['heading']}” to “{after[anchor]['heading']}”"
    return moves


def _row_words(row: Row) -> dict[str, str]:
    """Return each text of a row under a stable name."""
    words = {"title": row["title"]}
    if row.get("owner"):
        words["owner"] = f"Owner: {row['owner']}"
    for entry in row["fields"]:
        text = "\n".join(entry["items"]) if "items" in entry else entry["text"]
        words[f"field {entry['name']}"] = f"{entry['label']}: {text}" if entry["label"] else text
    if row.get("gates"):
        words["gates"] = f"Waits for: {', '.join(gate['gate'] for gate in row['gates'])}"
    if note := row.get("as_built"):
        words["as built"] = f"As built, {note['dated']}: {note['text']}"
    if attested := row.get("attested"):
        words["attested"] = f"Attested: {attested['title']}, {attested['at']}"
    for name in sorted(row.keys() - NO_WORDS):
        text = row[name] if isinstance(row[name], str) else canonical_json({"": row[name]})
        words[name] = f"{name.replace('_', ' ').capitalize()}: {text}"
    return words


def _row_diffs(old: Row, new: Row) -> list[Words]:
    """Return the parts of a row that differ, including the wording of evidence that both have."""
    before, after = ({piece["id"]: piece["summary"] for piece in row.get("evidence", ())} for row in (old, new))
    both = before.keys() & after.keys()
    was, now = ({f"evidence {key}": f"Evidence: {side[key]}" for key in both} for side in (before, after))
    return _diffs(_row_words(old) | was, _row_words(new) | now)


def _under_title(row: Row) -> dict[str, str]:
    """Return the texts of a row except its title, which is displayed above an added or removed row."""
    return {name: text for name, text in _row_words(row).items() if name != "title"}


def _diffs(old: dict[str, str], new: dict[str, str]) -> list[Words]:
    """Return the parts that differ: first those of `new`, in its order."""
    pairs = ((old.get(name, ""), new.get(name, "")) for name in _names(new, old))
    return [word_diff(before, after) for before, after in pairs if before != after]


def _names(*sides: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for side in sides for name in side))
