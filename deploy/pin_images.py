"""Pin the base images of deploy/images.env to the digests that a registry serves now.

`python deploy/pin_images.py --registry URL` rewrites the file; `--check` changes nothing and fails while an image has
no digest. Only the standard library, because a release machine needs nothing else.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

IMAGES = Path(__file__).with_name("images.env")
#: The index of all platforms first, so that a digest holds for each of them.
ACCEPTED = (
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
)
_LINE = re.compile(r"^(?P<name>[A-Z_]+)=(?P<image>[^:@\s]+):(?P<tag>[^@\s]+)(?:@(?P<digest>\S+))?$")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TIMEOUT_SECONDS = 30


class RegistryError(Exception):
    """Raised when a registry gives no digest for an image."""


def main(arguments: Sequence[str] | None = None, *, images: Path = IMAGES) -> int:
    """Check or rewrite the file; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--registry", help="base URL of a registry's API, such as https://registry.example.com")
    how.add_argument("--check", action="store_true", help="fail while an image has no digest; no network")
    options = parser.parse_args(arguments)
    lines = images.read_text(encoding="utf-8").splitlines()
    rows = [match for line in lines if (match := _LINE.match(line))]
    if options.check:
        loose = [match["name"] for match in rows if not _DIGEST.fullmatch(match["digest"] or "")]
        if loose or not rows:
            sys.stderr.write(f"Not pinned to a digest: {', '.join(loose) or images}. Run `make pin-images`.\n")
        return int(bool(loose or not rows))
    try:
        pinned = {match["name"]: _pinned(match, options.registry.rstrip("/")) for match in rows}
    except (RegistryError, OSError) as error:
        sys.stderr.write(f"Nothing was changed: {error}\n")
        return 1
    written = [pinned[match["name"]] if (match := _LINE.match(line)) else line for line in lines]
    images.write_text("\n".join(written) + "\n", encoding="utf-8")
    return 0


def _pinned(match: re.Match[str], registry: str) -> str:
    image, tag = match["image"], match["tag"]
    # An image without a folder is an official image, which registries list under `library`.
    digest = digest_of(registry, image if "/" in image else f"library/{image}", tag)
    return f"{match['name']}={image}:{tag}@{digest}"


def digest_of(api: str, path: str, tag: str) -> str:
    """Ask a registry for the digest of a tag, in at most three requests. Raises RegistryError."""
    url = f"{api}/v2/{path}/manifests/{tag}"
    try:
        digest = _head(url, {})
    except HTTPError as error:
        if error.code != 401:
            raise RegistryError(f"{url} answered {error.code}.") from error
        token = _token(error.headers.get("WWW-Authenticate", ""))
        digest = _head(url, {"Authorization": f"Bearer {token}"})
    if not _DIGEST.fullmatch(digest):
        raise RegistryError(f"{url} gave no digest.")
    return digest


def _head(url: str, headers: Mapping[str, str]) -> str:
    request = Request(url, headers={"Accept": ACCEPTED, **headers}, method="HEAD")  # noqa: S310 - our own addresses
    with urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
        return str(answer.headers.get("Docker-Content-Digest", ""))


def _token(challenge: str) -> str:
    """Return an anonymous token, as the registry's challenge asks for it."""
    asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm = asked.pop("realm", "")
    if not realm.startswith("https://") and not realm.startswith("http://127.0.0.1:"):
        raise RegistryError("The registry asks for a token and names no address for it.")
    with urlopen(f"{realm}?{urlencode(asked)}", timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
        body = json.load(answer)
    return str(body.get("token") or body.get("access_token") or "")


if __name__ == "__main__":
    sys.exit(main())
