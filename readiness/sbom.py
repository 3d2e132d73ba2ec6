"""Software bill of materials (CycloneDX 1.6) of what an installation installs, from its lock file. Pure.

Reads requirements/heavy.txt, the lock with everything that an installation installs, so that the list is not what
happens to be on a machine.
"""

import re
import tomllib
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pagetojob.platform.canonical import sha256_hex

SPEC = "1.6"
_ROOT = Path(__file__).resolve().parents[1]
LOCK, PROJECT = _ROOT / "requirements" / "heavy.txt", _ROOT / "pyproject.toml"
#: The namespace of our serial numbers (RFC 9562, version 5).
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://cyclonedx.org/schema/bom-1.6.schema.json")
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==(?P<version>[^ ;\\]+)( ; (?P<marker>[^\\]+?))? *\\?$")
_HASH = re.compile(r" +--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r" +#(?: via)?(?: +(\S+).*)?$")


class LockUnreadable(ValueError):
    """Raised for a line of the lock file that this module does not understand: a list with gaps would be wrong."""


@dataclass
class Pin:
    """A package of the lock file: its version, the files that may be installed, and the packages that need it."""

    name: str
    version: str
    marker: str
    hashes: list[str] = field(default_factory=list)
    via: list[str] = field(default_factory=list)

    @property
    def ref(self) -> str:
        return f"pkg:pypi/{self.name.lower().replace('_', '-')}@{self.version}"


def read_lock(text: str) -> list[Pin]:
    """Return the packages of a lock file in its order. Raises LockUnreadable."""
    pins: list[Pin] = []
    for line in filter(None, text.splitlines()):
        if pin := _PIN.match(line):
            pins.append(Pin(pin["name"], pin["version"], pin["marker"] or ""))
        elif pins and (digest := _HASH.match(line)):
            pins[-1].hashes.append(digest[1])
        elif pins and (via := _VIA.match(line)):
            # A lock that continues another one names it with `-c`.
            pins[-1].via += [via[1]] if via[1] not in (None, "-c") else []
        else:
            raise LockUnreadable(f"The lock file has an unknown line: {line[:80]}")
    return pins


def sbom(moment: datetime) -> dict[str, Any]:
    """Return the bill of materials, dated `moment`."""
    text = LOCK.read_text(encoding="utf-8")
    pins = read_lock(text)
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    root = {
        "type": "application",
        "bom-ref": project["name"],
        "name": project["name"],
        "version": project["version"],
        "description": project["description"],
    }
    lock = {"name": "pagetojob:lock:sha256", "value": sha256_hex(text)}
    return document(root, moment, f"sbom {sha256_hex(text)} {moment.isoformat()}", [lock]) | {
        "components": [_component(pin) for pin in pins],
        "dependencies": list(_dependencies(project["name"], pins)),
    }


def document(root: dict[str, Any], moment: datetime, seed: str, properties: list[dict[str, str]]) -> dict[str, Any]:
    """Return the head of a CycloneDX document about `root`. Equal seeds give equal serial numbers."""
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": uuid.uuid5(_NAMESPACE, seed).urn,
        "version": 1,
        "metadata": {"timestamp": moment.isoformat(timespec="seconds"), "component": root, "properties": properties},
    }


def _component(pin: Pin) -> dict[str, Any]:
    """Return a package with the hash of every file that may be installed: one for each platform, and sources."""
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": pin.ref,
        "name": pin.name,
        "version": pin.version,
        "purl": pin.ref,
        "scope": "optional" if pin.marker else "required",
        "externalReferences": [
            {
                "type": "distribution",
                "url": pin.ref,
                "comment": "Files that may be installed, by their hash.",
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in pin.hashes],
            }
        ],
    }
    if pin.marker:
        component["properties"] = [{"name": "pagetojob:lock:marker", "value": pin.marker}]
    return component


def _dependencies(root: str, pins: list[Pin]) -> Iterator[dict[str, Any]]:
    """Yield what each package needs, from the packages that each is there for."""
    refs = {root: root} | {pin.name: pin.ref for pin in pins}
    needs: dict[str, set[str]] = defaultdict(set)
    for pin in pins:
        for name in pin.via:
            needs[refs[name]].add(pin.ref)
    for ref in refs.values():
        yield {"ref": ref, "dependsOn": sorted(needs[ref])}
