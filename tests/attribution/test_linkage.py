"""From leads and jobs to labels: certain links, exclusions, one lead per job, reasons."""

import datetime as dt
from pathlib import Path

import pytest

from attribution.linkage import engine, model
from tests.attribution.linking import Row, job, labels, lead, linked, linked_apart, read, write
from tests.support.nightly import sampled

NOBODY = {
    "first_name": "Wilma",
    "last_name": "Otherby",
    "phone": "4805550000",
    "email": "w@otherby.org",
    "street": "9 Elm Rd",
    "zip": "85299",
}


def reasons_of(folder: Path, leads: list[Row], jobs: list[Row]) -> list[str]:
    """Link each lead with the job at the same place only, and return the label and reasons of its first result."""
    answers = linked_apart(folder, [([asked], [done]) for asked, done in zip(leads, jobs, strict=True)])
    return [f"{rows[0]['label']}: {rows[0]['reasons']}" for rows in answers]


def test_same_person_is_matched_with_reasons(tmp_path: Path) -> None:
    answers, done = linked(tmp_path, [lead()], [job()])
    (row,) = answers
    assert (row["lead_id"], row["job_id"], row["label"]) == ("L1", "7001", "matched")
    assert float(row["probability"]) > 0.99 and len(row["probability"]) == len("0.999999")
    assert "same name, same phone, same email, same address" in row["reasons"]
    assert done.labels == {"certain": 0, "matched": 1, "needs review": 0, "unmatched": 0}


def test_typos_do_not_prevent_a_match(tmp_path: Path) -> None:
    changes = [
        {"first_name": "Bob"},
        {"first_name": "R"},
        {"last_name": "Quilfeather"},
        {"first_name": "Quillfeather", "last_name": "Robert"},
        {"first_name": "Linda"},
        {"phone": "", "email": "ROB.QUILLFEATHER+web@gmial.com"},
        {"phone": "602-234-5687", "street": "123 Main Street Apt 4"},
        {"email": "none@none.com", "campaign": "Radio"},
        {"phone": "555-555-5555"},
    ]
    answers = linked_apart(tmp_path, [([lead(**each)], [job()]) for each in changes])
    assert [labels(rows) for rows in answers] == [{("L1", "7001"): "matched"}] * len(changes)


def test_unrelated_lead_is_unmatched_with_a_reason(tmp_path: Path) -> None:
    answers, _ = linked(tmp_path, [lead(**NOBODY)], [job()])
    assert labels(answers) == {("L1", ""): "unmatched"}
    assert answers[0]["reasons"] == "no job within 90 days is similar enough"
    assert answers[0]["probability"] == "0.000000"


def test_exclusion_gives_a_reason(tmp_path: Path) -> None:
    exclusions = [
        ({"created_on": "2026-02-20 10:00"}, "10 days before the lead"),
        ({"created_on": "2026-08-20 10:00"}, "beyond the attribution window"),
        ({"status": "Canceled"}, "the job is canceled"),
    ]
    answers = linked_apart(tmp_path, [([lead()], [job(**changes)]) for changes, _ in exclusions])
    assert [labels(rows) for rows in answers] == [{("L1", ""): "unmatched"}] * len(exclusions)
    assert [why for (_, why), rows in zip(exclusions, answers, strict=True) if why not in rows[0]["reasons"]] == []


def test_only_a_follow_up_question_is_excluded(tmp_path: Path) -> None:
    questions = [
        "When is my appointment?",
        "I need to reschedule",
        "Calling about my invoice",
        "Could you confirm the appointment",
    ]
    requests = ["Call me about an estimate", "Can I make an appointment?", "My invoice printer is hot"]
    answers = linked_apart(tmp_path, [([lead(message=text)], [job()]) for text in questions + requests])
    excluded, taken = answers[: len(questions)], answers[len(questions) :]
    assert [labels(rows) for rows in excluded] == [{("L1", ""): "unmatched"}] * len(questions)
    assert all("appointment, estimate or bill" in rows[0]["reasons"] for rows in excluded)
    assert [labels(rows) for rows in taken] == [{("L1", "7001"): "matched"}] * len(requests)


