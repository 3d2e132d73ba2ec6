"""The claim guard on hostile sizes, and on every text the house has already."""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pagetojob.claims.guard import overclaims
from pagetojob.claims.registry import CLAIMS
from pagetojob.gates.registry import FLAGS, GATES
from syncqueue.state_texts import (
    CONFIRMATION_CUSTOMER_SAFE,
    CUSTOMER_SAFE,
    NEXT_STEP,
    NOTICE_CUSTOMER_SAFE,
    WORK_CUSTOMER_SAFE,
)
from tests.support.nightly import sampled

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


# ---- size


HOSTILE = [
    *(
        "<",
        "<!--",
        '<a "',
        "<a '<b \"",
        "<script>",
        "<p>",
        "<a x=",
        "&",
        "&amp;",
        "&#",
        " ",
        "\n",
        "x\n",
        "\u200b",
        "a\u0301",
    ),
    *(
        "s e r v ",
        "a.",
        "a. ",
        "...",
        "? ",
        "a: not ",
        "(",
        '"',
        "- ",
        "not ",
        "not not ServiceTitan ",
        "if ",
        "that ",
        ", we are ",
    ),
    *(
        "when approval ",
        "after approval ",
        "when a person types ",
        ", which is not ",
        "would ",
        "demo ",
        "contractors who ",
    ),
    *("some apps ", "not say ", "by hand ", "ServiceTitan ", "servicetitan", "xservicetitanpartner", "; not ", "but "),
    *(
        "approved by ServiceTitan ",
        "not approved by ServiceTitan ",
        "bookings are pushed into ServiceTitan automatically ",
    ),
    *(
        "revenue comes from ServiceTitan export ",
        "Approved. ",
        "ServiceTitan. ",
        "Automatic sync? ",
        "is it true that ",
    ),
    *("Not claimed: x\n- Approved by ServiceTitan\n", "only when "),
]


def _steps(text: str) -> int:
    """How many functions are called to judge a text: a measure of its cost that no clock disturbs."""
    calls = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        overclaims(text)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("piece", sampled(HOSTILE, keep=6))
def test_runtime_is_linear(piece: str) -> None:
    size = 6_000
    _steps(piece)  # each character's look and each word's rules are worked out once
    once, twice = (_steps((piece * length)[:length]) for length in (size, 2 * size))
    assert twice < 2.3 * once + 500


@pytest.mark.parametrize("piece", sampled(HOSTILE, keep=6))
def test_a_claim_after_a_long_hostile_text_is_seen(piece: str) -> None:
    ends = "\n</script>-->\n\nWe are approved by ServiceTitan.\n"
    *_, last = overclaims((piece * 60_000)[:60_000] + ends)
    assert last.phrase.endswith("We are approved by ServiceTitan.")


# ---- what the house says already


def _values(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _values(value)


def _of_content() -> Iterator[str]:
    for path in (ROOT / "readiness" / "content").rglob("*.yaml"):
        yield from _values(yaml.safe_load(path.read_text(encoding="utf-8")))


def _of_templates() -> Iterator[str]:
    tags = re.compile(r"{%.*?%}|{#.*?#}", re.DOTALL)
    for path in (ROOT / "templates").rglob("*.*"):
        if path.suffix in {".html", ".txt"}:
            yield re.sub(r"{{.*?}}", "…", tags.sub("\n\n", path.read_text(encoding="utf-8")))


def _of_documents() -> Iterator[str]:
    """Prose only: code may show a refused sentence, and the path of a file is no sentence."""
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]:
        text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        yield re.sub(r"`[^`\n]+`", "`code`", text)


def _of_registries() -> Iterator[str]:
    for flag in FLAGS.values():
        yield from (flag.title, flag.manual_mode, flag.kill_switch)
    yield from (gate.missing for gate in GATES.values())
    yield from (claim.safe_wording for claim in CLAIMS.values())


def _of_states() -> Iterator[str]:
    """Sentences about items as the public page of the queue shows them: after their reference and their state."""
    for texts in (CUSTOMER_SAFE, NOTICE_CUSTOMER_SAFE, CONFIRMATION_CUSTOMER_SAFE, WORK_CUSTOMER_SAFE, NEXT_STEP):
        yield from (f"st-ready:0a1b2c3d4e5f6a7b {state.label} {text}" for state, text in texts.items())


@pytest.mark.parametrize(
    "source",
    [
        _of_content,
        _of_templates,
        pytest.param(_of_documents, marks=pytest.mark.nightly),
        _of_registries,
        _of_states,
    ],
)
def test_our_own_texts_are_honest(source: Callable[[], Iterator[str]]) -> None:
    texts = list(source())
    assert texts
    assert [(overclaim.claim, overclaim.phrase) for text in texts for overclaim in overclaims(text)] == []
