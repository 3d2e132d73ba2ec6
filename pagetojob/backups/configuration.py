"""The configuration of pgBackRest. Every process that uses the repository gets it from here.

    python -m pagetojob.backups.configuration FOLDER DATA_FOLDER

writes it for the archiver of a PostgreSQL server, from BACKUP_FOLDER, BACKUP_CIPHER_KEY (or the file that
BACKUP_CIPHER_KEY_FILE names) and BACKUP_DAYS. Works without Django.
"""

import argparse
import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pagetojob.backups.plan import ARCHIVE_SECONDS, full_retention_days
from pagetojob.environment import env

PROGRAM = "pgbackrest"
STANZA = "main"
LEAST_KEY_CHARACTERS = 32


class NotConfigured(Exception):
    """Raised when backups cannot be configured. The message gives the remedy."""


@dataclass(frozen=True)
class Repository:
    """The repository in `folder`, and the server whose data folder it backs up.

    The key is never on a command line or in an environment: pgBackRest reads it from its configuration file.
    """

    folder: Path
    key: str = field(repr=False)
    data: Path
    admin_url: str = field(default="", repr=False)
    days: int = 35

    def __post_init__(self) -> None:
        if len(self.key) < LEAST_KEY_CHARACTERS or not self.key.isascii() or not self.key.isprintable():
            raise NotConfigured(
                f"BACKUP_CIPHER_KEY must have at least {LEAST_KEY_CHARACTERS} printable ASCII characters."
            )
        if not self.folder.is_absolute():
            raise NotConfigured("BACKUP_FOLDER must be an absolute path.")

    def write(self, folder: Path, *, data: Path | None = None) -> Path:
        """Write configuration and password file into a private folder; return the configuration file."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.admin_url:
            server = urlsplit(self.admin_url)
            words = (server.hostname or "", str(server.port or 5432), "*", server.username or "", server.password or "")
            line = ":".join(unquote(word).replace("\\", "\\\\").replace(":", "\\:") for word in words)
            _write_private(folder / "pgpass", line + "\n")
        file = folder / "pgbackrest.conf"
        _write_private(file, self._text(folder, data or self.data))
        return file

    def environment(self, folder: Path) -> dict[str, str]:
        """Return the variables with which pgBackRest reaches the server. The password is in a file."""
        server = urlsplit(self.admin_url)
        return {"PGHOST": server.hostname or "", "PGPASSFILE": str(folder / "pgpass")} if self.admin_url else {}

    def _text(self, folder: Path, data: Path) -> str:
        server = urlsplit(self.admin_url)
        sections = {
            "global": {
                "repo1-path": str(self.folder / "repository"),
                "repo1-cipher-type": "aes-256-cbc",
                "repo1-cipher-pass": self.key,
                "repo1-retention-full-type": "time",
                "repo1-retention-full": str(full_retention_days(self.days)),
                "repo1-bundle": "y",
                "compress-type": "zst",
                "start-fast": "y",
                "log-level-console": "warn",
                "log-level-file": "off",
                # The second repetition waits 15 seconds per file, which does not help on a local disk.
                "job-retry": "1",
                "lock-path": str(self.folder / "lock"),
                "spool-path": str(folder / "spool"),
                # An archiver that gives up soon tells PostgreSQL, which repeats it and counts the failure.
                "archive-timeout": "60",
            },
            STANZA: {"pg1-path": str(data)}
            | ({"pg1-port": str(server.port or 5432), "pg1-user": server.username or ""} if self.admin_url else {}),
        }
        return "\n".join(_section(name, options) for name, options in sections.items())


def _section(name: str, options: Mapping[str, str]) -> str:
    if bad := [option for option, value in options.items() if "\n" in value]:
        raise NotConfigured(f"The value of {bad[0]} has more than one line.")
    return "\n".join([f"[{name}]", *(f"{option}={value}" for option, value in options.items()), ""])


def _write_private(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)


def find_program() -> str:
    """Return the path of pgBackRest. Raises NotConfigured where it is not installed."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise NotConfigured("pgBackRest is not installed. On Debian: apt-get install pgbackrest")
    return program


def server_settings(program: str, file: Path) -> dict[str, str]:
    """Return the settings with which a server archives its WAL. `file` is the configuration."""
    words = (program, f"--config={file}", f"--stanza={STANZA}", "archive-push")
    command = " ".join(shlex.quote(word).replace("%", "%%") for word in words)
    return {
        "archive_mode": "on",
        "archive_timeout": str(ARCHIVE_SECONDS),
        "archive_command": f'{command} "%p"',
    }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--owner", help="the account of the server, if this runs as root")
    options = parser.parse_args()
    repository = Repository(
        Path(env("BACKUP_FOLDER")),
        env("BACKUP_CIPHER_KEY"),
        options.data,
        days=int(env("BACKUP_DAYS", default="35")),
    )
    repository.write(options.folder)
    repository.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if options.owner:
        for path in (options.folder, *options.folder.iterdir(), repository.folder):
            shutil.chown(path, options.owner)


if __name__ == "__main__":
    main()
