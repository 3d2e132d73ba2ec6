"""End-to-end demo of the main job against a running instance, with proof for each step. Used by `make demo`.

It fetches pages over HTTP like a browser without scripts, reads rows in the worker scope, and reads emails from the
folder that the demo delivers to.
"""

import http.client
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

from django.conf import settings
from django.utils import timezone

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import subject_key
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import selectors
from syncqueue.leads.models import Lead

from .data import SLUG

OPERATOR = "operator@pagetojob.example"
WAIT_SECONDS = 30.0
#: A form submitted faster than this is marked as not filled in by a person.
TYPING_SECONDS = 3.5
_INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class StepFailed(Exception):
    """A step did not show the expected result. The message describes what was seen."""


def need(holds: object, seen: str) -> None:
    if not holds:
        raise StepFailed(seen)


@dataclass
class Visitor:
    """A browser without scripts: cookies, redirects, hidden fields."""

    base: str
    _opener: object = field(default_factory=lambda: build_opener(HTTPCookieProcessor(CookieJar())))

    def fetch(self, path: str, data: dict[str, str] | None = None) -> tuple[str, str]:
        """Send GET, or POST with `data`. Return the final path and the page."""
        body = urlencode(data).encode() if data is not None else None
        try:
            answer = self._opener.open(self.base + path, body, timeout=10)  # type: ignore[attr-defined]
        except HTTPError as error:
            raise StepFailed(f"{path} answered {error.code}") from error
        except (URLError, OSError, http.client.HTTPException) as error:
            raise StepFailed(f"{self.base}{path} could not be reached ({error})") from error
        with answer:
            return urlsplit(answer.url).path, answer.read().decode()

    def submit(self, path: str, data: dict[str, str]) -> tuple[str, str]:
        """Open a form's page and submit it with its hidden fields."""
        _, page = self.fetch(path)
        return self.fetch(path, dict(_INPUT.findall(page)) | data)


