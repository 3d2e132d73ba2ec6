"""The reading part of the importer: any bytes give a review or one typed error, and every row is accounted for once."""

import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pagetojob.importer.errors import TableError
from pagetojob.importer.objects import BY_KEY, OBJECT_TYPES, Field
from pagetojob.importer.review import Doubt, Outcome, Review, review, status_of, tidy
from pagetojob.importer.tables import open_table
from pagetojob.titanmap.models import Family
from tests.importer.cells import FORMULAS, HONEST, PERSONAL, SECRETS

JOB_TYPE = BY_KEY["jobType"]
HEAD = "name,id,status,description\n"


def of(text: bytes | str) -> Review:
    return review(text, JOB_TYPE, open_with=open_table)


def refused(text: bytes | str) -> TableError:
    with pytest.raises(TableError) as caught:
        of(text)
    return caught.value


# --- Kinds of objects ------------------------------------------------------------------------------


def test_each_kind_is_a_family_of_the_titan_map() -> None:
    assert {kind.label for kind in OBJECT_TYPES} < set(Family.values)
    assert len({kind.key for kind in OBJECT_TYPES}) == len(OBJECT_TYPES) == 6


@pytest.mark.parametrize("kind", OBJECT_TYPES, ids=lambda kind: kind.key)
def test_every_sample_can_be_reviewed(kind: Any) -> None:
    result = review(kind.sample, kind)
    assert result.candidates and not result.refused and not result.counts["blocked"]


def test_the_sample_of_job_types_gives_what_the_public_page_shows() -> None:
    result = of(JOB_TYPE.sample)
    assert (result.objects, result.counts["active"], result.counts["needs review"], result.counts["blocked"]) == (
        3,
        2,
        0,
        0,
    )
    assert [(candidate.name, candidate.status, candidate.detail) for candidate in result.candidates][2] == (
        *("Water Heater Repair", "inactive", "retired plumbing type"),
    )
    assert [(warned.row, warned.sentence) for warned in result.warnings] == [
        (4, "Water Heater Repair is inactive, so promoting it needs approval.")
    ]
    assert [(check.state, check.rows) for check in result.checks] == [
        ("ready", (2, 3)),
        ("needs review", (4,)),
        ("ready", ()),
        ("ready", ()),
    ]


# --- Encodings and delimiters ----------------------------------------------------------------------

UMLAUT = "name,status\nKühlung für Zürich,active\n"


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_encodings(codec: str, name: str) -> None:
    result = of(UMLAUT.encode(codec))
    assert (result.encoding, result.candidates[0].name) == (name, "Kühlung für Zürich")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    text = "name,status,description\nAC Repair,active,demand\nTune-Up,paused,plan\n".replace(",", delimiter)
    result = of(text)
    assert [(candidate.name, candidate.status, candidate.detail) for candidate in result.candidates] == [
        ("AC Repair", "active", "demand"),
        ("Tune-Up", "paused", "plan"),
    ]


def test_a_delimiter_inside_quotes_or_in_a_heading_does_not_mislead() -> None:
    assert of('name;status\n"Heating, cooling";active\n"Pipes, drains";active\n').delimiter == "semicolon"
    assert of('"name";"status";"note, any"\nAC;active;a\n').delimiter == "semicolon"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    result = of(f"name,status{end}A,active{end}B,paused")
    assert dict(result.outcomes) == {2: Outcome.ACTIVE, 3: Outcome.INACTIVE}


def test_a_line_break_inside_of_quotes_is_no_row() -> None:
    result = of('name,description\n"AC\r\nRepair","two\nlines"\nTune-Up,x\n')
    assert [(candidate.row, candidate.name, candidate.detail) for candidate in result.candidates] == [
        (2, "AC Repair", "two lines"),
        (3, "Tune-Up", "x"),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b" \n\t\n", "is empty"),
        (b",,\n,,\n", "is empty"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"name\n\x81\x8d\xff\n", "encoding is not supported"),
        (b"\xff\xfen", "encoding is not supported"),
        (b'"a"b,status\nA,active\n', "quotation mark"),
        (b"AC Repair,active\nTune-Up,active\n", "No column is called"),
        (b"name,name\nA,B\n", "same heading"),
        (b"Name, name \nA,B\n", "same heading"),
        (b"title,display name\nA,B\n", "could both be the name"),
        (b"name,active,state\nA,x,y\n", "could both be the status"),
    ],
)
def test_what_is_no_table(content: bytes, words: str) -> None:
    assert words in str(refused(content))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name\nA\nB\x00\n", "NUL"),
        (b'name,status\n"A\nB",active\n"open', "never closed"),
        (b'name\nA\n"a"b\n', "wrong place"),
    ],
)
def test_an_unreadable_row_is_blocked(content: bytes, words: str) -> None:
    result = of(content)
    assert dict(result.outcomes)[3] is Outcome.BLOCKED and len(result.outcomes) == 2
    assert [warned.sentence for warned in result.warnings if warned.row == 3 and words in warned.sentence]


