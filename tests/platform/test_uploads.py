"""A large upload is never a file that a killed process leaves."""

import tempfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.test import RequestFactory

LARGE = b"name,phone\n" + b"Jamie Rivera,6025550199\n" * 200_000


def test_a_large_upload_has_no_name_on_the_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    request = RequestFactory().post("/", {"file": SimpleUploadedFile("list.csv", LARGE, "text/csv"), "why": "monthly"})
    file = request.FILES["file"]
    assert isinstance(file, UploadedFile)
    assert not list(tmp_path.iterdir())
    assert (file.name, file.size, file.content_type) == ("list.csv", len(LARGE), "text/csv")
    assert b"".join(file.chunks()) == LARGE and file.seek(0) == 0 and file.read(4) == b"name"
    assert request.POST["why"] == "monthly"
