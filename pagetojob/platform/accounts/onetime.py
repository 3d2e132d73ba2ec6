"""Codes of an authenticator app and recovery codes. Pure but for the randomness of the draws."""

import base64
import re
import secrets
from urllib.parse import quote

from django_otp.oath import hotp

STEP_SECONDS = 30
#: Steps before and after now whose code is taken: people type slowly and clocks differ.
TOLERANCE = 1
KEY_BYTES = 20
RECOVERY_CODES = 10
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans("OIL", "011")


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def step_of(code: str, *, key: bytes, now: float, after: int) -> int | None:
    """The time step whose code this is; None when it is none, or not later than the step used last."""
    digits = re.sub(r"[ -]", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    current = int(now // STEP_SECONDS)
    found = None
    for step in range(current - TOLERANCE, current + TOLERANCE + 1):
        same = secrets.compare_digest(f"{hotp(key, step):06d}", digits)
        if same and step > after:
            found = step
    return found


def key_as_text(key: bytes) -> str:
    """In groups of four, as people type it into their app."""
    text = base64.b32encode(key).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def app_address(key: bytes, *, email: str, issuer: str) -> str:
    """What the QR code says to the app."""
    label = quote(f"{issuer}:{email}", safe="")
    return f"otpauth://totp/{label}?secret={base64.b32encode(key).decode()}&issuer={quote(issuer, safe='')}"


def draw_recovery_codes() -> list[str]:
    """Ten codes of 50 random bits each, like 7KQ2M-04XJD."""
    drawn = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    return [f"{code[:5]}-{code[5:]}" for code in drawn]


def recovery_code_as_kept(typed: str) -> str:
    """One spelling for what people type: any case, with or without dash, O for 0, I or L for 1. Empty: no such code."""
    code = re.sub(r"[ -]", "", typed).upper().translate(_ALIKE)
    return code if len(code) == 10 and set(code) <= set(_ALPHABET) else ""
