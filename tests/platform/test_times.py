"""People read each time in one form, in a known zone."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.template import engines
from django.utils import timezone

from pagetojob.platform.times import shown

AT = datetime(2026, 11, 5, 21, 30, 7, 123_456, tzinfo=UTC)
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
#: A document that is stored and hashed stays in its form.
STORED = {"connections/receipt_body.html"}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ at|when }}", '<time datetime="2026-11-05T14:30:07-07:00">Nov 5, 2026, 14:30 MST</time>'),
        ('{{ at|when:"seconds" }}', '<time datetime="2026-11-05T14:30:07-07:00">Nov 5, 2026, 14:30:07 MST</time>'),
        (
            '{% load tz %}{{ at|timezone:"America/New_York"|when }}',
            '<time datetime="2026-11-05T16:30:07-05:00">Nov 5, 2026, 16:30 EST</time>',
        ),
        ("{{ none|when }}", ""),
        ('{% load tz %}{{ none|timezone:"America/New_York"|when }}', ""),
    ],
)
def test_a_time_is_an_element_in_the_zone_of_the_page(template: str, text: str) -> None:
    with timezone.override("America/Phoenix"):
        assert engines["django"].from_string(template).render({"at": AT, "none": None}) == text


def test_code_writes_a_time_as_templates_do() -> None:
    assert shown(AT, ZoneInfo("America/Phoenix")) == "Nov 5, 2026, 14:30 MST"
    with timezone.override("America/New_York"):
        assert shown(AT) == "Nov 5, 2026, 16:30 EST"


def test_no_page_writes_a_time_in_a_form_of_machines_or_outside_its_element() -> None:
    wrong = []
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        wrong += [f"{path.name}: {form}" for form in re.findall(r"date:[\"']Y-m-d H:i[^\"']*[\"']", text)]
        if str(path.relative_to(TEMPLATES)) not in STORED:
            outside = re.sub(r"<[^<>]*\{\{[^<>]*>", "", text)  # an attribute cannot contain an element
            wrong += [f"{path.name}: {form}" for form in re.findall(r"date:\"M j, Y, H:i(?::s)? T\"", outside)]
    assert wrong == []
