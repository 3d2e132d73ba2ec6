"""Signals outside of phrases: links, markup, probes, gibberish, contact details and timing. Pure."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from . import normalize, phrases

FIELDS = ("name", "phone", "email", "service", "urgency", "message", "street", "city", "state", "zip")
_WORDS: dict[str, list[str]] = {
    name: text.split()
    for name, text in tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8")).items()
}
_COMMON_TLDS = frozenset(_WORDS["common_tlds"])
_ODD_TLDS = frozenset(_WORDS["odd_tlds"])
_OBFUSCATED_LINK = re.compile(
    r"[\w-] ?[\[({] ?(?:dot|d0t|\.|\u3002) ?[\])}] ?\w|\w d0t \w|\b\w+ dot (?:com|co|net|org|io|xyz|biz|info)\b|"
    r"hxxps?:|"
    r"\b[\w-]{2,30} \. (?:[\w-]{2,20} \. )?(?:com|co|net|org|io|ly|xyz|biz|info|ru|top|site|me|us)\b|"
    r"\[at\]|\(at\)|\w . c o m\b"
)
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
#: Parts of each probe and of each hidden link. Searching for them is much faster than the patterns.
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
    *(
        "burpcollaborator",
        "oast.",
        "interact.sh",
        "<?php",
        "<!",
        "\x00",
        "%0",
    ),
)
_HIDDEN_PARTS = ("dot", "d0t", "[.", "(.", "{.", "[ .", "( .", " . ", "hxxp", "[at", "(at", "o m", "\u3002")
_HEADER = re.compile(r"(?:[\r\n]|%0a|%0d)\s?(?:b?cc|to|subject|from|content-type|mime-version)\s?:", re.IGNORECASE)
_MIME = re.compile(r"^\s?(?:content-type|mime-version|content-transfer-encoding|b?cc|subject)\s?:", re.I | re.M)
_FREE_MAIL = re.compile(rf"(?:{'|'.join(_WORDS['free_mail'])})\.")
_NO_SERVICE = frozenset(("", "other", "something else", "not sure", "general question", "general", "free estimate"))
_SECOND_PERSON = frozenset(
    map(normalize.stem, ("you", "your", "yours", "youre", "youve", "youll", "youd", "u", "ur", "yourself"))
)
_DISPOSABLE = frozenset(_WORDS["disposable"])
_SELLER_WORDS = frozenset(_WORDS["seller"])
_LONG_SELLER = tuple(word for word in _WORDS["seller"] if len(word) > 3)
_DEPARTMENT = frozenset(_WORDS["department"])
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
_RARE_PAIRS = frozenset(row[0] + second for row in _WORDS["rare_pairs"] for second in row[1:])


@dataclass(frozen=True)
class Signal:
    """A rule outside of phrases. A negative weight is evidence for a customer and has no reason."""

    name: str
    reason: str
    weight: float
    seen: Callable[["Request"], bool]
    example: Mapping[str, object]
    counter: Mapping[str, object]


class Request:
    """The fields of a request in the forms that rules read. Each form is made once."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self.fields = {name: normalize.visible(_text(fields.get(name))) for name in FIELDS}
        self.seconds = _number(fields.get("seconds_to_submit"))
        self.from_address = _number(fields.get("same_address_last_10_min"))

    @cached_property
    def all_text(self) -> str:
        return "\n".join(self.fields.values())

    @cached_property
    def lower_text(self) -> str:
        return self.all_text.lower()

    @cached_property
    def message(self) -> str:
        return normalize.plain(self.fields["message"])

    @cached_property
    def stems(self) -> list[str]:
        return normalize.words(self.message)

    @cached_property
    def text(self) -> str:
        """Return all fields that describe the request, for phrases."""
        return "\n".join([self.message, *(normalize.plain(self.fields[name]) for name in ("street", "name"))])

    @cached_property
    def matched(self) -> list[list[str]]:
        stems = [*self.stems]
        for name in ("street", "city", "name"):
            stems += [".", *normalize.words(normalize.plain(self.fields[name]))]
        disguised = self.disguised
        return phrases.count(self.text, [*stems, ".", *disguised] if disguised else stems)

    @cached_property
    def disguised(self) -> list[str]:
        """Return words of the message that hide letters, if a rule about spam knows them."""
        hidden = [normalize.stem(word) for word in normalize.disguised(self.message)]
        hidden += [normalize.stem(word) for word in normalize.spaced_words(self.message)]
        hidden += [
            normalize.stem(word)
            for spaced in normalize.spaced_words(self.message)
            for word in normalize.decoded(spaced)
        ]
        return [word for word in hidden if word in spam_words()]

    @cached_property
    def customer_words(self) -> int:
        return sum(
            min(len(matched), rule.most)
            for rule, matched in zip(phrases.rules(), self.matched, strict=True)
            if rule.weight < 0
        )

    @cached_property
    def own_words(self) -> int:
        """Return the phrases that are rarely anyone's but a customer's."""
        return sum(
            min(len(matched), rule.most)
            for rule, matched in zip(phrases.rules(), self.matched, strict=True)
            if rule.weight <= -0.5
        )

    @cached_property
    def second_person(self) -> int:
        return sum(word in _SECOND_PERSON for word in self.stems)

    @cached_property
    def hosts(self) -> list[str]:
        return [host for word in self.fields["message"].lower().split() if (host := _host(word))]

    @cached_property
    def domain(self) -> str:
        return self.fields["email"].lower().rpartition("@")[2].strip()

    @cached_property
    def phone_digits(self) -> str:
        return "".join(c for c in self.fields["phone"] if c.isdecimal())

    @cached_property
    def name_words(self) -> list[str]:
        return re.findall(r"[^\W_]+", self.fields["name"])