class Walk:
    """Demo steps in order. Each returns its proof in a sentence."""

    def __init__(self, base: str) -> None:
        self.visitor, self.operator = Visitor(base), Visitor(base)
        self.tenant = Tenant.objects.get(slug=SLUG)
        self.form: dict[str, str] = {}
        self.message = "No cold air since this morning."
        self.thanks = self.booking_page = ""
        self.lead: Lead | None = None

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "A reviewer reads the readiness pack", self.read_pack
        yield "A homeowner submits the request form", self.send_form
        yield "The lead and its outbox items are in the database", self.find_rows
        yield "Submitting the same form again creates no second lead", self.send_again
        yield "A Celery worker notifies the business by email", self.read_mail
        yield "The CRM handoff waits at its closed gate", self.see_blocked
        yield "An operator opens the item; contact details are masked", self.open_item
        yield "The operator marks it as done, with proof", self.finish
        yield "The audit log shows who, when and why", self.read_audit
        yield "The ledger balances", self.read_books

    def read_pack(self) -> str:
        _, page = self.visitor.fetch("/servicetitan-ready-websites/api-readiness")
        for sentence in (
            "ServiceTitan app approval path",
            "PageToJob is not affiliated with or endorsed by ServiceTitan.",
        ):
            need(sentence in page, f"the page does not contain: {sentence}")
        return f"/servicetitan-ready-websites/api-readiness, {len(page):,} characters, disclaimers included"

    def send_form(self) -> str:
        path = f"/sites/{SLUG}/request-appointment?page=/ac-repair-phoenix"
        _, page = self.visitor.fetch(path)
        time.sleep(TYPING_SECONDS)
        self.form = dict(_INPUT.findall(page)) | {
            "service": "AC Repair",
            "urgency": "soon",  # at night, an emergency would need review by dispatch first
            "preferred_window": "afternoon",
            "name": "Jamie Rivera",
            "phone": "(602) 555-0199",
            "email": "jamie@example.com",
            "message": self.message,
            "consent": "on",
        }
        self.thanks, page = self.visitor.fetch(path, self.form)
        code = re.search(r"PTJ-[0-9A-Z]{7}", page)
        need(code, "the thank-you page shows no code")
        assert code
        with scope.worker():
            self.lead = Lead.objects.filter(tenant=self.tenant, spoken_code=code[0]).first()
        need(self.lead, f"no lead has the code {code[0]}")
        return f"thanked with code {code[0]} at {self.thanks}"

    def find_rows(self) -> str:
        lead = self._lead()
        states = self._states()
        expected = {"business_notification", "booking_request", "visitor_confirmation"}
        need(set(states) == expected, f"outbox items: {sorted(states)}")
        return (
            f"lead {lead.reference}, received {lead.received_at:%H:%M:%S.%f} UTC; items: {' and '.join(sorted(states))}"
        )

    def send_again(self) -> str:
        path, _ = self.visitor.fetch(f"/sites/{SLUG}/request-appointment?page=/ac-repair-phoenix", self.form)
        need(path == self.thanks, f"the second submission led to {path}")
        return f"led to the same page, {path}"

    def read_mail(self) -> str:
        began = time.monotonic()
        self._wait_for("business_notification", "delivered")
        with scope.worker():
            item = self._lead().sync_items.get(kind="business_notification")
        options: dict[str, str] = settings.MAILERS["default"]["OPTIONS"]
        need("folder" in options, "email is not delivered to a folder here; set EMAIL_URL to file:///…")
        folder = Path(options["folder"])
        files = sorted(folder.glob(f"{item.external_id.strip('<>')}.eml"))
        need(files, f"no email {item.external_id} in {folder}")
        mail = BytesParser(policy=policy.default).parsebytes(files[0].read_bytes())
        took = f"{time.monotonic() - began:.1f} s"
        return f"to {mail['To']}, subject “{mail['Subject']}”, {mail['Message-ID']}, after {took}"

    def see_blocked(self) -> str:
        self._wait_for("booking_request", "blocked")
        with scope.worker():
            item = self._lead().sync_items.get(kind="booking_request")
        self.booking_page = f"/ops/items/{item.public_id}"
        need(item.envelope, "no booking envelope was built")
        return f"blocked, 0 sent; missing: {', '.join(reason['what'] for reason in item.missing)}"

    def open_item(self) -> str:
        path, _ = self.operator.submit(
            "/account/sign-in?next=/ops/", {"username": OPERATOR, "password": settings.DEMO_PASSWORD}
        )
        need(path == "/ops/", f"signing in led to {path}")
        _, page = self.operator.fetch(self.booking_page)
        need("partner approval" in page, "the page does not show what is missing")
        need("Rivera" not in page and "555-0199" not in page, "contact details are not masked")
        return f"{OPERATOR} at {self.booking_page}"

    def finish(self) -> str:
        _, page = self.operator.fetch(self.booking_page)
        answers = dict(_INPUT.findall(page)) | {
            "done_where": "The office's call sheet",
            "done_reference": f"Demo {self._lead().spoken_code}",
            "done_at": timezone.now().astimezone(self.tenant.shown_zone).strftime("%Y-%m-%dT%H:%M"),
            "reason": "The gate is closed; entered manually in the demo.",
        }
        _, page = self.operator.fetch(f"{self.booking_page}/manual-complete", answers)
        need("Marked as done" in page, "the page does not confirm it")
        need(self._states()["booking_request"] == "manual complete", f"states: {self._states()}")
        return "manual complete, not counted as automation"

    def read_audit(self) -> str:
        operator = User.objects.get(email=OPERATOR)
        with scope.operator(operator, reason="make demo"):
            item = self._lead().sync_items.get(kind="booking_request")
            entry = AuditEntry.objects.filter(subject=subject_key(item)).last()
        need(entry, "there is no audit line")
        assert entry
        return f"line {entry.pk}: {entry.action} by person {entry.actor_id} ({entry.actor_label}): {entry.reason}"

    def read_books(self) -> str:
        with scope.worker():
            ledger = selectors.books(self.tenant)
        need(ledger.balance, f"{ledger.missing} requests are missing")
        return (
            f"{ledger.captured} captured = {ledger.delivered} delivered + {ledger.manual_complete} manual complete"
            f" + {ledger.waiting} waiting + {ledger.excluded} excluded"
        )

    def _lead(self) -> Lead:
        assert self.lead is not None
        return self.lead

    def _states(self) -> dict[str, str]:
        with scope.worker():
            return dict(self._lead().sync_items.order_by().values_list("kind", "state"))

    def _wait_for(self, kind: str, state: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while self._states().get(kind) != state:
            need(time.monotonic() < deadline, f"after {WAIT_SECONDS:.0f} s: {self._states()}")
            time.sleep(0.1)
