"""Each failure has a runbook, whose commands the drill runs as they are."""

import re
import time
from pathlib import Path

import pytest

from deploy.cluster import runbook
from deploy.cluster.failures import FAILURES

#: Set by the failure (`NODE`, …) or by the drill.
VARIABLES = {"NODE", "NODES", "CLOCKS", "DISK", "DATABASE"}


@pytest.mark.parametrize("kind", FAILURES)
def test_each_failure_has_commands_with_known_variables(kind: str) -> None:
    commands = runbook.commands(FAILURES[kind].title)
    assert commands
    assert set(re.findall(r"\$(?:\{)?([A-Z]+)", " ".join(commands))) <= VARIABLES


def test_the_issue_asks_for_these_numbers() -> None:
    wanted = {"kills": 20, "pauses": 20, "partitions": 10, "etcd": 5}
    assert {kind: FAILURES[kind].runs for kind in wanted} == wanted
    assert FAILURES["valkey"].seconds == 600


def test_commands_run_in_order_and_the_first_error_ends_the_runbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Page\n\n## One\n\n1. First:\n\n   ```sh\n   echo $NODE >> $FILE\n   ```\n\n"
        "2. Then:\n\n   ```sh\n   echo b >> $FILE\n"
        "   false\n   echo c >> $FILE\n   ```\n\n## Two\n\n```sh\ntrue\n```\n"
    )
    assert runbook.commands("Two", page) == ["true"]
    written = runbook.commands("One", page)
    monkeypatch.setattr(runbook, "commands", lambda title: written)
    with pytest.raises(runbook.RunbookFailed, match="false"):
        runbook.follow("One", {"NODE": "a", "FILE": str(tmp_path / "written")})
    assert (tmp_path / "written").read_text() == "a\nb\n"


def test_a_command_that_hangs_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runbook, "commands", lambda title: ["sleep 30"])
    monkeypatch.setattr(runbook, "TIMEOUT_SECONDS", 0.2)
    began = time.monotonic()
    with pytest.raises(runbook.RunbookFailed, match="sleep 30: did not end"):
        runbook.follow("One", {})
    assert time.monotonic() - began < 10
