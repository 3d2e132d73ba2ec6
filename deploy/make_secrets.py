"""Create the secrets of docker-compose.yml as files below secrets/. Never changes or prints one that exists.

`python3 deploy/make_secrets.py` needs only Python. Compose mounts each file into the services that use it, so a secret
is in no environment, image, command line or log. Replace one by deleting its file, running this again and restarting.
"""

import argparse
import base64
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "secrets"
_RANDOM_BYTES = 32


def _random() -> str:
    return secrets.token_hex(_RANDOM_BYTES)


def _vault_key() -> str:
    return f"k1:{base64.b64encode(secrets.token_bytes(_RANDOM_BYTES)).decode()}"


#: Files and how their content is drawn. A URL is built from the password of its login.
DRAWN: dict[str, Callable[[], str]] = {
    "secret_key": _random,
    "secret_key_fallbacks": str,
    "vault_keys": _vault_key,
    # Empty until a person writes the token of the text provider into it.
    "text_token": str,
    "postgres_password": _random,
    "owner_password": _random,
    "app_password": _random,
    "redis_password": _random,
    "ops_health_token": _random,
    # Encrypts the backups. Store a copy away from them: without it no backup can be read.
    "backup_cipher_key": _random,
    # Empty until `manage.py log_key` has made one: it contains the host, which this program does not know.
    "log_signing_keys": str,
}
#: URLs and the password that each contains.
URLS = {
    "admin_url": ("postgres_password", "postgresql://postgres:{}@postgres:5432/postgres"),
    "database_owner_url": ("owner_password", "postgresql://pagetojob_owner:{}@postgres:5432/pagetojob"),
    "database_url": ("app_password", "postgresql://pagetojob_app:{}@postgres:5432/pagetojob"),
    "redis_url": ("redis_password", "redis://:{}@valkey:6379/0"),
}
#: Files that a person writes.
GIVEN = {"email_url": "the mail destination, such as smtp+tls://user:password@host:587"}


def make(folder: Path) -> list[str]:
    """Create the missing files and return their names. Only the owner of the folder can read below it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    made = [name for name, draw in DRAWN.items() if _write(folder / name, draw())]
    for name, (password, url) in URLS.items():
        # A URL follows its password, also when that was replaced.
        text = url.format((folder / password).read_text().strip())
        if (folder / name).is_file() and (folder / name).read_text() != text:
            (folder / name).unlink()
        made += [name] if _write(folder / name, text) else []
    return made


def _write(file: Path, text: str) -> bool:
    if file.exists():
        return False
    # The folder protects the files here; in a container, the file is mounted alone and its user differs.
    file.touch(mode=0o600)
    file.write_text(text)
    file.chmod(0o444)
    return True


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    made = make(folder)
    print(f"Created in {folder.name}/: {', '.join(made) or 'nothing, every file exists'}.")
    missing = [name for name in GIVEN if not (folder / name).is_file()]
    for name in missing:
        print(f"Write {GIVEN[name]} to {folder.name}/{name}.")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
