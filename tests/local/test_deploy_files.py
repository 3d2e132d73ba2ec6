"""The files of deploy/ fit docker-compose.yml and the locks."""

import re

import yaml

from deploy import sbom
from pagetojob.local.place import CLONE


def test_every_service_ships_its_log_over_tls() -> None:
    services = yaml.safe_load((CLONE / "docker-compose.yml").read_text())["services"]
    shipped = yaml.safe_load((CLONE / "deploy" / "syslog.yml").read_text())["services"]
    assert set(shipped) == set(services)
    assert all(service["logging"]["options"]["syslog-address"].startswith("tcp+tls://") for service in shipped.values())


def test_the_bill_of_materials_names_every_locked_library_with_its_hashes() -> None:
    lock = (CLONE / "requirements" / "base.txt").read_text()
    libraries = sbom.libraries(lock)
    assert len(libraries) == len(re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", lock, re.MULTILINE)) > 20
    assert all(library["hashes"] for library in libraries)
    assert sum(len(library["hashes"]) for library in libraries) == lock.count("--hash=sha256:")
    assert {component["type"] for component in sbom.bill()["components"]} == {"library", "container"}
