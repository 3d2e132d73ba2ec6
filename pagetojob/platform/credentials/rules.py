"""Patterns of pasted credentials. Pure; every pattern runs in linear time.

Results name the kind of credential in plain words and never repeat the text. The rules are meant for prose: a UUID, a
hash, an address or one of our references counts as a credential only after a word such as "token".
"""

import re
import unicodedata

ADVICE = "Rotate the pasted credential: ask its issuer for a new one and revoke this one."

_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY")),
    ("a token", re.compile(r"\beyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*")),
    ("a bearer token", re.compile(r"\b(?:bearer|basic)\s{1,9}(?=[\w.~+/-]{0,80}[\d=])[\w.~+/=-]{12,}", re.IGNORECASE)),
    ("a ServiceTitan app key", re.compile(r"\bak(?:\d\.|\.(?=[\w-]{0,80}\d))[\w-]{8,}", re.IGNORECASE)),
    ("a client secret", re.compile(r"\bcs(?:\d\.|\.(?=[\w-]{0,80}\d))[\w-]{8,}", re.IGNORECASE)),
    ("a client id", re.compile(r"\bcid\d?\.[\w-]{8,}", re.IGNORECASE)),
    (
        "an access key",
        re.compile(r"\b(?:(?:AKIA|ASIA)[0-9A-Z]{12,}|AIza[\w-]{20,}|gh[a-z]_\w{20,}|xox[a-z]-[\w-]{10,})"),
    ),
    ("an access key", re.compile(r"\b(?:sk|pk|rk|site|whsec|key)_(?:live_|test_)?[A-Za-z0-9_-]{20,}")),
    (
        "a URL with a password",
        re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s:/@]{0,80}:(?!PASSWORD@)[^\s:/@]{3,200}@", re.IGNORECASE),
    ),
)
_NAMES = (
    r"(?:client[ _-]?secret|api[ _-]?(?:key|secret)|app(?:lication)?[ _-]?(?:key|secret)"
    r"|secret[ _-]?(?:access[ _-]?)?key|access[ _-]?key|(?:access|auth|refresh|bearer|session)[ _-]?token"
    r"|webhook[ _-]?(?:key|secret)|private[ _-]?key|secrets?|passwords?|passwd|pwd|pass ?phrase|tokens?|credentials?)"
)
#: In code and settings an equals sign is enough. After a colon or "is", the value must look like a credential.
_ASSIGNED = re.compile(rf"(?<![a-z]){_NAMES}[\"']?\s{{0,3}}=\s{{0,3}}[\"']?[^\s,;\"'<>&{{]{{4,}}", re.IGNORECASE)
_CALLED = re.compile(
    rf"(?<![a-z]){_NAMES}[\"']?(?:\s{{0,3}}:\s{{0,3}}|\s{{1,3}}(?:is|was|are|reads)[\s:]{{1,3}}|[ \t]{{1,3}})"
    r"[\"'\u201c\u2018`]?([^\s,;\"'\u201d\u2019`<>()]{6,200})",
    re.IGNORECASE,
)
#: Harmless values after such a word in prose: counts, dates, versions, ids, hashes, names of methods.
_PLAIN_NUMBER = re.compile(r"[\d./:#%$+-]+[a-z]{0,3}|[a-z]+-?\d{1,4}|\d{1,4}-?[a-z]+(?:-[a-z]+)*", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HASH = re.compile(r"[0-9a-f]{32,}", re.IGNORECASE)
_TERM = re.compile(
    r"(?:oauth|sha|hmac|aes|rsa|base|hs|rs|es|ed|argon|utf|rfc|tls|pbkdf|scram)-?\d[\w.-]{0,12}", re.IGNORECASE
)
#: Every match of the patterns above is at least this long and contains one of these hints. Checking for them first
#: saves eleven searches per harmless cell.
_SHORTEST = 8
_HINTS = (
    "secret", "key", "token", "pass", "pwd", "credential", "phrase", "bearer", "basic", "ak", "cs", "cid", "eyj",
    "akia", "asia", "aiza", "xox", "_", "://", "-----begin",
)  # fmt: skip
_OWN_CODE = re.compile(r"(?:PTJ-[0-9A-Z]{7}|st-ready:[0-9a-f]{16})")


def refusal(what: str) -> str:
    return f"This looks like {what}, so it was not saved. {ADVICE}"


def file_refusal(what: str) -> str:
    return f"The file appears to contain {what}, so it was not saved. {ADVICE}"


def credential_in(text: str) -> str | None:
    """Return the kind of credential that a text contains, such as `a client secret`; None if it contains none."""
    seen = as_read(text)
    return _credential_in(seen) if _may_contain_credential(seen) else None


def _may_contain_credential(seen: str) -> bool:
    """Return whether the text needs a full scan. Always true for non-ASCII text, which may use lookalike letters."""
    if not seen.isascii():
        return True
    small = seen.lower()
    return len(seen) >= _SHORTEST and any(hint in small for hint in _HINTS)


def _credential_in(seen: str) -> str | None:
    for what, pattern in _SHAPES:
        if pattern.search(seen):
            return what
    if _ASSIGNED.search(seen):
        return "a named secret"
    if any(_is_generated(match) for match in _CALLED.finditer(seen)):
        return "a named secret"
    return None


def as_read(text: str) -> str:
    """Normalize full-width letters and remove invisible characters."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if unicodedata.category(char) != "Cf")


def _is_generated(match: re.Match[str]) -> bool:
    """Return whether the word after "password" or a similar word seems generated: digits or symbols among letters."""
    value = match.group(1).rstrip(".!?:")
    named = ":" in match.group(0)[: match.start(1) - match.start(0)]
    if _OWN_CODE.fullmatch(value) or _TERM.fullmatch(value) or value.startswith(("http://", "https://")):
        return False
    if not named and (_PLAIN_NUMBER.fullmatch(value) or _UUID.fullmatch(value) or _HASH.fullmatch(value)):
        return False
    return ((named or bool(re.search(r"[A-Za-z]", value))) and bool(re.search(r"\d", value))) or _strong(value)


def _strong(value: str) -> bool:
    """Return whether a word of 8 or more characters mixes three of: lower case, upper case, digits, symbols."""
    kinds = (r"[a-z]", r"[A-Z]", r"\d", r"[^\w\s./-]")
    return len(value) >= 8 and sum(bool(re.search(kind, value)) for kind in kinds) >= 3
