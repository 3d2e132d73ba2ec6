"""The web process with production settings, and a database in which it can do no harm.

Run inside pytest: it makes the rows and starts `tests.fuzz.walk` or `tests.fuzz.openapi` with the environment of a
production process, which prints its report as JSON.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.support.services import ROOT

#: All requests of a night, and those of them that follow the API's description.
REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "20000"))
API_REQUESTS = REQUESTS // 5
#: The counts of the last run.
REPORTS = ROOT / ".local" / "fuzz"
SEED = int(os.environ.get("FUZZ_SEED", "20261128"))


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a production process on this test's database."""
    return os.environ | {
        "DEBUG": "false",
        "ALLOWED_HOSTS": "www.example.com",
        "PUBLIC_URL": "https://www.example.com",
        "TRUSTED_PROXIES": "1",
        "SECOND_FACTOR_REQUIRED": "true",
        "EMAIL_URL": f"file://{quote(str(folder))}/mail",
        "SITE_FACTS_FOLDER": str(folder / "site-facts"),
        "AUDIT_ANCHOR_FILE": str(folder / "anchors.jsonl"),
        "RECOVERY_FOLDER": str(folder / "recovery"),
        "LOG_LEVEL": "ERROR",
        # Hash seeds change the order of sets, and so the requests of a seed.
        "PYTHONHASHSEED": "0",
    }


def run(module: str, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Run a module of this package in a production process; return its report."""
    given = folder / "options.json"
    given.write_text(json.dumps(options), encoding="utf-8")
    variables = environment(folder)
    _python(["manage.py", "collectstatic", "--no-input", "--verbosity", "0"], variables, folder)
    _python(["-m", f"tests.fuzz.{module}", str(given), str(folder / "report.json")], variables, folder)
    text = (folder / "report.json").read_text(encoding="utf-8")
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / f"{module}.json").write_text(text, encoding="utf-8")
    report: dict[str, Any] = json.loads(text)
    return report


def _python(arguments: list[str], variables: dict[str, str], folder: Path) -> None:
    log = folder / "log.txt"
    with log.open("ab") as output:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=variables, stdout=output, stderr=output, check=False
        )
    assert done.returncode == 0, f"{arguments} ended with {done.returncode}:\n{log.read_text(errors='replace')[-5000:]}"
