"""Build the migrated schema for the tests and store it between runs: restoring it takes 2 s, migrating 5 s.

The name of the stored schema is a hash of everything that it depends on, so a changed migration builds a new one.
`make run` starts an instance of its own and always runs every migration.
"""

import ast
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pagetojob.local.postgres import install_folder

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".pytest_cache"
#: What the schema follows from beside the migrations and what they import.
_BESIDE = (
    "pagetojob/settings.py",
    "pagetojob/local/provision.py",
    "pagetojob/local/postgres.py",
    "pagetojob/platform/tenants/triggers.py",
    "tests/support/schema.py",
)
_PACKAGES = ("pagetojob", "readiness", "syncqueue", "drift", "attribution")


def make_schema(admin_url: str, *, kept_in: Path = KEPT) -> bool:
    """Fill an empty database of the embedded server: from what was kept, or by the migrations, which is kept then.

    `admin_url` is a superuser's; the migrations run against DATABASE_URL. Says whether they did.
    """
    file = kept_in / f"schema-{key()}.sql"
    if file.is_file():
        restore(admin_url, file)
        return False
    migrate()
    kept_in.mkdir(exist_ok=True)
    half = file.with_suffix(f".{os.getpid()}")
    half.write_text(dump(admin_url), encoding="utf-8")
    for old in kept_in.glob("schema-*.sql"):
        old.unlink(missing_ok=True)
    half.rename(file)
    return True


def migrate() -> None:
    """Run every migration against the database of DATABASE_URL."""
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True, timeout=900)


def restore(admin_url: str, file: Path) -> None:
    """Run what `dump` said, all of it or nothing."""
    options = ("--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--output={os.devnull}")
    _tool("psql", admin_url, *options, f"--file={file}")


def dump(admin_url: str) -> str:
    """The schema and rows of a database as SQL, the same text for the same database."""
    return _tool("pg_dump", admin_url, "--restrict-key=kept")


def key() -> str:
    """A hash of the migrations, of what they import of ours, and of what else the schema follows from."""
    migrations = sorted(path for package in _PACKAGES for path in (ROOT / package).glob("**/migrations/*.py"))
    imported = {path for migration in migrations for path in _imported(migration)}
    extra = [ROOT / name for name in _BESIDE]
    digest = hashlib.sha256(sys.version.encode())
    for path in (*migrations, *sorted(imported), *extra, *sorted((ROOT / "requirements").glob("*.txt"))):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _imported(migration: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(migration.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        for name in names:
            path = ROOT.joinpath(*name.split("."))
            yield from (file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file())


def _tool(name: str, url: str, *arguments: str) -> str:
    """Run a client of the server. The password goes by the environment: command lines are everybody's to read."""
    parts = urlsplit(url)
    bare = urlunsplit(parts._replace(netloc=f"{parts.username}@{parts.hostname}:{parts.port}"))
    done = subprocess.run(
        [str(install_folder() / "bin" / name), f"--dbname={bare}", *arguments],
        env=os.environ | {"PGPASSWORD": parts.password or ""},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr.strip()}")
    return done.stdout
