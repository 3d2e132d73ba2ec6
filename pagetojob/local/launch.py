"""Launcher: drops privileges, ties its life to the supervisor, and executes another program.

Runs as a script and works under ``python -I -S``, before any package is available. A separate child process for this
is safe even if the supervisor has threads, unlike code between fork and exec.
"""

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def enter_namespace(uid: int, gid: int) -> None:
    """Become `uid` in a new user namespace. Outside of it we remain the same user and keep access to our files."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    os.unshare(os.CLONE_NEWUSER)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outer_uid} 1"),
        ("gid_map", f"{gid} {outer_gid} 1"),
    ):
        Path("/proc/self", name).write_text(text, encoding="ascii")


def become_account(uid: int, gid: int) -> None:
    """Drop root privileges permanently."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with_parent(parent: int, death_signal: int) -> None:
    """Ask the kernel to signal us when the supervisor ends. A change of user resets this, so it comes last."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The supervisor ended before its child started.")


def main() -> None:
    """Read the plan (JSON, first argument) and execute its program."""
    plan = json.loads(sys.argv[1])
    if plan["way"] == "namespace":
        enter_namespace(plan["uid"], plan["gid"])
    elif plan["way"] == "account":
        become_account(plan["uid"], plan["gid"])
    if plan["folder"] is not None:
        os.chdir(plan["folder"])
    # A shell that starts the supervisor in the background ignores both, and children inherit that.
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    die_with_parent(plan["parent"], plan["death_signal"])
    os.execv(plan["argv"][0], plan["argv"])


if __name__ == "__main__":
    main()
