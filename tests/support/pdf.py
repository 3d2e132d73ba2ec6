"""Machines that can make PDFs, and one that cannot."""

import os
from pathlib import Path

import pytest

from pagetojob.platform import pdf


@pytest.fixture(scope="session")
def can_make_pdfs() -> None:
    """Skipped, named and counted where Pango is missing; with REQUIRE_SYSTEM_PACKAGES=1 that is a failure instead."""
    try:
        pdf.make_pdf('<html lang="en"><title>Can it?</title></html>')
    except pdf.PdfMakerMissing as error:
        if os.environ.get("REQUIRE_SYSTEM_PACKAGES"):
            pytest.fail(str(error))
        pytest.skip(str(error))


def break_pango(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loader finds a Pango that is none, as on a machine where its package is broken or missing."""
    (folder / "libpango-1.0.so.0").write_bytes(b"no library")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(folder))


@pytest.fixture
def no_pango(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    break_pango(tmp_path, monkeypatch)
