"""Places whose signed runs count here: those of `evidence/places.txt`, and those of `EVIDENCE_PLACES`."""

from django.conf import settings

from pagetojob.transparency.verify import Key, read_key


def trusted_places() -> list[Key]:
    """Return the public keys of the places, in the order listed."""
    return [read_key(text) for text in settings.EVIDENCE_PLACES]
