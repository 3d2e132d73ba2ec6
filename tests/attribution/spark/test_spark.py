"""The linkage gives the same results on a local Spark as on DuckDB. Run by `make test-spark`, skipped elsewhere."""

import datetime as dt
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pytest

from attribution.linkage import card, engine, model
from attribution.linkage.engines import Spark
from attribution.linkage.errors import LinkageError
from attribution.linkage.focusing import Focus
from attribution.linkage.preparing import define
from tests.attribution.linking import Row, job, lead, read, write
from tests.support.synthetic.generator import Maker
from tests.support.synthetic.worlds import coast

pytestmark = pytest.mark.skipif(find_spec("pyspark") is None, reason="needs pyspark: make test-spark")

#: Small things at once, rather than large ones fast.
CONF = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "2",
}
TWO = Spark("local[2]", CONF)
RESULTS = ("links.csv", "candidates.csv", "weights.csv")
HOSTILE = (
    "'; DROP TABLE leads; --", 'He said "hi", then left', "back\\slash \\n \\' \\u0041", "`tick` ${x} {{y}} %s ?",
    "Zoë 🛠️ Ñandú 東京", "=1+1", "x" * 40_000, "O''Neil", "\\", "part_1 source",
)  # fmt: skip


def both(files: dict[str, Path], folder: Path, spark: Spark = TWO, **options: Any) -> list[engine.Linked]:
    """Link with both engines; the results are in `duckdb` and `spark`."""
    return [linked(files, folder / name, with_, **options) for name, with_ in (("duckdb", None), ("spark", spark))]


def linked(files: dict[str, Path], folder: Path, spark: Spark | None, **options: Any) -> engine.Linked:
    folder.mkdir()
    links, candidates, weights = (folder / name for name in RESULTS)
    return engine.link(
        files, links, model=model.read(), candidates=candidates, weights=weights, spark=spark,
        today=dt.date(2026, 3, 1), **options,
    )  # fmt: skip


