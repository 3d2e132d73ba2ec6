"""Markup, and attacks on the form."""

import re

_MARKUP = re.compile(
    r"<\s?(?:a|script|iframe|img|h1|div|meta|svg|body|b|p|font|table|span)\b|\[/?(?:url|link|img|b|email)\b|"
    r"\]\(https?:|<!--|href ?="
)
_PROBE = re.compile(
    r"'\s?(?:or|and)\s+'?\d|\bor 1=1|sleep\(\d|waitfor delay|union\s+(?:all\s+)?select|select\s?\(|drop table|"
    r"information_schema|pg_sleep|xp_cmdshell|benchmark\(|\{\{.{0,80}\}\}|\$\{|#\{|<%=|%7b%7b|\.\./\.\./|\.\.%2f|\.\.\\|etc/passwd|"
    r"win\.ini|file:///|php://|javascript:|onerror\s?=|onload\s?=|alert\(|document\.(?:cookie|domain)|cmd\s?=|"
    r"=cmd\||=hyperlink\(|^[=+@]\w+\(|nslookup|/bin/(?:ba)?sh|\$\(\w|`\w+`|;\s?(?:cat|ls|id|wget|curl|ping)\s|"
    r"\|\|? ?ping |'--|burpcollaborator|"
    r"\boast\.(?:fun|pro|live|site|online|me)\b|interact\.sh|<\?php|<!entity|<!doctype|\x00|%00|%0[ad]"
)
#: Parts of each probe. Searching for them is much faster than the pattern.
_PROBE_PARTS = (
    *(
        "'",
        "or 1=1",
        "sleep",
        "delay",
        "union",
        "select",
        "drop table",
        "information_schema",
        "xp_cmdshell",
        "benchmark(",
    ),
    *("{{", "${", "#{", "<%", "%7b", "../", "..%2f", "..\\", "etc/passwd", "win.ini", "file:/", "php:", "script:"),
    *("onerror", "onload", "alert(", "document.", "cmd", "=hyperlink", "nslookup", "/bin/", "$(", "`", ";", "||", "--"),
    *("burpcollaborator", "oast.", "interact.sh", "<?php", "<!", "\x00", "%0"),
)
_HEADER = re.compile(r"(?:[\r\n]|%0a|%0d)\s?(?:b?cc|to|subject|from|content-type|mime-version)\s?:", re.IGNORECASE)
_MIME = re.compile(r"^\s?(?:content-type|mime-version|content-transfer-encoding|b?cc|subject)\s?:", re.I | re.M)


def has_markup(text: str) -> bool:
    return any(part in text for part in ("<", "[", "]", "href")) and bool(_MARKUP.search(text))


def has_probe(text: str) -> bool:
    return any(part in text for part in _PROBE_PARTS) and bool(_PROBE.search(text))


def has_header(fields: str, message: str) -> bool:
    """Return whether a text of short fields contains a header of a mail, or a message begins a line with one."""
    return bool(_HEADER.search(fields) or _MIME.search(message))
