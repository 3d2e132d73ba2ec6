"""Run docker-compose.yml and use it: `python -m tests.containers.walk` prints a table of steps and one of services.

It builds the images, starts every service, and does the main job through Caddy: page, request, notice, manual
completion; then it restarts everything, upgrades to a version with a migration, backs up, rehearses a restore, loses
the database and restores it.
Without `--real-base-images` it uses the images of deploy/base_images, which need no container registry.
"""

import argparse
import json
import re
import secrets
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http.client import HTTPException
from pathlib import Path
from zoneinfo import ZoneInfo

from django_otp.oath import totp

from deploy.base_images.__main__ import IMAGES, make
from deploy.podman import PodmanError, podman
from pagetojob.local.process import free_port
from tests.containers import confinement
from tests.containers.browser import Browser
from tests.containers.composed import SITE, SUFFIX, Composed, version_label

SLUG, ZONE = "desert-peak", ZoneInfo("America/Phoenix")
FORM = f"/sites/{SLUG}/request-appointment?page=/ac-repair-phoenix"
OFFICE = "office@desert-peak.example"
OPERATOR = "operator@pagetojob.example"
#: A form that is sent faster than this is marked as not filled in by a person.
TYPING_SECONDS = 3.5
WAIT_SECONDS = 300.0
#: A machine that is too busy to make the PDF within its limit tries again after ten minutes.
PACKET_SECONDS = 720.0
DATA_FOLDER = "/var/lib/postgresql/18/docker"
REAL_IMAGES = {
    "PYTHON_IMAGE": "python:3.13-slim",
    "POSTGRES_IMAGE": "postgres:18",
    "VALKEY_IMAGE": "valkey/valkey:9",
    "CADDY_IMAGE": "caddy:2.11.7",
}
#: Creates the fictional contractor and the operator's authenticator app; prints the key of the app.
PEOPLE = """
from pagetojob.demo.data import load_demo
from pagetojob.platform.accounts import keys, onetime
from pagetojob.platform.accounts.models import Authenticator
from pagetojob.platform.tenants.models import User
load_demo({password!r})
key = onetime.new_key()
row = Authenticator(user=User.objects.get(email={operator!r}), name="Walk")
row.sealed_key = keys.seal(key, use="authenticator", bound_to=f"{{row.user_id}}:{{row.public_id}}")
row.save()
print("key=" + key.hex())
"""
#: The booking of a request, by its reference number.
BOOKING = """
from pagetojob.platform.tenants import scope
from syncqueue.leads.models import Lead
with scope.worker():
    item = Lead.objects.get(spoken_code={code!r}).sync_items.get(kind="booking_request")
    print("item=" + str(item.public_id), "state=" + item.state.replace(" ", "_"))
"""
REFERENCES = """
from pagetojob.platform.tenants import scope
from syncqueue.leads.models import Lead
with scope.worker():
    print("references=" + ",".join(Lead.objects.values_list("spoken_code", flat=True)))
"""
#: Run in the container of backups, which has the superuser's URL.
SUPERUSER = """
import pathlib, psycopg, sys
with psycopg.connect(pathlib.Path("/run/secrets/admin_url").read_text(), autocommit=True) as session:
    print(session.execute(sys.argv[1]).fetchone()[0])
"""
LEDGER = """
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue import selectors
with scope.worker():
    books = selectors.books(Tenant.objects.get(slug={slug!r}))
print(f"{{books.captured}} captured, {{books.delivered}} delivered, {{books.manual_complete}} completed;", end=" ")
print(f"balance: {{books.balance}}")
"""
MIGRATION = """from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "{last}")]
    operations = [migrations.RunSQL("COMMENT ON SCHEMA public IS 'walk-2'", migrations.RunSQL.noop)]
"""
HEAVY_LIBRARIES = "import duckdb, splink, weasyprint; print(duckdb.sql('SELECT 6 * 7').fetchall()[0][0])"


@dataclass
class Row:
    """A step with its time and what it showed."""

    step: str
    seconds: float
    shown: str


