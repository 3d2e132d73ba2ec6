"""Normal forms of addresses and statuses, read by the macros of the linkage alone."""

from collections.abc import Iterator

import duckdb
import pytest

from attribution.linkage import macros
from attribution.linkage.words import is_canceled

#: What people type, house number, street and unit.
ADDRESSES = """
123 N Main St | 123 | main |
123 North Main Street | 123 | main |
123 Main St. | 123 | main |
123 Main St Apt 4 | 123 | main | 4
123 Main St Apt. 4B | 123 | main | 4b
123 Main St #4 | 123 | main | 4
123 Main St # 4 | 123 | main | 4
123 Main St Unit B | 123 | main | b
123 Main St Unit: 12 | 123 | main | 12
123 Main St, Unit 12, Phoenix, AZ 85001 | 123 | main | 12
123 Main St Suite 200 | 123 | main | 200
123 Main St Ste 200 | 123 | main | 200
123 Main St Lot 7 | 123 | main | 7
123 Main St Trlr 5 | 123 | main | 5
123 Main St Spc 12 | 123 | main | 12
123 Main St Bldg 3 | 123 | main | 3
123 Main St 2nd Fl | 123 | main | 2
123 Main St 2nd Floor | 123 | main | 2
123 Main St Floor 2 | 123 | main | 2
123 Main St 2F | 123 | main | 2
123 Main St Rear | 123 | main | r
123 Main St Basement | 123 | main | b
123 Main St Bsmt | 123 | main | b
123 Main St Upper | 123 | main | u
123 Main St (rear entrance) | 123 | main |
5 Sherwood Dr (gate code 1234) | 5 | sherwood |
5 Sherwood Dr (Apt 3) | 5 | sherwood | 3
1 Park Ave Storefront | 1 | park | s
100 Upper Falls Rd | 100 | upper falls |
100 Store Rd | 100 | store |
123 1/2 Main St | 123 | 1 2 main |
123A Main St | 123 | main |
123 B Street | 123 | b |
70-47 34th St | 7047 | 34 |
70 47 34th St | 7047 | 34 |
7047 34 St | 7047 | 34 |
70-47 Austin St | 7047 | austin |
100-04 Metropolitan Ave | 10004 | metropolitan |
70 34th St | 70 | 34 |
70 34 St | 70 | 34 |
12-16 Elm St | 12 | elm |
94-1221 Ka Uka Blvd | 941221 | ka uka |
801 - 2956 W Lake St | 2956 | lake | 801
2800 12 Mile Rd | 2800 | 12 mile |
2800 W 12 Mile Rd | 2800 | 12 mile |
28000 12 Mile Road | 28000 | 12 mile |
676 24 1/2 Rd | 676 | 24 1 2 |
100 7 Oaks Ln | 100 | 7 oaks |
123 3 Rivers Dr | 123 | 3 rivers |
8715 26 Ave | 8715 | 26 |
8715 26th Ave | 8715 | 26 |
8715 26th Avenue Apt 3 | 8715 | 26 | 3
8715 26 Ave 3 | 8715 | 26 | 3
2727 E 52nd St 40 | 2727 | 52 | 40
2727 E 52nd St | 2727 | 52 |
2323 N Central Ave 501 | 2323 | central | 501
12 W 21 St 3A | 12 | 21 | 3a
1 Park Ave 4 | 1 | park | 4
200 Market St 5 | 200 | market | 5
370 E 4th St | 370 | 4 |
370 E Fourth St | 370 | 4 |
1 First Ave | 1 | 1 |
1200 Fifth Avenue | 1200 | 5 |
12 Mount Vernon Rd | 12 | mt vernon |
12 Mt Vernon Rd | 12 | mt vernon |
450 S 200 E | 450 | 200 |
450 South 200 East | 450 | 200 |
1450 E 2200 S | 1450 | 2200 |
1450 2200 E | 1450 | 2200 |
450 S 200 E #5 | 450 | 200 | 5
W204N11912 Goldendale Rd | 11912 | goldendale |
N4512 County Road K | 4512 | county k |
N4512 Cty Rd K | 4512 | county k |
N 4512 County Hwy K | 4512 | county k |
FN W 5006 Elbow Bay Rd (Elbow Lk) | 5006 | elbow bay |
W5006 Elbow Bay Rd | 5006 | elbow bay |
Fire No 5006 Elbow Bay Rd | 5006 | elbow bay |
Fire Number 12 Lake Rd | 12 | lake |
RR 2 Box 34 | | rr 2 box 34 |
Rural Route 2 Box 34 | | rural route 2 box 34 |
HC 61 Box 12 | | hc 61 box 12 |
PO Box 123 | | po box 123 |
P.O. Box 123 | | p o box 123 |
PSC 802 Box 74 | | psc 802 box 74 |
CMR 402 Box 12 | | cmr 402 box 12 |
12345 Avenue 12 | 12345 | 12 |
12345 W Avenue 12 | 12345 | 12 |
12345 West Avenue 12 | 12345 | 12 |
36000 Road 36 | 36000 | 36 |
36000 North Road 36 | 36000 | 36 |
1234 West Avenue K8 | 1234 | k8 |
44000 20th St W | 44000 | 20 |
1234 County Road 12 | 1234 | county 12 |
1234 Co Rd 12 | 1234 | county 12 |
1234 CR 12 | 1234 | county 12 |
1234 E County Road 12 | 1234 | county 12 |
1234 County Rd 12 Apt 3 | 1234 | county 12 | 3
1234 Old County Road 12 | 1234 | old county 12 |
1234 County Street 2740 | 1234 | county 2740 |
1234 State Road 7 | 1234 | 7 |
1234 SR 7 | 1234 | 7 |
1234 State Hwy 17 | 1234 | 17 |
1234 WI-17 | 1234 | 17 |
1234 Hwy 17 | 1234 | 17 |
1234 US Highway 60 | 1234 | 60 |
1234 US-60 | 1234 | 60 |
1234 Rte 9 | 1234 | 9 |
1234 FM 1960 | 1234 | 1960 |
1234 Farm to Market Road 1960 | 1234 | 1960 |
1234 Farm Road 375 | 1234 | 375 |
1234 FR 375 | 1234 | 375 |
1234 State Highway MM | 1234 | mm |
1234 Hwy MM | 1234 | mm |
1234 Route O | 1234 | o |
1234 State Highway N | 1234 | xn |
1234 Hwy N | 1234 | xn |
1234 County Road S | 1234 | county xs |
1234 Cty Rd S | 1234 | county xs |
1234 Oak Rd N | 1234 | oak |
500 Fairway Dr Sp 32 | 500 | fairway | 32
12 Elder Ave Rear Unit | 12 | elder | r
12 Elder Ave ADU | 12 | elder | a
1234 Ranch Road 620 | 1234 | ranch 620 |
1234 Private Drive 5532 | 1234 | private 5532 |
1234 Township Road 25 | 1234 | township 25 |
1234 Forest Service Road 123 | 1234 | forest service 123 |
500 Highway 50 W | 500 | 50 |
1234 N 1200 East Rd | 1234 | 1200 |
1234 E 1200 Rd | 1234 | 1200 |
100 Avenue A | 100 | a |
100 Avenue of the Americas | 100 | of americas |
1234 Calle Real Apt 5 | 1234 | calle real | 5
1234 Calle 12 | 1234 | calle 12 |
456 Camino del Rio S | 456 | camino del rio |
789 Avenida de la Playa | 789 | avenida de la playa |
789 Via Toscana | 789 | via toscana |
12 Paseo de Peralta | 12 | paseo de peralta |
10 El Camino Real | 10 | el camino real |
1234 Broadway | 1234 | broadway |
12 3rd Ave NE | 12 | 3 |
12 Northeast 3rd Avenue | 12 | 3 |
123 Main St, Miami, FL 33101 | 123 | main |
123 SW 2nd St, Miami FL 33130-1234 | 123 | 2 |
123 SW 2nd St Apt 5, Miami, FL 33130 | 123 | 2 | 5
123 Main St Fl 3, Miami, FL 33101 | 123 | main | 3
Main St | | main |
"""
#: Texts, and the place in them.
TEXTS = [
    ("the job is at 370 E 4th St, thanks", "370 4"),
    ("Tenant at 12 Oak Lane, key under the mat", "12 oak"),
    ("service 2727 e 52nd street please", "2727 52"),
    ("meet at N4512 Willow Creek Rd", "4512 willow creek"),
    ("unit 4 12 Oak St", "12 oak"),
    ("you did work for my neighbor at 12 Oak St", None),
    ("across from 12 Oak St", None),
    ("referred by the people at 12 Oak St", None),
    ("no water since 5 am", None),
    ("call 480-555-0123", None),
    ("", None),
    (None, None),
]


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        macros.define(connection)
        yield connection