def test_canceled_job_can_be_linked_with_a_reason(tmp_path: Path) -> None:
    files = {"leads": write(tmp_path / "l.csv", [lead()]), "jobs": write(tmp_path / "j.csv", [job(status="Canceled")])}
    engine.link(files, tmp_path / "out.csv", model=model.read(), cancelled=True)
    answers = read(tmp_path / "out.csv")
    assert labels(answers) == {("L1", "7001"): "matched"} and answers[0]["reasons"].endswith("the job is canceled")


def test_earlier_of_two_similar_jobs_is_linked(tmp_path: Path) -> None:
    """As with an installation after an estimate: otherwise, each would have half of the probability."""
    later = job(job_id="7002", created_on="2026-03-05 10:00")
    answers, _ = linked(tmp_path, [lead()], [job(created_on="2026-03-04 10:00"), later])
    chances = {row["job_id"]: float(row["probability"]) for row in answers}
    assert chances["7001"] > 0.95 and chances["7002"] < 0.75


def test_request_text_decides_between_two_leads(tmp_path: Path) -> None:
    asked = [
        lead(message="Water drips from the attic unit", created_at="2026-03-01 09:00"),
        lead(lead_id="L2", message="Two rooms never get cold enough", created_at="2026-03-06 09:00"),
    ]
    done = job(created_on="2026-03-07 10:00", summary="FORM: water drips from the attic unit. Gate code 11")
    answers, _ = linked(tmp_path, asked, [done])
    link = next(row for row in answers if row["job_id"])
    assert link["lead_id"] == "L1" and "the job contains the text of the request" in link["reasons"]


def test_test_lead_is_excluded_and_a_customer_with_a_test_email_matched(tmp_path: Path) -> None:
    leads = [
        lead(first_name="Test", last_name="Lead"),
        lead(message="This is a test"),
        lead(email="test1@x.com", phone="555-555-5555", street=""),
        lead(email="test@test.com"),
    ]
    *tests, customer = linked_apart(tmp_path, [([each], [job()]) for each in leads])
    assert [labels(rows) for rows in tests] == [{("L1", ""): "unmatched"}] * 3
    assert all("takes no part: a test" in rows[0]["reasons"] for rows in tests)
    assert labels(customer) == {("L1", "7001"): "matched"} and "missing: email" in customer[0]["reasons"]


def test_spelling_variants_are_read(tmp_path: Path) -> None:
    variants = [
        (lead(last_name="Jac0bson", phone=""), job(customer_name="Robert Jacobson"), "same name"),
        (lead(email="rob.quillfeather @gmail,com"), job(), "same email"),
        (lead(street="Tempe, AZ", zip=""), job(address="12 Elm St, Tempe, AZ 85281"), "same city"),
        (lead(street="Tempe, AZ", zip=""), job(address="Mesa, AZ"), "another city"),
        (
            lead(first_name="Sam", last_name="Hall", email="halls@aol.com"),
            job(customer_name="Jo Hall", email_address="hallj@aol.com"),
            "as in a family",
        ),
    ]
    leads, jobs, texts = map(list, zip(*variants, strict=True))
    reasons = reasons_of(tmp_path, leads, jobs)
    assert [text for text, reason in zip(texts, reasons, strict=True) if text not in reason] == []


def test_names_agree_in_any_order(tmp_path: Path) -> None:
    pairs = [
        ("Robert Quillfeather", "QUILLFEATHER BOB", "same last name, a form of the first"),
        ("Robert Quillfeather", "Quillfeather, Ann & Robert", "same last name, a form of the first"),
        ("Quillfeather Robert", "Ann and Bob Quillfeather", "same last name, a form of the first"),
        ("Venky Saldana-Delgado", "SALDANA-DELGADO VENKY", "same last name, a form of the first"),
        ("Robert", "Robert Quillfeather", "the only name given is part of the other"),
        ("Ann Quillfeather", "Robert Quillfeather", "same last name, another first name"),
    ]
    leads = [lead(first_name=name, last_name="") for name, _, _ in pairs]
    reasons = reasons_of(tmp_path, leads, [job(customer_name=name) for _, name, _ in pairs])
    assert [pair for pair, reason in zip(pairs, reasons, strict=True) if pair[2] not in reason] == []


