"""Strict JSON on arbitrary input: the same value as the standard parser, or BadJson, and nothing else."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagetojob.platform import strict_json
from pagetojob.platform.canonical import canonical_sha256
from pagetojob.platform.strict_json import BadJson

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
WHOLE = st.integers(min_value=-(2**63), max_value=2**63 - 1)
VALUE = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(VALUE, st.booleans())
def test_it_reads_what_json_reads(value: Any, ascii_only: bool) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert strict_json.loads(data, deepest=depth(value)) == value
    if depth(value):
        with pytest.raises(BadJson, match="nested deeper"):
            strict_json.loads(data, deepest=depth(value) - 1)


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\u0d8 1e-truNa', max_size=60).map(str.encode))
def test_any_input_is_a_value_or_bad_json(data: bytes) -> None:
    try:
        value = strict_json.loads(data)
    except BadJson:
        pass
    else:
        json.dumps(value, allow_nan=False).encode()
        assert canonical_sha256(value) == canonical_sha256(json.loads(data))


@given(st.dictionaries(TEXT, WHOLE, max_size=5))
def test_a_fingerprint_is_of_the_meaning(value: dict[str, int]) -> None:
    other = dict(reversed(value.items()))
    assert canonical_sha256(value) == canonical_sha256(other)
    assert canonical_sha256(value) != canonical_sha256(value | {"one more": 1})


@pytest.mark.parametrize(
    "data",
    [
        b'"' * 65_536,
        b'"' + b'a\\"' * 20_000,
        b"[" * 65_536,
        b"\\" * 65_536,
        b"{" + b",".join(b'"%x":1' % number for number in range(8000)) + b',"1f3f":1}',
    ],
    ids=["quotes", "a text without an end", "brackets", "backslashes", "8,000 names and the last one twice"],
)
def test_the_worst_of_64_kilobytes_takes_no_time(data: bytes) -> None:
    """Each of these took seconds with a backtracking pattern, or with a nested search."""
    began = time.process_time()
    with pytest.raises(BadJson):
        strict_json.loads(data)
    assert time.process_time() - began < 0.4