_spam_words: set[str] = set()


def spam_words() -> set[str]:
    """Return single words of the rules about spam, and words that only occur within their phrases."""
    if not _spam_words:
        for rule in phrases.rules():
            if rule.weight > 0:
                _spam_words.update(word for phrase in rule.phrases for word in phrase.split() if len(word) > 3)
        _spam_words.update(
            map(
                normalize.stem,
                ("free", "cash", "credit", "month", "best", "cheap", "service", "google", "first", "offer"),
            )
        )
    return _spam_words


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _host(word: str) -> str:
    """Return the host of a word that is a link, or an empty text."""
    word = word.strip("()<>[]{}\"'.,;:!?*")
    if "." not in word or len(word) > 500:
        return ""
    bare = word.removeprefix("https://").removeprefix("http://")
    scheme = bare != word or bare.startswith("www.")
    host = re.split(r"[/?#:,)(>\]]", bare, maxsplit=1)[0].removeprefix("www.")
    labels = host.split(".")
    if "@" in host or len(labels) < 2 or not all(label.replace("-", "").isalnum() for label in labels):
        return ""
    known = labels[-1] in _COMMON_TLDS or labels[-1] in _ODD_TLDS or f"{host}" in _WORDS["shorteners"]
    return host if (scheme or known) and not labels[-1].isdecimal() and len(labels[0]) > 0 else ""


def _is_host(host: str, names: list[str]) -> bool:
    return any(host == name or host.endswith("." + name) for name in names)


def _safe(host: str) -> bool:
    return host.endswith((".gov", ".edu")) or (
        _is_host(host, _WORDS["safe_hosts"]) and not _is_host(host, _WORDS["shorteners"])
    )


def _has(text: str, parts: tuple[str, ...], pattern: re.Pattern[str]) -> bool:
    return any(part in text for part in parts) and bool(pattern.search(text))


def _odd_link(r: Request) -> bool:
    return any(_is_host(h, _WORDS["shorteners"]) or h.rpartition(".")[2] in _ODD_TLDS for h in r.hosts)


def _unknown_link(r: Request) -> bool:
    return any(not _safe(host) for host in r.hosts)


def _own_link(r: Request) -> bool:
    return bool(r.domain) and not has_free_mail(r) and any(_is_host(host, [r.domain]) for host in r.hosts)


def _link_elsewhere(r: Request) -> bool:
    texts = (r.fields[name].lower() for name in ("name", "street", "city", "state", "service", "phone"))
    return any(_host(word) for text in texts for word in text.split())


def has_free_mail(r: Request) -> bool:
    return bool(_FREE_MAIL.match(r.domain) or _FREE_MAIL.search("." + r.domain, 1)) and not _bad_domain(r)


def _bad_domain(r: Request) -> bool:
    tld = r.domain.rpartition(".")[2]
    odd = tld in _ODD_TLDS and tld not in {"studio", "media", "ru", "cn", "in"} and "." in r.domain
    return odd or any(part in _DISPOSABLE for part in r.domain.split("."))


