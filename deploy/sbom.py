"""Print the software bill of materials of an image as CycloneDX 1.6: every library with version and hashes.

`python deploy/sbom.py app > sbom.json`, or `heavy`. It reads the lock from which the image installs, and
deploy/images.env. Debian's packages are added from standard input with `--debian`:
`podman run --rm IMAGE dpkg-query --show | python deploy/sbom.py app --debian`. Only the standard library, because a
release machine needs nothing else.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
#: By image, the lock file from which it installs.
LOCKS = {"app": "base.txt", "heavy": "heavy.txt"}
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


def debian_packages(shown: str) -> list[dict[str, Any]]:
    """Return the components of the output of `dpkg-query --show`: a name, a tab and a version per line."""
    pairs = [line.split("\t") for line in shown.splitlines() if "\t" in line]
    return [
        {"type": "library", "name": name, "version": version, "purl": f"pkg:deb/debian/{name.split(':')[0]}@{version}"}
        for name, version in pairs
    ]


def bill(image: str = "app", *, shown: str = "") -> dict[str, Any]:
    """Return the bill of one image of the Dockerfile. `shown` is the output of `dpkg-query --show` in it."""
    lock = (ROOT / "requirements" / LOCKS[image]).read_text(encoding="utf-8")
    bases = (ROOT / "deploy" / "images.env").read_text(encoding="utf-8")
    components = libraries(lock) + debian_packages(shown) + images(bases)
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image", choices=LOCKS)
    parser.add_argument("--debian", action="store_true", help="read Debian's packages from standard input")
    options = parser.parse_args()
    json.dump(bill(options.image, shown=sys.stdin.read() if options.debian else ""), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
