"""deploy/backups.yml archives as the code says, and its service starts here with the secrets it names."""

import shlex
from pathlib import Path

import yaml

from deploy import make_secrets
from pagetojob.backups.configuration import server_settings
from pagetojob.local.place import CLONE
from tests.local.test_compose import COMPOSE, filled_in, start

OVER = yaml.safe_load((CLONE / "deploy" / "backups.yml").read_text())
SERVICES = OVER["services"]
CONFIGURATION = Path("/run/pgbackrest/pgbackrest.conf")


def test_the_database_archives_with_the_settings_of_the_code() -> None:
    command = SERVICES["postgres"]["command"]
    assert command[: len(COMPOSE["services"]["postgres"]["command"])] == COMPOSE["services"]["postgres"]["command"]
    settings = dict(word.split("=", 1) for word in command if "=" in word)
    assert server_settings("pgbackrest", CONFIGURATION).items() <= settings.items()
    dockerfile = (CLONE / "deploy" / "postgres.Dockerfile").read_text()
    assert f"--owner postgres {CONFIGURATION.parent} " in dockerfile and "pgbackrest" in dockerfile
    assert all("--require-hashes" in line for line in dockerfile.splitlines() if "pip install" in line)


def test_the_service_starts_here_and_has_only_the_secrets_it_uses(tmp_path: Path) -> None:
    make_secrets.make(tmp_path)
    service = SERVICES["backup"]
    variables = {name: filled_in(str(value)) for name, value in service["environment"].items()}
    files = {value.removeprefix("/run/secrets/") for value in variables.values() if value.startswith("/run/secrets/")}
    assert files == set(service["secrets"]) <= set(COMPOSE["secrets"])
    here = {name: value.replace("/run/secrets", str(tmp_path)) for name, value in variables.items()}
    done = start([*service["command"], "--help"], here)
    assert done.returncode == 0, done.stderr
    key = (tmp_path / "backup_cipher_key").read_text()
    assert key not in shlex.join(map(str, [*service["command"], *SERVICES["postgres"]["command"]]))


def test_only_machines_on_the_network_of_the_database_see_the_repository() -> None:
    mounted = {
        name for name, service in SERVICES.items() if any("backups:" in each for each in service.get("volumes", []))
    }
    assert mounted == {"postgres", "backup"} and SERVICES["backup"]["networks"] == ["database"]
    shown = {name for name, service in SERVICES.items() if service["environment"].get("BACKUP_FOLDER")}
    assert shown == {*mounted, "web", "worker-deliver", "worker-work", "worker-heavy"}
