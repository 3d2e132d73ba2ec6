"""Run the local instance of a checkout: its own `python -m pagetojob.local`, on servers that this checkout starts.

Nothing is imported from the recorded checkout. The contract is its command line, the file `instance.json` that it
writes while it runs, and the addresses and form fields of its pages.
"""

import base64
import hmac
import json
import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit, urlunsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import psycopg
from selectolax.lexbor import LexborHTMLParser

from pagetojob.local.postgres import Postgres
from pagetojob.local.process import free_port
from pagetojob.local.valkey import Valkey

START_SECONDS = 600.0
#: The background work has settled when no table gained or lost a row for this long.
QUIET_SECONDS = 20.0
SETTLE_SECONDS = 300.0
#: How many mails `_use` makes the product send to whom. The demo sends others, so a total would end the wait too early.
MAILS = Counter(
    {
        "office@desert-peak.example": 3,
        "jamie@example.com": 1,
        "new-reviewer@example.com": 1,
        "viewer@pagetojob.example": 5,
    }
)
#: A PDF takes seconds on a quiet machine and minutes on a busy one; without Pango there is none.
PACKETS_SECONDS = 900.0
#: The request form marks an answer as suspect when it comes back faster than a person types.
TYPING_SECONDS = 4.0
#: Workers do the same in any order; these leave the audit log in the same state each time.
SETTLING = ("seal_audit", "verify_audit")
READING_SECONDS = 180.0
REASON = {"reason": "Golden recording."}
REQUEST = {
    "service": "AC Repair",
    "urgency": "soon",
    "preferred_window": "afternoon",
    "name": "Jamie Rivera",
    "phone": "(602) 555-0199",
    "email": "jamie@example.com",
    "message": "No cold air since this morning.",
    "consent": "on",
}


class RecordingFailed(Exception):
    """The checkout could not be recorded; the message says why."""


@dataclass
class Checkout:
    """One version of the code, the Python that runs it, and the environment of its commands."""

    root: Path
    python: str
    environment: dict[str, str] = field(default_factory=dict)

    def spawn(self, *arguments: str, log: Path, pipes: bool = False, **environment: str) -> subprocess.Popen[bytes]:
        """Start a program of the checkout in a process group of its own; with `pipes` we write to it and read it."""
        with log.open("ab") as output:
            return subprocess.Popen(
                [self.python, *arguments],
                cwd=self.root,
                env=self.clean_environment() | environment,
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipes else output,
                stderr=output,
                start_new_session=True,
            )

    def clean_environment(self) -> dict[str, str]:
        """Return the variables every program needs, and none that points at other servers or other code."""
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "LD_LIBRARY_PATH", "PATH") if name in os.environ}
        return kept | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"} | self.environment


@contextmanager
def running(process: subprocess.Popen[bytes]) -> Generator[subprocess.Popen[bytes]]:
    """Stop `process` and its children at the end."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def servers(folder: Path) -> Generator[tuple[str, str]]:
    """Start PostgreSQL and Valkey below `folder`; yield the administrator's URL and the broker's."""
    postgres, valkey = Postgres(folder / "postgres", durable=False), Valkey(folder / "valkey")
    postgres.start()
    try:
        valkey.start()
        try:
            yield postgres.admin_url, valkey.url
        finally:
            valkey.stop()
    finally:
        postgres.stop()


def prepare(checkout: Checkout, folder: Path, admin_url: str, redis_url: str) -> None:
    """Load the demo in a running instance, use it like its people do, and stop it once its workers are idle.

    Afterwards `checkout.environment` holds the variables with which its commands reach the same database.
    """
    port = free_port()
    command = ("-m", "pagetojob.local", "--data", str(folder / "data"), "--port", str(port), "--throw-away", "run")
    log = folder / "instance.log"
    with running(checkout.spawn(*command, log=log, DATABASE_URL=admin_url, REDIS_URL=redis_url)) as process:
        instance = _wait_until_ready(process, folder / "data" / "instance.json", log)
        checkout.environment = dict(instance["environment"])
        _use(instance["url"], checkout.environment["DEMO_PASSWORD"])
        database = urlsplit(checkout.environment["DATABASE_URL"]).path
        _wait_for_mails(Path(instance["mail"]))
        _wait_for_packets(Browser(instance["url"]))
        _settle(urlunsplit(urlsplit(admin_url)._replace(path=database)))
        for name in SETTLING:
            with running(checkout.spawn("manage.py", name, log=folder / "prepare.log")) as finishing:
                finishing.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], file: Path, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + START_SECONDS
    while not file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RecordingFailed(f"The instance did not start. The end of {log}:\n{log.read_text()[-3000:]}")
        time.sleep(0.2)
    instance: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return instance


def _wait_for_mails(folder: Path) -> None:
    """Wait until the mails that `_use` asked for were sent; some are sent once a minute."""
    ends = time.monotonic() + SETTLE_SECONDS
    while missing_mails(folder) and time.monotonic() < ends:
        time.sleep(1)


def missing_mails(folder: Path) -> Counter[str]:
    """Count the mails of `MAILS` that are not in the folder yet, by recipient."""
    return MAILS - Counter(str(message_from_bytes(file.read_bytes())["To"]) for file in folder.glob("*.eml"))


def _wait_for_packets(visitor: "Browser") -> None:
    """Wait until a worker made the PDF and the bundle of both versions of the pack, where PDFs can be made."""
    ends = time.monotonic() + PACKETS_SECONDS
    for path in ("1/packet.pdf", "1/bundle.zip", "2/packet.pdf", "2/bundle.zip"):
        while time.monotonic() < ends:
            with suppress(RecordingFailed):
                visitor.get(f"/servicetitan-ready-websites/changes/{path}")
                break
            time.sleep(2)


def _settle(database_url: str) -> None:
    """Wait until the workers are idle: the number of rows of every table stays the same."""
    ends = time.monotonic() + SETTLE_SECONDS
    counted: dict[str, int] = {}
    since = time.monotonic()
    with psycopg.connect(database_url, autocommit=True) as connection:
        names = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        query = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in names)
        while time.monotonic() < ends and time.monotonic() - since < QUIET_SECONDS:
            now: dict[str, int] = dict(connection.execute(query.encode()).fetchall())
            if now != counted:
                counted, since = now, time.monotonic()
            time.sleep(1)


type Form = tuple[str, set[str], dict[str, str]]


def forms_of(page: str) -> Iterator[Form]:
    """The POST forms of a page: address, names of all fields, and what a browser sends when no one types."""
    for form in LexborHTMLParser(page).css("form[method=post]"):
        names, sent = set(), {}
        for node in form.css("input[name], select[name], textarea[name]"):
            name, kind = node.attributes["name"] or "", node.attributes.get("type")
            names.add(name)
            if node.tag == "select":
                option = node.css_first("option[selected]") or node.css_first("option")
                sent[name] = (option.attributes.get("value") or "") if option else ""
            elif kind not in {"checkbox", "radio", "file", "submit"} or "checked" in node.attributes:
                sent[name] = node.attributes.get("value") or ""
        yield form.attributes.get("action") or "", names, sent


class Browser:
    """A browser without scripts, for one person."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str, data: Mapping[str, str] | None = None) -> str:
        """Return a page, or the page after a POST of `data`."""
        body = urlencode(data).encode() if data is not None else None
        try:
            with self.opener.open(self.url + path, body, timeout=60) as answer:
                text: str = answer.read().decode(errors="replace")
                return text
        except HTTPError as error:
            raise RecordingFailed(f"{path} answered {error.code} during the preparation.") from error

    def submit(self, path: str, fields: Mapping[str, str], *, to: str = "", wait: float = 0.0) -> str:
        """Fill in the form on the page at `path` that leads to an address like `to` and has all of `fields`."""
        page = self.get(path)
        time.sleep(wait)
        for action, names, found in forms_of(page):
            if to in action and set(fields) <= names:
                return self.get(action or path, found | dict(fields))
        raise RecordingFailed(f"The page {path} has no form to {to or 'itself'} with the fields {', '.join(fields)}.")