def test_an_error_names_its_row() -> None:
    error = refused(b"\nx,y\nA,B\n")
    assert error.row == 2 and str(error).startswith("Row 2: ")


def test_limits() -> None:
    assert "larger than" in str(refused(b"x" * 300_000))
    assert "5,000 rows" in str(refused("name\n" + "A\n" * 5_030))
    assert len(of("name\n" + "A\n" * 5_000).outcomes) == 5_000
    assert "50 columns" in str(refused("name," + ",".join(f"c{n}" for n in range(50)) + "\nA\n"))
    assert of("name\n" + "word " * 40_000 + "\n").counts["blocked"] == 1


# --- Columns ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Job Type", Field.NAME),
        ("jobType", Field.NAME),
        ("job_type_name", Field.NAME),
        ("NAME", Field.NAME),
        (" Display  Name ", Field.NAME),
    ],
)
def test_a_name_column_by_its_aliases(heading: str, field: Field) -> None:
    assert of(f"{heading},x\nAC Repair,1\n").columns.all[0].field is field


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Job Type ID", Field.ID),
        ("ServiceTitan id", Field.ID),
        ("Active", Field.STATUS),
        ("job type status", Field.STATUS),
        ("Notes", Field.DESCRIPTION),
        ("Price", None),
        ("", None),
    ],
)
def test_other_columns_by_their_aliases(heading: str, field: Field | None) -> None:
    assert of(f"name,{heading}\nAC Repair,1\n").columns.all[1].field is field


def test_the_plain_word_wins_over_an_alias() -> None:
    result = of("Job Type,name,code,id\nwrong,right,7,8\n")
    assert (result.candidates[0].name, result.candidates[0].id) == ("right", 8)


def test_an_unknown_column_is_skipped_and_named() -> None:
    result = of("name,Colour,Price\nAC Repair,red,9\n")
    assert "Skipped: column 2 (“Colour”), column 3 (“Price”)." in [warned.sentence for warned in result.warnings]


def test_without_a_status_column_every_row_is_active_with_a_warning() -> None:
    result = of("name\nAC Repair\n")
    assert result.counts["active"] == 1
    assert result.warnings[0].row == 0 and "no status column" in result.warnings[0].sentence


# --- Rows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        *((word, "active") for word in ("active", "ACTIVE", " Yes ", "true", "1", "Enabled")),
        *((word, "inactive") for word in ("inactive", "No", "FALSE", "0", "disabled")),
        *(("Paused", "paused"), ("on-hold", "paused"), ("retired", "retired"), ("Discontinued", "retired")),
        *((word, "unclear") for word in ("", "?", "maybe", "activ", "n/a", "active?no")),
    ],
)
def test_status_words(typed: str, status: str) -> None:
    assert status_of(typed) == status


