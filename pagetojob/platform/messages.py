"""Storage of the messages that the next page shows."""

from django.conf import settings
from django.contrib.messages.storage import cookie


class CookieStorage(cookie.CookieStorage):
    """Django's storage, in a cookie that no neighboring domain can set."""

    cookie_name = f"{settings.COOKIE_PREFIX}messages"
