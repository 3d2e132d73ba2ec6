"""Trading names and the addresses made from them. Pure."""

import unicodedata

from django.utils.text import slugify

from pagetojob.platform.tenants.hosts import is_reserved, skeleton

LONGEST_SLUG = 60


class BadName(ValueError):
    """Raised for a name that a business cannot have; the message is for people."""


def cleaned_name(typed: str) -> str:
    """Return a trading name in its normal form. Raises BadName.

    Letters outside the Latin script are refused: people confuse them with Latin letters.
    """
    name = " ".join(unicodedata.normalize("NFKC", typed).split())
    if any(unicodedata.category(char).startswith("C") for char in name):
        raise BadName("The name contains invisible characters. Type it again.")
    letters = [char for char in name if char.isalpha()]
    if any(not unicodedata.name(char, "").startswith("LATIN") for char in letters):
        raise BadName("Use Latin letters only: letters of other scripts can be mistaken for them.")
    if not letters or not slugify(name):
        raise BadName("Enter a name with letters, as customers know the business.")
    return name


def slug_of(name: str) -> str:
    """Return the address part for a name, without its last word if it is too long."""
    slug = slugify(name)
    if len(slug) > LONGEST_SLUG:
        slug = slug[:LONGEST_SLUG].rpartition("-")[0] or slug[:LONGEST_SLUG]
    return f"{slug}-website" if is_reserved(slug) else slug


def confusable(slug: str) -> str:
    """Return a text that is equal for addresses that people confuse, such as `acme-air` and `acrne-air`."""
    return skeleton(slug.replace("-", ""))
