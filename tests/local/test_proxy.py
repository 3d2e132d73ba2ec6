"""The files for production next to the compose file: proxy, networks, log shipping and bill of materials."""

import re
from typing import Any

import yaml

from deploy import sbom
from pagetojob.local.place import CLONE

PROXY = (CLONE / "deploy" / "nginx.conf").read_text()


class Merge(yaml.SafeLoader):
    """Reads compose files that replace values of other files."""


Merge.add_constructor("!reset", lambda loader, node: [])


def compose(path: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load((CLONE / path).read_text(), Loader=Merge)
    return content


def values(directive: str) -> list[str]:
    return re.findall(rf"^\s*{directive} (.+);$", PROXY, re.MULTILINE)


def test_the_proxy_speaks_only_current_tls() -> None:
    assert values("ssl_protocols") == ["TLSv1.2 TLSv1.3"]
    (ciphers,) = values("ssl_ciphers")
    assert all(
        re.fullmatch(r"ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA\d+|CHACHA20-POLY1305)", cipher)
        for cipher in ciphers.split(":")
    )
    assert values("ssl_session_tickets") == ["off"]


def test_the_proxy_buffers_requests_and_sets_the_headers_itself() -> None:
    assert values("proxy_request_buffering") == ["on"] and values("client_body_timeout") == ["10s"]
    assert "X-Forwarded-Proto https" in values("proxy_set_header")
    assert "X-Forwarded-For $remote_addr" in values("proxy_set_header")
    assert "$request " not in PROXY and "$args" not in PROXY


def test_the_proxy_reaches_the_website_by_tls_and_trusts_only_its_certificate() -> None:
    assert values("proxy_pass") == ["https://web:8000"]
    assert values("proxy_ssl_verify") == ["on"] and values("proxy_ssl_protocols") == ["TLSv1.3"]
    web = compose("deploy/proxy.yml")["services"]["web"]
    assert web["environment"]["GUNICORN_CMD_ARGS"].startswith("--certfile=/run/tls/internal.pem --keyfile=")
    assert values("proxy_ssl_trusted_certificate") == ["/etc/ssl/pagetojob/internal.pem"]


def test_only_the_proxy_and_the_workers_reach_other_machines() -> None:
    both = compose("deploy/proxy.yml")
    internal = {name for name, network in both["networks"].items() if network.get("internal")}
    services = both["services"]
    assert set(services) == {*compose("docker-compose.yml")["services"], "proxy"}
    assert {name for name, service in services.items() if set(service["networks"]) - internal} == {
        *("proxy", "worker-deliver", "worker-work", "worker-heavy"),
    }
    assert services["web"]["networks"] == ["website", "data"] and services["web"]["ports"] == []
    assert {name for name, service in services.items() if "website" in service["networks"]} == {"proxy", "web"}


def test_every_service_ships_its_log_over_tls() -> None:
    shipped = compose("deploy/syslog.yml")["services"]
    assert set(shipped) == set(compose("deploy/proxy.yml")["services"])
    assert all(service["logging"]["options"]["syslog-address"].startswith("tcp+tls://") for service in shipped.values())


def test_the_bill_of_materials_names_every_locked_library_with_its_hashes() -> None:
    lock = (CLONE / "requirements" / "base.txt").read_text()
    libraries = sbom.libraries(lock)
    assert len(libraries) == len(re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", lock, re.MULTILINE)) > 20
    assert all(library["hashes"] for library in libraries)
    assert sum(len(library["hashes"]) for library in libraries) == lock.count("--hash=sha256:")
    assert {component["type"] for component in sbom.bill()["components"]} == {"library", "container"}
