"""The content files of the pack."""

import shutil
from pathlib import Path

import pytest

from readiness.services.content import CONTENT_FOLDER


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Return a copy of the content files that a test may modify."""
    return Path(shutil.copytree(CONTENT_FOLDER, tmp_path / "content"))
