"""Answer a violated constraint with a refusal that a person understands."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction


@contextmanager
def raise_on_conflict(refusal: Exception, constraint: str = "") -> Iterator[None]:
    """Run the block in a transaction or savepoint; raise `refusal` if it violates a constraint.

    With the name of a constraint, a violation of another one is an error of ours and is raised as it is. The database's
    message is not chained: it contains values of the row.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if constraint not in str(error):
            raise
        raise refusal from None
