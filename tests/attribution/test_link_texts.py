"""Names and addresses in requests and notes, apartment buildings, shared contacts, and the campaign of a channel."""

from collections.abc import Sequence
from pathlib import Path
from string import ascii_lowercase

import duckdb
import pytest

from attribution.linkage import pipeline
from attribution.linkage.comparing import ADDRESS, NAME
from tests.attribution.linking import Case, Row, apart, compared, job, lead, linked, write

OTHER = {"email": "", "street": "", "phone": "623-555-0142"}
CUSTOMER = {"customer_name": "Jorge Koch", "phone_number": "480-234-9911", "email_address": ""}
NO_STREET = {"address": "Phoenix, AZ 85001"}


def reasons(folder: Path, leads: list[Row], jobs: list[Row]) -> dict[tuple[str, str], str]:
    """Return the reasons of each compared pair, even if it is too unlikely for a link."""
    files = {"leads": write(folder / "leads.csv", leads), "jobs": write(folder / "jobs.csv", jobs)}
    with compared(files) as db:
        steps = db.execute("""SELECT l.id, j.id, gamma_name, gamma_address FROM scored
            JOIN leads l ON l.n = scored.l JOIN jobs j ON j.n = scored.r""").fetchall()
    return {(ours, theirs): f"{NAME.step(name)}; {ADDRESS.step(place)}" for ours, theirs, name, place in steps}


def reasons_apart(folder: Path, cases: Sequence[Case]) -> list[str]:
    """Return the reasons of lead L1 and job 7001 of each case, of which none affects another one."""
    steps = reasons(folder, *apart(cases))
    return [steps.get((f"{at}:L1", f"{at}:7001"), "") for at in range(len(cases))]


def test_first_name_in_the_notes_of_a_job_names_the_caller(tmp_path: Path) -> None:
    notes = [
        ("Ysolde", "Ysolde has the key, gate is open", True),
        ("Ysolde", "nobody has the key, gate is open", False),
        ("Will", "nobody will have the key", False),
        ("Don", "they don't have the key", False),
        ("April", "filter due in April", False),
        ("Bill", "send bill to the owner", False),
    ]
    cases = [
        ([lead(first_name=first, last_name="Vargas", **OTHER)], [job(summary=text, **CUSTOMER, **NO_STREET)])
        for first, text, _ in notes
    ]
    noted = [steps.startswith("noted") for steps in reasons_apart(tmp_path, cases)]
    assert noted == [expected for _, _, expected in notes]


def test_technicians_in_the_notes_are_no_callers(tmp_path: Path) -> None:
    """Their names are in more notes than a customer's."""
    asked = lead(first_name="Ysolde", last_name="Vargas", **OTHER)
    jobs = [job(job_id=f"{at}", summary="Ysolde replaced it", **CUSTOMER, **NO_STREET) for at in range(7001, 7005)]
    assert "noted" not in str(reasons(tmp_path, [asked], jobs))
    assert "noted" in str(reasons(tmp_path, [asked], jobs[:3]))


def test_last_name_in_a_request_names_the_customer(tmp_path: Path) -> None:
    messages = [
        ("Koch", "the seller is Koch", True),
        ("Koch", "the seller has a key", False),
        ("Brown", "brown water from the tap", False),
        ("White", "white smoke from the furnace", False),
    ]
    cases = [
        (
            [lead(first_name="Ana", last_name="Vargas", message=text, **OTHER)],
            [job(**CUSTOMER | {"customer_name": f"Jorge {last}"}, **NO_STREET)],
        )
        for last, text, _ in messages
    ]
    mentioned = [steps.startswith("mentioned") for steps in reasons_apart(tmp_path, cases)]
    assert mentioned == [expected for _, _, expected in messages]


def test_full_name_in_a_text_is_that_of_the_other_side(tmp_path: Path) -> None:
    """Without it, nothing would connect the two: the ZIP code of the request is unknown."""
    asked = lead(first_name="Ysolde", last_name="Vargas", **OTHER | {"email": "yv@gmail.com"}, zip="")
    sold = job(**CUSTOMER, **NO_STREET)
    texts = [
        ("", "bill landlord, tenant Ysolde Vargas", "noted name"),
        ("", "bill landlord, tenant Ysolde", ""),
        ("My landlord Jorge Koch will pay", "", "mentioned name"),
        ("We are on Jorge Koch Park", "", ""),
        ("", "Vargas, Ysolde has the key", "noted name"),
    ]
    cases = [([asked | {"Message": request}], [sold | {"Summary": notes}]) for request, notes, _ in texts]
    assert [steps.partition(";")[0] for steps in reasons_apart(tmp_path, cases)] == [step for *_, step in texts]


