"""Run the checks of the pack and write a signed evidence file: `make evidence`.

The file goes to `.local/evidence`, where an instance of this clone finds it within a minute. The key is that of this
clone, `.local/secrets/place_key`, or `EVIDENCE_SIGNING_KEY`.
"""

import argparse
import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from pagetojob.local.place import Place
from pagetojob.local.private import stored_place_key
from pagetojob.transparency.signing import Signer, read_signer
from readiness.evidence_files import FAILED, NOT_RUN, PASSED, SUFFIX, EvidenceFile, Result, outcome
from tests.evidence.table import TestedCheck, checks_with_tests
from tests.guards.table import ROOT

TOOLS = ("django", "psycopg", "pytest")
#: Files that name earlier commits cannot be part of what they name.
OUTSIDE = ":!evidence"


class Recorder:
    """pytest plugin that notes the outcome of each test: failed if any of its parts failed."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        before = self.outcomes.get(report.nodeid, "")
        if report.failed or before == FAILED:
            self.outcomes[report.nodeid] = FAILED
        elif report.when == "call" or report.skipped:
            self.outcomes[report.nodeid] = PASSED if report.passed else NOT_RUN


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen checks, write the file, and return 1 if a check failed or did not run."""
    options = _parser().parse_args(arguments)
    if changed := uncommitted():
        print(f"Commit these changes first, because evidence names a commit:\n{changed}")
        return 2
    chosen = [row for row in checks_with_tests() if options.only in row.check.anchor]
    started, recorder = datetime.now(UTC), Recorder()
    tests = dict.fromkeys(test for row in chosen for test in row.tests)
    pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", "-n", options.processes, *tests], plugins=[recorder])
    results = [Result(row.check.anchor, *_result(row, recorder.outcomes)) for row in chosen]
    path = write(results, started=started, folder=options.out)
    _print(results, path)
    return int(any(result.outcome != PASSED for result in results))


def head() -> str:
    """Return the commit of the working copy."""
    return _git("rev-parse", "HEAD").strip()


def uncommitted() -> str:
    """Return the uncommitted changes of tracked files outside evidence/."""
    return _git("status", "--porcelain", "--untracked-files=no", "--", ".", OUTSIDE)


def write(results: Sequence[Result], *, started: datetime, folder: Path | None = None) -> Path:
    """Write the signed file of a run that ends now, and return its path."""
    file = EvidenceFile(
        commit=head(),
        tree=tree_digest(),
        tools={"python": platform.python_version()} | {name: version(name) for name in TOOLS},
        started_at=started,
        finished_at=datetime.now(UTC),
        results=results,
    )
    signer = _signer()
    name = f"{file.finished_at:%Y%m%dT%H%M%SZ}-{signer.key.name}{SUFFIX}"
    path = (folder or Place.of(None).folder("evidence")) / name
    path.write_text(file.signed(signer), encoding="utf-8")
    return path


def _result(row: TestedCheck, outcomes: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the outcome of a check and those of its tests, with one for each set of parameters."""
    tests: dict[str, str] = {}
    for name in row.tests:
        ran = {
            node: done for node, done in outcomes.items() if node == name or node.startswith((f"{name}[", f"{name}::"))
        }
        tests |= ran or {name: NOT_RUN}
    return outcome(tests.values()), tests


def tree_digest() -> str:
    """Return the SHA-256 over the tracked files except evidence/, as the page of the runs explains it."""
    names = sorted(name for name in _git("ls-files", "-z", "--", ".", OUTSIDE).encode().split(b"\0") if name)
    lines = (
        hashlib.sha256((ROOT / os.fsdecode(name)).read_bytes()).hexdigest().encode() + b"  " + name for name in names
    )
    return hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()


def _signer() -> Signer:
    given = os.environ.get("EVIDENCE_SIGNING_KEY", "")
    return read_signer(given) if given else stored_place_key(Place.of(None).secret_file("place_key"))


def _print(results: Sequence[Result], path: Path) -> None:
    for result in results:
        if result.outcome != PASSED:
            bad = ", ".join(test for test, done in result.tests.items() if done != PASSED)
            print(f"{result.outcome:<8} {result.check}: {bad}")
    passed = sum(result.outcome == PASSED for result in results)
    print(f"{passed} of {len(results)} checks passed. Signed by {_signer().key}\n{path}")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.evidence.run", description=__doc__)
    parser.add_argument("--only", default="", help="run only the checks whose line has this text in its anchor")
    parser.add_argument("--out", type=Path, help="write the file to this folder instead of .local/evidence")
    parser.add_argument("--processes", default="2", help="number of test processes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
