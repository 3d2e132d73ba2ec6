"""The secret part of a review link. It is computed when needed and never stored."""

import base64
import hashlib
import hmac

from django.conf import settings

from ..models import ReviewLink


def code_of(link: ReviewLink) -> str:
    """Return the secret part of a link: an HMAC of its public id with our key."""
    key = hmac.new(settings.SECRET_KEY.encode(), b"drift:review-link", hashlib.sha256).digest()
    digest = hmac.new(key, str(link.public_id).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def address_of(link: ReviewLink) -> str:
    """Return the address that the customer opens."""
    return f"{settings.PUBLIC_URL}/review/{code_of(link)}"
