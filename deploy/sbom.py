"""Print the software bill of materials of the image as CycloneDX 1.6: every library with version and hashes.

`python deploy/sbom.py > sbom.json`. It reads requirements/base.txt, from which the image installs, and
deploy/images.env. Only the standard library, because a release machine needs nothing else.
"""

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_LIBRARY = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w,-]+\])?==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_IMAGE = re.compile(r"^[A-Z_]+_IMAGE=(?P<name>[^:@\s]+):(?P<version>[^@\s]+)(?:@(?P<digest>\S+))?$")


def libraries(lock: str) -> list[dict[str, Any]]:
    """Return the components of a lock file. The hashes are those of all files of a version."""
    components: list[dict[str, Any]] = []
    for line in lock.splitlines():
        if match := _LIBRARY.match(line):
            name, version = match["name"], match["version"]
            purl = f"pkg:pypi/{name.lower()}@{version}"
            components.append({"type": "library", "name": name, "version": version, "purl": purl, "hashes": []})
        for digest in _HASH.findall(line):
            components[-1]["hashes"].append({"alg": "SHA-256", "content": digest})
    return components


def images(text: str) -> list[dict[str, Any]]:
    matches = filter(None, map(_IMAGE.match, text.splitlines()))
    return [
        {"type": "container", "name": image["name"], "version": image["digest"] or image["version"]}
        for image in matches
    ]


def bill() -> dict[str, Any]:
    lock = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8")
    bases = (ROOT / "deploy" / "images.env").read_text(encoding="utf-8")
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": libraries(lock) + images(bases)}


if __name__ == "__main__":
    pass
