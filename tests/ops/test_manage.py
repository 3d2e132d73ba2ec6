"""manage.py on a machine without configuration."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def manage(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        input=given,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["read_page", "tests/drift/pages/wix-plans.html", "--json"], 0, '"kind": "membership"'),
        (["fetch", "http://127.0.0.1/", "--json"], 3, '"verdict": "refused"'),
        (["check_claims", "--stdin", "--json"], 0, '"overclaim": true'),
    ],
)
def test_what_works_on_files_needs_no_setting(words: list[str], code: int, told: str) -> None:
    done = manage(*words, given="We are certified by ServiceTitan.\n")
    assert (done.returncode, done.stderr) == (code, "") and told in done.stdout


def test_a_missing_setting_gives_a_message_with_a_hint_for_local_use() -> None:
    done = manage("flags", "--json")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("Set SECRET_KEY in the environment:") and "pagetojob.local manage" in done.stderr
    assert "Traceback" not in done.stderr
