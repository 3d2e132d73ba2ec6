"""Fixtures with the pack as the product loads it."""

import shutil
from pathlib import Path

import pytest

from readiness.services import CONTENT_FOLDER, load_pack


@pytest.fixture
def pack(db: None) -> None:
    """Load every row of readiness/content/."""
    load_pack()


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Return a copy of the content files that a test may modify."""
    return Path(shutil.copytree(CONTENT_FOLDER, tmp_path / "content"))
