"""`python -m bench.erase_person EMAIL`: erase a person as two people would with the pages; workers must run."""

import sys
import time

import django

django.setup()

from pagetojob.platform.tenants import scope  # noqa: E402
from pagetojob.platform.tenants.models import Tenant, User  # noqa: E402
from pagetojob.retention import subjects  # noqa: E402
from pagetojob.retention.models import SubjectRequest  # noqa: E402

REASON = "The drill erases this person."
WAIT_SECONDS = 120


def main(email: str) -> None:
    """Open the request, search, request the erasure, confirm it, and wait until it has ended."""
    tenant = Tenant.objects.get(slug="desert-peak")
    first, second = (User.objects.by_email(f"{name}@pagetojob.example") for name in ("operator", "lead"))
    assert first is not None and second is not None
    with scope.operator(first, REASON):
        request = subjects.open_request(
            tenant=tenant, actor=first, reason=REASON, kind="erasure", name="", phone="", email=email, reference=""
        )
    _wait(request, "searched_at")
    with scope.operator(first, REASON):
        subjects.request_erasure(request=request, actor=first, reason=REASON)
    with scope.operator(second, REASON):
        request.refresh_from_db()
        subjects.confirm_erasure(request=request, seen=subjects.mark_of(request), actor=second, reason=REASON)
    _wait(request, "ended_at")


def _wait(request: SubjectRequest, field: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        with scope.worker():
            row = SubjectRequest.objects.get(pk=request.pk)
        if getattr(row, field):
            return
        if time.monotonic() > deadline:
            sys.exit(f"{field} is still empty.")
        time.sleep(0.3)


if __name__ == "__main__":
    main(sys.argv[1])