def _own_domain(r: Request) -> bool:
    return "." in r.domain and not has_free_mail(r) and not r.domain.endswith((".gov", ".edu", ".us", ".mil"))


def _seller_mail(r: Request) -> bool:
    """Return whether the address names a line of business that sells to businesses."""
    name = r.domain.partition(".")[0] if not has_free_mail(r) else ""
    local = r.fields["email"].lower().partition("@")[0]
    parts = set(re.split(r"[^a-z]+", f"{name} {local}"))
    return bool(parts & _SELLER_WORDS) or any(word in name for word in _LONG_SELLER)


def _trade_domain(r: Request) -> bool:
    return _own_domain(r) and any(trade in r.domain.partition(".")[0] for trade in _WORDS["trades"])


def _toll_free(r: Request) -> bool:
    return r.phone_digits.removeprefix("1")[:3] in {"800", "833", "844", "855", "866", "877", "888"} and len(
        r.phone_digits
    ) in {10, 11}


def _foreign_phone(r: Request) -> bool:
    digits, typed = r.phone_digits, r.fields["phone"].strip()
    return (
        (typed.startswith("+") or digits.startswith("00")) and not typed.startswith(("+1", "+ 1")) and len(digits) > 8
    )


def _bad_phone(r: Request) -> bool:
    """Return whether a phone number is no North American one, without being written as foreign."""
    digits = r.phone_digits.removeprefix("1") if len(r.phone_digits) == 11 else r.phone_digits
    if not r.fields["phone"].strip() or _foreign_phone(r) or "ext" in r.fields["phone"].lower():
        return False
    if digits and len(set(digits)) == 1:
        return True
    odd = len(digits) != 10 or digits[0] in "01" or digits[3] in "01" or len(set(digits)) < 3
    return odd and not (len(digits) == 7 or (any(c.isalpha() for c in r.fields["phone"]) and len(digits) > 5))


def _gibberish_word(word: str) -> bool:
    letters = word.strip("'.,;:!?")
    if not letters.isascii() or len(letters) < 5 or not letters.isalpha():
        return False
    turns = sum(a.islower() and b.isupper() for a, b in pairwise(letters))
    if len(letters) > 7 and turns >= 3:
        return True
    low = letters.lower()
    rare = sum(a + b in _RARE_PAIRS for a, b in pairwise(low))
    vowelless = len(low) > 5 and not re.search("[aeiouy]", low)
    return rare / (len(low) - 1) > 0.34 or vowelless or (bool(re.search("[bcdfghjklmnpqrstvwxz]{6}", low)) and rare > 0)


def _keyboard_run(word: str) -> bool:
    return len(word) > 3 and any(word[:4] in row for row in _ROWS)


def _gibberish(r: Request) -> bool:
    """Return whether the message consists of random letters, or the name does and the message is short."""
    message = [w for w in r.fields["message"].split() if len(w) > 3]
    share = [_gibberish_word(w) or (_keyboard_run(w.lower()) and w.isalpha()) for w in message[:12]]
    name = any(_gibberish_word(w) for w in r.name_words)
    if share and sum(share) * 2 >= len(share) and r.customer_words < 2:
        return True
    return name and (len(message) < 3 or any(share)) and r.customer_words == 0


def _strange_name(r: Request) -> bool:
    return (
        any(_gibberish_word(w) or (any(c.isdigit() for c in w) and len(w) > 3) for w in r.name_words)
        and not r.customer_words
    )


def _repeated(r: Request) -> bool:
    """Return whether three or more fields contain the same word."""
    values = [
        v for name in ("name", "message", "service", "street", "city", "state") if (v := r.fields[name].strip().lower())
    ]
    local = r.fields["email"].lower().partition("@")[0]
    same = max((values.count(value) for value in set(values)), default=0)
    return (
        same >= 3
        or (same == 2 and r.fields["name"].lower() == r.fields["message"].lower().strip() and len(values) > 1)
        or (bool(local) and local == r.domain.partition(".")[0] and values.count(local) >= 1 and not r.customer_words)
    )


def _no_words(r: Request) -> bool:
    text = "".join(r.fields["message"].split())
    return len(text) > 2 and not any(c.isalnum() for c in text) and text.isascii()


def _department(r: Request) -> bool:
    return bool(_DEPARTMENT & {word.lower() for word in r.name_words}) and not r.fields["street"]


