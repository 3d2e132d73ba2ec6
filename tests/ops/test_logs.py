"""Logs contain ids and places, but no visitor input: ours, Django's and PostgreSQL's."""

import io
import json
import logging
import re
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from django.conf import settings
from django.test import Client, override_settings
from django.urls import get_resolver

from pagetojob.local.place import CLONE
from pagetojob.local.postgres import Postgres
from pagetojob.logs import JsonFormatter, request_id
from pagetojob.platform.tenants.models import Tenant


def line(name: str, message: str, *args: object, error: bool = False, **extra: Any) -> dict[str, Any]:
    record = logging.getLogger(name).makeRecord(
        name, logging.ERROR, "x.py", 1, message, args, sys.exc_info() if error else None, extra=extra
    )
    written: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return written


def test_our_lines_carry_ids() -> None:
    token = request_id.set("r-1")
    try:
        written = line("syncqueue.x", "settled %s", "fine", item="i-1")
    finally:
        request_id.reset(token)
    assert (written["message"], written["item"], written["request_id"]) == ("settled fine", "i-1", "r-1")


def test_a_field_does_not_replace_the_level_of_a_line() -> None:
    written = line("syncqueue.x", "request escalated", level=2, escalation=2)
    assert (written["level"], written["escalation"]) == ("error", 2)


@pytest.mark.parametrize(("name", "message"), [("syncqueue.x", "failed"), ("celery.app.trace", "Task raised: %s")])
def test_an_exception_is_named_and_placed_but_not_quoted(name: str, message: str) -> None:
    try:
        int("Jamie Rivera, (602) 555-0199")
    except ValueError as error:
        foreign = {"data": {"exc": repr(error)}} if name.startswith("celery") else {}
        written = line(name, message, *([error] if "%s" in message else []), error=True, **foreign)
    assert "Jamie" not in json.dumps(written)
    assert written["error"] == "ValueError"
    assert "test_logs.py" in written["trace"][-1]


def test_third_party_error_messages_are_not_logged_even_if_formatted() -> None:
    try:
        int("")
    except ValueError:
        written = line("celery.app.trace", "Task of Jamie Rivera raised", error=True)
    assert "Jamie" not in json.dumps(written)
    assert (written["logger"], written["level"], written["error"]) == ("celery.app.trace", "error", "ValueError")


@pytest.mark.parametrize(
    ("message", "args", "kept"),
    [
        ("Forbidden (%s): %s", ("Jamie", "/x"), "Forbidden (%s): %s"),
        ("Invalid HTTP_HOST header: 'Jamie'.", (), "Suspicious request; details omitted."),
    ],
)
def test_of_a_suspicious_request_nothing_is_quoted(message: str, args: tuple[str, ...], kept: str) -> None:
    assert line("django.security.x", message, *args)["message"] == kept


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "lines"), [("/demo-site/desert-peak/nowhere", 0), ("/sites/desert-peak/nowhere", 1)])
def test_only_the_pages_that_the_demo_site_lacks_on_purpose_go_without_a_line(
    client: Client, tenant: Tenant, caplog: pytest.LogCaptureFixture, path: str, lines: int
) -> None:
    assert client.get(path).status_code == 404
    assert len([record for record in caplog.records if record.name == "django.request"]) == lines


@override_settings(DEBUG=False)
def test_a_host_that_is_not_ours_is_not_quoted(client: Client, db: None) -> None:
    handler = logging.StreamHandler(written := io.StringIO())
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("django.security.DisallowedHost")
    logger.addHandler(handler)
    try:
        assert client.get("/", headers={"host": "jamie-rivera.example"}).status_code == 400
    finally:
        logger.removeHandler(handler)
    assert json.loads(written.getvalue())["logger"] == "django.security.DisallowedHost"
    assert "jamie" not in written.getvalue()


def test_half_of_a_surrogate_pair_does_not_break_the_line() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    record = logging.makeLogRecord({"name": "syncqueue.x", "msg": "settled", "item": "\ud83d"})
    stream.write(handler.format(record))
    stream.flush()
    assert json.loads(stream.buffer.getvalue())["item"] == "\ud83d"


def test_the_embedded_database_logs_an_error_without_its_values(tmp_path: Path) -> None:
    with Postgres(tmp_path / "pg", durable=False) as postgres, psycopg.connect(postgres.admin_url) as connection:
        connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
        connection.execute("INSERT INTO people VALUES ('Jamie Rivera')")
        with pytest.raises(psycopg.errors.UniqueViolation, match="Jamie"):
            connection.execute("INSERT INTO people VALUES ('Jamie Rivera')")
    log = postgres.log.read_text()
    assert "people_pkey" in log and "Jamie" not in log


def test_the_compose_database_has_the_same_setting() -> None:
    command = yaml.safe_load((CLONE / "docker-compose.yml").read_text())["services"]["postgres"]["command"]
    assert {"log_min_error_statement=panic", "log_error_verbosity=terse"} <= set(command)


@pytest.mark.parametrize("kind", ["reset", "invitation"])
def test_the_secret_of_an_emailed_link_is_not_logged(kind: str) -> None:
    written = line("django.request", "%s: %s", "Too Many Requests", f"/account/{kind}/pu1gaEQSR-Ng89Kh")
    assert written["message"] == f"Too Many Requests: /account/{kind}/…"


def _secret_routes(patterns: Any = None, prefix: str = "/") -> list[str]:
    """Return every path of ours whose converter is named for a secret, with SECRET in its place."""
    paths: list[str] = []
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        whole = prefix + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            paths += _secret_routes(entry.url_patterns, whole)
        elif re.search(r"<(\w+:)?(code|token|key|secret)>", whole):
            named = re.sub(r"<slug:\w+>", "some-tenant", whole.replace("<contractor:slug>", ""))
            paths.append(re.sub(r"<[^>]+>", "SECRET", named))
    return paths


def test_the_address_of_a_visitors_own_request_is_not_logged() -> None:
    """It opens the request for anyone, and the office's pages contain the same id."""
    secret = "68c64ab7-5334-e2a6-3fd0-98994a82ce54"
    for start in ("/sites/some-tenant/requests/", "/requests/", "/portal/requests/"):
        written = line("django.request", "Method Not Allowed (%s): %s", "PUT", f"{start}{secret}/answer")
        assert written["message"] == f"Method Not Allowed (PUT): {start}…"
    assert "/requests/search" in line("django.request", "Not Found: %s", "/portal/requests/search")["message"]


def test_only_the_filtering_handler_writes_lines_of_django() -> None:
    handlers = [
        name for name in ("django", "django.request", "django.security.csrf") if logging.getLogger(name).handlers
    ]
    assert handlers == [] and logging.getLogger("django").propagate


def test_no_line_holds_the_secret_of_a_link() -> None:
    paths = _secret_routes()
    first = {path.split("/")[1] for path in paths}
    assert first == {"account", "review", "notices", "r", "servicetitan-ready-websites", "sites"} and len(paths) == 12
    of_contractors = _secret_routes(get_resolver(settings.CONTRACTOR_URLCONF).url_patterns)
    assert of_contractors == ["/preview/SECRET"]
    for path in paths + of_contractors:
        for message in (
            f"Not Found: {path}",
            f"Method Not Allowed (POST): {path}?x=1",
            f"Unprocessable Entity: {path}",
            f"Not Found: {path.upper()}",
        ):
            assert "SECRET" not in line("django.request", message)["message"], path
