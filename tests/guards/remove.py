"""Remove guards at random, one at a time, and report whether their tests notice.

`python -m tests.guards.remove --seed 7 --count 12` works in a temporary worktree of the last commit and changes nothing
here. It exits with 1 if the tests of a guard pass without it, or do not run.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .table import ROOT, Guard, guards

#: pytest's exit status if tests ran and some failed. Any other failure means that they did not run.
FAILED = 1
#: Several times what the slowest guard needs.
TIMEOUT_SECONDS = 600
VERDICTS = {0: "NOT NOTICED", FAILED: "noticed"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Remove the chosen guards and return the exit status."""
    options = _parser().parse_args(arguments)
    chosen = choose(guards(), seed=options.seed, count=options.count, only=options.only)
    with worktree() as tree:
        if not options.skip_intact and run(tree, dict.fromkeys(test for guard in chosen for test in guard.tests)):
            print("The tests of the chosen guards fail with nothing removed.")
            return 1
        noticed = sum([_report(tree, guard) for guard in chosen])
    print(f"{noticed} of {len(chosen)} removals noticed (seed {options.seed}).")
    return 0 if noticed == len(chosen) else 1


def choose(rows: Iterable[Guard], *, seed: int, count: int, only: str) -> list[Guard]:
    """Return `count` guards whose name, code or group contains `only`, drawn with `seed`; all of them if fewer."""
    fitting = [row for row in rows if only.lower() in f"{row.group} {row.name} {row.code}".lower()]
    return random.Random(seed).sample(fitting, min(count, len(fitting)))


@contextmanager
def worktree() -> Iterator[Path]:
    """Make a temporary worktree of the last commit, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="ptj-guards-") as folder:
        tree = Path(folder) / "tree"
        _git(ROOT, "worktree", "add", "--quiet", "--detach", str(tree), "HEAD")
        try:
            yield tree
        finally:
            _git(ROOT, "worktree", "remove", "--force", str(tree))


@contextmanager
def removed(tree: Path, guard: Guard) -> Iterator[None]:
    """Remove a guard in a worktree, and put it back at the end."""
    file = tree / guard.changed
    text = file.read_text(encoding="utf-8")
    assert text.count(guard.old) == 1, f"{guard.changed} does not have the text to remove once: {guard.name}"
    file.write_text(text.replace(guard.old, guard.new), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(text, encoding="utf-8")


def run(tree: Path, tests: Iterable[str]) -> int:
    """Run these tests in a worktree and return pytest's exit status."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "--tb=no", *tests]
    return subprocess.run(command, cwd=tree, check=False, capture_output=True, timeout=TIMEOUT_SECONDS).returncode


def _report(tree: Path, guard: Guard) -> bool:
    began = time.monotonic()
    with removed(tree, guard):
        status = run(tree, guard.tests)
    seconds = time.monotonic() - began
    print(f"{VERDICTS.get(status, 'DID NOT RUN'):<12} {seconds:4.0f} s  {guard.name}  ({guard.code})", flush=True)
    return status == FAILED


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.guards.remove", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the same seed and count choose the same guards")
    parser.add_argument("--count", type=int, default=12, help="how many guards to remove")
    parser.add_argument("--only", default="", help="choose from the guards whose name, code or group has this text")
    parser.add_argument("--skip-intact", action="store_true", help="do not first run the tests with nothing removed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
