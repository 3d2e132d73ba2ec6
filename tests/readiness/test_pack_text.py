"""Pages of the pack as Markdown, and the contact for security reports."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from markdown_it import MarkdownIt

from readiness.markdown import page_markdown, plain_text
from readiness.services.current import current
from tests.readiness.paper import small
from tests.support.environment import load_settings

ROOT = "/servicetitan-ready-websites/"


def words(markdown: str) -> str:
    """Return the text that a reader of the rendered Markdown sees, without spaces."""
    return "".join(html.unescape(re.sub(r"<[^>]+>", "", MarkdownIt().render(markdown))).split())


@pytest.mark.django_db
def test_a_page_as_text_has_every_row_and_disclaimer(pack: None, client: Client) -> None:
    version = current()
    for slug, page in version.pages.items():
        answer = client.get(f"{ROOT}{slug}.md")
        assert answer["Content-Type"] == "text/markdown; charset=utf-8"
        seen = words(answer.text)
        assert version.sha256 in seen
        for row in (row for section in page.sections for row in section.rows):
            texts = [row["title"], *(text for field in row["fields"] for text in field.get("items") or [field["text"]])]
            for text in texts:
                assert "".join(text.split()) in seen, (slug, row["anchor"], text)
        for disclaimer in version.disclaimers:
            assert "".join(disclaimer.split()) in seen
        assert f'href="{ROOT}{slug}.md"' in client.get(f"{ROOT}{slug}" if slug != "landing" else ROOT).text
    assert client.get(f"{ROOT}no-such-page.md").status_code == 404


@pytest.mark.parametrize(
    "text",
    [
        "# not a heading",
        "- no item",
        "1. no item",
        "2) no item",
        "a *b* _c_ `d` [e](f) <b>",
        "| a | b |",
        "=== x",
        "a\\b &amp;",
    ],
)
def test_words_of_staff_are_words(text: str) -> None:
    assert words(plain_text(text)) == "".join(text.split())
    assert MarkdownIt().render(plain_text(text)).startswith("<p>")


def test_a_status_and_its_evidence_are_there() -> None:
    pack = small()
    text = page_markdown(pack, pack.pages["claims"])
    assert "- Status: review due" in text and "- first point" in text
    assert "As built, 2026-11-20: It has outgrown this." in text


def test_security_txt_states_a_contact_and_when_it_expires(client: Client, settings: Any) -> None:
    address = "/.well-known/security.txt"
    assert client.get(address).status_code == 404
    settings.SECURITY_CONTACT = "mailto:security@example.com"
    answer = client.get(address)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert fields["Contact"] == "mailto:security@example.com"
    assert fields["Canonical"] == f"{settings.PUBLIC_URL}{address}"
    expires = parse_datetime(fields["Expires"])
    assert expires and timedelta(days=80) < expires - timezone.now() < timedelta(days=365)
    assert client.post(address).status_code == 405


def test_a_contact_without_its_scheme_stops_the_start() -> None:
    started = load_settings(SECURITY_CONTACT="security@example.com")
    assert started.returncode and "SECURITY_CONTACT must start with" in started.stderr