def test_name_of_a_manager_of_many_houses_in_a_request_is_no_customer(tmp_path: Path) -> None:
    asked = lead(first_name="Ana", last_name="Vargas", message="Coastal Nest takes care of it", **OTHER)
    jobs = [
        job(job_id=f"{at}", customer_name="Coastal Nest", phone_number="", email_address="",
            address=f"{at} Elm St, Phoenix, AZ 85001")
        for at in range(7001, 7005)
    ]  # fmt: skip
    assert "mentioned name" not in str(reasons(tmp_path, [asked], jobs))
    assert "mentioned name" in str(reasons(tmp_path, [asked], jobs[:3]))


@pytest.mark.parametrize(
    ("lead_s", "job_s", "step"),
    [
        ({"Service Address (if different)": "88 Bay Dr Apt 3"}, {"Address": "88 Bay Drive #3"}, "same"),
        ({"Service Address (if different)": "88 Bay Dr Apt 3"}, {"Address": "88 Bay Drive #4"}, "other unit"),
        ({"Service Address (if different)": "Same as above"}, {"Address": "123 N Main St"}, "same"),
        ({}, {"Address": "88 Bay Dr", "Billing Address": "123 N Main St, Phoenix, AZ 85001"}, "noted"),
        ({"Mailing Address": "9 Oak Ln"}, {"Address": "9 Oak Lane"}, "noted"),
    ],
)
def test_second_address_of_a_record_is_compared(tmp_path: Path, lead_s: Row, job_s: Row, step: str) -> None:
    steps = reasons(tmp_path, [lead() | lead_s], [job() | job_s])
    assert steps[("L1", "7001")] == f"same; {step}"


def test_address_of_the_customer_is_a_second_address_of_the_job(tmp_path: Path) -> None:
    files = {
        "leads": write(tmp_path / "leads.csv", [lead()]),
        "jobs": write(tmp_path / "jobs.csv", [job(address="88 Bay Dr") | {"Customer ID": "C1"}]),
        "customers": write(tmp_path / "customers.csv", [{"Customer ID": "C1", "Name": "", "Address": "123 N Main St"}]),
    }
    with compared(files) as db:
        assert db.execute("SELECT gamma_address FROM scored").fetchall() == [(ADDRESS.value("noted"),)]


STRANGERS = ["Abelard", "Bromfield", "Castellan", "Dunmore", "Eastlake", "Farquhar", "Gilchrist", "Hathaway"]


def _building(number: int, *, unit: str, months: int) -> tuple[list[Row], list[Row]]:
    """Return a request and a job of other people for each of `number` units, `months` apart."""
    days = [f"{2020 + at * months // 12}-{at * months % 12 + 1:02}" for at in range(number)]
    leads = [
        lead(lead_id=f"L{at}", last_name=STRANGERS[at % 8] + ascii_lowercase[at], street=f"123 N Main St {unit}{at}",
             phone=f"48055{at:05}", email="", zip="", submitted_at=f"{day}-02T09:00:00")
        for at, day in enumerate(days)
    ]  # fmt: skip
    jobs = [
        job(job_id=f"{at}", customer_name=f"Otto {STRANGERS[-1 - at % 8]}{ascii_lowercase[-1 - at]}", email_address="",
            phone_number=f"62355{at:05}", address=f"123 North Main Street {unit}{at}", created_on=f"{day}-04")
        for at, day in enumerate(days)
    ]  # fmt: skip
    return leads, jobs


@pytest.mark.parametrize(("unit", "months"), [("Apt 1", 0), ("", 1)], ids=["unit", "time"])
def test_records_of_a_large_building_are_compared_by_unit_and_time(tmp_path: Path, unit: str, months: int) -> None:
    """A building with more than 400 pairs is too common a key."""
    leads, jobs = _building(21, unit=unit, months=months)
    if months:
        leads, jobs = (
            [row | {place: "123 N Main St"} for row in rows] for rows, place in ((leads, "Street"), (jobs, "Address"))
        )
    steps = reasons(tmp_path, leads, jobs)
    assert {(f"L{at}", f"{at}") for at in range(21)} <= set(steps)


