"""The container files: their command lines start here, and they know the same variables as the settings."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pagetojob.local import caddy
from pagetojob.local.place import CLONE

COMPOSE: dict[str, Any] = yaml.safe_load((CLONE / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "pagetojob"]
GIVEN = {
    "SECRET_KEY": "k" * 60,
    "VAULT_KEYS": "k1:" + "a" * 43 + "=",
    "PUBLIC_URL": "https://www.example.com",
    "ALLOWED_HOSTS": "www.example.com",
    "POSTGRES_PASSWORD": "p1",
    "PAGETOJOB_OWNER_PASSWORD": "p2",
    "PAGETOJOB_APP_PASSWORD": "p3",
    "REDIS_PASSWORD": "p4",
    "EMAIL_URL": "smtp+tls://mail.example.com:587",
    "DEFAULT_FROM_EMAIL": "PageToJob <no-reply@example.com>",
}
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


def environment_of(service: str) -> dict[str, str]:
    return {name: filled_in(str(value)) for name, value in SERVICES[service]["environment"].items()}


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


@pytest.mark.parametrize("service", sorted(set(OURS) - {"migrate"}))
def test_the_command_line_starts_here(service: str) -> None:
    argv = checked([filled_in(word) for word in SERVICES[service]["command"]])
    done = start(argv, environment_of(service))
    assert done.returncode == 0, done.stderr
    for option in (word for word in argv if word.startswith("--") and word not in ("--help", "--check-config")):
        assert "gunicorn" in argv or option in done.stdout, f"{option} is unknown"


@pytest.mark.parametrize("number", range(3))
def test_each_step_of_migrate_starts_here(number: int) -> None:
    shell, flags, script = SERVICES["migrate"]["command"]
    assert (shell, flags) == ("sh", "-ec"), "a step that fails must end the others"
    lines = filled_in(script).strip().splitlines()
    assert len(lines) == 3
    words = lines[number].split()
    done = start([*words[words.index("python") :], "--help"], environment_of("migrate"))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", OURS)
def test_the_variables_are_those_of_the_settings(service: str) -> None:
    of_migrate = {"PAGETOJOB_ADMIN_URL", "PAGETOJOB_OWNER_PASSWORD", "PAGETOJOB_APP_PASSWORD", "DATABASE_OWNER_URL"}
    beyond = of_migrate if service == "migrate" else set()
    assert set(SERVICES[service]["environment"]) - beyond <= read_by_settings()


def test_the_website_holds_neither_the_owner_nor_the_superuser() -> None:
    for service in set(OURS) - {"migrate"}:
        text = str(SERVICES[service]["environment"])
        assert "OWNER" not in text and "POSTGRES_PASSWORD" not in text


SECRETS = {"SECRET_KEY", "VAULT_KEYS", "EMAIL_URL", "REDIS_URL", "OPS_HEALTH_TOKEN"}
WORKER = {"SECRET_KEY", "VAULT_KEYS", "EMAIL_URL", "REDIS_URL"}


@pytest.mark.parametrize(
    ("service", "secrets"),
    [
        ("migrate", set()),
        ("web", {"SECRET_KEY", "VAULT_KEYS", "OPS_HEALTH_TOKEN"}),
        ("dispatcher", {"REDIS_URL"}),
        ("worker-deliver", WORKER),
        ("worker-work", WORKER),
        ("worker-heavy", WORKER),
    ],
)
def test_each_service_has_only_the_secrets_it_uses(service: str, secrets: set[str]) -> None:
    environment = SERVICES[service]["environment"]
    assert {name for name in SECRETS & set(environment) if environment[name] != "none"} == secrets


def test_a_secret_that_is_not_set_stops_compose_with_a_sentence() -> None:
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


def test_nothing_but_caddy_is_published() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"caddy": ["80:80", "443:443"]}


@pytest.mark.parametrize("file", ["Caddyfile", "Caddyfile.domains"])
def test_caddy_accepts_its_file_with_the_variables_of_compose(tmp_path: Path, file: str) -> None:
    """Its certificate is that of PUBLIC_URL, and TRUSTED_PROXIES counts it."""
    variables = environment_of("caddy") | {"PATH": os.environ["PATH"], "XDG_DATA_HOME": str(tmp_path)}
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


def test_everything_that_stays_up_comes_back_and_the_website_waits_for_no_broker() -> None:
    for name, service in SERVICES.items():
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert "valkey" not in SERVICES["web"]["depends_on"]
    assert all("healthcheck" in SERVICES[name] for name in SERVICES if name not in ("migrate", "dispatcher"))


def test_the_image_runs_unprivileged_and_installs_only_hashed_packages() -> None:
    text = (CLONE / "Dockerfile").read_text()
    last = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    assert all("--require-hashes" in line for line in text.splitlines() if "pip install" in line)
    included = [line[1:] for line in (CLONE / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all((CLONE / path).exists() for path in included)
    assert not any(path.startswith(".") for path in included)


def test_static_files_are_collected_with_the_values_of_the_dockerfile(tmp_path: object) -> None:
    text = (CLONE / "Dockerfile").read_text()
    command = text[text.index("RUN SECRET_KEY=") :].split("\n\n")[0].split("/venv/bin/python")[0]
    values = dict(re.findall(r"(\w+)=(\S+)", command.replace("\\\n", " ")))
    done = start(["python", "manage.py", "collectstatic", "--dry-run", "--no-input"], values)
    assert done.returncode == 0, done.stderr
