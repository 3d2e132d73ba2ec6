"""The comparer calls a change of structure an error and a change of a sentence wording; normalizing is stable."""

import json
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.golden import compare
from tests.golden.compare import Answer
from tests.golden.instance import MAILS, missing_mails
from tests.golden.normalize import Normalizer
from tests.golden.record import mails, python_for, server_errors

PAGE = """<!doctype html><title>Requests</title>
<h1>Requests</h1><p>Two requests wait for you.</p>
<form method="post" action="/ops/items/{id}/finish"><input type="hidden" name="csrfmiddlewaretoken" value="{secret}">
<input name="reason" placeholder="Why you do this"><button>Finish</button></form>
<a href="/ops/items/{id}/">Open</a> <time datetime="{now}">{now}</time>"""


def page(text: str = PAGE) -> bytes:
    """A page as it comes at this moment: with an id, a secret and a time of its own."""
    now = datetime.now(UTC).isoformat()
    return text.format(id=uuid.uuid4(), secret=uuid.uuid4().hex * 2, now=now).encode()


def answer(*, status: int = 200, html: bytes | None = None, facts: object = None) -> list[Answer]:
    """A recording of a page and of a JSON document."""
    body = Normalizer().body("text/html; charset=utf-8", page() if html is None else html)
    document = Normalizer().body("application/json", json.dumps(facts or {"state": "open", "count": 2}).encode())
    return [
        Answer("GET /ops/ #1 as lead", status, ("content-type: text/html",), tuple(body)),
        Answer("COMMAND 01 flags --json", 0, (), tuple(document)),
    ]


@pytest.fixture
def report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[list[Answer]], tuple[int, str, str]]:
    """Compare a recording with that of the unchanged page: the exit status, the report, and the file of wording."""

    def run(new: list[Answer], *options: str) -> tuple[int, str, str]:
        compare.write(tmp_path / "base", answer())
        compare.write(tmp_path / "new", new)
        wording = tmp_path / "wording.txt"
        folders = [str(tmp_path / "base"), str(tmp_path / "new")]
        status = compare.main([*folders, "--wording", str(wording), *options])
        return status, capsys.readouterr().out, wording.read_text()

    return run


def test_two_recordings_of_the_same_page_are_equal(report: Callable[..., tuple[int, str, str]]) -> None:
    assert report(answer()) == (0, "0 errors, 0 changes of wording.\n", "")


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (answer(status=404), "ERROR status 200 -> 404"),
        (answer(html=page(PAGE.replace('/">Open', '/open">Open'))), 'href="/ops/items/<uuid 1>/open"'),
        (answer(html=page(PAGE.replace('name="reason"', 'name="why"'))), '<input name="why">'),
        (answer(facts={"status": "open", "count": 2}), "ERROR structure $.state = 'open' -> $.status = 'open'"),
        (answer()[1:], "ERROR removed: GET /ops/ #1"),
    ],
)
def test_a_changed_structure_is_an_error(
    new: list[Answer], expected: str, report: Callable[..., tuple[int, str, str]]
) -> None:
    status, text, _ = report(new)
    assert status == 1
    assert expected in text


def test_each_part_of_a_mail_is_recorded_and_two_of_the_same_mail_are_equal(tmp_path: Path) -> None:
    def recorded(name: str) -> list[Answer]:
        mail = EmailMessage()
        mail["To"], mail["Subject"], mail["Message-ID"] = "office@example.com", "A visitor wrote", f"<{name}@example>"
        mail.set_content("One request waits.")
        mail.add_alternative(f"<p>Two requests wait: {uuid.uuid4()}.</p>", subtype="html")
        mail.set_boundary(f"==={uuid.uuid4().int}==")
        (tmp_path / name).mkdir()
        (tmp_path / name / "mail.eml").write_bytes(bytes(mail))
        return list(mails(tmp_path / name))

    (first,), (second,) = recorded("first"), recorded("second")
    assert first == second
    text = "\n".join(first.body)
    assert all(part in text for part in ("A visitor wrote", "One request waits.", "Two requests wait", "<p>"))


def test_mails_of_the_demo_do_not_count_as_mails_that_the_recording_waits_for(tmp_path: Path) -> None:
    def send(to: str, count: int) -> None:
        for number in range(count):
            mail = EmailMessage()
            mail["To"] = to
            (tmp_path / f"{to}-{number}.eml").write_bytes(bytes(mail))

    send("operator@pagetojob.example", MAILS.total())
    assert missing_mails(tmp_path) == MAILS
    for to, count in MAILS.items():
        send(to, count)
    assert not missing_mails(tmp_path)


def test_a_commit_with_other_libraries_runs_with_its_own(tmp_path: Path) -> None:
    def checkout(name: str, lock: str) -> Path:
        root = tmp_path / name
        for file, text in {
            "requirements/dev.txt": lock,
            "pagetojob/local/bootstrap.sh": 'mkdir -p "$(dirname "$0")/../../.venv/bin"',
        }.items():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(text)
        return root

    ours, same, older = checkout("ours", "django"), checkout("same", "django"), checkout("older", "django rapidfuzz")
    assert python_for(same, ours) == sys.executable
    assert python_for(older, ours) == str(older / ".venv/bin/python")
    assert (older / ".venv/bin").is_dir()


def test_a_recording_names_its_server_errors() -> None:
    answers = [Answer("GET /hooks/", 503, (), ()), Answer("GET /ops/", 200, (), ()), Answer("COMMAND 1", 1, (), ())]
    assert server_errors({answer.key: answer for answer in answers}) == "server errors: 1: GET /hooks/"
    assert not server_errors({answers[1].key: answers[1]})


def test_ids_in_the_names_of_fields_and_keys_of_sites_are_no_difference() -> None:
    first, second = (
        Normalizer().body("text/html", f'<label for="id_{uuid.uuid4()}-until">site_{key}…</label>'.encode())
        for key in ("z038c", "CF4Kt")
    )
    assert first == second


def test_an_announced_new_name_is_no_difference(report: Callable[..., tuple[int, str, str]]) -> None:
    new = answer(html=page(PAGE.replace('name="reason"', 'name="why"')))
    assert report(new, "--renamed", 'name=\\"reason\\"', 'name=\\"why\\"')[0] == 0
    assert report(new, "--renamed", "other", "why")[0] == 1


def test_a_changed_sentence_is_wording(report: Callable[..., tuple[int, str, str]]) -> None:
    changed = PAGE.replace("Two requests wait for you.", "You have two open requests.").replace("Why you", "Why do you")
    status, _, wording = report(answer(html=page(changed)))
    assert status == 0
    assert wording.splitlines() == [
        "Two requests wait for you. -> You have two open requests.",
        "Why you do this -> Why do you do this",
    ]


def test_normalizing_is_stable_and_keeps_the_dates_of_the_data() -> None:
    first, second = uuid.uuid4(), uuid.uuid4()
    text = f"{first} {second} {first}: due on 2026-11-28 at 14:03, asked on June 23, 2026, at 08:00"
    once = Normalizer(date(2026, 11, 29)).text(text)
    assert once == "<uuid 1> <uuid 2> <uuid 1>: due on <day> at <time>, asked on June 23, 2026, at <time>"
    assert Normalizer(date(2026, 11, 29)).text(once) == once