def same_bytes(folder: Path) -> None:
    for name in RESULTS:
        assert (folder / "duckdb" / name).read_bytes() == (folder / "spark" / name).read_bytes(), name


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Create a synthetic business of 300 leads with customers, bookings, invoices and payments."""
    folder = tmp_path_factory.mktemp("office")
    made = Maker(coast(), 5).make(300)
    pairs = sorted(made.truth.items())
    rows: dict[str, list[Row]] = {
        "bookings": [
            {"Booking ID": f"B{at}", "Job ID": job_id, "Lead ID": lead_id}
            for at, (job_id, lead_id) in enumerate(pairs[::20])
        ],
        "invoices": [
            {
                "Invoice ID": f"I{at}",
                "Job ID": job_id if at % 40 else "none",
                "Total": f"{'-' if at == 3 else ''}{at}.50",
            }
            for at, (job_id, _) in enumerate(pairs)
        ],
        "payments": [
            {"Payment ID": f"P{at}", "Invoice ID": f"I{at}" if at % 30 else "none", "Amount": "1.50"}
            for at in range(90)
        ],
    }
    return made.write(folder) | {kind: write(folder / f"{kind}.csv", some) for kind, some in rows.items()}


def test_spark_results_equal_duckdb_results(office: dict[str, Path], tmp_path: Path) -> None:
    """Results are equal to the byte: probabilities have six decimals, and floats differ only beyond them."""
    ours, theirs = both(office, tmp_path)
    same_bytes(tmp_path)
    assert ours.problems and ours.problems == theirs.problems
    assert (ours.labels, ours.span, ours.inputs) == (theirs.labels, theirs.span, theirs.inputs)
    assert ours.labels["certain"] and ours.labels["matched"] > 50 and ours.labels["needs review"]
    engine = card.make_card(model.read(), theirs)["engine"]
    assert (
        engine["name"] == "spark"
        and engine["spark"]
        and card.make_card(model.read(), ours)["engine"]["name"] == "duckdb"
    )
    single = linked(office, tmp_path / "one", Spark("local[1]", CONF))
    assert single.labels == theirs.labels
    for name in RESULTS:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "spark" / name).read_bytes(), name


def test_spark_focus_equals_duckdb_focus(office: dict[str, Path], tmp_path: Path) -> None:
    leads, jobs = (
        next(iter(zip(*(row.values() for row in read(office[kind])), strict=True))) for kind in ("leads", "jobs")
    )
    ours, theirs = both(office, tmp_path, focus=Focus(leads[::17], jobs[::23]))
    same_bytes(tmp_path)
    assert ours.answered and ours.answered == theirs.answered


def test_hostile_cells_are_treated_as_data(tmp_path: Path) -> None:
    """Includes IDs, a mapped column, NUL bytes (removed and reported, as with DuckDB) and foreign numbers."""
    leads = [
        lead(lead_id=f"L{at}{text[:300]}", message=text, first_name=text[:60], campaign=text[:200])
        for at, text in enumerate(HOSTILE)
    ]
    jobs = [
        job(job_id=f"{text[:300]}{at}", summary=text, customer_name=f"{text[:60]} Quillfeather")
        for at, text in enumerate(HOSTILE)
    ]
    leads.append(lead(lead_id="L-abroad", phone="+44 20 7946 0958", email="", first_name="Ada"))
    jobs.append(job(job_id="J-abroad", phone_number="+44 (0)20 79460958", email_address="", customer_name="Ada Quill"))
    files = {"leads": write(tmp_path / "leads.csv", leads), "jobs": write(tmp_path / "jobs.csv", jobs)}
    with files["leads"].open("a", newline="") as file:
        file.write("L99,2026-03-02,Nul\x00a,Byte,,,,,,,\r\n")
    mapping = {"leads": {"campaign": "Campaign"}}
    ours, theirs = both(files, tmp_path, mapping=mapping)
    same_bytes(tmp_path)
    assert ours.problems == theirs.problems and any("NUL" in str(problem) for problem in ours.problems)
    answers = read(tmp_path / "spark" / "links.csv")
    assert len(answers) >= len(HOSTILE)
    assert any(row["job_id"] == "J-abroad" and "same phone" in row["reasons"] for row in answers)


#: Odd inputs of each macro: what people type, and what breaks a pattern.
TYPED = (
    None, "", " ", "José  Ñúñez-O'Brien", "Smith, Bob", "Dr. J0nes III", "N/A", "(602) 234-5678 / +1 480.555.0199 x2",
    "6.0222222E9", "555-555-5555", "bob @gmail,com", "A.B+tag@GMAIL.com; c@x.co.uk", "test@test.com", "N4512 Cty Rd K",
    "123 1/2 W. Ünder Straße Apt #4-b, Phoenix, AZ 85001-1234", "1 first st", "85001", "501", "3.4.26",
    "Tue, 3rd Mar 26 at 2:15pm CST",
    "3-Mar-26", "13/02/2026 14:05", "02/13/2026", "2026-02-30", "2026-02-03T04:05:06.789Z", "1767225600",
    "1767225600000", "46023.5", "20260203", "Feb 3, 2026", "\\d+ [a-z", "AC not cooling; furnace too",
    "tenant Ana will be home", "🛠️",
)  # fmt: skip
MACROS = (
    "folded(x)", "plain(x)", "known(plain(x))", "names_of(x)", "named_in(plain(x))", "bones(folded(x))", "phones_of(x)",
    "typed_emails(x)", "host_of(x)", "one_email(mended_email(x))", "word_of_host(x)", "firm_of(x)", "unit_of(x)",
    "house_of(street_line(x))", "root_of(street_line(x))", "zip_of(x)", "city_of(x)", "padded_zip(x)",
    "trade_of(plain(x))", "subject_of(plain(x))", "action_of(plain(x))", "told_by(x, plain(x))", "loose_when(x)",
    "parsed_when(x, loose_when(x), false)", "parsed_when(x, loose_when(x), true)",
    "coalesce(day_first(loose_when(x)), false)", "coalesce(month_first(loose_when(x)), false)",
    "emails_of(typed_emails(x), split_part(mended_email(x), '@', 1), host_of(mended_email(x)))",
)  # fmt: skip


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Any]]:
    """DuckDB alone, and the object that runs its statements on Spark."""
    from attribution.linkage.sparking import Database

    alone, work = duckdb.connect(), tmp_path / "work"
    work.mkdir()
    database = Database(duckdb.connect(), TWO, work, lambda: None)
    yield alone, database
    database.close()
    alone.close()


def test_macros_agree_on_unusual_inputs(databases: tuple[duckdb.DuckDBPyConnection, Any]) -> None:
    columns = ", ".join(f"{macro} AS c{at}" for at, macro in enumerate(MACROS))
    answers = []
    for db in databases:
        define(db)
        db.execute("CREATE OR REPLACE TABLE typed AS SELECT unnest(?) AS n, unnest(?) AS x", [
            list(range(len(TYPED))), list(TYPED),
        ])  # fmt: skip
        rows = db.execute(f"SELECT n, {columns} FROM typed").fetchall()
        answers.append(sorted((tuple(row) for row in rows), key=lambda row: int(row[0])))
    assert answers[0] == answers[1] and len(answers[0]) == len(TYPED)
    outputs = [
        column for column in zip(*answers[0], strict=True) if any(value not in (None, False, []) for value in column)
    ]
    assert len(outputs) == len(MACROS) + 1  # none of them was silent on all of it


@pytest.mark.parametrize(("master", "why"), [("nonsense", ""), ("local[none]", ".*Could not parse Master URL")])
def test_unreachable_master_keeps_the_old_result(tmp_path: Path, master: str, why: str) -> None:
    files = {"leads": write(tmp_path / "leads.csv", [lead()]), "jobs": write(tmp_path / "jobs.csv", [job()])}
    out = tmp_path / "links.csv"
    out.write_text("as it was")
    with pytest.raises(LinkageError, match=f"Spark did not start at {re.escape(master)}: {why}"):
        engine.link(files, out, model=model.read(), spark=Spark(master, CONF, tmp_path))
    assert out.read_text() == "as it was"


def test_missing_java_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from attribution.linkage.sparking import JAVA

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    files = {"leads": write(tmp_path / "leads.csv", [lead()]), "jobs": write(tmp_path / "jobs.csv", [job()])}
    with pytest.raises(LinkageError) as refused:
        engine.link(files, tmp_path / "links.csv", model=model.read(), spark=TWO)
    assert str(refused.value) == JAVA and not (tmp_path / "links.csv").exists()
