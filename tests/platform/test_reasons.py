"""Each reason that people type is stored in the sealed audit log, so its field asks to leave out personal data.

An erasure cannot change a sealed line: its reason stays until the line ends.
"""

import re
from collections.abc import Iterator

import pytest
from django import forms
from django.urls import get_resolver

from pagetojob.platform.credentials.forms import LEAVE_OUT, ReasonForm
from tests.support.sources import OURS, ROOT, committed

#: Reasons about lines of the public readiness pack, which concern no homeowner.
PACK = ("readiness.", "templates/readiness/")


def every_form(base: type[forms.BaseForm] = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    for form in base.__subclasses__():
        if f"{form.__module__.replace('.', '/')}/".startswith(OURS):
            yield form
        yield from every_form(form)


def test_the_field_of_a_reason_asks_to_leave_out_personal_data() -> None:
    assert get_resolver().url_patterns, "imports every view, and so every form"
    asking: set[str] = set()
    silent: set[str] = set()
    for form in (form for form in every_form() if not form.__module__.startswith(PACK)):
        for name, field in getattr(form, "base_fields", {}).items():
            if "reason" in name and isinstance(field, forms.CharField) and not field.widget.is_hidden:
                (asking if LEAVE_OUT in str(field.help_text) else silent).add(f"{form.__module__}.{form.__name__}")
    assert silent == set()
    assert len(asking) > 40


@pytest.mark.parametrize(
    "name",
    [
        str(path.relative_to(ROOT))
        for path in committed("templates/*.html")
        if not str(path.relative_to(ROOT)).startswith(PACK)
    ],
)
def test_a_reason_that_a_template_asks_for_has_the_same_help(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for field in re.findall(r'<(?:input|textarea)(?=[^>]*name="reason")(?![^>]*type="hidden")[^>]*>', text):
        help_id = re.search(r'aria-describedby="([^"]+)"', field)
        assert help_id, (name, field)
        assert re.search(rf'id="{re.escape(help_id[1])}">[^<]*{re.escape(LEAVE_OUT)}', text), (name, field)


def test_small_forms_state_that_the_customer_reads_the_reason() -> None:
    """Their reasons are about a contractor, as with `ReasonForm`, whose help they have."""
    text = (ROOT / "templates" / "parts" / "reason.html").read_text(encoding="utf-8")
    assert str(ReasonForm.base_fields["reason"].help_text) in text
