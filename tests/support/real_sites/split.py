"""Split the labeled websites into a tuning and a hold-out part, by site, with a fixed seed.

Websites with a service map and websites without one are split separately, so that both parts have expected findings.
The digests prove later that the labels of the hold-out part did not change after the rules were tuned.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

SEED = "pagetojob-real-sites-1"
ROOT = Path(__file__).resolve().parents[3]
#: One of this many websites of each stratum is held out, rounded up.
HOLD_OUT_SHARE = 3
FILES = ("labels.jsonl", "expected_drift.jsonl", "expected_agreement.jsonl")
#: SHA-256 of the lines about hold-out websites, in file order.
HOLD_OUT_DIGESTS = {
    "labels.jsonl": "f5558460130be3613a9c3fd68fa58461ff0d92cda7255c14e52125406350eb16",
    "expected_drift.jsonl": "bd9071bba21db58ca63ff8b2167f6ae4f696b2e4a3303a5d4038061e736bbccc",
    "expected_agreement.jsonl": "6a1ff01a7b3b5f344bfea414b91d61ccf5e1314f2a39811b7c6538b04fbce1a8",
}


def pages_folder() -> Path | None:
    """Return the folder of labeled websites: REAL_SITES, or `shared/sites` next to the checkout or above it."""
    given = os.environ.get("REAL_SITES")
    candidates = [Path(given)] if given else [parent / "shared" / "sites" for parent in ROOT.parents]
    return next((folder for folder in candidates if (folder / "labels.jsonl").is_file()), None)


def hold_out(labeled: Iterable[str], mapped: Iterable[str]) -> frozenset[str]:
    """Return the websites that are held out. `mapped` are the labeled websites with a service map."""
    labeled, mapped = frozenset(labeled), frozenset(mapped)
    return _third(labeled & mapped) | _third(labeled - mapped)


def _third(sites: frozenset[str]) -> frozenset[str]:
    order = sorted(sites, key=lambda site: hashlib.sha256(f"{SEED}:{site}".encode()).hexdigest())
    return frozenset(order[: -(-len(order) // HOLD_OUT_SHARE)])


def labeled_sites(folder: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the labeled websites, and of those with a service map."""
    labeled = frozenset(json.loads(line)["site"] for line in _lines(folder / "labels.jsonl"))
    return labeled, frozenset(file.stem for file in (folder / "taxonomy").glob("*.json")) & labeled


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the hold-out lines of each file of labels."""
    sites = hold_out(*labeled_sites(folder))
    return {
        name: hashlib.sha256(
            "\n".join(line for line in _lines(folder / name) if json.loads(line)["site"] in sites).encode()
        ).hexdigest()
        for name in FILES
    }


def _lines(file: Path) -> Iterator[str]:
    return (line for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
