"""Gives up rights, ties its life to its supervisor, and becomes another program.

Run as a script by its path, never imported: it works under ``python -I -S``, before any package is found.
Doing this in a child of its own, and not between fork and exec, is safe when the supervisor has threads.
"""

import ctypes
import json
import os
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def enter_namespace(uid: int, gid: int) -> None:
    """Become `uid` inside a new user namespace; outside of it we stay who we are and keep our files."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    os.unshare(os.CLONE_NEWUSER)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outer_uid} 1"),
        ("gid_map", f"{gid} {outer_gid} 1"),
    ):
        Path("/proc/self", name).write_text(text, encoding="ascii")


def become_account(uid: int, gid: int) -> None:
    """Drop root for good."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with_parent(parent: int, death_signal: int) -> None:
    """Have the kernel signal us when the supervisor ends; a change of user clears this, so it comes last."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The supervisor ended before its child began.")


def main() -> None:
    """Read the plan (JSON, first argument) and turn into the program it names."""
    plan = json.loads(sys.argv[1])
    if plan["way"] == "namespace":
        enter_namespace(plan["uid"], plan["gid"])
    elif plan["way"] == "account":
        become_account(plan["uid"], plan["gid"])
    if plan["folder"] is not None:
        os.chdir(plan["folder"])
    die_with_parent(plan["parent"], plan["death_signal"])
    os.execv(plan["argv"][0], plan["argv"])


if __name__ == "__main__":
    main()
