"""Arrays packed as the server reads them: what comes back is what was handed over, and what does not fit is refused."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import DataError, connection, transaction

from pagetojob.platform.postgresql.arrays import Packed, array
from pagetojob.platform.postgresql.base import prepared_cursor

ODD = ['a, "b"', "{c}", "\\", "NULL", "", "Été 🔧", None, "'; --", "%s"]
GIVEN: list[tuple[str, Sequence[Any]]] = [
    ("bigint", [1, -(2**63), 2**63 - 1, None]),
    ("bigint", [7]),
    ("integer", [0, -(2**31), 2**31 - 1]),
    ("smallint", [-(2**15), 2**15 - 1, None]),
    ("text", ODD),
    ("varchar", ODD),
    *((kind, []) for kind in ("bigint", "integer", "smallint", "text", "varchar", "jsonb")),
    ("boolean", [True, None, False]),
]


def back(kind: str, values: Any, *, kept: bool) -> list[Any]:
    with prepared_cursor() if kept else connection.cursor() as cursor:
        cursor.execute(f"SELECT one::text, cardinality(%s::{kind}[]) FROM unnest(%s::{kind}[]) AS one", [values] * 2)
        rows = cursor.fetchall()
    assert all(size == len(rows) for _, size in rows)
    return [value for value, _ in rows]


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "written in"])
@pytest.mark.parametrize(("kind", "values"), GIVEN)
def test_what_comes_back_is_what_was_handed_over(db: None, kind: str, values: Sequence[Any], kept: bool) -> None:
    plain = [None if value is None else str(value).lower() if kind == "boolean" else str(value) for value in values]
    packed = array(kind, values)
    assert isinstance(packed, Packed) == (kind != "boolean")
    assert back(kind, packed, kept=kept) == plain


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "written in"])
def test_json_is_handed_over_as_text_and_kept_as_jsonb(db: None, kept: bool) -> None:
    packed = array("jsonb", ['{"b": "\\u00c9 \\"x\\"", "a": [1, null]}', None, "[]"])
    assert back("jsonb", packed, kept=kept) == ['{"a": [1, null], "b": "É \\"x\\""}', None, "[]"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("smallint", [2**15]),
        ("integer", [1, 2**31]),
        ("bigint", [2**63]),
        ("bigint", [None, "x"]),
        ("text", ["a\0b"]),
        ("jsonb", ['"\\u0000"']),
        ("jsonb", ["{"]),
    ],
)
def test_what_does_not_fit_is_refused_and_the_next_is_not(db: None, kind: str, values: Sequence[Any]) -> None:
    packed = array(kind, values)
    with pytest.raises(DataError), transaction.atomic():
        back(kind, packed, kept=True)
    good = array("bigint", [1])
    assert back("bigint", good, kept=True) == ["1"]
