"""Differences between two documents and between two texts: pure functions, tested on many inputs."""

import copy
import random
import time
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.version_diff import Comparison, compare
from readiness.word_diff import MOST_EDITS, Kind, Words, common, word_diff

Row = dict[str, Any]
TEXT = st.text(alphabet=st.sampled_from("ab c,.\n“é-"), max_size=40) | st.text(max_size=30)
T1, T2 = "2026-01-01T00:00:00+00:00", "2026-06-01T00:00:00+00:00"


def spelled(words: Words, without: Kind) -> str:
    return "".join(piece.text for piece in words.pieces if piece.kind is not without)


# --- Words ----------------------------------------------------------------------------------------


@given(TEXT, TEXT)
def test_a_diff_transforms_the_old_text_into_the_new(old: str, new: str) -> None:
    words = word_diff(old, new)
    assert spelled(words, Kind.ADDED) == old
    assert spelled(words, Kind.REMOVED) == new
    assert any(piece.kind is not Kind.SAME for piece in words.pieces) == (old != new)
    assert all(piece.text for piece in words.pieces)


@given(st.lists(st.integers(0, 3), max_size=25), st.lists(st.integers(0, 3), max_size=25))
def test_what_two_lists_share_is_as_long_as_it_can_be(old: list[int], new: list[int]) -> None:
    pairs = common(old, new)
    assert pairs is not None
    assert [old[place] for place, _ in pairs] == [new[place] for _, place in pairs]
    assert all(pair[0] < other[0] and pair[1] < other[1] for pair, other in pairwise(pairs))
    longest = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for at_old, pair in enumerate(old):
        for at_new, other in enumerate(new):
            best = max(longest[at_old][at_new + 1], longest[at_old + 1][at_new])
            longest[at_old + 1][at_new + 1] = longest[at_old][at_new] + 1 if pair == other else best
    assert len(pairs) == longest[-1][-1]


def test_a_phrase_is_replaced_whole_and_words_are_not_cut() -> None:
    words = word_diff("Ask the office manager first, please.", "Ask your own dispatcher first, please.")
    assert [(piece.kind.value, piece.text) for piece in words.pieces] == [
        ("same", "Ask "),
        ("removed", "the office manager"),
        ("added", "your own dispatcher"),
        ("same", " first, please."),
    ]


def test_a_new_word_in_a_long_text_is_the_only_change() -> None:
    text = " ".join(f"word{number}" for number in range(50_000))
    words = word_diff(text, text.replace("word25000 ", "other "))
    changes = [piece.text for piece in words.pieces if piece.kind is not Kind.SAME]
    assert changes == ["word25000", "other"]
    assert sum(piece.folded for piece in words.folded) > 49_000
    assert len("".join(piece.text for piece in words.folded)) < 500


def test_texts_with_nothing_in_common_end_soon_and_are_replaced_whole() -> None:
    pick = random.Random(4)
    old, new = (" ".join(pick.choice("abcdefgh") for _ in range(30_000)) for _ in range(2))
    begun = time.process_time()
    words = word_diff(old, new)
    assert time.process_time() - begun < 2
    assert [piece.kind for piece in words.pieces] == [Kind.REMOVED, Kind.ADDED]
    assert common(range(MOST_EDITS), range(MOST_EDITS, 2 * MOST_EDITS)) is None


@given(TEXT, TEXT)
def test_folding_leaves_every_change_and_counts_what_it_leaves_out(old: str, new: str) -> None:
    words = word_diff(old, new)
    changes = [piece for piece in words.pieces if piece.kind is not Kind.SAME]
    assert [piece for piece in words.folded if piece.kind is not Kind.SAME] == changes


# --- Documents ------------------------------------------------------------------------------------


def evidence(key: str, state: str = "valid") -> Row:
    facts = {"summary": f"Proof {key}.", "kind": "review", "grade": "stated by us", "url": "", "sha256": ""}
    return {"id": key, **facts, "received_at": T1, "expires_at": T2, "confirmed": False, "state": state}


def row(anchor: str, *, kind: str = "entry", text: str = "It is so.", **more: Any) -> Row:
    fields = [{"name": "body", "label": "", "role": "text", "text": text}]
    base = {"kind": kind, "anchor": anchor, "slug": anchor, "title": f"Title of {anchor}", "fields": fields}
    return {**base, "evidence": [], "changed_at": T1, **more}


def claim(state: str, *, is_open: bool) -> Row:
    gate = {"gate": "partner approval", "holder": "ServiceTitan admin", "missing": "No approval.", "open": is_open}
    return row("claim-sync", kind="claim", state=state, gates=[gate], safe_wording="Say planned.", since=T1)


def gate(*proof: Row, state: str) -> Row:
    return row("gate-partner-approval", kind="gate", state=state, evidence=list(proof))


