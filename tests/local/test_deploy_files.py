"""The files of deploy/ fit docker-compose.yml and the locks."""

import configparser
import json
import re
import subprocess
import sys
import textwrap

import pytest
import yaml

from deploy import sbom
from pagetojob.local.place import CLONE
from pagetojob.local.postgres import CLIENT_CHECKS


def test_every_service_ships_its_log_over_tls() -> None:
    services = yaml.safe_load((CLONE / "docker-compose.yml").read_text())["services"]
    shipped = yaml.safe_load((CLONE / "deploy" / "syslog.yml").read_text())["services"]
    assert set(shipped) == set(services)
    assert all(service["logging"]["options"]["syslog-address"].startswith("tcp+tls://") for service in shipped.values())


@pytest.mark.parametrize("image", sbom.LOCKS)
def test_the_bill_of_materials_names_every_locked_library_with_its_hashes(image: str) -> None:
    lock = (CLONE / "requirements" / sbom.LOCKS[image]).read_text()
    libraries = sbom.libraries(lock)
    assert len(libraries) == len(re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", lock, re.MULTILINE)) > 20
    assert all(library["hashes"] for library in libraries)
    assert sum(len(library["hashes"]) for library in libraries) == lock.count("--hash=sha256:")
    assert {component["type"] for component in sbom.bill(image)["components"]} == {"library", "container"}


def test_the_command_prints_the_bill_with_the_packages_of_debian() -> None:
    command = [sys.executable, "deploy/sbom.py", "heavy", "--debian"]
    shown = "libc6:amd64\t2.41-12\nzlib1g\t1:1.3\n"
    done = subprocess.run(command, cwd=CLONE, input=shown, capture_output=True, text=True, check=True)
    bill = json.loads(done.stdout)
    packages = {component.get("purl") for component in bill["components"]}
    assert {"pkg:deb/debian/libc6@2.41-12", "pkg:deb/debian/zlib1g@1:1.3"} <= packages
    assert any(component["name"] == "duckdb" for component in bill["components"])


@pytest.mark.parametrize("file", ["docker-compose.yml", "deploy/backups.yml"])
def test_the_server_notices_a_client_that_has_gone(file: str) -> None:
    """Otherwise a host that died without closing its connections holds its locks for two hours."""
    command = yaml.safe_load((CLONE / file).read_text())["services"]["postgres"]["command"]
    assert {f"{name}={value}" for name, value in CLIENT_CHECKS.items()} <= set(command)


def test_the_database_and_the_pool_on_kubernetes_notice_it_too() -> None:
    text = (CLONE / "docs" / "how-to" / "kubernetes.md").read_text()
    (block,) = (block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "kind: Cluster\n" in block)
    cluster, pooler = yaml.safe_load_all(textwrap.dedent(block))
    assert CLIENT_CHECKS.items() <= cluster["spec"]["postgresql"]["parameters"].items()
    assert _keepalives().items() <= pooler["spec"]["pgbouncer"]["parameters"].items()


def test_the_pool_notices_it_as_early_as_the_server() -> None:
    keepalives = _keepalives()
    assert keepalives.pop("tcp_keepalive") == "1"
    assert list(keepalives.values()) == [value for name, value in CLIENT_CHECKS.items() if "keepalives" in name]


def _keepalives() -> dict[str, str]:
    config = configparser.ConfigParser(interpolation=None)
    config.read(CLONE / "deploy" / "pgbouncer.ini")
    return {name: value for name, value in config["pgbouncer"].items() if name.startswith("tcp_keep")}
