"""The model's numbers: told apart, the same in SQL and here, moved by enough labels only, right on unseen data."""

import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from attribution.linkage import blocking, engine, fitting, model, preparing, reading
from attribution.linkage.comparing import COMPARISONS
from attribution.linkage.fitting import Case
from attribution.linkage.model import START
from bench.attribution.making import Maker
from bench.attribution.measuring import Link, measure
from bench.attribution.worlds import coast
from tests.attribution.linking import job, lead, read, write


def test_sql_and_features_give_one_score() -> None:
    used = model.read()
    db = duckdb.connect()
    for at in range(12):
        steps = {one.name: one.steps[at % len(one.steps)].name for one in COMPARISONS}
        values = {one.name: one.value(steps[one.name]) for one in COMPARISONS}
        columns = ", ".join(f"{value} AS gamma_{name}" for name, value in values.items())
        habits = dict.fromkeys(model.HABITS, (at - 5) / 4)
        fits = ", ".join(f"{value} AS {name}_fit" for name, value in habits.items())
        sql = f"SELECT {model.score_sql(used, 1.5)} FROM (SELECT {columns}, {fits}, 0.5 AS rarity)"
        (found,) = db.execute(sql).fetchall()[0]
        numbers = model.values(steps, rarity=0.5, crowd=1.5, habits=habits)
        expected = sum(used.weight(name) for name in model.features(steps))
        expected += sum(used.weight(name) * value for name, value in numbers.items())
        assert float(found) == pytest.approx(expected)


def test_a_step_without_numbers_is_refused(tmp_path: Path) -> None:
    found = model.read().as_json()
    del found["m"]["time"]["week"]
    path = tmp_path / "model.json"
    path.write_text(json.dumps(found))
    with pytest.raises(ValueError, match="has no m or u"):
        model.read(path)


def test_weights_come_back_from_decisions_that_follow_them() -> None:
    """Of 400 decided pairs with the feature 300 are true, of 400 without 40: the odds are 3 and 1/9."""
    with_it, without = {START: 1.0, "x": 1.0}, {START: 1.0}
    cases = [Case((with_it,), 0 if at < 300 else None) for at in range(400)]
    cases += [Case((without,), 0 if at < 40 else None) for at in range(400)]
    found = fitting.refit(cases, {START: 0.0, "x": 0.0}, hold=1e-6)
    assert found[START] == pytest.approx(-2.1972, abs=1e-3) and found["x"] == pytest.approx(1.0986 + 2.1972, abs=1e-3)


def test_few_labels_move_nothing_and_many_move_a_little() -> None:
    used = model.read()
    wrong = Case(({START: 1.0, "phone: same": 1.0},), None)
    assert fitting.by_labels(used, [wrong] * (fitting.LEAST - 1)) is used
    moved = fitting.by_labels(used, [wrong] * 200)
    assert moved.labels == 200 and moved.sha256 != used.sha256
    assert moved.weight("phone: same") <= used.weight("phone: same")
    assert moved.weight("email: same") == used.weight("email: same")


def test_a_business_that_nothing_was_fitted_to_is_linked_right(tmp_path: Path) -> None:
    """The bench asks more of 10,000 leads. Neither threads nor the order of rows change a byte."""
    made = Maker(coast(), 5).make(1_200)
    files = made.write(tmp_path)
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    engine.link(files, one, model=model.read(), threads=1)
    headings, *rows = files["leads"].read_text().splitlines(keepends=True)
    files["leads"].write_text("".join([headings, *reversed(rows)]))
    engine.link(files, two, model=model.read(), threads=2)
    assert one.read_bytes() == two.read_bytes()
    links = [Link(row["lead_id"], row["job_id"], float(row["probability"]), row["label"]) for row in read(one)]
    figures = measure(links, made.truth)
    assert figures.f1 > 0.96 and figures.kept_right > 0.985 and figures.ece < 0.02


