"""Ask every URL of a checkout as every role, from inside its Django. Run by record.py in a process of its own.

This file imports only Django and the standard library. It finds routes through the URL resolver and objects through
the links and forms of the pages themselves. Two things are looked up by their place and may be missing:
`tests.isolation.world.settle`, which gives a second tenant one of everything that has an address, and the factories
that make that tenant. Each request runs in a transaction that is rolled back.
"""

import base64
import email
import email.policy
import html
import json
import os
import re
import runpy
import sys
import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

#: Role to the email of a demo person; the other two are made here.
DEMO_PEOPLE = {
    "lead": "lead@pagetojob.example",
    "operator": "operator@pagetojob.example",
    "viewer": "viewer@pagetojob.example",
    "owner": "owner@desert-peak.example",
    "reviewer": "reviewer@golden.example",
    "stranger": "owner@golden.example",
    "editor": "editor@pagetojob.example",
    "admin": "admin@pagetojob.example",
    "anonymous": "",
}
PATHS_PER_ROUTE = 3
HARMLESS = {"int": "1", "uuid": str(uuid.UUID(int=7)), "page": "claims"}
BLANK = re.compile(r"<(?:(\w+):)?(\w+)>")
#: Asked first: they say how long ago the workers were alive, and raise alarms after a minute or two.
EARLY = ("/ops/alarms/", "/ops/health", "/ops/metrics", "/ops/drills/")
LINK = re.compile(r'(?:href|action|formaction|src)="(?:http://localhost:\d+)?(/[^"]*)"')
MAIL_LINK = re.compile(r"http://localhost:\d+(/\S+)")


@dataclass
class Route:
    """A URL pattern: its text, its name, and paths of real objects that match it."""

    pattern: str
    name: str
    paths: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The pattern without the names of its blanks, which are the code's own."""
        return "/" + BLANK.sub(lambda blank: f"<{blank[1] or 'str'}>", self.pattern)


def routes() -> list[Route]:
    """Return every URL pattern of the checkout."""
    from django.urls import URLPattern, get_resolver

    def walk(resolver: Any, prefix: str, names: tuple[str, ...]) -> Iterator[Route]:
        for pattern in resolver.url_patterns:
            text = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield Route(text, ":".join((*names, pattern.name or "")))
            else:
                yield from walk(pattern, text, (*names, pattern.namespace) if pattern.namespace else names)

    return list(walk(get_resolver(), "", ()))


class Recorder:
    """The roles, their sessions, and the requests."""

    def __init__(self, host: str) -> None:
        from django.contrib.auth import get_user_model
        from django.test import Client

        self.routes = {route.pattern: route for route in routes()}
        self.clients: dict[str, Any] = {}
        self.cookies: dict[str, str] = {}
        users = get_user_model().objects
        for role, address in DEMO_PEOPLE.items():
            client = Client(raise_request_exception=False, headers={"host": host})
            if address:
                client.force_login(users.get(email=address))
            self.clients[role], self.cookies[role] = client, client.cookies.output(header="", sep=";")

    def ask(self, role: str, method: str, path: str) -> dict[str, Any]:
        """Send one request and undo all it wrote."""
        from django.db import transaction

        client = self.clients[role]
        client.cookies.clear()
        client.cookies.load(self.cookies[role])
        undone = transaction.atomic()
        undone._from_testcase = True  # type: ignore[attr-defined]  # views may open a durable transaction inside
        with undone:
            answer = client.generic(method, path)
            body = b"".join(answer) if answer.streaming else answer.content
            transaction.set_rollback(True)
        headers = [(name, str(value)) for name, value in answer.headers.items()]
        headers += [("Set-Cookie", morsel.OutputString()) for morsel in answer.cookies.values()]
        return {"status": answer.status_code, "headers": headers, "body": base64.b64encode(body).decode()}

    def crawl(self, role: str) -> None:
        """Follow every link and form address that this role sees, and keep the first paths of each route."""
        fresh = deque(f"/{route.pattern}" for route in self.routes.values() if not re.search(r"[<(]", route.pattern))
        seen = set(fresh)
        while fresh:
            answer = self.ask(role, "GET", fresh.popleft())
            if answer["status"] != 200:
                continue
            text = base64.b64decode(answer["body"]).decode(errors="replace")
            for link in dict.fromkeys(re.split(r"[?#]", html.unescape(link))[0] for link in LINK.findall(text)):
                if link not in seen and self._is_wanted(link):
                    seen.add(link)
                    fresh.append(link)

    def _is_wanted(self, path: str) -> bool:
        from django.urls import Resolver404, resolve

        try:
            route = self.routes.get(resolve(path).route)
        except Resolver404:
            return False
        if route is None or path in route.paths or len(route.paths) >= PATHS_PER_ROUTE:
            return False
        route.paths.append(path)
        return True

    def read_mails(self, folder: Path) -> None:
        """Keep the paths of the links in mails, which no page shows again."""
        for file in sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            text = message.get_body(("plain",))
            for link in MAIL_LINK.findall(text.get_content() if text else ""):
                self._is_wanted(link)

    def fill(self, ids: dict[str, str]) -> None:
        """Give the routes that no page links to a path: by the world's ids, by a neighbor's path, or harmless."""
        linked = [route for route in self.routes.values() if route.paths and BLANK.search(route.pattern)]
        for route in self.routes.values():
            if not route.paths:
                route.paths.append(self._path_from_ids(route, ids) or self._path_from_neighbor(route, linked))

    @staticmethod
    def _path_from_ids(route: Route, ids: dict[str, str]) -> str:
        blanks = BLANK.findall(route.pattern)
        if not any(f"{route.name} {blank}" in ids for _, blank in blanks):
            return ""

        def value(found: re.Match[str]) -> str:
            return ids.get(f"{route.name} {found[2]}") or ids.get(found[2]) or HARMLESS.get(found[1], "nothing")

        return "/" + BLANK.sub(value, route.pattern)

    @staticmethod
    def _path_from_neighbor(route: Route, linked: list[Route]) -> str:
        """Take the blanks of the linked route that begins most like this one; harmless values for the rest."""

        def shared(other: Route) -> int:
            pairs = zip(route.pattern.split("/"), other.pattern.split("/"), strict=False)
            same = [mine == theirs for mine, theirs in pairs]
            return (*same, False).index(False)

        values: list[str] = []
        if linked and BLANK.search(route.pattern):
            best = max(linked, key=shared)
            values = best.paths[0].lstrip("/").split("/")[: shared(best)]
        segments = route.pattern.split("/")
        path = "/".join((*values, *segments[len(values) :]))
        path = re.sub(r"\(\?P<.*|[\^$]", "", path)
        return "/" + BLANK.sub(lambda blank: HARMLESS.get(blank[1], "nothing"), path)

    def requests(self, *, early: bool) -> Iterator[dict[str, Any]]:
        """Ask the routes of EARLY, or all others: every path with GET, the first with an empty POST, as each role."""
        chosen = [route for route in self.routes.values() if (route.key in EARLY) == early]
        for role in self.clients:
            for route in sorted(chosen, key=lambda route: route.key):
                for number, path in enumerate(route.paths or [route.key], 1):
                    for method in ("GET", "POST") if number == 1 else ("GET",):
                        key = f"{method} {route.key} #{number} as {role}"
                        yield {"key": key, "path": path} | self.ask(role, method, path)


