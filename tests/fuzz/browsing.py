"""Paths, query fields and forms that a role finds by following links."""

import html
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qsl, urlsplit

from django.urls import Resolver404, resolve
from selectolax.lexbor import LexborHTMLParser, LexborNode

#: Paths that are kept for each role and route, and for each step or action that a route has.
PATHS_PER_ROUTE = 3
#: Blanks of routes whose value names a step or an action, each with its own form and code.
_CHOOSING = ("step", "act")
#: An answer to GET of a path: its status, its type, and its text.
type Fetch = Callable[[str], tuple[int, str, str]]


@dataclass(frozen=True)
class Field:
    """A field of a form: its name, its type (`select` and `textarea` are types, too), its value and its choices."""

    name: str
    kind: str
    value: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """A form of a page."""

    action: str
    method: str
    multipart: bool
    fields: tuple[Field, ...]


@dataclass
class Discovery:
    """The addresses that one role can reach.

    By route: paths with their queries, query fields with a value, and forms that lead to it. `refused` holds the routes
    that refuse GET.
    """

    paths: dict[str, list[str]] = field(default_factory=dict)
    queries: dict[str, dict[str, str]] = field(default_factory=dict)
    forms: dict[str, list[Form]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)


def browse(starts: list[str], fetch: Fetch) -> Discovery:
    """Follow every link from `starts`, to at most a few paths of each route."""
    discovery = Discovery()
    fresh = deque(path for path in starts if _keep(discovery, path))
    while fresh:
        path = fresh.popleft()
        status, kind, text = fetch(path)
        if status == 405:
            discovery.refused.add(route_of(path))
        if status != 200 or not kind.startswith("text/html"):
            continue
        page = LexborHTMLParser(text)
        for form in _forms(page, path):
            if route := route_of(form.action):
                known = discovery.forms.setdefault(route, [])
                alike = [other for other in known if variant_of(other.action) == variant_of(form.action)]
                if len(alike) < PATHS_PER_ROUTE and form not in known:
                    known.append(form)
                _keep(discovery, form.action)
        fresh.extend(link for link in _links(page, path) if _keep(discovery, link))
    return discovery


def route_of(path: str) -> str:
    """Return the pattern that serves a path; empty if there is none."""
    try:
        return str(resolve(urlsplit(path).path).route)
    except Resolver404:
        return ""


@cache
def variant_of(path: str) -> str:
    """Return the step or the action that a path names; empty for a route without any."""
    try:
        named = resolve(urlsplit(path).path).kwargs
    except Resolver404:
        return ""
    return " ".join(str(named[blank]) for blank in _CHOOSING if blank in named)


def first_of_each[T](entries: Iterable[T], path_of: Callable[[T], str]) -> list[T]:
    """Return the first entry of each variant."""
    firsts: dict[str, T] = {}
    for entry in entries:
        firsts.setdefault(variant_of(path_of(entry)), entry)
    return list(firsts.values())


def _keep(discovery: Discovery, path: str) -> bool:
    """Keep a path unless its route has enough; return whether it is new."""
    route = route_of(path)
    if not route:
        return False
    discovery.queries.setdefault(route, {}).update(parse_qsl(urlsplit(path).query, keep_blank_values=True))
    known = discovery.paths.setdefault(route, [])
    alike = [other for other in known if variant_of(other) == variant_of(path)]
    if path in known or len(alike) >= PATHS_PER_ROUTE:
        return False
    known.append(path)
    return True


def _local(target: str, page: str) -> str:
    """Return the path that a link leads to; empty for other websites."""
    target = html.unescape(target).partition("#")[0]
    if not target:
        return page
    if target.startswith("?"):
        return urlsplit(page).path + target
    return target if target.startswith("/") and not target.startswith("//") else ""


def _links(page: LexborHTMLParser, path: str) -> Iterator[str]:
    for node in page.css("a[href], img[src], link[href]"):
        target = node.attributes.get("href") or node.attributes.get("src") or ""
        if link := _local(target, path):
            yield link


def _forms(page: LexborHTMLParser, path: str) -> Iterator[Form]:
    for node in page.css("form"):
        attributes = node.attributes
        inside = node.css("input[name], select[name], textarea[name], button[name]")
        outside = page.css(f'[form="{attributes["id"]}"][name]') if attributes.get("id") else []
        yield Form(
            action=_local(attributes.get("action") or "", path),
            method=(attributes.get("method") or "get").upper(),
            multipart="multipart" in (attributes.get("enctype") or ""),
            fields=tuple(_field(part) for part in (*inside, *outside)),
        )


def _field(node: LexborNode) -> Field:
    attributes = node.attributes
    name, kind = attributes["name"] or "", attributes.get("type") or "text"
    if node.tag in {"select", "textarea"}:
        kind = node.tag
    choices = tuple(option.attributes.get("value") or "" for option in node.css("option"))
    value = attributes.get("value") or (node.text() if kind == "textarea" else "")
    return Field(name, kind, re.sub(r"^\n", "", value), choices)
