"""Reports of the text provider: their signature, and what its error codes mean. Makes no call."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from django.conf import settings

#: Error codes of Twilio for a number that will not accept a message later either.
#: https://www.twilio.com/docs/api/errors
NEVER: Mapping[int, str] = {
    21211: "The number is not valid.",
    21214: "The number cannot be reached.",
    21217: "The number is not valid.",
    21265: "The number cannot receive text messages.",
    21408: "Text messages to this region are switched off at the provider.",
    21610: "The recipient replied STOP, so no text message may be sent to this number.",
    21612: "The number cannot be reached from our number.",
    21614: "The number is not a mobile number.",
    30003: "The phone could not be reached.",
    30004: "The message was blocked.",
    30005: "The number is unknown or no longer in use.",
    30006: "The number is a landline or cannot be reached.",
    30007: "The carrier filtered the message.",
}
#: Those of them that do not concern the number itself.
ABOUT_THE_MESSAGE = frozenset({21408, 21612, 30003, 30004, 30007})


def signature(token: str, url: str, params: Mapping[str, str]) -> str:
    """Return Twilio's signature of a callback: HMAC-SHA1 over the URL and the sorted parameters."""
    signed = url + "".join(f"{name}{params[name]}" for name in sorted(params))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()


def is_signed(given: str, url: str, params: Mapping[str, str]) -> bool:
    """Return whether a callback was signed with our token. False if there is none."""
    token = settings.TEXT_TOKEN
    return bool(token) and hmac.compare_digest(signature(token, url, params).encode(), given.encode())


def sentence_of(code: int) -> str:
    """Return what an error code of the provider means."""
    return NEVER.get(code, f"The provider reported error {code}.")
