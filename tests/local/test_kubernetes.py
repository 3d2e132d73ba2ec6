"""The manifests for Kubernetes: the same processes, secrets and borders as docker-compose.yml."""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from pagetojob.environment import SECRETS
from pagetojob.local import caddy
from pagetojob.local.place import CLONE

FOLDER = CLONE / "deploy" / "kubernetes"
COMPOSE: dict[str, Any] = yaml.safe_load((CLONE / "docker-compose.yml").read_text())["services"]
OURS = ("web", "worker-deliver", "worker-work", "worker-heavy", "dispatcher")
#: Where `make nightly` installs kubernetes-validate with its schemas, 110 MB.
VALIDATOR = CLONE / ".local" / "kubernetes"
_VALIDATE = """
import sys, yaml, kubernetes_validate
for document in yaml.safe_load_all(sys.stdin):
    print(document["kind"], document["metadata"]["name"])
    kubernetes_validate.validate(document, "1.37", strict=True)
"""


@cache
def manifests() -> list[dict[str, Any]]:
    files = yaml.safe_load((CLONE / "deploy" / "kustomization.yaml").read_text())["resources"]
    return [part for file in files for part in yaml.safe_load_all((CLONE / "deploy" / file).read_text())]


def named(kind: str) -> dict[str, dict[str, Any]]:
    return {part["metadata"]["name"]: part for part in manifests() if part["kind"] == kind}


def pod(name: str) -> dict[str, Any]:
    kind = "Job" if name == "migrate" else "Deployment"
    template: dict[str, Any] = named(kind)[name]["spec"]["template"]
    return template


def container(name: str) -> dict[str, Any]:
    first: dict[str, Any] = pod(name)["spec"]["containers"][0]
    return first


def secrets(name: str) -> set[str]:
    volumes = pod(name)["spec"]["volumes"]
    return {item["path"] for volume in volumes for item in volume.get("secret", {}).get("items", [])}


def test_every_manifest_is_listed() -> None:
    listed = yaml.safe_load((CLONE / "deploy" / "kustomization.yaml").read_text())["resources"]
    assert {CLONE / "deploy" / file for file in listed} == set(FOLDER.glob("*.yaml"))
    assert set(named("Deployment")) == {*OURS, "valkey"} and set(named("Job")) == {"migrate"}


@pytest.mark.parametrize("name", [*OURS, "migrate", "valkey"])
def test_a_part_has_the_secrets_of_its_service_in_compose_as_files_and_no_other(name: str) -> None:
    assert secrets(name) == set(COMPOSE[name]["secrets"])
    if name == "valkey":
        return
    environment = {entry["name"]: entry["value"] for entry in container(name)["env"]}
    assert {environment[secret] for secret in SECRETS & set(environment)} <= {"none"}
    files = {value for variable, value in environment.items() if variable.endswith("_FILE")}
    in_command = {"/run/secrets/database_owner_url"} if name == "migrate" else set()
    assert files | in_command == {f"/run/secrets/{secret}" for secret in secrets(name)}
    given = {variable.removesuffix("_FILE") for variable in environment}
    of_compose = {variable.removesuffix("_FILE") for variable in COMPOSE[name]["environment"]}
    assert given >= of_compose & SECRETS


@pytest.mark.parametrize("name", [name for name in OURS if name != "web"])
def test_a_part_runs_the_command_of_compose(name: str) -> None:
    assert container(name)["command"] == COMPOSE[name]["command"]


def test_settings_of_all_parts_are_in_the_example() -> None:
    lines = (FOLDER / "settings.env").read_text().splitlines()
    variables = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert all(f"{name}=" in (CLONE / ".env.example").read_text() for name in variables)
    assert not variables & SECRETS


@pytest.mark.parametrize("name", OURS)
def test_a_part_is_probed_and_limited_and_survives_a_drained_node(name: str) -> None:
    assert container(name)["livenessProbe"] and container(name)["resources"]["limits"]["memory"]
    budget = named("PodDisruptionBudget")[name]["spec"]
    assert budget["selector"]["matchLabels"].items() <= pod(name)["metadata"]["labels"].items()
    replicas = named("Deployment")[name]["spec"].get("replicas")
    least = replicas or named("HorizontalPodAutoscaler")[name]["spec"]["minReplicas"]
    assert budget["maxUnavailable"] == 1 and least == 2


