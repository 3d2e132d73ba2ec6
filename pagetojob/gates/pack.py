"""The gates' screens need functions of the readiness pack, an app above gates. It registers them here."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

from pagetojob.gates.models import Evidence


@dataclass(frozen=True)
class Pack:
    """Functions of the pack. `record` and `revoke` treat evidence about PageToJob, which its pages show.

    `gated_claim_in` returns a sentence for a text that makes a gated claim, else an empty string. `gated_claims`
    returns the claims that wait for a gate.
    """

    record: Callable[..., Evidence]
    revoke: Callable[..., None]
    gated_claim_in: Callable[[str], str]
    gated_claims: Callable[[], frozenset[str]]


_registered: list[Pack] = []


def register(pack: Pack) -> None:
    """Register the functions. Called from `apps.py`."""
    _registered[:] = [pack]


def pack() -> Pack:
    """Return the registered functions. Raises ImproperlyConfigured if the pack's app is not installed."""
    if not _registered:
        raise ImproperlyConfigured("no app has registered the functions of the readiness pack")
    return _registered[0]
