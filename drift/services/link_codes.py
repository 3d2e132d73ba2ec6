"""The secret part of a review link. It is computed when needed and never stored."""

from django.conf import settings

from pagetojob.platform.derived_keys import link_token

from ..models import ReviewLink


def code_of(link: ReviewLink) -> str:
    """Return the secret part of a link."""
    return link_token("review", link.public_id, link.digest)


def address_of(link: ReviewLink) -> str:
    """Return the address that the customer opens."""
    return f"{settings.PUBLIC_URL}/review/{code_of(link)}"
