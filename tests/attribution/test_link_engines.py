"""The removed Spark engine: the setting and the command option explain what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.attribution.linking import job, lead, write

CLONE = Path(__file__).parents[2]


def start(engine: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; settings.DEBUG"],
        cwd=CLONE, env=os.environ | {"LINKAGE_ENGINE": engine}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("engine", ["spark", "postgres"])
def test_unknown_engine_prevents_startup(engine: str) -> None:
    done = start(engine)
    assert done.returncode and "LINKAGE_ENGINE must be duckdb or unset: Spark was removed." in done.stderr


def test_duckdb_remains_a_valid_setting() -> None:
    assert start("duckdb").returncode == 0


def test_link_files_accepts_duckdb_only(tmp_path: Path) -> None:
    leads, jobs = write(tmp_path / "leads.csv", [lead()]), write(tmp_path / "jobs.csv", [job()])
    files = [f"--leads={leads}", f"--jobs={jobs}", f"--out={tmp_path / 'links.csv'}"]
    with pytest.raises(CommandError, match="invalid choice: 'spark'"):
        call_command("link_files", *files, "--engine=spark")
    assert not (tmp_path / "links.csv").exists()
    call_command("link_files", *files, "--engine=duckdb")
    assert (tmp_path / "links.csv").exists()
