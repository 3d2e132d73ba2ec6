"""The files for production next to the compose file: proxy, log shipping and bill of materials."""

import re

import yaml

from deploy import sbom
from pagetojob.local.place import CLONE

PROXY = (CLONE / "deploy" / "nginx.conf").read_text()


def values(directive: str) -> list[str]:
    return re.findall(rf"^\s*{directive} (.+);$", PROXY, re.MULTILINE)


def test_the_proxy_speaks_only_current_tls() -> None:
    assert values("ssl_protocols") == ["TLSv1.2 TLSv1.3"]
    (ciphers,) = values("ssl_ciphers")
    assert all(
        re.fullmatch(r"ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA\d+|CHACHA20-POLY1305)", one)
        for one in ciphers.split(":")
    )
    assert values("ssl_session_tickets") == ["off"]


def test_the_proxy_buffers_requests_and_sets_the_headers_itself() -> None:
    assert values("proxy_request_buffering") == ["on"] and values("client_body_timeout") == ["10s"]
    assert "X-Forwarded-Proto https" in values("proxy_set_header")
    assert "X-Forwarded-For $remote_addr" in values("proxy_set_header")
    assert "$request " not in PROXY and "$args" not in PROXY


def test_every_service_ships_its_log_over_tls() -> None:
    shipped = yaml.safe_load((CLONE / "deploy" / "syslog.yml").read_text())["services"]
    assert set(shipped) == set(yaml.safe_load((CLONE / "docker-compose.yml").read_text())["services"])
    assert all(one["logging"]["options"]["syslog-address"].startswith("tcp+tls://") for one in shipped.values())


def test_the_bill_of_materials_names_every_locked_library_with_its_hashes() -> None:
    lock = (CLONE / "requirements" / "base.txt").read_text()
    libraries = sbom.libraries(lock)
    assert len(libraries) == len(re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", lock, re.MULTILINE)) > 20
    assert all(one["hashes"] for one in libraries)
    assert sum(len(one["hashes"]) for one in libraries) == lock.count("--hash=sha256:")
    assert {one["type"] for one in sbom.bill()["components"]} == {"library", "container"}