def test_address_in_a_text_is_a_place_of_the_record(tmp_path: Path) -> None:
    text, home = "the house is at 370 E 4th St", "370 East Fourth Street"
    asked, sold = lead(first_name="Ana", last_name="Vargas", **OTHER), job(**CUSTOMER, **NO_STREET)
    in_notes = [asked | {"Street": home}], [sold | {"Summary": text}]
    in_request = [asked | {"Message": text}], [sold | {"Address": f"{home}, Phoenix, AZ 85001"}]
    assert all(steps.endswith("; noted") for steps in reasons_apart(tmp_path, [in_notes, in_request]))


def _tenants(lasts: list[str]) -> list[Row]:
    return [
        job(job_id=f"t{at}", customer_name=f"Otto {last}", phone_number=f"48055{at:05d}", email_address="",
            address=f"123 N Main St Apt {at + 20}, Phoenix, AZ 85001")
        for at, last in enumerate(lasts)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tenants", "unit", "zip_code", "step"),
    [
        (4, " Apt 4", "85001", "same"),
        (4, " Apt 9", "85001", "other apartment"),
        (4, "", "85001", "building"),
        (4, "", "60601", "other place"),
        (2, " Apt 9", "85001", "other unit"),
        (2, "", "85001", "same"),
    ],
)
def test_building_where_many_people_live_shows_little(
    tmp_path: Path, tenants: int, unit: str, zip_code: str, step: str
) -> None:
    others = _tenants(["Abelard", "Bromfield", "Castellan", "Dunmore"][:tenants])
    sold = job(address="123 North Main Street Apt 4, Phoenix, AZ 85001")
    steps = reasons(tmp_path, [lead(street=f"123 N Main St{unit}", zip=zip_code)], [sold, *others])
    assert steps[("L1", "7001")] == f"same; {step}"


@pytest.mark.parametrize(("street", "shared"), [("{} Elm St", True), ("12 Elm St Apt {}", False)])
def test_contact_is_shared_by_houses_not_by_spellings(tmp_path: Path, street: str, *, shared: bool) -> None:
    streets = [street.format(at) for at in (3, 5, 7)] + ["12 Elmm Street", "12 Ellm Avenue", "12 Eelm Rd"]
    leads = [lead(lead_id=f"L{at}", street=typed) for at, typed in enumerate(streets)]
    files = {"leads": write(tmp_path / "leads.csv", leads), "jobs": write(tmp_path / "jobs.csv", [job(address="")])}
    with compared(files) as db:
        assert db.execute("SELECT DISTINCT phone_shared FROM leads").fetchall() == [(shared,)]


@pytest.mark.parametrize(
    ("campaign", "expected"),
    [("", ["chat", None]), ("Radio", ["radio", "radio"])],
    ids=["no campaign", "a campaign"],
)
def test_campaign_is_the_channel_if_the_office_files_jobs_under_it(
    tmp_path: Path, campaign: str, expected: list[str | None]
) -> None:
    leads = [
        lead(lead_id=f"L{at}", campaign=campaign) | {"Lead Channel": channel}
        for at, channel in enumerate(("Chat", "Form"))
    ]
    jobs = [job(campaign="CHAT")]
    files = {"leads": write(tmp_path / "leads.csv", leads), "jobs": write(tmp_path / "jobs.csv", jobs)}
    with compared(files) as db:
        assert [name for (name,) in db.execute("SELECT campaign FROM leads ORDER BY n").fetchall()] == expected


def test_two_names_of_a_road_are_equal(tmp_path: Path) -> None:
    """Two customers have the same phone and number on both; a single customer may have moved."""
    both = [
        job(job_id=f"{at}-{road}", phone_number=f"480555{at:04}", email_address="", customer_name=f"Ann {last}",
            address=f"{at * 111} {road}, Phoenix, AZ 85001", created_on="2025-06-02 10:00")
        for at, last in ((3, "Alder"), (4, "Birch"))
        for road in ("Old Mill Road", "County Road 977")
    ]  # fmt: skip
    asked = [lead(last_name="Zelkova", phone="", email="", street="987 Old Mill Rd")]
    filed = job(customer_name="Jorge Koch", phone_number="", email_address="", address="987 CR 977, Phoenix, AZ 85001")
    assert reasons(tmp_path, asked, [*both, filed])[("L1", "7001")].endswith("; same")
    known = reasons(tmp_path, asked, [*both[:2], filed])
    assert ("L1", "7001") not in known or known[("L1", "7001")].endswith("; area")


