"""The model: consistent in SQL and Python, refitted by enough labels only, correct on unseen data."""

import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from attribution.linkage import blocking, engine, fitting, model, pipeline, scoring
from attribution.linkage.comparing import COMPARISONS, SPANS
from attribution.linkage.fitting import Case
from attribution.linkage.model import START
from attribution.linkage.sql import Script
from tests.attribution.linking import job, lead, read, write
from tests.support.synthetic.accuracy import Link, measure
from tests.support.synthetic.generator import Maker
from tests.support.synthetic.worlds import coast


def test_sql_and_python_scores_are_equal() -> None:
    used = model.read()
    db = duckdb.connect()
    for at in range(12):
        steps = {comparison.name: comparison.steps[at % len(comparison.steps)].name for comparison in COMPARISONS}
        values = {comparison.name: comparison.value(steps[comparison.name]) for comparison in COMPARISONS}
        columns = ", ".join(f"{value} AS gamma_{name}" for name, value in values.items())
        habits = dict.fromkeys(model.FITS, (at - 5) / 4)
        fits = ", ".join(f"{value} AS {name}_fit" for name, value in habits.items())
        sql = f"SELECT {model.score_sql(used, 1.5)} FROM (SELECT {columns}, {fits}, 0.5 AS rarity)"
        (score,) = db.execute(sql).fetchall()[0]
        numbers = model.values(steps, rarity=0.5, crowd=1.5, habits=habits)
        expected = sum(used.weight(name) for name in model.features(steps))
        expected += sum(used.weight(name) * value for name, value in numbers.items())
        assert float(score) == pytest.approx(expected)


def test_model_without_numbers_for_a_step_is_rejected(tmp_path: Path) -> None:
    data = model.read().as_json()
    del data["m"]["time"]["week"]
    path = tmp_path / "model.json"
    path.write_text(json.dumps(data))
    with pytest.raises(ValueError, match="has no m or u"):
        model.read(path)


def test_fitting_recovers_known_weights() -> None:
    """300 of 400 pairs with the feature are true, and 40 of 400 without: the odds are 3 and 1/9."""
    with_it, without = {START: 1.0, "x": 1.0}, {START: 1.0}
    cases = [Case((with_it,), 0 if at < 300 else None) for at in range(400)]
    cases += [Case((without,), 0 if at < 40 else None) for at in range(400)]
    weights = fitting.refit(cases, {START: 0.0, "x": 0.0}, hold=1e-6)
    assert weights[START] == pytest.approx(-2.1972, abs=1e-3) and weights["x"] == pytest.approx(
        1.0986 + 2.1972, abs=1e-3
    )


def test_few_labels_change_nothing() -> None:
    used = model.read()
    wrong = Case(({START: 1.0, "phone: same": 1.0},), None)
    assert fitting.by_labels(used, [wrong] * (fitting.LEAST - 1)) is used
    moved = fitting.by_labels(used, [wrong] * 200)
    assert moved.labels == 200 and moved.sha256 != used.sha256
    assert moved.weight("phone: same") <= used.weight("phone: same")
    assert moved.weight("email: same") == used.weight("email: same")


def test_shift_fits_the_decided_share_and_few_decisions_change_nothing() -> None:
    """Stated log-odds of zero mean half of the jobs; nine in ten decisions are yes, so the shift is near ln(9)."""
    decided = [(0.0, at % 10 > 0) for at in range(5000)]
    assert fitting.shift(decided) == pytest.approx(math.log(9), abs=0.02)
    used, cases = model.read(), [Case(({START: 1.0},), None)] * fitting.LEAST
    few, enough = decided[: fitting.LEAST_FURTHER - 1], decided[: fitting.LEAST_FURTHER]
    assert fitting.by_labels(used, cases, few).weight(model.FURTHER) == used.weight(model.FURTHER)
    assert fitting.by_labels(used, cases, enough).weight(model.FURTHER) > used.weight(model.FURTHER)


