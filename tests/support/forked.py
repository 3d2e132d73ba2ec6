"""Python code in processes forked from one that has imported libraries, and nothing of ours."""

import multiprocessing
import os
import subprocess
import tempfile
from pathlib import Path

FORKING = multiprocessing.get_context("forkserver")
# What the settings import. To start Python and import them takes four times as long as to load the settings.
FORKING.set_forkserver_preload(
    [
        "cryptography.hazmat.primitives.asymmetric.ed25519",
        "cryptography.hazmat.primitives.ciphers.aead",
        "django.utils.csp",
        "environ",
    ]
)
SECONDS = 60


def run_code(code: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `code` with this environment in a folder; return its exit status and what it printed."""
    with tempfile.TemporaryDirectory() as files:
        printed = [str(Path(files, name)) for name in ("stdout", "stderr")]
        process = FORKING.Process(target=_run, args=(code, environment, str(folder), printed))
        process.start()
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(code, SECONDS)
        return subprocess.CompletedProcess(code, process.exitcode, *(Path(file).read_text() for file in printed))


def _run(code: str, environment: dict[str, str], folder: str, printed: list[str]) -> None:
    for number, file in enumerate(printed, start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