class Walk:
    """The steps in order. Each returns what it saw, or raises."""

    def __init__(self, composed: Composed, port: int) -> None:
        self.composed, self.port = composed, port
        self.password, self.key = secrets.token_urlsafe(24), b""
        self.code = ""
        self.authority = ""

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "build the images", self.build
        yield "start every service", self.start
        yield "first page, over TLS", self.first_page
        yield "limits of bodies", self.limits
        yield "40 stalled requests", self.stalled
        yield "a contractor", self.contractor
        yield "certificates on demand", self.certificates
        yield "a request is stored", self.lead
        yield "the office is notified", self.notice
        yield "manual completion", self.complete
        yield "heavy work", self.heavy
        yield "secrets, users, limits and health of each service", self.confined
        yield "restart of every service", self.restart
        yield "upgrade with a migration", self.upgrade
        yield "backup and restore drill", self.backup
        yield "confinement with the service of backups", self.confined
        yield "restore into an empty database", self.restore
        yield "the ledger", self.ledger

    def build(self) -> str:
        self._build_images("walk-1")
        return ", ".join(f"{name} {size}" for name, size in image_sizes("walk-1").items())

    def start(self) -> str:
        self.composed.up()
        self.authority = self.composed.run("caddy", "cat", "/data/caddy/pki/authorities/local/root.crt")
        self._answers()
        return f"{len(self.composed.containers())} containers"

    def first_page(self) -> str:
        browser = self._browser()
        answer, page = browser.ask("GET", "/servicetitan-ready-websites/api-readiness")
        _need(answer.status == 200 and b"not affiliated with or endorsed by ServiceTitan" in page, answer.status)
        packed, small = browser.ask("GET", "/servicetitan-ready-websites/api-readiness", Accept_Encoding="gzip")
        _need(packed.headers["Content-Encoding"] == "gzip", packed.headers)
        return f"{len(page):,} bytes, compressed {len(small):,}"

    def certificates(self) -> str:
        answer, _ = Browser(f"{SLUG}.{SUFFIX}", self.port, self.authority).ask("GET", "/robots.txt")
        _need(answer.status == 200, answer.status)
        try:
            Browser(f"stranger.{SUFFIX}", self.port, self.authority).ask("GET", "/robots.txt")
        except OSError as error:
            return f"{SLUG}.{SUFFIX} has one; a host that no contractor has: {type(error).__name__}"
        raise AssertionError("A host that no contractor has got a certificate.")

    def limits(self) -> str:
        large, _ = self._browser().ask("POST", "/account/sign-in", b"x" * 70_000)
        form, _ = self._browser().ask("POST", FORM, b"x" * 200_000)
        chunked, _ = self._browser().ask("POST", "/account/sign-in", b"0\r\n\r\n", Transfer_Encoding="chunked")
        _need((large.status, chunked.status) == (413, 411), (large.status, chunked.status))
        _need(form.status not in (411, 413), form.status)
        return f"70 kB to the sign-in {large.status}, 200 kB to the form {form.status}, no length {chunked.status}"

    def stalled(self) -> str:
        context = self._browser().context
        head = f"POST {FORM} HTTP/1.1\r\nHost: {SITE}\r\nContent-Length: 9999\r\n\r\nname=J".encode()
        lines = [context.wrap_socket(self._plain(), server_hostname=SITE) for _ in range(40)]
        for line in lines:
            line.sendall(head)
        began = time.monotonic()
        self._browser().fetch("/servicetitan-ready-websites/api-readiness")
        took = time.monotonic() - began
        for line in lines:
            line.close()
        _need(took < 5, took)
        return f"a page in {took * 1000:.0f} ms"

    def contractor(self) -> str:
        printed = self._shell(PEOPLE.format(password=self.password, operator=OPERATOR))
        self.key = bytes.fromhex(_match(r"key=(\w+)", printed))
        return f"the fictional {SLUG}, and an operator with an authenticator app"

    def lead(self) -> str:
        self.code = self._request()
        return f"reference {self.code}"

    def notice(self) -> str:
        began = time.monotonic()
        _wait_for(self._notified, "no mail to the office names the request")
        return f"mail to {OFFICE}, seen after {time.monotonic() - began:.1f} s"

    def complete(self) -> str:
        browser = self._browser()
        path, _ = browser.submit("/account/sign-in?next=/ops/", {"username": OPERATOR, "password": self.password})
        path, _ = browser.submit("/account/second-step", {"code": _code(self.key)})
        _need(path == "/ops/", path)
        item = self._booking()[0]
        answers = {
            "done_where": "The office's call sheet",
            "done_reference": f"Walk {self.code}",
            "done_at": datetime.now(ZONE).strftime("%Y-%m-%dT%H:%M"),
            "reason": "The gate is closed; entered manually.",
        }
        _, page = browser.submit(f"/ops/items/{item}", answers, to=f"/ops/items/{item}/manual-complete")
        _need("Marked as done" in page, "the page does not confirm it")
        return f"by {OPERATOR}, with a second step; state: {self._booking()[1]}"

    def heavy(self) -> str:
        _need(self.composed.run("worker-heavy", "python", "-c", HEAVY_LIBRARIES).strip() == "42", "DuckDB")
        path = "/servicetitan-ready-websites/packet.pdf"
        _wait_for(lambda: self._status(path) == 200, "no packet was made", seconds=PACKET_SECONDS)
        _, content = self._browser().ask("GET", path)
        _need(content.startswith(b"%PDF-"), content[:20])
        return f"DuckDB and Splink load; the PDF packet is served, {len(content):,} bytes"

    def confined(self) -> str:
        """Compare every container with the files of compose; the ended ones as well."""
        defined = confinement.services(self.composed)
        staying = sorted(defined.keys() - confinement.ENDED.keys())
        for service in staying:
            # The backup has none: the age of its newest backup is a metric with an alarm.
            if "healthcheck" in defined[service]:
                _wait_for(partial(self.composed.is_healthy, service), f"the health command of {service} fails")
        checks = (
            confinement.different_secrets,
            confinement.secrets_in_configurations,
            confinement.different_limits,
            confinement.different_users,
        )
        wrong = [line for check in checks for line in check(self.composed)]
        _need(not wrong, "; ".join(wrong))
        return f"{len(staying)} services and {len(confinement.ENDED)} that have ended are as the files say"

    def restart(self) -> str:
        with self._polled() as polled, self.composed.health_checks():
            self.composed.compose("restart", "--timeout=10")
            self._answers()
        self.code = self._request()
        _wait_for(self._notified, "no mail after the restart")
        return f"no page for {polled.longest:.1f} s; a new request was delivered"

    def upgrade(self) -> str:
        last = sorted(file.stem for file in (self.composed.folder / "syncqueue/migrations").glob("0*.py"))[-1]
        number = int(last[:4]) + 1
        file = self.composed.folder / "syncqueue" / "migrations" / f"{number:04d}_walk.py"
        file.write_text(MIGRATION.format(last=last))
        self.composed.version("walk-2")
        began = time.monotonic()
        self._build_images("walk-2")
        built = time.monotonic() - began
        with self._polled() as polled:
            self.composed.up()
            self._answers()
        printed = self.composed.run("web", "python", "manage.py", "showmigrations", "syncqueue")
        _need(f"[X] {number:04d}_walk" in printed, printed[-300:])
        image = self.composed.inspect("web")["ImageName"]
        _need(image.endswith(":walk-2"), image)
        _need(self._booking()[0], "the request is gone")
        return f"built in {built:.0f} s; no page for {polled.longest:.1f} s; migration applied, requests are there"

    def backup(self) -> str:
        self.composed.files.append("deploy/backups.yml")
        self.composed.build("postgres")
        self.composed.up()
        self._answers()
        listed = ""

        def has_backup() -> bool:
            nonlocal listed
            listed = self.composed.run("backup", "python", "manage.py", "backup", "list")
            return '"full"' in listed

        _wait_for(has_backup, "no backup was made", seconds=600)
        drill = self.composed.run("backup", "python", "manage.py", "backup", "drill", "--by", OPERATOR)
        result = json.loads(drill[drill.index("{") : drill.rindex("}") + 1])
        return (
            f"{json.loads(listed.splitlines()[0])['repository_bytes']:,} bytes encrypted; "
            f"RTO {result['rto_seconds']:.0f} s, RPO {result['rpo_seconds']:.0f} s"
        )

    def restore(self) -> str:
        """Store a further request, lose the database, and follow docs/how-to/backups.md with an empty volume."""
        before = self._references()
        self.code = self._request()
        _wait_for(self._notified, "no mail before the loss")
        last = self._superuser("SELECT pg_walfile_name(pg_switch_wal())")
        archived = "SELECT last_archived_wal FROM pg_stat_archiver"
        _wait_for(lambda: self._superuser(archived) >= last, "the last segment was not archived")
        self.composed.lose("postgres")
        began = time.monotonic()
        self.composed.once("backup", "python", "manage.py", "backup", "restore", "--to", DATA_FOLDER)
        self.composed.up("postgres")
        _wait_for(lambda: self.composed.is_healthy("postgres"), "the restored database does not answer")
        printed = self.composed.once("worker-deliver", "python", "manage.py", "resume_after_restore")
        _need('"lost": []' in printed, printed[-500:])
        self.composed.up()
        self._answers()
        took = time.monotonic() - began
        references, expected = self._references(), before | {self.code}
        _need(references == expected, references ^ expected)
        self.code = self._request()
        _wait_for(self._notified, "no mail after the restore")
        return f"{len(expected)} of {len(expected)} requests, one newer than the backup; a page after {took:.0f} s"

    def ledger(self) -> str:
        printed = self._shell(LEDGER.format(slug=SLUG)).strip().splitlines()[-1]
        _need("balance: True" in printed, printed)
        return printed

    def memory(self) -> list[tuple[str, str]]:
        """Return the memory of each running container and its limit."""
        shown = podman("stats", "--no-stream", "--format={{.Name}}\t{{.MemUsage}}")
        rows = [line.split("\t") for line in shown.splitlines() if line.startswith(f"{self.composed.name}_")]
        return sorted((name.split("_")[1], usage) for name, usage in rows)

    def _build_images(self, version: str) -> None:
        """Build both images of our code. Each must name this version, which an earlier build of it did not have."""
        self.composed.build("web", "worker-heavy")
        named = {name: version_label(f"localhost/{name}:{version}") for name in ("pagetojob", "pagetojob-heavy")}
        _need(set(named.values()) == {version}, named)

    def _browser(self) -> Browser:
        return Browser(SITE, self.port, self.authority)

    def _plain(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def _answers(self) -> None:
        _wait_for(lambda: self._status("/readyz") == 200, "the website does not answer")

    def _status(self, path: str) -> int:
        try:
            return self._browser().ask("GET", path)[0].status
        except (OSError, HTTPException):
            return 0

    def _polled(self) -> "Polled":
        return Polled(lambda: self._status("/servicetitan-ready-websites/api-readiness") == 200)

    def _request(self) -> str:
        browser = self._browser()
        browser.fetch(FORM)
        time.sleep(TYPING_SECONDS)
        answers = {
            "service": "AC Repair",
            "urgency": "soon",
            "preferred_window": "afternoon",
            "name": "Jamie Rivera",
            "phone": "(602) 555-0199",
            "email": "jamie@example.com",
            "message": f"No cold air since this morning ({secrets.token_hex(4)}).",
            "consent": "on",
        }
        _, page = browser.submit(FORM, answers)
        return _match(r"(PTJ-[0-9A-Z]{7})", page)

    def _booking(self) -> tuple[str, str]:
        printed = self._shell(BOOKING.format(code=self.code))
        return _match(r"item=(\S+)", printed), _match(r"state=(\S+)", printed).replace("_", " ")

    def _notified(self) -> bool:
        """Tell whether the mail server got a mail to the office with the reference in its subject."""
        received = podman("logs", self.composed.container("mail"), check=False)
        headers = [mail.partition("\n\n")[0] for mail in received.split("=== mail\n")]
        return any(OFFICE in header and self.code in header for header in headers)

    def _references(self) -> set[str]:
        return set(_match(r"references=(\S+)", self._shell(REFERENCES)).split(","))

    def _superuser(self, query: str) -> str:
        return self.composed.run("backup", "python", "-c", SUPERUSER, query).strip()

    def _shell(self, program: str) -> str:
        return self.composed.run("web", "python", "manage.py", "shell", stdin=program)


class Polled:
    """Asks for a page five times a second; `longest` is the longest time from one answer to the next."""

    def __init__(self, answers: Callable[[], bool]) -> None:
        self._answers, self._stop, self.longest = answers, threading.Event(), 0.0
        self._thread = threading.Thread(target=self._poll, daemon=True)

    def __enter__(self) -> "Polled":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _poll(self) -> None:
        answered = time.monotonic()
        while not self._stop.wait(0.2):
            answers = self._answers()
            # A request that waits for the restart is answered at the end, so its time counts too.
            self.longest = max(self.longest, time.monotonic() - answered)
            if answers:
                answered = time.monotonic()


def image_sizes(version: str) -> dict[str, str]:
    """Return the size of our images by name."""
    shown = podman("images", "--format={{.Repository}}\t{{.Tag}}\t{{.Size}}")
    rows = [line.split("\t") for line in shown.splitlines()]
    return {name.rpartition("/")[2]: size for name, tag, size in rows if tag == version}


def _code(key: bytes) -> str:
    """Return what an authenticator app with this key shows now (RFC 6238)."""
    return f"{totp(key):06d}"


def _need(holds: object, seen: object) -> None:
    if not holds:
        raise AssertionError(str(seen))


def _match(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    _need(match, f"no {pattern} in {text[-500:]}")
    assert match
    return match[1]


def _wait_for(holds: Callable[[], bool], otherwise: str, *, seconds: float = WAIT_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        _need(time.monotonic() < deadline, otherwise)
        time.sleep(0.3)


def run(*, images: dict[str, str], keep: bool = False) -> tuple[list[Row], list[tuple[str, str]], str]:
    """Do the walk; return its rows, the memory of each service, and the error that ended it."""
    https_port = free_port()
    rows: list[Row] = []
    folder = Path(tempfile.mkdtemp(prefix="ptj-walk-"))
    composed = Composed(folder, images=images, https_port=https_port, http_port=free_port())
    walk = Walk(composed, https_port)
    error = ""
    try:
        for name, step in walk.steps():
            began = time.monotonic()
            shown = step()
            rows.append(Row(name, time.monotonic() - began, shown))
            print(f"| {name} | {rows[-1].seconds:.1f} s | {shown} |", flush=True)
    except (AssertionError, OSError, PodmanError, ValueError) as wrong:
        error = f"{name}: {type(wrong).__name__}: {wrong}\n{composed.problems()}"
    memory = walk.memory()
    if not keep:
        composed.remove()
        shutil.rmtree(folder)
    return rows, memory, error


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real-base-images", action="store_true", help="pull the images of deploy/images.env")
    parser.add_argument("--keep", action="store_true", help="leave the containers")
    options = parser.parse_args()
    if not options.real_base_images:
        for image, seconds in make().items():
            print(f"made {image} in {seconds:.0f} s")
    print("| step | time | result |\n| --- | ---: | --- |")
    _, memory, error = run(images=REAL_IMAGES if options.real_base_images else IMAGES, keep=options.keep)
    print("\n| service | memory / limit |\n| --- | ---: |")
    print("\n".join(f"| {name} | {usage} |" for name, usage in memory))
    if error:
        print(f"\nFailed at {error}")
    return 1 if error else 0


if __name__ == "__main__":
    sys.exit(main())
