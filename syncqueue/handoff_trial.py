"""Send a booking by the rules of the sender, outside the outbox: for sandbox validation. Touches no database."""

from collections.abc import Awaitable, Callable
from typing import Any

from pagetojob.servicetitan.client.calls import Caller

from .connectors.booking import interpret
from .models import State, SyncItem
from .outcomes import Outcome

Envelope = dict[str, Any]


async def create(caller: Caller, envelope: Envelope) -> Outcome:
    """Make one create call and return its outcome, as the sender would store it."""
    return await _outcome(lambda: interpret.create(_opened(caller), envelope), looking=False)


async def find_earlier(caller: Caller, sent: Envelope, envelope: Envelope, *, earlier: int) -> Outcome:
    """Search for the booking that `sent` made. `earlier`: lookups that found nothing.

    An outcome without a cause that is not delivered means that it is proven absent and may be sent.
    """
    item = SyncItem(envelope=sent, looked_up=earlier)
    return await _outcome(lambda: interpret.find_earlier(_opened(caller), item, envelope), looking=True)


def _opened(caller: Caller) -> interpret.OpenCaller:
    async def open_caller(seconds: float) -> Caller:
        return caller

    return open_caller


async def _outcome(work: Callable[[], Awaitable[Outcome | None]], *, looking: bool) -> Outcome:
    try:
        return await work() or ABSENT
    except Exception as error:
        outcome = interpret.after(error, looking=looking)
        if outcome is None:
            raise
        return outcome


#: Two lookups found nothing.
ABSENT = Outcome(State.RETRYING)
