"""A line with a check is “ready now” only while a trusted place signed that its check passed lately."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from pagetojob.transparency import verify
from pagetojob.transparency.models import LogSubmission
from pagetojob.transparency.signing import new_signer, note, signer_from_seed
from pagetojob.transparency.verify import LOG, read_key, read_note
from readiness import evidence_files, models
from readiness.checks import PERIOD_DAYS, checks
from readiness.evidence_files import EvidenceFileRefused
from readiness.services.load import load_pack
from readiness.services.runs import import_file, import_folders
from tests.readiness.reading import PAGE
from tests.support.check_runs import COMMIT, SIGNER, run_file, trust

SEED_COUNTS = {"ready now": 5, "engineering required": 3, "partner gated": 2, "runbooks": 4}
LINE = "checklist-scope-to-feature-map"
HANDOFF = "/servicetitan-ready-websites/handoff"
NOTICES = "entry-handoff-told"
NOW = datetime.fromisoformat("2031-03-01T12:00:00+00:00")
STRANGER = new_signer("ci.example", LOG)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def trusted(settings: Any) -> None:
    settings.EVIDENCE_PLACES = [str(SIGNER.key)]


def counts(client: Client) -> dict[str, int]:
    return {count["label"]: count["value"] for count in client.get(f"{PAGE}.json").json()["counters"]["shown"]}


def line(client: Client, anchor: str = LINE, page: str = PAGE) -> dict[str, Any]:
    sections = client.get(f"{page}.json").json()["sections"]
    return next(row for section in sections for row in section["rows"] if row["anchor"] == anchor)


def newest_cause() -> str:
    return models.PackVersion.objects.latest("number").cause


def set_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(timezone, "now", lambda: now)


def test_a_run_dates_lines_and_the_load_does_not(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.EVIDENCE_FOLDERS = [str(tmp_path)]
    load_pack()
    assert counts(client) == SEED_COUNTS | {"ready now": 0}
    assert line(client)["evidence"][0]["state"] == "never run"
    ran = timezone.now().replace(microsecond=0) - timedelta(days=3)
    (tmp_path / "run.note").write_text(run_file(at=ran), encoding="utf-8")
    load_pack()
    assert counts(client) == SEED_COUNTS
    check = line(client)["evidence"][0]
    assert (check["state"], check["run"]["passed_at"], check["run"]["commit"]) == ("valid", ran.isoformat(), COMMIT)
    assert check["expires_at"] == (ran + timedelta(days=PERIOD_DAYS)).isoformat()
    assert newest_cause() == f"Checks ran at tests, and all {len(checks())} passed."
    log = LogSubmission.objects.get(kind="evidence-file")
    assert (log.sha256, log.name) == (check["sha256"], "tests")
    assert not import_folders()


def test_a_new_installation_publishes_its_first_version_with_the_runs(settings: Any, tmp_path: Path) -> None:
    settings.EVIDENCE_FOLDERS = [str(tmp_path)]
    (tmp_path / "run.note").write_text(run_file(), encoding="utf-8")
    load_pack()
    first = json.loads(models.PackVersion.objects.get(number=1).body)
    page = next(page for page in first["pages"] if page["slug"] == "api-readiness")
    statuses = [row.get("status") for section in page["sections"] for row in section["rows"]]
    assert statuses.count("ready now") == 5


def test_a_failed_check_lowers_its_line_at_once_and_is_announced(client: Client, pack: None) -> None:
    assert counts(client) == SEED_COUNTS
    import_file(run_file(failing=[LINE]))
    assert counts(client) == SEED_COUNTS | {"ready now": 4}
    assert (line(client)["status"], line(client)["evidence"][0]["state"]) == ("review due", "failed")
    assert newest_cause() == f"Checks ran at tests, and 1 of {len(checks())} failed: “Scope-to-feature map”."
    assert "Scope-to-feature map" in client.get("/servicetitan-ready-websites/changes/feed.atom").text
    import_file(run_file(only=[LINE]))
    assert counts(client) == SEED_COUNTS


def test_a_failed_drill_lowers_its_lines_until_it_passes(client: Client, pack: None) -> None:
    assert [piece["kind"] for piece in line(client, NOTICES, HANDOFF)["evidence"]] == ["test run"]
    import_file(run_file(only=["drill-outage"], failing=["drill-outage"]))
    row = line(client, NOTICES, HANDOFF)
    assert row["status"] == "review due"
    assert [(piece["kind"], piece["state"]) for piece in row["evidence"]] == [
        ("test run", "valid"),
        ("drill", "failed"),
    ]
    assert "“drill outage”" in newest_cause()
    # A pass of the tests does not hide that the drill failed, and a pass of the drill is no pass of the tests.
    import_file(run_file())
    assert line(client, NOTICES, HANDOFF)["status"] == "review due"
    import_file(run_file(only=["drill-outage"]))
    assert line(client, NOTICES, HANDOFF)["status"] == "ready now"
    import_file(run_file(failing=[NOTICES]))
    import_file(run_file(only=["drill-outage"], at=timezone.now() + timedelta(seconds=1)))
    assert line(client, NOTICES, HANDOFF)["status"] == "review due"
    page = " ".join(client.get(HANDOFF).text.split())
    assert "drill last validated" in page and "Drill, last validated" in page


def test_an_older_pass_does_not_hide_a_newer_failure(client: Client, pack: None) -> None:
    import_file(run_file(failing=[LINE]))
    import_file(run_file(at=timezone.now() - timedelta(days=1)))
    assert line(client)["status"] == "review due"


def test_a_check_that_did_not_run_in_its_period_lowers_its_line(
    client: Client, pack: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = timezone.now()
    set_clock(monkeypatch, before + timedelta(days=PERIOD_DAYS - 1))
    assert counts(client) == SEED_COUNTS
    set_clock(monkeypatch, before + timedelta(days=PERIOD_DAYS, seconds=1))
    assert counts(client) == SEED_COUNTS | {"ready now": 0}
    assert newest_cause() == "Evidence lapsed."
    assert "did not run again by" in client.get(PAGE).text
    import_file(run_file())
    assert counts(client) == SEED_COUNTS


def test_another_run_with_the_same_results_changes_no_line(client: Client, pack: None) -> None:
    was = line(client)
    import_file(run_file(at=timezone.now() + timedelta(seconds=1)))
    now = line(client)
    assert now["changed_at"] == was["changed_at"]
    assert now["evidence"][0]["sha256"] != was["evidence"][0]["sha256"]


def test_a_run_of_an_unknown_place_is_shown_and_counts_for_nothing(client: Client, settings: Any) -> None:
    load_pack()
    text = run_file(signer=STRANGER)
    run = import_file(text)
    assert run is not None and run.key == ""
    assert counts(client) == SEED_COUNTS | {"ready now": 0}
    page = " ".join(client.get("/servicetitan-ready-websites/evidence").text.split())
    assert "The date of the entry itself is ours." in page
    assert "no, signed by an unknown place" in page
    assert not LogSubmission.objects.filter(kind="evidence-file").exists()
    # Later, people decide to trust the place, and the same file is imported again.
    settings.EVIDENCE_PLACES = [str(STRANGER.key)]
    assert import_file(text) is not None
    assert counts(client) == SEED_COUNTS
    assert "unknown place" not in client.get("/servicetitan-ready-websites/evidence").text


def test_a_place_that_is_no_longer_trusted_supports_nothing(client: Client, settings: Any) -> None:
    trust(STRANGER)
    import_file(run_file(signer=STRANGER))
    load_pack()
    assert counts(client) == SEED_COUNTS
    settings.EVIDENCE_PLACES = [str(SIGNER.key)]
    load_pack()
    assert counts(client) == SEED_COUNTS | {"ready now": 0}
    assert "no, its key is no longer trusted" in client.get("/servicetitan-ready-websites/evidence").text


def test_the_signed_result_is_public_byte_for_byte(client: Client, pack: None) -> None:
    text = run_file(at=timezone.now() - timedelta(hours=1))  # not the second of the run that the pack was loaded with
    run = import_file(text)
    assert run is not None
    answer = client.get(f"/servicetitan-ready-websites/evidence/{run.sha256}.note")
    assert (answer.content.decode(), answer.status_code) == (text, 200)
    for unknown in ("0" * 64, "%00"):
        assert client.get(f"/servicetitan-ready-websites/evidence/{unknown}.note").status_code == 404
    assert client.get("/servicetitan-ready-websites/evidence?page=9").status_code == 200


@pytest.mark.parametrize("place", ["main", "tests"])
def test_a_signature_that_was_added_changes_neither_the_place_nor_the_file(pack: None, place: str) -> None:
    """Only the text is signed: with an added line, a run of a trusted place would be imported again, as of another."""
    text, added = run_file(), new_signer(place, LOG).sign("anything")
    body, _, line = text.rpartition("\n\n")
    for changed_file in (f"{body}\n\n{added}{line}", text + added, text + line):
        with pytest.raises(EvidenceFileRefused, match="more than one signature"):
            import_file(changed_file)


def changed(text: str, **facts: Any) -> str:
    """Return the file with other facts, signed again by a place that we trust."""
    stated = json.loads(read_note(text).text) | facts
    body = json.dumps(stated, indent=1, sort_keys=True) + "\n"
    return note(body, [SIGNER.sign(body)])


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"schema": "other/1"}, "is not pagetojob.evidence/1"),
        ({"commit": "HEAD"}, "names no commit"),
        ({"tree": ""}, "names no commit and digest"),
        ({"tools": {}}, "does not name its tools"),
        ({"started_at": "2031-03-02T12:00:00+00:00"}, "ended before it began"),
        ({"finished_at": "2031-03-01T12:30:00+00:00"}, "dated in the future"),
        ({"finished_at": "2031-03-01T12:00:00"}, "without a time zone"),
        ({"finished_at": "soon"}, "cannot be read"),
        ({"results": []}, "has no results"),
        ({"results": [{"check": "a", "outcome": "passed", "tests": {"t": "failed"}}]}, "misstates the outcome"),
        ({"results": [{"check": "a", "outcome": "passed", "tests": {"t": "skipped"}}]}, "misstates the outcome"),
        ({"results": [{"check": "a", "outcome": "passed", "tests": {}}]}, "a result without tests"),
        ({"results": [{"outcome": "passed"}]}, "wrong form"),
        ({"extra": 1}, "is not pagetojob.evidence/1"),
    ],
)
def test_a_file_that_does_not_hold_is_refused(facts: dict[str, Any], problem: str) -> None:
    with pytest.raises(EvidenceFileRefused, match=problem):
        evidence_files.read(changed(run_file(at=NOW), **facts), [SIGNER.key], now=NOW)


@pytest.mark.parametrize("at", range(0, 400, 7))
def test_a_changed_byte_is_noticed(at: int) -> None:
    """Without a valid signature a file of a trusted place is refused, not taken for one of an unknown place."""
    text = run_file(at=NOW, only=[LINE])
    broken = text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]
    with pytest.raises(EvidenceFileRefused):
        evidence_files.read(broken, [SIGNER.key], now=NOW)


def test_a_key_of_the_same_name_is_another_place() -> None:
    namesake = signer_from_seed("tests", b"\1" * 32)
    assert evidence_files.read(run_file(at=NOW, signer=namesake), [SIGNER.key], now=NOW).key is None


def test_a_stranger_checks_a_result_with_the_documented_command(
    client: Client, pack: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "python verify.py --place-key KEY RESULT.note" in client.get("/servicetitan-ready-websites/evidence").text
    file, text = tmp_path / "RESULT.note", run_file(at=NOW)
    altered = text.replace('"passed"', '"failed"', 1)
    cases = (
        (text, SIGNER.key, 0, ""),
        (altered, SIGNER.key, 1, "does not match"),
        (text, STRANGER.key, 1, "not signed by a place that you named"),
        ("no note", SIGNER.key, 1, "not a signed note"),
    )
    for content, key, status, reason in cases:
        file.write_text(content, encoding="utf-8")
        assert verify.main(["--place-key", str(key), str(file)]) == status
        result = json.loads(capsys.readouterr().out)
        assert result["valid"] is (status == 0) and reason in result["reason"]
        assert any(COMMIT in check["result"] for check in result["checks"]) is result["valid"]


def test_a_bad_file_in_the_folder_stops_no_other_file(settings: Any, tmp_path: Path, caplog: Any) -> None:
    settings.EVIDENCE_FOLDERS = [str(tmp_path), str(tmp_path / "missing")]
    (tmp_path / "a.note").write_bytes(b"\xff\xfe")
    (tmp_path / "b.note").write_text("no note", encoding="utf-8")
    (tmp_path / "c.note").write_text(run_file(), encoding="utf-8")
    (tmp_path / "places.txt").write_text("ignored", encoding="utf-8")
    assert import_folders() == 1
    assert [record.file for record in caplog.records] == ["a.note", "b.note"]


def test_the_command_imports_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.note"
    path.write_text(run_file(), encoding="utf-8")
    call_command("import_evidence", str(path))
    call_command("import_evidence", str(path))
    printed = capsys.readouterr().out
    assert "imported from tests" in printed and "already imported" in printed
    path.write_text("no note", encoding="utf-8")
    with pytest.raises(CommandError, match="has no valid signature"):
        call_command("import_evidence", str(path))


def test_the_evidence_that_came_with_the_code_is_signed_by_a_place_that_came_with_it(settings: Any) -> None:
    """Its age is not tested: it lapses, and the pages of an installation then show that."""
    folder = settings.BASE_DIR / "evidence"
    listed = [row for row in (folder / "places.txt").read_text("utf-8").splitlines() if not row.startswith("#")]
    keys = [read_key(text) for text in listed]
    for path in folder.glob("*.note"):
        signed = evidence_files.read(path.read_text("utf-8"), keys, now=NOW + timedelta(days=36500))
        assert signed.key in keys
