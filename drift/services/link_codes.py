"""Review links: who has one, and its secret part, which is computed when needed and never stored."""

from django.conf import settings

from pagetojob.platform.derived_keys import link_token
from pagetojob.platform.tenants.recipients import notified_addresses

from ..models import MailState, ReviewLink


def is_with_a_stopped_recipient(link: ReviewLink) -> bool:
    """Return whether the link was mailed to an address that is no longer notified. Needs a worker's scope. Two queries.

    Whoever read that mailbox may no longer answer for the business.
    """
    mailed = link.mails.filter(tenant_id=link.tenant_id).exclude(state=MailState.DROPPED)
    return not {to.lower() for to in mailed.values_list("to", flat=True)} <= notified_addresses(link.tenant_id)


def code_of(link: ReviewLink) -> str:
    """Return the secret part of a link."""
    return link_token("review", link.public_id, link.digest)


def address_of(link: ReviewLink) -> str:
    """Return the address that the customer opens."""
    return f"{settings.PUBLIC_URL}/review/{code_of(link)}"