def test_addresses_of_all_kinds_are_read(db: duckdb.DuckDBPyConnection) -> None:
    expected = [[cell.strip() for cell in line.split("|")] for line in ADDRESSES.strip().splitlines()]
    sql = """SELECT typed, coalesce(house_of(line), ''), coalesce(root_of(root_words(line)), ''), coalesce(unit, '')
        FROM (SELECT place, typed, street_line(tidy, bare) AS line, unit_of(typed, tidy, bare) AS unit
        FROM (SELECT *, has_bare_unit(tidy) AS bare FROM (SELECT *, tidy_street(street_part(typed)) AS tidy
            FROM (SELECT unnest(?) AS typed, unnest(range(?)) AS place)))) ORDER BY place"""
    rows = db.execute(sql, [[row[0] for row in expected], len(expected)]).fetchall()
    wrong = [(row, want) for row, want in zip(map(list, rows), expected, strict=True) if row != [*want, ""][:4]]
    assert not wrong


def test_address_without_text_has_no_parts(db: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT house_of(street_line(x, false)), root_of(root_words(street_line(x, false))), unit_of(x, x, false)
        FROM (VALUES (''), (NULL)) t(x)"""
    assert db.execute(sql).fetchall() == [(None, None, None)] * 2


def test_text_names_a_place_only_where_it_is_the_customer_s(db: duckdb.DuckDBPyConnection) -> None:
    texts = [text for text, _ in TEXTS]
    sql = """SELECT spot_of(line, root_words(line)) FROM (SELECT place, street_line(tidy_street(named), false) AS line
        FROM (SELECT place, named_street(text) AS named FROM (SELECT unnest(?) AS text, unnest(range(?)) AS place)))
        ORDER BY place"""
    spots = [spot for (spot,) in db.execute(sql, [texts, len(texts)]).fetchall()]
    assert list(zip(texts, spots, strict=True)) == TEXTS


def test_floor_is_read_in_its_own_column(db: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT unit_of('2nd Fl', '', false), unit_of('Floor 2', '', false),
        bare_floor('2f'), bare_floor('2b'), bare_floor(NULL)"""
    assert db.execute(sql).fetchall() == [("2", "2", "2", "2b", None)]


@pytest.mark.parametrize(
    ("status", "canceled"),
    [
        ("Canceled", True), ("cancelled", True), ("Cancel", True), ("Canceled - customer", True),
        ("Void - duplicate", True), ("voided", True), ("No Show", True), ("no-show", True), ("Dismissed", True),
        ("Duplicate", True), ("Completed", False), ("Scheduled", False), ("Not canceled", False), ("Avoided", False),
        ("Voidable", False), ("", False),
    ],
)  # fmt: skip
def test_status_with_more_words_is_canceled(db: duckdb.DuckDBPyConnection, status: str, *, canceled: bool) -> None:
    """The import and the linkage read a status alike."""
    assert is_canceled(status) is canceled
    assert db.execute("SELECT is_canceled(lower(?)), is_canceled(NULL)", [status]).fetchall() == [(canceled, False)]


def test_jobs_are_opened_together_by_time_and_perhaps_by_day(db: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT opened_together(CAST(? AS TIMESTAMP), CAST(? AS TIMESTAMP))"
    times = {
        ("2026-03-04 10:00", "2026-03-04 10:40"): True,
        ("2026-03-04 10:40", "2026-03-04 10:00"): True,
        ("2026-03-04 10:00", "2026-03-04 11:30"): False,
        ("2026-03-04 10:00", "2026-03-05 10:00"): False,
        ("2026-03-04", "2026-03-04"): False,
        ("2026-03-04", "2026-03-05"): False,
        ("2026-03-04", "2026-03-04 00:40"): False,
        ("2026-03-04 00:40", "2026-03-04"): False,
        ("2026-03-04 10:00", None): False,
    }
    assert {pair: db.execute(sql, list(pair)).fetchall()[0][0] for pair in times} == times
    perhaps = sql.replace("opened_together", "perhaps_together")
    by_day = times | {("2026-03-04", "2026-03-04"): True}
    assert {pair: db.execute(perhaps, list(pair)).fetchall()[0][0] for pair in by_day} == by_day


def test_free_visit_corrects_earlier_work_if_its_notes_say_so(db: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT is_correction(?::DOUBLE, ?::DOUBLE, plain(?))"
    cases = {
        (0, 240, "Redo leak, no charge"): True,
        (0, 240, "N/C callback"): True,
        (0, 240, "Replace valve"): False,
        (80, 240, "Redo leak, no charge"): False,
        (0, 0, "no charge"): False,
        (None, 240, "no charge"): False,
        (0, None, "no charge"): False,
        (0, 240, None): False,
    }
    assert {case: db.execute(sql, list(case)).fetchall()[0][0] for case in cases} == cases
