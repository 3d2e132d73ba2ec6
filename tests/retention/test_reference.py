"""The reference pages have the periods and the personal fields of the code."""

import os
import time
from io import StringIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command

from pagetojob.platform import hosts
from pagetojob.platform.outbound import mail
from pagetojob.retention import processing
from tests.retention import reference


def test_the_page_has_the_periods_of_the_code() -> None:
    command = ".venv/bin/python -m tests.retention.reference"
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(), f"write it again: {command}"


def test_the_record_of_processing_activities_is_that_of_the_models() -> None:
    printed, page = StringIO(), reference.PAGE.with_name("processing-record.md")
    call_command("processing_record", stdout=printed)
    assert page.read_text(encoding="utf-8") == printed.getvalue(), "write it again: manage.py processing_record"
    listed = {table: fields for line in processing.lines() for table, fields in line.fields.items()}
    declared = {model._meta.db_table: model.PERSONAL_FIELDS for model in apps.get_models() if _personal(model)}  # type: ignore[attr-defined]
    assert {table: set(fields) for table, fields in listed.items()} == declared


def _personal(model: Any) -> bool:
    return bool(getattr(model, "PERSONAL_FIELDS", None))


def test_old_mail_files_are_deleted_on_every_host(settings: Any, tmp_path: Path) -> None:
    """A nightly task deleted those of the host that ran it."""
    settings.RECOVERY_FOLDER = str(tmp_path)
    settings.MAILERS = {"default": {"OPTIONS": {"folder": str(tmp_path)}}}
    old, part, young, other = (tmp_path / name for name in ("old.eml", ".x.part", "young.eml", "old.txt"))
    for file in (old, part, young, other):
        file.write_text("mail")
    for file in (old, part, other):
        os.utime(file, (time.time() - 91 * 24 * 3600,) * 2)
    for drop in hosts.droppers:
        drop()
    assert sorted(tmp_path.iterdir()) == [other, young]
    settings.MAILERS = {"default": {}}
    assert mail.delete_old_files(90) == 0
