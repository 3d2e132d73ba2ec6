"""Ask every route as every role with generated requests: `python -m tests.fuzz.walk OPTIONS REPORT`.

Needs the environment of a production process. Each request is undone, so no request depends on an earlier one.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib.auth import login
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpRequest
from django.middleware.csrf import _get_new_csrf_string

django.setup(set_prefix=False)

from pagetojob.platform.accounts import marks  # noqa: E402 - models need the settings
from pagetojob.platform.accounts.access import BACKEND  # noqa: E402
from pagetojob.platform.accounts.sessions import SessionStore  # noqa: E402
from pagetojob.platform.tenants.models import User  # noqa: E402
from tests.isolation.addresses import ANONYMOUS, Address, addresses  # noqa: E402

from .answers import LARGE_BYTES, SLOW_SECONDS, Answer, ask, environ, problems  # noqa: E402
from .browsing import Discovery, browse, route_of  # noqa: E402
from .requests import REVIEW_LINK, Maker, Request  # noqa: E402

#: A proof of identity lasts ten minutes.
SIGN_IN_AGAIN_SECONDS = 300
#: After this many requests, each role must still be signed in.
CHECK_EVERY = 1000
MOST_PROBLEMS = 60


class Sessions:
    """The cookies of each role."""

    def __init__(self, people: dict[str, int]) -> None:
        self.people = people
        self.token = _get_new_csrf_string()
        self.cookies: dict[str, str] = {}
        self.signed_in_at = 0.0

    def cookies_of(self, role: str) -> str:
        if time.monotonic() - self.signed_in_at > SIGN_IN_AGAIN_SECONDS:
            self.cookies = {role: self._sign_in(pk) for role, pk in self.people.items()}
            self.signed_in_at = time.monotonic()
        return self.cookies.get(role, self._csrf_cookie())

    def _sign_in(self, pk: int) -> str:
        """Sign a person in by both steps; return the cookies."""
        request = HttpRequest()
        request.session = SessionStore()
        login(request, User.objects.get(pk=pk), backend=BACKEND)
        marks.mark_sign_in(request)
        request.session[marks.SECOND_STEP] = "app"
        request.session.save()
        return f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}; {self._csrf_cookie()}"

    def _csrf_cookie(self) -> str:
        return f"{settings.CSRF_COOKIE_NAME}={self.token}"


class Walk:
    """All requests, and what was wrong with their answers."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.sessions = Sessions(options["people"])
        self.addresses = [address for address in addresses() if address.name.startswith(options["routes"])]
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in ("role", "status", "class", "method")}
        self.problems: list[str] = []
        self.seen: Counter[str] = Counter()
        self.slow: list[str] = []
        self.large: list[str] = []
        self.not_html: Counter[str] = Counter()
        self.sent = self.browsed = self.swept = 0

    def answer(self, request: Request, label: str) -> Answer:
        """Send a request, count it and examine the answer."""
        answer = ask(environ(request, self.sessions.cookies_of(request.role), self.sessions.token))
        self.sent += 1
        route_class = request.address.name.partition(":")[0] or "other"
        for name, value in (("role", request.role), ("class", route_class), ("method", request.method)):
            self.counts[name][f"{value} {answer.status // 100}xx"] += 1
        self.counts["status"][str(answer.status)] += 1
        for problem in problems(request, answer):
            cause = answer.error.strip().splitlines()[-1:] or [""]
            signature = f"{request.address.name} {problem[:60]} {cause[0][:80]}"
            self.seen[signature] += 1
            if self.seen[signature] == 1 and len(self.problems) < MOST_PROBLEMS:
                self.problems.append(f"{label} {request.address.name}: {problem}\n  {request}\n{answer.error[-3000:]}")
        if answer.seconds > SLOW_SECONDS:
            self.slow.append(f"{label} {answer.seconds:.1f} s: {str(request)[:600]}")
        if len(answer.body) > LARGE_BYTES:
            self.large.append(f"{label} {len(answer.body)} bytes: {str(request)[:600]}")
        if answer.status >= 400 and answer.kind != "text/html":
            self.not_html[f"{answer.status} {answer.kind or 'no type'} {request.address.name}"] += 1
        return answer

    def browse(self, role: str) -> Discovery:
        """Let a role follow the links of its pages."""
        starts = [address.filled({}) for address in self.addresses if not address.blanks]
        own = [address.filled(self.options["ids"]["own"]) for address in self.addresses if address.blanks]

        def fetch(path: str) -> tuple[int, str, str]:
            page, _, query = path.partition("?")
            if self.options["routes"] and not any(address.route == route_of(page) for address in self.addresses):
                return 0, "", ""
            answer = self.answer(Request(role, _address_of(self.addresses, page), "GET", page, query), f"browse {path}")
            return answer.status, answer.kind, answer.body.decode(errors="replace")

        return browse([*starts, *own, self.options["review_path"]], fetch)

    def run(self) -> None:
        roles = [*self.options["people"], ANONYMOUS]
        discoveries = {role: self.browse(role) for role in roles}
        discoveries[REVIEW_LINK] = discoveries[ANONYMOUS]
        maker = Maker(
            self.options["seed"],
            self.addresses,
            discoveries,
            self.options["ids"],
            self.options["review_path"],
        )
        self.browsed = self.sent
        only = self.options["only"]
        if not only:
            for number, request in enumerate(maker.sweep()):
                self.answer(request, f"sweep {number}")
        self.swept = self.sent - self.browsed
        wanted = self.options["requests"]
        numbers = [int(only)] if only else range(max(wanted // 2, wanted - self.sent))
        for number in numbers:
            self.answer(maker.request(number), f"seed {self.options['seed']} index {number}")
            if number % CHECK_EVERY == 0:
                self.check_roles()

    def check_roles(self) -> None:
        """Check that every session is still that of its role."""
        for role in self.options["people"]:
            values = environ(
                Request(role, self.addresses[0], "GET", "/account/security"), self.sessions.cookies_of(role), ""
            )
            if (answer := ask(values)).status != 200:
                self.problems.append(f"{role} is no longer signed in: {answer.status} {answer.error}")

    def report(self) -> dict[str, Any]:
        counts = {name: dict(sorted(counter.items())) for name, counter in self.counts.items()}
        return {
            "sent": self.sent,
            "sent while browsing": self.browsed,
            "sent in the sweep": self.swept,
            "routes": len(self.addresses),
            "counts": counts,
            "not HTML": dict(self.not_html.most_common()),
            "slow": self.slow,
            "large": self.large,
            "seen": dict(self.seen.most_common()),
            "problems": self.problems,
        }


def _address_of(known: list[Address], path: str) -> Address:
    route = route_of(path)
    return next((address for address in known if address.route == route), Address(route, route, ()))


def main(given: Path, out: Path) -> None:
    """Walk, and write the report."""
    # A request that is undone must not close the connection at its end.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    walk = Walk(json.loads(given.read_text(encoding="utf-8")))
    walk.run()
    out.write_text(json.dumps(walk.report(), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
