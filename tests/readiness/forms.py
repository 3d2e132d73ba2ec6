"""Helpers that fill in admin forms like a browser: shown values are sent back with a person's changes."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.urls import reverse


class _Fields(HTMLParser):
    """Return every field of the change form with the value that it would send."""

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, str] = {}
        self.select = self.area = ""
        self.first = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        name = named.get("name", "")
        if tag == "input" and name and named.get("type") not in {"submit", "file", "checkbox", "radio"}:
            self.data[name] = named.get("value", "")
        elif tag == "input" and name and "checked" in named:
            self.data[name] = named.get("value", "on")
        elif tag == "textarea":
            self.area = name
            self.data[name] = ""
        elif tag == "select":
            self.select = name
            self.data.setdefault(name, "")
        elif tag == "option" and self.select and "selected" in named:
            self.data[self.select] = named.get("value", "")

    def handle_data(self, data: str) -> None:
        if self.area:
            self.data[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        self.area = "" if tag == "textarea" else self.area
        self.select = "" if tag == "select" else self.select


def fields(html: str) -> dict[str, str]:
    """Return names and values of the form on a page. A text area loses its first line break, as in a browser."""
    parser = _Fields()
    parser.feed(html)
    data = {name: value.removeprefix("\r\n").removeprefix("\n") for name, value in parser.data.items()}
    return {name: value for name, value in data.items() if name != "csrfmiddlewaretoken"}


def address(row: Any, action: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{action}", args=[row.pk])


def listing(model: Any, **query: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", query=query)


def save(client: Client, row: Any, **changes: Any) -> Any:
    """Open a row's form, change fields, enter a reason, and submit it."""
    page = client.get(address(row))
    assert page.status_code == 200
    return client.post(address(row), {**fields(page.text), "reason": "as reviewed", **changes})