def _length(r: Request, least: int) -> bool:
    return len(r.stems) >= least


def _service(r: Request) -> bool:
    return r.fields["service"].strip().lower() not in _NO_SERVICE


def _with(**fields: object) -> Mapping[str, object]:
    return {"name": "Jamie Rivera", "phone": "602-555-0100"} | fields


_SHORT = "The water heater leaks."
SIGNALS = (
    Signal(
        "hidden link",
        "it hides a link or an address",
        3.5,
        lambda r: _has(r.lower_text, _HIDDEN_PARTS, _OBFUSCATED_LINK),
        _with(message="visit good-deals (dot) xyz"),
        _with(message="unit 4 (top floor) leaks . please call"),
    ),
    Signal(
        "disguised word",
        "it hides words behind digits or spaces",
        3.1,
        lambda r: bool(r.disguised),
        _with(message="cheap v-1-a-g-r-a"),
        _with(message="Rheem 40g, model XG40T06HE36U0"),
    ),
    Signal(
        "mixed script",
        "its words mix alphabets",
        4.0,
        lambda r: normalize.has_mixed_script(r.all_text),
        _with(message="ch\u0435\u0430p traffic"),
        _with(message="Нет горячей воды, boiler Navien"),
    ),
    Signal(
        "markup",
        "it contains markup",
        4.5,
        lambda r: _has(r.lower_text, ("<", "[", "]", "href"), _MARKUP),
        _with(message="[url=https://x.example]best[/url]"),
        _with(message="reads <40 psi, [sic]"),
    ),
    Signal(
        "probe",
        "it looks like an attack on the form",
        6.0,
        lambda r: _has(r.lower_text, _PROBE_PARTS, _PROBE),
        _with(name="' OR '1'='1"),
        _with(name="Siobhan O'Brien", message='it\'s the app: {"status": "A126"}'),
    ),
    Signal(
        "header",
        "it looks like an attack on the form",
        6.0,
        lambda r: bool(
            _HEADER.search("\n".join(r.fields[f] for f in FIELDS if f != "message"))
            or _MIME.search(r.fields["message"])
        ),
        _with(name="Jo\nBcc: a@b.example"),
        _with(message="Hi\nTo: whoever is in charge, heater is out"),
    ),
    Signal(
        "odd link",
        "it links to an unusual address",
        1.9,
        _odd_link,
        _with(message="see win-big.top"),
        _with(message="photos at https://imgur.com/a/1"),
    ),
    Signal(
        "unknown link",
        "it contains a link",
        1.2,
        _unknown_link,
        _with(message="see rank-better.com"),
        _with(message="https://www.homedepot.com/p/1"),
    ),
    Signal(
        "own link",
        "it links to the sender's website",
        1.4,
        _own_link,
        _with(email="jo@rank-better.com", message="see rank-better.com"),
        _with(email="jo@gmail.com", message="see mail.com"),
    ),
    Signal(
        "link in a field",
        "a field for a name or an address contains a link",
        3.5,
        _link_elsewhere,
        _with(name="https://win.top/x"),
        _with(name="St. Mary", street="12 N.W. 3rd St."),
    ),
    Signal(
        "gibberish",
        "it consists of random letters",
        5.0,
        _gibberish,
        _with(message="wKfHgQzrtBLJxNcm"),
        _with(name="Krzysztof Szczepanski", message="boiler"),
    ),
    Signal(
        "strange name",
        "the name seems generated",
        1.8,
        _strange_name,
        _with(name="user8841", message="hi"),
        _with(name="Ng Xi"),
    ),
    Signal(
        "repeated",
        "several fields contain the same word",
        3.6,
        _repeated,
        _with(name="google", message="google", city="google"),
        _with(name="Austin", city="Austin", message=_SHORT),
    ),
    Signal("no words", "its message has no words", 2.0, _no_words, _with(message=",,,,,,"), _with(message="?")),
    Signal(
        "seller's address",
        "the email address names a seller",
        2.0,
        _seller_mail,
        _with(email="jo@rankboost.io"),
        _with(email="jo.moreno@gmail.com"),
    ),
    Signal(
        "trade in the mail domain",
        "the email address names a seller",
        1.9,
        _trade_domain,
        _with(email="jo@hvacgrowth.com"),
        _with(email="hvac@gmail.com"),
    ),
    Signal(
        "unusual mail domain",
        "the email address has an unusual domain",
        1.8,
        _bad_domain,
        _with(email="jo@win.top"),
        _with(email="jo@school.org"),
    ),
    Signal(
        "own mail domain",
        "the email address belongs to a business",
        0.2,
        _own_domain,
        _with(email="jo@acme-roofs.com"),
        _with(email="jo@comcast.net"),
    ),
    Signal("toll-free phone", "the phone number is toll-free", 1.2, _toll_free, _with(phone="888-555-0100"), _with()),
    Signal(
        "foreign phone", "the phone number is foreign", 0.8, _foreign_phone, _with(phone="+91 98110 44721"), _with()
    ),
    Signal("impossible phone", "the phone number cannot exist", 1.6, _bad_phone, _with(phone="84513376621"), _with()),
    Signal("department", "the name is not a person's", 1.0, _department, _with(name="Billing Support"), _with()),
    Signal(
        "no customer's word",
        "a long message names nothing to be repaired",
        0.6,
        lambda r: _length(r, 7) and r.customer_words == 0 and r.message.isascii(),
        _with(message="I would be glad to tell you all about it soon"),
        _with(message=_SHORT + " It is in the hall there"),
    ),
    Signal(
        "you",
        "it talks about the recipient",
        0.6,
        lambda r: r.second_person >= 2,
        _with(message="You and your staff will like it"),
        _with(message="Do you fix boilers?"),
    ),
    Signal(
        "you again",
        "it talks about the recipient",
        0.9,
        lambda r: r.second_person >= 3,
        _with(message="You and your staff will like it, are you there?"),
        _with(message="Do you fix boilers? Are you near?"),
    ),
    Signal(
        "a business to you",
        "a business writes about the recipient",
        0.6,
        lambda r: _own_domain(r) and r.second_person >= 1 and r.customer_words < 3,
        _with(email="jo@acme-roofs.com", message="Will you be there?"),
        _with(email="jo@gmail.com", message="Will you be there?"),
    ),
    Signal(
        "amounts",
        "it names amounts of money or percentages",
        0.8,
        lambda r: bool({"$", "%"} & set(r.stems)),
        _with(message="20% is yours"),
        _with(message="It is 20 years old"),
    ),
    Signal(
        "longer and general",
        "a long message names nothing to be repaired",
        0.3,
        lambda r: _length(r, 20) and r.customer_words <= 2 and r.message.isascii(),
        _with(message="the new way is good " * 5),
        _with(message=_SHORT),
    ),
    Signal(
        "general",
        "a message names nothing to be repaired",
        0.7,
        lambda r: _length(r, 7) and r.own_words == 0 and r.message.isascii(),
        _with(message="I would be glad to see you all there soon"),
        _with(message=_SHORT + " It is in the hall there"),
    ),
    Signal(
        "sent at once",
        "it was sent within a second",
        7.0,
        lambda r: r.seconds is not None and r.seconds < 1,
        _with(seconds_to_submit=0.4),
        _with(seconds_to_submit=2),
    ),
    Signal(
        "sent very fast",
        "it was sent faster than a person can type",
        4.5,
        lambda r: r.seconds is not None and 1 <= r.seconds < 1.5,
        _with(seconds_to_submit=1.2),
        _with(seconds_to_submit=2),
    ),
    Signal(
        "sent fast",
        "it was sent faster than a person can type",
        2.0,
        lambda r: r.seconds is not None and 1.5 <= r.seconds <= 2,
        _with(seconds_to_submit=1.8),
        _with(seconds_to_submit=2.2),
    ),
    Signal(
        "many from one address",
        "many requests came from one address",
        7.0,
        lambda r: r.from_address is not None and r.from_address >= 8,
        _with(same_address_last_10_min=9),
        _with(same_address_last_10_min=4),
    ),
    Signal(
        "several from one address",
        "several requests came from one address",
        1.6,
        lambda r: r.from_address is not None and 5 <= r.from_address < 8,
        _with(same_address_last_10_min=6),
        _with(same_address_last_10_min=4),
    ),
    Signal("service", "", -0.6, _service, _with(service="AC repair"), _with()),
    Signal("urgency", "", -1.0, lambda r: bool(r.fields["urgency"].strip()), _with(urgency="soon"), _with()),
    Signal("phone only", "", -1.8, lambda r: not r.fields["email"].strip(), _with(), _with(email="jo@x.com")),
)
