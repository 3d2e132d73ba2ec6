"""Sends one notice through the mail server. An unclear result is retried under the same id."""

from pagetojob.platform.outbound.errors import RefusedError, TransientError, UnclearError
from pagetojob.platform.outbound.mail import message_id_for, send_mail

from ..models import Kind, State, SyncItem
from ..outcomes import Outcome

_REFUSED = {Kind.BUSINESS_NOTIFICATION: "mail-refused", Kind.VISITOR_CONFIRMATION: "visitor-mail-refused"}
_AWAY = ("mail-unreachable", "mail-folder")


def mail_for(item: SyncItem, *, to: str, subject: str, body: str) -> Outcome:
    """Send the email of `item`, at least once. No query."""
    try:
        receipt = send_mail(message_id=message_id_for(item.public_id), to=to, subject=header_text(subject), body=body)
    except TransientError as error:
        cause = "mail-unreachable" if error.code in _AWAY else "mail-later"
        return Outcome(State.RETRYING, cause=cause, detail=error.sentence)
    except UnclearError as error:
        return Outcome(
            State.RETRYING,
            cause="mail-unclear",
            detail=f"{error.sentence} It is sent again and may arrive twice.",
            possibly_arrived=True,
        )
    except RefusedError as error:
        return Outcome(State.NEEDS_REVIEW, cause=_REFUSED[Kind(item.kind)], detail=error.sentence)
    return Outcome(State.DELIVERED, external_id=receipt.message_id)


def header_text(text: str) -> str:
    """Return header-safe text: no line breaks, control or bidirectional characters; single spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