def test_call_without_a_name_is_matched_by_its_phone(tmp_path: Path) -> None:
    call = lead(first_name="", last_name="", email="", street="", zip="", service="", campaign="")
    answers, _ = linked(tmp_path, [call], [job()])
    assert labels(answers) == {("L1", "7001"): "matched"}


def test_call_and_form_of_a_request_make_a_single_claim(tmp_path: Path) -> None:
    call = lead(lead_id="L0", first_name="", last_name="", email="", street="", zip="", service="", campaign="")
    answers, _ = linked(tmp_path, [call, lead(submitted_at="2026-03-02T11:00:00")], [job()])
    assert sum(bool(row["job_id"]) for row in answers) == 1
    assert "repeats lead L0" in next(row["reasons"] for row in answers if not row["job_id"])
    elsewhere = lead(submitted_at="2026-03-02T11:00:00", street="77 Oak St")
    answers, _ = linked(tmp_path, [lead(lead_id="L0"), elsewhere], [job()])
    assert not any("repeats" in row["reasons"] for row in answers), "another house is another request"


def test_callback_is_no_outcome(tmp_path: Path) -> None:
    """The first job, two days before it, is the outcome."""
    corrections = [
        "Warranty / Callback",
        "Recall",
        "Pest Re-Service",
        "Go-Back NC",
        "Visit, No Chg",
        "Labor Warr Repair",
    ]
    others = [
        "Home Warranty Repair",
        "Warranty Registration",
        "RC",
        "Non-Billable Pest Visit",
        "Pest Visit - 90 Day Guarantee",
    ]
    kinds = [*corrections, "Comeback", "Workmanship Issue", "Respray per Guarantee", *others]
    first = job(job_id="7000", created_on="2026-03-03 10:00")
    cases = [([lead()], [first, job(created_on="2026-03-05 10:00", job_type=kind)]) for kind in kinds]
    answers = [{row["job_id"] for row in rows} for rows in linked_apart(tmp_path, cases)]
    assert answers == [{"7000"}] * 9 + [{"7000", "7001"}] * 5


def test_callback_that_someone_asked_for_is_an_outcome(tmp_path: Path) -> None:
    """There was no work since the request, but months before it, so the request is about that work.

    The callback has the phone and email of the request, or only its address.
    """
    before = job(job_id="7000", created_on="2025-12-03 10:00")
    callback = job(created_on="2026-03-05 10:00", job_type="Callback - Pest")
    same_address = callback | {"Phone Number": "4805550111", "Email Address": ""}
    answers = linked_apart(tmp_path, [([lead()], [before, callback]), ([lead()], [before, same_address])])
    assert [[row["job_id"] for row in rows] for rows in answers] == [["7001"]] * 2


def test_callback_after_work_of_an_earlier_clock_is_no_outcome(tmp_path: Path) -> None:
    """The job that the request asked for seems to be opened an hour before it, by the office's clock."""
    for opened, outcome in (("2026-03-02 08:10", {"7000"}), ("2026-03-01 20:10", {"7000", "7001"})):
        done = job(job_id="7000", created_on=opened)
        callback = job(created_on="2026-03-05 10:00", job_type="Callback")
        answers, _ = linked(tmp_path, [lead()], [done, callback])
        assert {row["job_id"] for row in answers if row["job_id"]} == outcome, opened


def test_callback_that_a_neighbor_asked_for_is_no_outcome(tmp_path: Path) -> None:
    callback = job(created_on="2026-03-05 10:00", job_type="Recall", address="123 N Oak St Apt 7, Phoenix, AZ 85001")
    answers, _ = linked(tmp_path, [lead(street="123 N Oak St Apt 2", phone="", email="")], [callback])
    assert answers[0]["job_id"] == ""