def page(slug: str, *rows: Row, **more: str) -> Row:
    sections = [{"slug": "lines", "heading": "Lines", "intro": "", "rows": list(rows)}]
    words = {"title": slug.title(), "heading": f"Heading of {slug}", "intro": "Intro.", "notice": "Notice."}
    return {"slug": slug, **words, **more, "changed_at": T1, "sections": sections}


def pack(*pages: Row, disclaimers: tuple[Row, ...] = ()) -> Row:
    return {"schema": "x", "valid_until": "", "pages": list(pages), "disclaimers": list(disclaimers)}


def words_of(comparison: Comparison) -> list[tuple[str, str]]:
    return [
        (piece.kind.value, piece.text)
        for changed in comparison.pages
        for change in changed.rows
        for part in change.parts
        for piece in part.pieces
        if piece.kind is not Kind.SAME
    ]


def test_a_document_does_not_differ_from_itself_nor_by_moments() -> None:
    document = pack(
        page("a", row("x", status="ready now", stored_status="ready now", since=T1, evidence=[evidence("e")]))
    )
    assert not compare(document, copy.deepcopy(document)) and compare(document, document).counts == []
    later = copy.deepcopy(document)
    later["valid_until"] = later["pages"][0]["changed_at"] = T2
    later["pages"][0]["sections"][0]["rows"][0] |= {"changed_at": T2, "since": T2}
    assert not compare(document, later)


def test_evidence_with_other_words_is_reported() -> None:
    """Find a claim of evidence that was reworded: two versions that differ in it do not have the same content."""
    before = pack(page("a", row("x", status="ready now", evidence=[evidence("e")])))
    after = copy.deepcopy(before)
    after["pages"][0]["sections"][0]["rows"][0]["evidence"][0]["summary"] = "Proof e, reviewed."
    comparison = compare(before, after)
    assert comparison.counts == ["1 row reworded"]
    assert words_of(comparison) == [("added", ", reviewed")]


def test_claims_that_went_down_come_first_with_the_gate_and_the_evidence_that_lapsed() -> None:
    ready = row("a-line", status="ready now", evidence=[evidence("mine")])
    due = row("a-line", status="review due", evidence=[evidence("mine", "lapsed")])
    closed, opened = gate(evidence("e", "lapsed"), state="shut"), gate(evidence("e"), state="open")
    before = pack(page("a", ready, claim("allowed", is_open=True)), page("b", opened))
    after = pack(page("a", due, claim("gated", is_open=False)), page("b", closed))

    comparison = compare(before, after)

    assert [change.anchor for change in comparison.state_changes] == ["claim-sync", "a-line", "gate-partner-approval"]
    down, line, gate_line = comparison.state_changes
    assert comparison.downgraded_claims == [down] and comparison.other_state_changes == [line, gate_line]
    assert (down.before, down.after, down.page) == ("allowed", "gated", "a")
    assert [entry["gate"] for entry in down.gates] == ["partner approval"]
    assert [(entry["id"], entry["state"]) for entry in down.lapsed] == [("e", "lapsed")]
    assert [(entry["id"], entry["state"]) for entry in line.lapsed] == [("mine", "lapsed")]
    assert comparison.evidence == () and comparison.pages == ()
    assert comparison.counts == ["1 claim downgraded", "1 status changed", "1 gate or flag changed"]


def test_a_claim_that_is_allowed_now_is_no_step_down() -> None:
    before, after = (
        pack(page("a", claim(*facts[:1], is_open=facts[1]))) for facts in (("gated", False), ("allowed", True))
    )
    comparison = compare(before, after)
    assert comparison.downgraded_claims == [] and comparison.counts == ["1 claim allowed"]


def test_evidence_that_changes_no_status_is_reported_separately() -> None:
    before = pack(page("a", row("x", status="ready now", evidence=[evidence("e"), evidence("old")])))
    after = pack(
        page("a", row("x", status="ready now", evidence=[evidence("new"), evidence("e"), evidence("old", "revoked")]))
    )
    comparison = compare(before, after)
    assert {(change.evidence["id"], change.before, change.after) for change in comparison.evidence} == {
        ("old", "valid", "revoked"),
        ("new", "", "valid"),
    }
    assert comparison.counts == ["2 pieces of evidence changed"]


def test_a_confirmation_of_evidence_is_reported() -> None:
    before = pack(page("a", row("x", status="ready now", evidence=[evidence("e")])))
    after = pack(page("a", row("x", status="ready now", evidence=[evidence("e") | {"confirmed": True}])))
    (change,) = compare(before, after).evidence
    assert (change.before, change.after) == ("not confirmed", "confirmed")