def test_every_kind_of_row_at_once() -> None:
    result = of(
        HEAD
        + "AC Repair,1,active,\n"  # 2
        + "Tune-Up,2,paused,\n"  # 3
        + ",3,active,no name\n"  # 4
        + "Old,4,perhaps,\n"  # 5
        + "Twin,5,active,\n"  # 6
        + "\n"  # 7
        + "twin ,6,inactive,\n"  # 8
        + "Same id,1,active,\n"  # 9
        + "Bad,7,active,=1+1\n"  # 10
        + "Long,8,active,x,y\n"  # 11
        + "Short\n"  # 12
    )
    assert [result.outcomes[row].value for row in range(2, 13)] == [
        *("needs review", "inactive", "blocked", "needs review", "needs review", "blank"),
        *("needs review", "needs review", "refused", "blocked", "needs review"),
    ]
    assert {candidate.row: candidate.doubts for candidate in result.candidates if candidate.doubts} == {
        2: (Doubt.ID,),
        5: (Doubt.STATUS,),
        6: (Doubt.NAME,),
        8: (Doubt.NAME,),
        9: (Doubt.ID,),
        12: (Doubt.STATUS,),
    }
    assert dict(result.doubts) == {"duplicate name": 2, "duplicate id": 2, "unclear status": 2}
    assert result.objects == 10
    assert [check.state for check in result.checks] == ["needs review"] * 5


def test_a_long_row_is_blocked_and_a_short_row_gets_a_warning() -> None:
    result = of("name,status\nHeating, cooling,active\nAC\nFine,active,,\n")
    assert [result.outcomes[row].value for row in (2, 3, 4)] == ["blocked", "needs review", "active"]
    warnings = {warned.row: warned.sentence for warned in result.warnings}
    assert warnings[2] == "It has 3 cells but there are 2 headings, so its columns are unclear."


def test_names_and_details_are_tidied_and_bounded() -> None:
    result = of(f"name,id,description\n{'x' * 121},1,d\nOk,two,{'y' * 300}\nBig,{2**63},d\nLast,{2**63 - 1},d\n")
    assert result.outcomes[2] is Outcome.BLOCKED
    assert len(result.candidates[0].detail) == 200 and result.candidates[0].detail.endswith("…")
    assert [candidate.id for candidate in result.candidates] == [None, None, 2**63 - 1]
    assert tidy(" A\u200bC\u202e\tRe\x00pair\n ") == "AC Re pair"


# --- For any input ---------------------------------------------------------------------------------

CELLS = st.one_of(
    st.text(max_size=20),
    st.sampled_from([*FORMULAS, *SECRETS, *PERSONAL, *HONEST, "active", "paused", "?", '"', "a\nb", "AC Repair"]),
)


def accounted_for(content: bytes | str) -> None:
    """A review in which every row has one outcome and every candidate and refusal its row, or the typed error."""
    for kind in OBJECT_TYPES[:2]:
        try:
            result = review(content, kind, open_with=open_table)
        except TableError:
            return
        first = min(result.outcomes, default=0)
        assert list(result.outcomes) == list(range(first, first + len(result.outcomes)))
        named = [one.row for one in result.candidates] + [one.row for one in result.refused]
        assert max(Counter(named).values(), default=1) == 1
        blocked = {row for row, outcome in result.outcomes.items() if outcome is Outcome.BLOCKED}
        assert blocked <= {warned.row for warned in result.warnings}
        assert len(named) + len(blocked) == result.objects
        assert all(len(one.name) <= 120 and len(one.detail) <= 200 for one in result.candidates)


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    accounted_for(content)


@settings(max_examples=200)
@given(
    st.binary(max_size=200), st.sampled_from([b"name\n", b"name,status\n", b"\xef\xbb\xbfname;id\n", b"\xff\xfen\x00"])
)
def test_any_bytes_under_headings(content: bytes, head: bytes) -> None:
    accounted_for(head + content)


@settings(max_examples=200)
@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    accounted_for("name,status\n" + text)


@settings(max_examples=200)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=12), st.sampled_from(",;\t|"))
def test_any_table_a_program_writes(rows: list[list[str]], delimiter: str) -> None:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["name", "id", "status", "description"])
    writer.writerows(rows)
    accounted_for(text.getvalue())


@pytest.mark.parametrize(
    "cell",
    [*("a" * 250, "1" * 250, "1-" * 120, "@" * 250, "a@" * 120, "a." * 120, "= " * 120, "Bearer " * 35, "(602) " * 40)],
)
def test_the_largest_file_is_reviewed_in_a_moment(cell: str) -> None:
    """256 kB of the worst cells, a thousand of them, and one cell of all."""
    many = "name,description\n" + "".join(f"n{n},x{cell}\n" for n in range(980))
    for text in (many, f"name,description\nA,{cell * 500}\n"):
        began = time.process_time()
        of(text[:262_000])
        assert time.process_time() - began < 2.5