def test_unseen_business_is_linked_correctly(tmp_path: Path) -> None:
    """The benchmark requires more for 10,000 leads. Threads and row order do not change a byte."""
    made = Maker(coast(), 5).make(1_200)
    files = made.write(tmp_path)
    first, second = tmp_path / "one.csv", tmp_path / "two.csv"
    engine.link(files, first, model=model.read(), threads=1)
    headings, *rows = files["leads"].read_text().splitlines(keepends=True)
    files["leads"].write_text("".join([headings, *reversed(rows)]))
    engine.link(files, second, model=model.read(), threads=2)
    assert first.read_bytes() == second.read_bytes()
    links = [Link(row["lead_id"], row["job_id"], float(row["probability"]), row["label"]) for row in read(first)]
    figures = measure(links, made.truth)
    assert figures.f1 > 0.96 and figures.label_precision > 0.985 and figures.ece < 0.02


def test_platt_scaling_is_applied_after_leads_compete(tmp_path: Path) -> None:
    """Log-odds are scaled to start + slope * log-odds + score * the pair's own log-odds, within bounds.

    Jobs with other leads to choose from are scaled by the same numbers, but as a whole.
    """
    files = Maker(coast(), 5).make(300).write(tmp_path)
    used = replace(model.read(), trees=())
    plain, scaled, scored = (
        replace(used, platt_start=start, platt_slope=slope, platt_score=score)
        for start, slope, score in ((0.0, 1.0, 0.0), (0.9, 1.15, 0.0), (0.0, 1.0, 0.5))
    )
    results, pairs = [], {}
    for at, variant in enumerate((plain, scaled, scored)):
        engine.link(files, tmp_path / f"{at}.csv", model=variant, weights=tmp_path / "weights.csv")
        links = [row for row in read(tmp_path / f"{at}.csv") if row["job_id"] and "other lead" not in row["reasons"]]
        results.append({row["job_id"]: (row["lead_id"], float(row["probability"])) for row in links})
        for row in read(tmp_path / "weights.csv"):
            pairs[row["job_id"]] = float(row["total"])
    leads = Counter(who for who, _ in results[1].values())
    moved = 0
    for number, (who, before) in results[0].items():
        if leads[who] == 1 and 0.3 < before < 0.9999 and number in results[1] and number in results[2]:
            moved += 1
            odds = math.log(before / (1 - before))
            boost = 0.5 * max(-6, min(4, pairs[number]))
            for after, changed in ((results[1], 0.9 + 1.15 * odds), (results[2], odds + boost)):
                same, stated = after[number]
                assert same == who and stated == pytest.approx(1 / (1 + math.exp(-changed)), abs=5e-3)
    assert moved > 20


def test_very_common_phone_makes_no_pairs(tmp_path: Path) -> None:
    """For sixty requests and jobs of one manager in a week, only the houses show which belong together."""
    houses = [f"{100 + at} Oak St, Phoenix, AZ 85001" for at in range(60)]
    leads = write(tmp_path / "leads.csv", [lead(lead_id=f"L{at}", street=house) for at, house in enumerate(houses)])
    jobs = write(tmp_path / "jobs.csv", [job(job_id=f"{at}", address=house) for at, house in enumerate(houses)])
    db = duckdb.connect()
    files = {"leads": leads, "jobs": jobs}
    pipeline.read(db, files, tmp_path)
    pipeline.normalize(db, files)
    assert blocking.pair(db, window_days=90, tolerance_days=1) == 60


def test_office_specific_service_names_are_learned(tmp_path: Path) -> None:
    """Ninety unambiguous pairs show that this office files Q7 for a request that is on no list."""
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
    rows = {row["job_id"]: row for row in read(tmp_path / "links.csv")}
    assert "a job that this office often files for such a request" in rows["2"]["reasons"]
    assert "rarely files for such a request" in rows["0"]["reasons"]
    assert float(rows["0"]["probability"]) < float(rows["2"]["probability"])
    few = {"leads": write(tmp_path / "leads.csv", leads[:30]), "jobs": write(tmp_path / "jobs.csv", jobs[:30])}
    engine.link(few, tmp_path / "links.csv", model=model.read())
    assert "this office" not in (tmp_path / "links.csv").read_text(), "thirty pairs are no habit"


