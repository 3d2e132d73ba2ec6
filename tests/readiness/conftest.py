"""The pack as the product loads it."""

import shutil
from pathlib import Path

import pytest

from readiness.services import CONTENT_FOLDER, load_pack


@pytest.fixture
def pack(db: None) -> None:
    """Every row of readiness/content/, freshly loaded."""
    load_pack()


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the content files that a test may spoil."""
    return Path(shutil.copytree(CONTENT_FOLDER, tmp_path / "content"))