def test_workers_scale_by_a_metric_that_is_exported() -> None:
    (metric,) = named("HorizontalPodAutoscaler")["worker-deliver"]["spec"]["metrics"]
    rules = (CLONE / "deploy" / "prometheus" / "rules.yml").read_text()  # which another test compares with the exported
    assert f'{metric["external"]["metric"]["name"]}{{of="due"}}' in rules
    assert metric["external"]["metric"]["selector"] == {"matchLabels": {"of": "due"}}


@pytest.mark.parametrize("name", [*OURS, "migrate", "valkey"])
def test_a_pod_reaches_what_its_service_in_compose_reaches(name: str) -> None:
    labels = {label for label in pod(name)["metadata"]["labels"] if label.startswith("pagetojob.example/")}
    networks = {
        "database": "pagetojob.example/uses-database",
        "broker": "pagetojob.example/uses-broker",
        "outgoing": "pagetojob.example/reaches-internet",
    }
    of_compose = set() if name == "valkey" else {networks[net] for net in COMPOSE[name]["networks"] if net in networks}
    assert labels == of_compose
    policies = [policy["spec"] for policy in named("NetworkPolicy").values()]
    opened = {label for policy in policies for label in policy["podSelector"]["matchLabels"]}
    assert labels <= opened


def test_caddy_accepts_its_file_with_the_variables_of_its_container(tmp_path: Path) -> None:
    (part,) = [part for part in pod("web")["spec"]["containers"] if part["name"] == "caddy"]
    variables = {entry["name"]: entry["value"] for entry in part["env"]}
    adapted = subprocess.run(
        [caddy.command()[0], "adapt", "--config", str(caddy.CADDYFILE), "--adapter", "caddyfile"],
        env=variables | {"PATH": os.environ["PATH"], "XDG_DATA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    (server,) = json.loads(adapted.stdout)["apps"]["http"]["servers"].values()
    assert '"host"' not in json.dumps(server["routes"]), "the application decides about hosts"
    assert server["listen"] == ["0.0.0.0:8080"]
    assert server["automatic_https"] == {"disable": True}
    assert "10.0.0.0/8" in server["trusted_proxies"]["ranges"]


def documented() -> list[dict[str, Any]]:
    """Return the manifests that the guide gives for an overlay."""
    text = (CLONE / "docs" / "how-to" / "kubernetes.md").read_text()
    blocks = [dedent(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    return [part for block in blocks for part in yaml.safe_load_all(block) if "kind" in part]


def test_documented_ingresses_send_their_hosts_to_the_website_with_a_certificate_for_each() -> None:
    ingresses = [part for part in documented() if part["kind"] == "Ingress"]
    (port,) = named("Service")["web"]["spec"]["ports"]
    for spec in (part["spec"] for part in ingresses):
        hosts = [host for entry in spec["tls"] for host in entry["hosts"]]
        assert [rule["host"] for rule in spec["rules"]] == hosts
        for rule in spec["rules"]:
            (path,) = rule["http"]["paths"]
            assert path["backend"] == {"service": {"name": "web", "port": {"name": port["name"]}}}
    assert len(ingresses) == 2


@pytest.mark.nightly
def test_what_kustomize_makes_is_valid_for_the_schemas_of_kubernetes() -> None:
    program = shutil.which("kustomize")
    if program is None or not VALIDATOR.is_dir():
        pytest.skip("kustomize or kubernetes-validate is missing: apt-get install kustomize, and make nightly")
    rendered = subprocess.run([program, "build", str(CLONE / "deploy")], capture_output=True, text=True, check=True)
    ingresses = [part for part in documented() if part["kind"] == "Ingress"]
    valid = subprocess.run(
        [sys.executable, "-c", _VALIDATE],
        input=f"{rendered.stdout}---\n{yaml.safe_dump_all(ingresses)}",
        env=os.environ | {"PYTHONPATH": str(VALIDATOR)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert valid.returncode == 0, valid.stdout + valid.stderr
    # And two config maps that it generates.
    assert len(valid.stdout.splitlines()) == len(manifests()) + 2 + len(ingresses)
    for document in yaml.safe_load_all(rendered.stdout):
        if document["kind"] in {"Deployment", "Job"}:
            spec = document["spec"]["template"]["spec"]
            assert spec["securityContext"]["runAsNonRoot"] and not spec["automountServiceAccountToken"]
            assert all(part["securityContext"]["readOnlyRootFilesystem"] for part in spec["containers"])