def test_a_chance_is_moved_by_platts_numbers_once_leads_have_competed(tmp_path: Path) -> None:
    """In log-odds: the start, and the slope times what it was."""
    files = Maker(coast(), 5).make(300).write(tmp_path)
    used = model.read()
    assert used.platt_start > 0
    plain = replace(used, platt_start=0.0, platt_slope=1.0)
    found = []
    for at, one in enumerate((plain, used)):
        engine.link(files, tmp_path / f"{at}.csv", model=one)
        links = [row for row in read(tmp_path / f"{at}.csv") if row["job_id"]]
        found.append({row["job_id"]: (row["lead_id"], float(row["probability"])) for row in links})
    moved = 0
    leads = Counter(who for who, _ in found[1].values())
    for number, (who, before) in found[0].items():
        if leads[who] == 1 and 0.1 < before < 0.9999:
            moved += 1
            odds = used.platt_start + used.platt_slope * math.log(before / (1 - before))
            same, after = found[1][number]
            assert same == who and after == pytest.approx(1 / (1 + math.exp(-odds)), abs=3e-5)
    assert moved > 20


def test_a_phone_that_everybody_has_does_not_pair_everybody(tmp_path: Path) -> None:
    """Sixty requests and sixty jobs of one manager in one week: only the houses tell which belong together."""
    houses = [f"{100 + at} Oak St, Phoenix, AZ 85001" for at in range(60)]
    leads = write(tmp_path / "leads.csv", [lead(lead_id=f"L{at}", street=house) for at, house in enumerate(houses)])
    jobs = write(tmp_path / "jobs.csv", [job(job_id=f"{at}", address=house) for at, house in enumerate(houses)])
    db = duckdb.connect()
    preparing.define(db)
    for kind, path in (("leads", leads), ("jobs", jobs)):
        reading.load(db, kind, path, work=tmp_path)
    preparing.prepare(db, with_customers=False)
    assert blocking.pair(db, window_days=90, tolerance_days=1) == 60


def test_an_office_that_files_in_words_of_its_own_is_understood(tmp_path: Path) -> None:
    """Ninety plain pairs say that Q7 is what this office files for a request that no list of ours knows."""
    asked, filed = ("something odd", "the other thing"), ("Q7", "Z3")
    heads = ("Ba", "Co", "Du", "Fi", "Ge", "Ha", "Ki", "Lo", "Mu")
    tails = ("rlow", "nter", "sky", "mbly", "dding", "vesh", "ptik", "ggo", "lken", "xford")
    names = [head + tail for head in heads for tail in tails]
    phones = [f"602{2_000_000 + 73_101 * n}" for n in range(90)]
    leads = [lead(lead_id=f"L{n}", last_name=names[n], phone=phones[n], email="", street="", message="",
                  service=asked[n % 2]) for n in range(90)]  # fmt: skip
    jobs = [job(job_id=f"{n}", customer_name=f"Robert {names[n]}", phone_number=phones[n], email_address="",
                address="", job_type=filed[n % 2]) for n in range(90)]  # fmt: skip
    jobs[0]["Job Type"] = "Z3"
    files = {"leads": write(tmp_path / "leads.csv", leads), "jobs": write(tmp_path / "jobs.csv", jobs)}
    engine.link(files, tmp_path / "links.csv", model=model.read())
    said = {row["job_id"]: row for row in read(tmp_path / "links.csv")}
    assert "a job as this office files it for such a request" in said["2"]["reasons"]
    assert "hardly ever files for such a request" in said["0"]["reasons"]
    assert float(said["0"]["probability"]) < float(said["2"]["probability"])
    few = {"leads": write(tmp_path / "leads.csv", leads[:30]), "jobs": write(tmp_path / "jobs.csv", jobs[:30])}
    engine.link(few, tmp_path / "links.csv", model=model.read())
    assert "this office" not in (tmp_path / "links.csv").read_text(), "thirty pairs are no habit"
