"""The pack as the product loads it."""

import pytest

from readiness.services import load_pack


@pytest.fixture
def pack(db: None) -> None:
    """Every row of readiness/content/, freshly loaded."""
    load_pack()