def test_a_test_asks_for_no_callback(tmp_path: Path) -> None:
    """The real request was three weeks before."""
    test = lead(lead_id="L2", message="please ignore, this is a test")
    callback = job(created_on="2026-03-05 10:00", job_type="Recall")
    answers, _ = linked(tmp_path, [lead(submitted_at="2026-02-12T09:00:00"), test], [callback])
    assert not any(row["job_id"] for row in answers)


def test_duplicate_with_an_initial_makes_no_second_claim(tmp_path: Path) -> None:
    again = lead(lead_id="L2", submitted_at="2026-03-02T09:06:00", first_name="R", last_name="Quilfeater", street="")
    answers, _ = linked(tmp_path, [lead(), again], [job()])
    assert labels(answers) == {("L1", "7001"): "matched", ("L2", ""): "unmatched"}


def test_earliest_duplicate_has_the_claim(tmp_path: Path) -> None:
    again = lead(lead_id="L0", submitted_at="2026-03-02T09:06:00")
    answers, _ = linked(tmp_path, [lead(phone=""), again], [job()])
    assert labels(answers) == {("L1", "7001"): "matched", ("L0", ""): "unmatched"}
    assert "repeats lead L1" in answers[0]["reasons"]
    assert "best match is the repeated submission L0" in answers[1]["reasons"]


def test_second_job_in_the_window_needs_review(tmp_path: Path) -> None:
    later = job(job_id="7002", created_on="2026-04-20 10:00")
    answers, _ = linked(tmp_path, [lead()], [job(), later])
    assert labels(answers) == {("L1", "7001"): "matched", ("L1", "7002"): "needs review"}
    assert float(answers[1]["probability"]) <= 0.5 and "a further job of the lead" in answers[1]["reasons"]


def test_job_has_one_lead_and_probabilities_add_up(tmp_path: Path) -> None:
    """With two requests of one person in a week, the job cannot be certain about either."""
    before = lead(lead_id="L0", submitted_at="2026-02-26T08:00:00")
    answers, _ = linked(tmp_path, [lead(), before], [job()])
    (row,) = [row for row in answers if row["job_id"]]
    assert 0.5 < float(row["probability"]) < 0.95 and "1 other lead considered" in row["reasons"]
    assert row["lead_id"] == "L1", "the nearer one"


def test_shared_phone_alone_is_no_match(tmp_path: Path) -> None:
    houses = ["11 Oak", "22 Pine", "33 Fir", "44 Ash", "55 Elm"]
    jobs = [
        job(job_id=f"{n}", address=f"{house} St, Phoenix, AZ 85001", email_address="") for n, house in enumerate(houses)
    ]
    answers, _ = linked(tmp_path, [lead(street="33 Fir St", email="")], jobs)
    assert {row["job_id"] for row in answers if row["label"] == "matched"} <= {"2"}
    assert "several people share" in answers[0]["reasons"]


REFERENCE = "st-ready:00112233aabbccdd"


@pytest.mark.parametrize(
    ("on_lead", "on_job"),
    sampled(
        [
            ({"reference": REFERENCE}, {"summary": f"web {REFERENCE} call first"}),
            ({"lead_id": REFERENCE}, {"summary": REFERENCE.upper()}),
            ({"code": "PTJ-ABC1237"}, {"summary": "said PTJ abc-i237 on the phone"}),
            ({"booking id": "B5"}, {"booking id": "B5"}),
            ({}, {"web lead id": "L1"}),
        ],
        keep=2,
    ),
)
def test_our_references_are_certain(tmp_path: Path, on_lead: dict[str, str], on_job: dict[str, str]) -> None:
    rows = labels(linked(tmp_path, [lead(**NOBODY) | lead(**NOBODY, **on_lead)], [job(**on_job)])[0])
    assert list(rows.values()) == ["certain"]


def test_booking_connects_reference_and_job(tmp_path: Path) -> None:
    bookings = [{"Booking ID": "B9", "External ID": REFERENCE, "Job ID": "7001"}]
    answers, _ = linked(tmp_path, [lead(**NOBODY, reference=REFERENCE)], [job()], bookings=bookings)
    assert labels(answers) == {("L1", "7001"): "certain"} and answers[0]["probability"] == "1.000000"