def test_features_of_a_pair_add_up_to_its_score(tmp_path: Path) -> None:
    """A tenant's decisions and the shipped weights are fitted to the features that the score uses."""
    made, used = Maker(coast(), 1).make(120), model.read()
    db = duckdb.connect()
    pipeline.compare_files(db, made.write(tmp_path), tmp_path, used)
    crowd, stated = scoring.crowd_of(db, used), {}
    for job_id, lead_id, logit in db.execute(
        "SELECT jobs.id, leads.id, max(logit) FROM scored JOIN jobs ON jobs.n = r JOIN lead_rules k ON k.n = l "
        "JOIN leads ON leads.n = k.root GROUP BY ALL"
    ).fetchall():
        stated[job_id, lead_id] = logit
    sums = {
        (job_id, lead_id): sum(used.weight(name) * value for name, value in scoring.features_of(pair, crowd).items())
        for job_id, leads in scoring.best_pairs(db).items()
        for lead_id, pair in leads.items()
    }
    assert len(sums) > 40 and all(stated[pair] == pytest.approx(total, abs=1e-5) for pair, total in sums.items())


def test_rival_leads_compete_with_tempered_log_odds() -> None:
    """That any of two leads is right is certain, which one is not: four in log-odds apart, the likelier has 0.93."""
    db = duckdb.connect()
    db.execute(
        "CREATE TABLE scored AS SELECT *, 25.0 AS came, false AS firm, 1 AS gamma_service, 0.0 AS service_fit "
        "FROM (VALUES (1, 1, 20.0), (2, 1, 16.0), (3, 2, 0.0)) pairs(l, r, logit)"
    )
    db.execute("CREATE TABLE lead_rules AS SELECT n, n AS root, CAST(NULL AS VARCHAR) AS why FROM range(1, 4) t(n)")
    db.execute("CREATE TABLE job_rules (n BIGINT, out BOOLEAN)")
    db.execute("CREATE TABLE certain (l BIGINT, r BIGINT)")
    db.execute("CREATE TABLE told (l BIGINT, r BIGINT, why_not VARCHAR, leads BIGINT)")
    Script("assignment", far=25, rivalry=model.RIVALRY, focused="").run(db, "claims")
    chances = dict(db.execute("SELECT l, alone FROM claims").fetchall())
    likelier = 1 / (1 + math.exp(-4 * model.RIVALRY))
    assert chances == {1: pytest.approx(likelier), 2: pytest.approx(1 - likelier), 3: pytest.approx(0.5)}


def test_another_name_with_the_same_phone_counts_as_the_same_people(tmp_path: Path) -> None:
    """A spouse, a landlord or an agent booked: another name and another house, but the phone of the request."""
    booked = job(customer_name="Wilma Otherby", address="9 Elm Ct, Mesa, AZ 85201", email_address="")
    leads = write(
        tmp_path / "leads.csv", [lead(email=""), lead(lead_id="L2", phone="4805550111", last_name="Bee", email="")]
    )
    engine.link(
        {"leads": leads, "jobs": write(tmp_path / "jobs.csv", [booked])}, tmp_path / "links.csv", model=model.read()
    )
    row = next(row for row in read(tmp_path / "links.csv") if row["job_id"])
    assert row["lead_id"] == "L1" and float(row["probability"]) > 0.9


def test_later_job_never_counts_more() -> None:
    """Without an agreeing contact, with some, and if the person is certain."""
    times = [name for name in SPANS if name != "differ"]
    fitted = {f"time: {step}": weight for step, weight in zip(times, (1.0, 2.0, 0.5, 0.4, 0.3, 0.2, 0.1), strict=True)}
    fitted |= {"same person, time: day": -0.5, "no contact, time: week": 3.0, "name: same": 4.0}
    for weights in (fitting.in_order(fitted), model.read().weights):
        for person in ("", "no contact, ", "same person, "):
            whole = [
                weights.get(f"time: {step}", 0) + bool(person) * weights.get(f"{person}time: {step}", 0)
                for step in times
            ]
            assert whole == sorted(whole, reverse=True), person
    assert fitting.in_order(fitted)["name: same"] == 4.0
