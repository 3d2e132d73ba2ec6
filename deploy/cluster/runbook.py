"""The runbook of each failure, as people read it. A drill runs its commands, so that a wrong one is noticed."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.podman import ENVIRONMENT, ROOT

PAGE = ROOT / "docs" / "how-to" / "cluster-failures.md"
_SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
#: Longest time of a command. A failure whose repair hangs must not stop the drill for good.
TIMEOUT_SECONDS = 300
_COMMANDS = re.compile(r"^ *```sh\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


class RunbookFailed(Exception):
    """Raised when a command of a runbook fails or does not end. Contains its standard error."""


def commands(title: str, page: Path = PAGE) -> list[str]:
    """Return the commands of a section in order, without their indentation. Raises KeyError if there is no section."""
    sections = dict(_SECTION.findall(page.read_text(encoding="utf-8")))
    blocks = _COMMANDS.findall(sections[title])
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def follow(title: str, variables: Mapping[str, str]) -> None:
    """Run the commands of a section, one after the other, with the names of the machines as variables."""
    for command in commands(title):
        try:
            done = subprocess.run(  # noqa: S603 - a command of our documentation
                ["bash", "-euo", "pipefail", "-c", command],  # noqa: S607 - the one on the PATH
                capture_output=True,
                text=True,
                check=False,
                cwd=ROOT,
                env=ENVIRONMENT | dict(variables),
                timeout=TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise RunbookFailed(f"{command}: did not end within {TIMEOUT_SECONDS} s") from error
        if done.returncode:
            raise RunbookFailed(f"{command}: {done.stderr.strip()[-1000:]}")