def make_people() -> Any:
    """Make the reviewer of the demo tenant, and a second tenant with an owner; return that tenant."""
    from django.apps import apps
    from django.contrib.auth import get_user_model

    models: dict[str, Any] = {model.__name__: model for model in apps.get_models()}
    users, tenants, members = models[get_user_model().__name__], models["Tenant"], models["Membership"]
    demo = tenants.objects.get(slug="desert-peak")
    other = tenants.objects.create(slug="golden-plumbing", name="Golden Plumbing", time_zone="America/Denver")
    if hasattr(other, "state"):  # Since contractors have a state, only public ones have a website.
        for state in ("preview", "live"):
            import_module("pagetojob.platform.states").move(other, state)
    for role, tenant in (("reviewer", demo), ("owner", other)):
        user = users.objects.create(email=f"{role}@golden.example", name=f"Golden {role}")
        members.objects.create(tenant=tenant, user=user, role=role)
    return other


def settle(tenant: Any) -> dict[str, str]:
    """Give a tenant one of everything that has an address; return the ids by name of URL and blank."""
    try:
        ids: dict[str, str] = import_module("tests.isolation.world").settle(tenant, "Quetzal").ids
    except (ImportError, AttributeError, TypeError) as error:
        print(f"The second tenant has no rows: {error!r}", file=sys.stderr)
        return {}
    return ids


def main(out: Path, host: str, mails: Path) -> None:
    """Write one JSON line for each answer to `out`."""
    import django

    django.setup()
    from django.conf import settings

    settings.DEBUG = False  # the pages of errors as visitors see them; the demo is already loaded
    settings.RECOVERY_FOLDER = ""  # it would list marks that are undone with their request, so the inbox would close
    other = make_people()
    recorder = Recorder(host)
    with out.open("w", encoding="utf-8") as lines:
        for answer in recorder.requests(early=True):
            lines.write(json.dumps(answer) + "\n")
        ids = settle(other)
        recorder.read_mails(mails)
        for role in recorder.clients:
            recorder.crawl(role)
        recorder.fill(ids)
        for answer in recorder.requests(early=False):
            lines.write(json.dumps(answer) + "\n")


def run_commands() -> None:
    """Run manage.py for each JSON line of standard input in a copy of this process; print each exit status.

    A copy has Django loaded already, so that a command costs no start of its own.
    """
    import django

    django.setup()
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            os.dup2(os.open(job["reads"], os.O_RDONLY), 0)
            for stream, name in ((1, "out"), (2, "err")):
                os.dup2(os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
            sys.argv = ["manage.py", *job["arguments"]]
            runpy.run_path("manage.py", run_name="__main__")
            sys.exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    sys.path[0] = str(Path.cwd())  # the recorded checkout, and not the folder of this file
    if sys.argv[1:] == ["commands"]:
        run_commands()
        sys.exit(0)
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