def _use(url: str, password: str) -> None:
    """Do what makes the product send each mail it can send on the demo data."""
    visitor = Browser(url)
    visitor.submit("/sites/desert-peak/request-appointment?page=/ac-repair-phoenix", REQUEST, wait=TYPING_SECONDS)
    visitor.submit("/account/forgot", {"email": "viewer@pagetojob.example"})
    owner, lead, viewer = Browser(url), Browser(url), Browser(url)
    emails = ("owner@desert-peak.example", "lead@pagetojob.example", "viewer@pagetojob.example")
    for email, browser in zip(emails, (owner, lead, viewer), strict=True):
        browser.submit("/account/sign-in", {"username": email, "password": password})
    owner.submit("/portal/people/", {"email": "new-reviewer@example.com"})
    lead.submit("/ops/connections/desert-peak/begin", {"environment": "production"} | REASON)
    end = _link(lead.get("/ops/connections/desert-peak/"), "/ops/connections/desert-peak/[^/]+/disconnect")
    lead.submit(end, {"name": "Desert Peak Heating & Air"} | REASON)
    _change_factors(viewer, password)
    _ask_the_customer(lead)


def _link(page: str, pattern: str) -> str:
    """Return the first address of a page that fits."""
    found = re.search(f'"({pattern})"', page)
    if found is None:
        raise RecordingFailed(f"A page of the demo has no link to {pattern}.")
    return found[1]


def _change_factors(viewer: Browser, password: str) -> None:
    """Add an authenticator app, make recovery codes, remove the app, and change the password."""
    key = re.search(r"<code[^>]*>([A-Z2-7 ]{16,})</code>", viewer.get("/account/security/authenticator"))
    if key is None:
        raise RecordingFailed("The page of the authenticator app shows no key.")
    text = key[1].replace(" ", "")
    secret = base64.b32decode(text + "=" * (-len(text) % 8))
    digest = hmac.digest(secret, int(time.time() // 30).to_bytes(8), "sha1")
    number = int.from_bytes(digest[digest[-1] & 15 :][:4]) & 0x7FFFFFFF
    viewer.submit("/account/security/authenticator", {"code": f"{number % 1_000_000:06d}", "name": "Phone"})
    viewer.submit("/account/security", {}, to="/recovery-codes")
    viewer.submit("/account/security", {}, to="/remove/")
    new = f"{password} again"
    viewer.submit("/account/password", {"old_password": password, "new_password1": new, "new_password2": new})


def _ask_the_customer(lead: Browser) -> None:
    """Ask about the first open finding of the demo website, as soon as it has been read."""
    ends = time.monotonic() + READING_SECONDS
    while not (finding := re.search(r'"(/ops/drift/findings/[^"/]+)"', lead.get("/ops/drift/"))):
        if time.monotonic() > ends:
            raise RecordingFailed(f"The demo website was not read within {READING_SECONDS:.0f} seconds.")
        time.sleep(2)
    lead.submit(finding[1], {"ask-mail_it": "on", "ask-reason": REASON["reason"]})
