"""Score the reader on labeled pages of real websites, which are next to the checkout and never in it."""

import json
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from drift.reading.facts import Fact, Kind
from pagetojob.titanmap.map_json import read_map
from tests.support.real_sites.load import load, titan_map
from tests.support.real_sites.match import days_of, same
from tests.support.real_sites.score import Count, score_facts, score_findings, wilson
from tests.support.real_sites.split import HOLD_OUT_DIGESTS, digests, hold_out, labeled_sites, pages_folder

FOLDER = pages_folder()
needs_pages = pytest.mark.skipif(FOLDER is None, reason="the labeled pages of real websites are not on this machine")


def test_split_holds_out_a_third_of_each_stratum() -> None:
    labeled = [f"site-{number}" for number in range(50)]
    apart = hold_out(labeled, labeled[:18])
    assert len(apart) == 17 and len(apart & set(labeled[:18])) == 6
    assert hold_out(reversed(labeled), labeled[:18]) == apart


def test_split_finds_the_pages_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REAL_SITES", str(tmp_path))
    assert pages_folder() is None
    (tmp_path / "labels.jsonl").write_text("")
    assert pages_folder() == tmp_path


@pytest.mark.parametrize(
    ("label", "fact", "is_same"),
    [
        ({"value": "St. Paul, MN"}, {"kind": Kind.AREA_CITY, "value": "Saint Paul"}, True),
        ({"value": "Mesa, AZ"}, {"kind": Kind.AREA_CITY, "value": "La Mesa"}, False),
        ({"value": "repair and replacement of gates"}, {"kind": Kind.SERVICE, "value": "Gate Repair"}, True),
        ({"value": "gate repair"}, {"kind": Kind.SERVICE, "value": "Fence Repair"}, False),
        ({"value": "lic 31710"}, {"kind": Kind.LICENSE, "value": "31719"}, False),
        ({"value": "12 Oak St, Mesa, AZ"}, {"kind": Kind.ADDRESS, "value": "12 Oak Street, Mesa, AZ 85201"}, True),
    ],
)
def test_fact_matches_a_label_by_value(label: dict[str, str], fact: dict[str, object], *, is_same: bool) -> None:
    read = Fact(quote="", selector="", confidence=0.9, **fact)  # type: ignore[arg-type]
    assert same(label, read) is is_same


def test_hours_of_a_label_are_days() -> None:
    assert days_of("mon-tue 08:00-16:30; sun closed") == {"mon 08:00-16:30", "tue 08:00-16:30"}
    assert len(days_of("24/7")) == 7


def test_wilson_interval_contains_the_share() -> None:
    assert wilson(9, 10) == "0.900 (0.60-0.98)" and wilson(0, 0) == "-"


def test_service_map_becomes_a_titan_map() -> None:
    taxonomy = {
        "site": "x",
        "time_zone": "America/Phoenix",
        "job_types": [{"name": "AC Repair", "state": "retired"}],
        "zones": [{"name": "West", "state": "paused", "cities": ["Mesa, AZ"], "counties": ["Pinal County"]}],
        "phones": [{"number": "+16025550142", "use": "main"}, {"number": "+16025550199", "use": "emergency"}],
        "hours": {"mon-fri": "08:00-17:00", "sun": "closed"},
        "pricebook": [{"service": "A", "price": "150-350"}, {"service": "B", "price": "89.00"}],
        "emergency": {"offered": True, "promise": "24/7, after-hours fee $75, response within 4 hours"},
        "addresses": ["1 Oak St, Mesa, AZ 85201"],
    }
    document = read_map(json.dumps(titan_map(taxonomy)).encode())
    assert document.emergency_phone == "+16025550199" and not document.job_types[0].active
    (ranged, _) = document.pricebook_services
    assert (ranged.price, ranged.price_to) == (Decimal(150), Decimal(350))
    assert document.zones[0].counties == ("Pinal County",) and document.addresses == ("1 Oak St, Mesa, AZ 85201",)
    assert document.emergency_response_minutes == 240 and document.emergency_surcharge == Decimal(75)


@needs_pages
def test_hold_out_labels_are_unchanged() -> None:
    assert FOLDER is not None and digests(FOLDER) == HOLD_OUT_DIGESTS


@needs_pages
def test_tuning_part_stays_above_its_floors() -> None:
    assert FOLDER is not None
    labeled, mapped = labeled_sites(FOLDER)
    sites = load(FOLDER, labeled - hold_out(labeled, mapped))
    for score, floors in ((score_facts(sites), (0.94, 0.93)), (score_findings(sites), (0.97, 0.95))):
        whole = Count()
        for count in score.counts.values():
            whole.add(count)
        shares = SimpleNamespace(
            precision=whole.right / (whole.right + whole.false), recall=whole.recalled / (whole.recalled + whole.missed)
        )
        assert shares.precision >= floors[0] and shares.recall >= floors[1], score.errors