def test_reference_on_an_older_job_is_no_proof(tmp_path: Path) -> None:
    answers, done = linked(
        tmp_path, [lead(**NOBODY, reference=REFERENCE)], [job(summary=REFERENCE, created_on="2026-01-05")]
    )
    assert labels(answers) == {("L1", ""): "unmatched"}
    assert [str(problem) for problem in done.problems] == [
        "jobs.csv, row 2: It names lead L1, but the job was opened before the lead."
    ]


def test_job_with_two_references_needs_review(tmp_path: Path) -> None:
    other = lead(**NOBODY, reference="st-ready:ffffffffffffffff") | {"Lead ID": "L2"}
    text = f"{REFERENCE} st-ready:ffffffffffffffff"
    answers, done = linked(tmp_path, [lead(reference=REFERENCE, phone="", email=""), other], [job(summary=text)])
    assert "certain" not in labels(answers).values() and any("2 leads" in str(problem) for problem in done.problems)


def test_customers_file_completes_jobs(tmp_path: Path) -> None:
    bare = {"Job ID": "7001", "Created On": "3/4/2026 10:00 AM", "Customer ID": "C1", "Job Type": "AC Repair"}
    customer = {"Customer ID": "C1", "Customer Name": "Quillfeather, Bob", "Phone": "+1 602 234 5678", "Zip": "85001"}
    answers, _ = linked(tmp_path, [lead()], [bare], customers=[customer])
    assert labels(answers) == {("L1", "7001"): "matched"}


def test_booking_completes_its_job(tmp_path: Path) -> None:
    """The caller of a booking is a contact of the job, and the job came when it was booked."""
    other = job(customer_name="Dorothea Kim", phone_number="", email_address="", address="", created_on="2026-08-01")
    booking = {"Booking ID": "B9", "Job ID": "7001", "Name": "", "Phone": "602-234-5678", "Booked On": "2026-03-03"}
    booking["Email"] = "rob.quillfeather@gmail.com"
    alone, _ = linked(tmp_path, [lead()], [other])
    answers, _ = linked(tmp_path, [lead()], [other], bookings=[booking])
    assert ("L1", "7001") not in labels(alone) and labels(answers) == {("L1", "7001"): "matched"}
    assert "same phone" in answers[0]["reasons"] and "job within a day of the lead" in answers[0]["reasons"]


def test_invoice_names_customer_and_date_of_its_job(tmp_path: Path) -> None:
    bare = {"Job ID": "7001", "Created On": "", "Job Type": "AC Repair"}
    invoice = {"Invoice ID": "I1", "Job ID": "7001", "Customer ID": "C1", "Invoice Date": "3/4/2026", "Total": "90"}
    customer = {"Customer ID": "C1", "Customer Name": "Quillfeather, Bob", "Phone": "+1 602 234 5678", "Zip": "85001"}
    answers, done = linked(tmp_path, [lead()], [bare], invoices=[invoice], customers=[customer])
    assert labels(answers) == {("L1", "7001"): "matched"} and "job within three days" in answers[0]["reasons"]
    assert not done.problems


def test_date_in_the_future_is_not_compared(tmp_path: Path) -> None:
    files = {"leads": write(tmp_path / "leads.csv", [lead()]), "jobs": write(tmp_path / "jobs.csv", [job()])}
    for today, part in ((dt.date(2026, 3, 4), "job within three days"), (dt.date(2026, 3, 2), "missing: dates")):
        engine.link(files, tmp_path / "links.csv", model=model.read(), today=today)
        assert part in read(tmp_path / "links.csv")[0]["reasons"]


def test_without_jobs_all_leads_are_unmatched(tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_text("Job ID,Created On,Phone\n")
    from attribution.linkage import engine
    from tests.attribution.linking import write

    files = {"leads": write(tmp_path / "leads.csv", [lead()]), "jobs": tmp_path / "jobs.csv"}
    done = engine.link(files, tmp_path / "links.csv", model=model.read())
    assert done.labels["unmatched"] == 1 and "no rows below the headings" in str(done.problems[0])
