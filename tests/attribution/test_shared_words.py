"""Words that a request shares with the notes of a job, and words of the notes of two jobs."""

import datetime as dt
from pathlib import Path

import pytest

from attribution.linkage import engine, model
from attribution.linkage.answers import Focus
from tests.attribution.linking import job, lead, read, write

#: Invented words that differ in their first five letters, one for each request.
_MIDDLE, _END = ("bal", "dor", "fen", "gil", "hum"), ("ba", "do", "fe", "gi")
_RARE = [f"{a}{b}{c}ock" for a in "kmnprstv" for b in _MIDDLE for c in _END]


def _named(at: int) -> str:
    return "".join(chr(97 + at * prime % 26) for prime in (3, 5, 7, 11, 17, 23)) + f"{'bcdfgk'[at // 26]}son"


def _office(*, copied: int) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return 150 leads and their jobs of the next day. The notes of `copied` jobs have the rare word of the request."""
    leads, jobs = [], []
    for at in range(150):
        day = dt.date(2026, 1, 1) + dt.timedelta(days=at)
        phone = f"602{(at + 31) * 48_611 % 10_000_000:07d}"
        text = f"The {_RARE[at]} in our house leaks"
        leads.append(
            lead(lead_id=f"L{at}", submitted_at=day.isoformat(), message=text)
            | {"Email": "", "Street": "", "Phone": phone, "Last Name": _named(at)}
        )
        notes = f"{_RARE[at if at < copied else (at + 75) % 150]} repaired today"
        who = {"customer_name": f"Robert {_named(at)}", "phone_number": phone, "email_address": "", "address": ""}
        opened = (day + dt.timedelta(days=1)).isoformat()
        jobs.append(job(job_id=f"{at}-1", created_on=opened, summary=notes, **who))
    return leads, jobs


def _linked(
    folder: Path, leads: list[dict[str, str]], jobs: list[dict[str, str]], focus: Focus | None = None
) -> dict[str, dict[str, str]]:
    files = {"leads": write(folder / "leads.csv", leads), "jobs": write(folder / "jobs.csv", jobs)}
    engine.link(files, folder / "links.csv", model=model.read(), focus=focus)
    return {row["job_id"]: row for row in read(folder / "links.csv")}


def _in_doubt(folder: Path, word: str, *, copied: int, focus: Focus | None = None) -> dict[str, str]:
    """Link a job of a namesake without a contact whose notes have this word, and return its row."""
    leads, jobs = _office(copied=copied)
    leads.append(
        lead(lead_id="N1", submitted_at="2026-03-01", message=f"The {_RARE[151]} in our house leaks")
        | {"Email": "", "Street": "", "Phone": "6025550199", "First Name": "Rosa", "Last Name": "Quillfeather"}
    )
    who = {"customer_name": "Rosa Quillfeather", "phone_number": "4805550111", "email_address": "", "address": ""}
    jobs.append(job(job_id="N1-1", created_on="2026-03-12", summary=f"{word} repaired today", **who))
    return _linked(folder, leads, jobs, focus)["N1-1"]


def test_a_shared_rare_word_counts_where_this_office_repeats_words(tmp_path: Path) -> None:
    shared, other = (_in_doubt(tmp_path, word, copied=150) for word in (_RARE[151], _RARE[152]))
    doubts = [1 - float(row["probability"]) for row in (shared, other)]
    assert doubts[1] > max(0.1, 15 * doubts[0])
    assert "the notes have a rare word of the request" in shared["reasons"]
    assert "rare word" not in other["reasons"]


def test_a_shared_rare_word_counts_little_where_notes_have_other_words(tmp_path: Path) -> None:
    shared, other = (_in_doubt(tmp_path, word, copied=0) for word in (_RARE[151], _RARE[152]))
    assert float(shared["probability"]) == pytest.approx(float(other["probability"]), abs=0.1)


def test_words_count_the_same_if_only_new_records_are_linked(tmp_path: Path) -> None:
    full = _in_doubt(tmp_path, _RARE[151], copied=150)
    assert _in_doubt(tmp_path, _RARE[151], copied=150, focus=Focus(frozenset({"N1"}), frozenset())) == full


def test_further_job_belongs_to_the_first_more_surely_if_their_notes_share_a_word(tmp_path: Path) -> None:
    """Half of the customers have a second job soon; the notes of most mention what the first one was about."""
    leads, jobs = _office(copied=150)
    for at in range(0, 150, 2):
        first = jobs[at]
        opened = (dt.date.fromisoformat(first["Created On"]) + dt.timedelta(days=10)).isoformat()
        notes = f"{_RARE[at if at > 20 else at + 1]} replaced"
        jobs.append(first | {"Job ID": f"{at}-2", "Created On": opened, "Summary": notes})
    rows = _linked(tmp_path, leads, jobs)
    chances = [float(rows[f"{at}-2"]["probability"]) for at in range(0, 150, 2)]
    assert max(chances[:11]) < 0.98 and min(chances[11:]) > 0.999
