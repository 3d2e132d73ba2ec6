"""Session engine: Django's database sessions, but with hashed keys and the id of the user."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import transaction
from django.utils import timezone

from pagetojob.platform.derived_keys import token_digest
from pagetojob.platform.tenants.models import User

from .marks import DEVICE, SIGNED_IN_AT
from .models import Session

#: Every page of a signed-in user runs it. Without Django's building of the query it takes a third of the time.
_FIND = "SELECT * FROM accounts_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(DatabaseStore):
    """Session that ends after SESSION_IDLE without use, or SESSION_COOKIE_AGE after sign-in."""

    #: Row as loaded; None for a new or deleted session.
    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        self.row = row = next(iter(Session.objects.raw(_FIND, [token_digest(self.session_key), timezone.now()])), None)
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=token_digest(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        now = timezone.now()
        user_id = data.get(SESSION_KEY)
        signed_in_at = signed_in(data)
        return Session(
            session_key=token_digest(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=end_of(signed_in_at, now),
            user_id=int(user_id) if user_id else None,
            signed_in_at=signed_in_at,
            last_seen=now,
            device=data.get(DEVICE, "") if user_id else "",
        )

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            Session.objects.filter(session_key=token_digest(key)).delete()

    @transaction.atomic
    def cycle_key(self) -> None:
        """Change the key of the session. Raises SessionInterrupted if it was ended while the request was processed.

        Otherwise a session that its user or a staff admin ends could continue under a key that it gets at that moment.
        """
        if self.row is not None and self.row.user_id and self.session_key:
            lock_sessions(self.row.user_id)
            if not self.exists(self.session_key):
                raise SessionInterrupted("The session was ended.")
        super().cycle_key()

    def touch(self) -> None:
        """Extend the idle timeout, at most once per minute. At most one statement."""
        now = timezone.now()
        if self.row is None or self.row.last_seen is None or now - self.row.last_seen < timedelta(minutes=1):
            return
        rows = Session.objects.filter(pk=self.row.pk)
        rows.update(last_seen=now, expire_date=end_of(self.row.signed_in_at, now))


def lock_sessions(user_id: int) -> None:
    """Let no one else begin, change or end sessions of a user until the end of the transaction. Runs one query."""
    User.objects.select_for_update(no_key=True).order_by("pk").filter(pk=user_id).values_list("pk").first()


def signed_in(data: dict[str, Any]) -> datetime | None:
    at = data.get(SIGNED_IN_AT)
    return datetime.fromtimestamp(at, UTC) if isinstance(at, int) else None


def end_of(signed_in_at: datetime | None, now: datetime) -> datetime:
    idle = now + settings.SESSION_IDLE
    return min(idle, signed_in_at + timedelta(seconds=settings.SESSION_COOKIE_AGE)) if signed_in_at else idle
