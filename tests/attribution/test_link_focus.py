"""Incremental linking gives the same answers as linking everything."""

from pathlib import Path

from attribution.linkage import engine, model
from attribution.linkage.answers import Focus
from tests.attribution.linking import Answers, job, labels, lead, linked, read
from tests.support.synthetic.generator import Maker
from tests.support.synthetic.worlds import WORLDS

LEADS = 400


def test_focused_answers_equal_full_linking(tmp_path: Path) -> None:
    """Uses a synthetic business in which the last tenth is new; most other leads are not answered again."""
    made = Maker(WORLDS["lakes"](), 3).make(LEADS)
    files, whole = made.write(tmp_path), tmp_path / "whole.csv"
    engine.link(files, whole, model=model.read())
    new_leads = [row["Lead ID"] for row in sorted(made.leads, key=lambda row: row["Submitted At"])[-LEADS // 10 :]]
    new_jobs = [row["Job ID"] for row in sorted(made.jobs, key=lambda row: row["Created On"])[-LEADS // 10 :]]
    done = engine.link(files, tmp_path / "part.csv", model=model.read(), focus=Focus(new_leads, new_jobs))
    everything, part = read(whole), read(tmp_path / "part.csv")
    assert done.answered is not None and set(new_jobs) <= done.answered
    assert [row for row in everything if row["job_id"] in done.answered] == [row for row in part if row["job_id"]]
    assert {row["lead_id"] for row in part} >= set(new_leads) & {row["lead_id"] for row in everything}
    alone = [row for row in part if not row["job_id"]]
    assert alone and all(row in everything for row in alone)
    assert len(done.answered) < len(made.jobs) / 2


def test_new_duplicate_answers_only_jobs_of_its_request(tmp_path: Path) -> None:
    """The earlier submission has the claim, so its job is answered, but not the job of another person."""
    leads = [
        lead(),
        lead(lead_id="L2", submitted_at="2026-03-03T09:00:00", street=""),
        lead(lead_id="L9", first_name="Wilma", last_name="Stranger", phone="480-271-8281", email="", street="9 Elm"),
    ]
    other = job(
        job_id="7009", customer_name="Wilma Stranger", phone_number="4802718281", email_address="", address="9 Elm"
    )
    everything, _ = linked(tmp_path, leads, [job(), other])
    out = tmp_path / "focus.csv"
    files = {kind: tmp_path / f"{kind}.csv" for kind in ("leads", "jobs")}
    done = engine.link(files, out, model=model.read(), focus=Focus(["L2"], []))
    answers: Answers = read(out)
    assert done.answered == frozenset({"7001"}) and {row["lead_id"] for row in answers} == {"L1", "L2"}
    assert labels(answers).items() <= labels(everything).items() and len(labels(everything)) == 3