def test_road_with_three_names_has_the_first_of_them_in_every_run(tmp_path: Path) -> None:
    """Each of 26 Zed Roads is its Alder Road for two customers, and its Birch Road for two others."""
    both = [
        job(job_id=f"{end}-{at}-{road}", phone_number=f"480{ord(end):03}{at:04}", email_address="",
            customer_name=f"Ann {end}{name}son", address=f"{at * 111} {road}{end * 3} Road, Phoenix, AZ 85001")
        for end in ascii_lowercase
        for at, name in ((3, "alder"), (4, "alder"), (5, "birch"), (6, "birch"))
        for road in ("zed", name)
    ]  # fmt: skip
    files = {"leads": write(tmp_path / "leads.csv", [lead()]), "jobs": write(tmp_path / "jobs.csv", both)}
    with duckdb.connect() as db:
        pipeline.read(db, files, tmp_path)
        pipeline.normalize(db, files)
        roots = dict(db.execute("SELECT id, root FROM jobs").fetchall())
    of_zed = {number[0]: root for number, root in roots.items() if number.endswith("-zed")}
    assert of_zed == {end: f"alder{end * 3}" for end in ascii_lowercase}


def test_name_of_a_road_leads_to_the_name_of_that_road(tmp_path: Path) -> None:
    """Zed Road is Mill Road for some customers, and Mill Road is Elm Road for others."""
    names = [("zed", "mill"), ("zed", "mill"), ("mill", "elm"), ("mill", "elm")]
    jobs = [
        job(job_id=f"{at}-{road}", phone_number=f"480234{at:04}", email_address="",
            customer_name=f"Ann {STRANGERS[at]}", address=f"{at * 111 + 100} {road} Road, Phoenix, AZ 85001")
        for at, both in enumerate(names)
        for road in both
    ]  # fmt: skip
    files = {"leads": write(tmp_path / "leads.csv", [lead()]), "jobs": write(tmp_path / "jobs.csv", jobs)}
    with duckdb.connect() as db:
        pipeline.read(db, files, tmp_path)
        pipeline.normalize(db, files)
        assert db.execute("SELECT DISTINCT root FROM jobs").fetchall() == [("elm",)]


def test_trust_or_cabin_is_named_after_its_people(tmp_path: Path) -> None:
    names = ["Koch Trust", "KOCH FAMILY CABIN", "The Koch Residence"]
    cases = [([lead(last_name="Koch", **OTHER)], [job(**CUSTOMER | {"customer_name": name})]) for name in names]
    assert {steps.partition(";")[0] for steps in reasons_apart(tmp_path, cases)} == {"initial"}


def test_number_and_last_name_connect_two_streets_of_a_zip_code(tmp_path: Path) -> None:
    places = [
        ("4711 Bull Creek Rd", "4711 Quarry Ln", "Quillfeather"),
        ("4711 Bull Creek Rd", "4712 Quarry Ln", "Quillfeather"),
        ("11 Bull Creek Rd", "11 Quarry Ln", "Quillfeather"),
        ("4711 Bull Creek Rd", "4711 Quarry Ln", "Koch"),
    ]
    cases = [
        ([lead(first_name="Ann", phone="", email="", street=ours)],
         [job(phone_number="", email_address="", customer_name=f"Jorge {last}", address=f"{theirs}, Mesa 85001")])
        for ours, theirs, last in places
    ]  # fmt: skip
    assert [steps.endswith("; number") for steps in reasons_apart(tmp_path, cases)] == [True, False, False, False]


def test_phone_with_seven_digits_has_the_area_code_of_the_office(tmp_path: Path) -> None:
    others = {"customer_name": "Wilma Otherby", "email_address": "", "address": ""}
    short = job(phone_number="234-5678 Carol", **others)
    usual = job(job_id="7002", created_on="2020-01-01", phone_number="(602) 555-0101", **others)
    answers, _ = linked(tmp_path, [lead()], [short, usual])
    assert "same phone" in next(row["reasons"] for row in answers if row["job_id"] == "7001")


def test_notes_are_read_from_all_their_columns(tmp_path: Path) -> None:
    visit = job(customer_name="Oak Court LLC", phone_number="4805550100", email_address="", summary="AC down")
    answers, _ = linked(tmp_path, [lead(street="")], [visit | {"Reason For Call": "see Rob at the unit 602-234-5678"}])
    assert "one of several phones is the same" in answers[0]["reasons"]
