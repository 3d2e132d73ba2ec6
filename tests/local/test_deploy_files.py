"""The files of deploy/ fit docker-compose.yml and the locks."""

import json
import re
import subprocess
import sys

import pytest
import yaml

from deploy import sbom
from pagetojob.local.place import CLONE


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
