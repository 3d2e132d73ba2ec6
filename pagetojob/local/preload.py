"""Load the product once, and fork the processes that run it.

The workers and the dispatcher use the same modules. Each would load some 80 MB for itself; a forked process shares the
memory of what is loaded before, until it writes to it.
"""

import atexit
import ctypes
import gc
import importlib
import os
import runpy
import signal
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import django

from pagetojob.local.launch import die_with_parent
from pagetojob.schedule import PERIODIC_TASKS

#: Not the modules of tasks: `syncqueue.tasks` makes memory that a worker shares with its own processes only.
MODULES = (
    "pagetojob.dispatcher",
    "pagetojob.celery",
    "pagetojob.broker",
    "celery.bin.celery",
    "celery.concurrency.prefork",
)
PR_SET_NAME = 15


def load(environment: Mapping[str, str]) -> None:
    """Load the settings of this environment and what the workers and the dispatcher use.

    It opens no connection and starts no thread: neither survives a fork.
    """
    ours = dict(os.environ)
    os.environ.update(environment)
    try:
        django.setup()
        for module in MODULES:
            importlib.import_module(module)
        for task in PERIODIC_TASKS.values():
            # A heavy task runs in a single process, which would share its modules with none.
            if not task.heavy:
                task.load()
    finally:
        # The servers that we start have no use for the secrets.
        os.environ.clear()
        os.environ.update(ours)
    # As root, on a developer's machine, this is intended.
    warnings.filterwarnings("ignore", "You're running the worker with superuser privileges")
    # The garbage collector of a process would write to shared memory.
    gc.collect()
    gc.freeze()


class Forked:
    """A forked process, with what we use of `subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def wait(self) -> int:
        """Wait for the end; return the exit code, or the negative number of the signal."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def fork(
    name: str,
    argv: Sequence[str],
    *,
    folder: Path,
    output: int,
    death_signal: signal.Signals,
    env: Mapping[str, str],
) -> Forked:
    """Fork a process in its own session that runs `python -m` with `argv` and ends when the calling thread ends.

    As for `spawn`, that thread must live as long as the program. It must also be the only thread.
    """
    parent = os.getpid()
    with _signals_blocked():
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                _leave_supervisor(name, folder, output)
                die_with_parent(parent, death_signal)
                os.environ.clear()
                os.environ.update(env)
                code = _run_module(argv)
            finally:
                # Returning would continue the supervisor a second time.
                os._exit(code)
    return Forked(pid)


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Delay signals: a new process must not receive them while it has the handlers of the supervisor."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave_supervisor(name: str, folder: Path, output: int) -> None:
    """Give up the session, name, files and signal handlers that a fork inherits."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode(), 0, 0, 0)
    os.chdir(folder)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    # The lock of the instance, and the output of other processes.
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    # A line appears when it is written, as with PYTHONUNBUFFERED.
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _run_module(argv: Sequence[str]) -> int:
    """Run a module as a program, with what Python does at its end; return the exit code."""
    sys.argv = list(argv)
    code = 0
    try:
        runpy.run_module(argv[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    atexit._run_exitfuncs()
    return code