def test_rows_that_came_went_and_read_otherwise() -> None:
    before = pack(page("a", row("stays"), row("goes", text="Old news."), row("says", text="It works by hand.")))
    after = pack(page("a", row("stays"), row("says", text="It works at night."), row("comes", text="New here.")))
    comparison = compare(before, after)
    (changed,) = comparison.pages
    assert [(change.change, change.row["anchor"], change.moved) for change in changed.rows] == [
        ("reworded", "says", ""),
        ("added", "comes", ""),
        ("removed", "goes", ""),
    ]
    assert changed.same == 1
    assert words_of(comparison)[:2] == [("removed", "by hand"), ("added", "at night")]
    assert ("added", "New here.") in words_of(comparison) and ("removed", "Old news.") in words_of(comparison)
    assert comparison.counts == ["1 row added", "1 row removed", "1 row reworded"]


def test_a_row_that_made_room_for_another_has_not_moved() -> None:
    rows = [row(f"r{number}") for number in range(6)]
    before, after = pack(page("a", *rows)), pack(page("a", rows[5], *rows[:5]))
    (changed,) = compare(before, after).pages
    assert [(change.row["anchor"], change.change, change.moved) for change in changed.rows] == [
        ("r5", "", "to another place in its list")
    ]
    assert compare(before, pack(page("a", row("new"), *rows))).counts == ["1 row added"]


def test_a_row_moved_to_another_section_shows_both_sections() -> None:
    before, after = (pack(page("a", row("x"), row("y"))) for _ in range(2))
    after["pages"][0]["sections"].append({"slug": "more", "heading": "More", "intro": "", "rows": [row("y")]})
    after["pages"][0]["sections"][0]["rows"].pop()
    (changed,) = compare(before, after).pages
    assert [change.moved for change in changed.rows] == ["from “Lines” to “More”"]
    assert [piece.text for part in changed.words for piece in part.pieces] == ["More"]


def test_a_row_on_several_pages_is_reported_once() -> None:
    before = pack(page("a", row("x", text="Old.")), page("b", row("x", text="Old.")), page("c", row("z")))
    after = pack(page("a", row("x", text="New.")), page("b", row("x", text="New.")), page("c", row("z")))
    comparison = compare(before, after)
    assert [(changed_page.slug, changed_page.rows[0].also) for changed_page in comparison.pages] == [("a", ["B"])]
    assert comparison.counts == ["1 row reworded"]


def test_whole_pages_and_the_words_of_pages() -> None:
    before = pack(page("a"), page("gone", row("g")))
    after = pack(page("a", heading="Another heading"), page("new", row("n"), row("m")))
    comparison = compare(before, after)
    assert [
        (changed_page.slug, changed_page.change, changed_page.row_count, changed_page.rows)
        for changed_page in comparison.pages
    ] == [
        ("a", "", 0, []),
        ("new", "added", 2, []),
        ("gone", "removed", 1, []),
    ]
    assert comparison.counts == ["1 page added", "1 page removed", "1 page reworded"]


def test_disclaimers_are_compared_even_without_rows() -> None:
    before, after = (
        pack(page("a"), disclaimers=(row("d", title=text),)) for text in ("Not approved.", "Not endorsed.")
    )
    comparison = compare(before, after)
    assert [changed_page.title for changed_page in comparison.pages] == ["Required disclaimers"]
    assert words_of(comparison) == [("removed", "approved"), ("added", "endorsed")]


def test_every_text_of_a_row_is_compared() -> None:
    plain = row("x", owner="Shared", status="ready now")
    texts: list[Row] = [
        {"owner": "Customer"},
        {"title": "Other"},
        {"as_built": {"dated": "2026-01-01", "text": "Built."}},
        {"attested": {"by": 7, "title": "Owner", "at": T1}},
        {"safe_wording": "Say less."},
        {"gate": "partner approval"},
        {"fields": [{"name": "body", "label": "", "role": "list", "items": ["One.", "Two."]}]},
        {"something": {"nobody": "foresaw"}},
    ]
    for change in texts:
        comparison = compare(pack(page("a", plain)), pack(page("a", plain | change)))
        assert comparison.counts == ["1 row reworded"], change


ROWS = st.lists(st.tuples(st.integers(0, 6), TEXT), max_size=6, unique_by=lambda pair: pair[0])
DOCUMENTS = st.lists(ROWS, min_size=1, max_size=3).map(
    lambda pages: pack(
        *(page(f"p{at}", *(row(f"r{key}", text=text) for key, text in rows)) for at, rows in enumerate(pages))
    )
)


@given(DOCUMENTS, DOCUMENTS)
@settings(max_examples=150)
def test_any_two_documents_can_be_compared_both_ways(old: Row, new: Row) -> None:
    there, back = compare(old, new), compare(new, old)
    assert bool(there) == bool(back) == (old != new)

    def number(comparison: Comparison, change: str) -> int:
        return sum(row_change.change == change for changed in comparison.pages for row_change in changed.rows)

    for one, other in (("added", "removed"), ("removed", "added"), ("reworded", "reworded")):
        if len(old["pages"]) == len(new["pages"]) == 1:
            assert number(there, one) == number(back, other)
