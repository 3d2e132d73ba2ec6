"""Requests of the walk: which role asks which address, with which method, query, headers and body."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from tests.isolation.addresses import Address

from .browsing import Discovery, Field, Form, first_of_each
from .values import ALL, KILLERS, LONG, Chance, as_bytes

#: Role of someone who has nothing but a link from an email.
REVIEW_LINK = "review link"
HOST = "www.example.com"
ORIGIN = f"https://{HOST}"
FORM_TYPE = "application/x-www-form-urlencoded"
METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
#: Query fields of many pages, and of every list of the admin.
QUERY = (
    *("page", "q", "next", "after", "before", "from", "to", "month", "status", "state", "kind", "family", "number"),
    *("top", "rows", "show", "label", "rule", "tenant", "gate", "sample", "restore", "campaign", "by", "books"),
    *("o", "p", "e", "all", "_popup", "_to_field", "pk__in", "id"),
)
HOSTS = ("evil.example", f"{HOST}:99999", f"{HOST.upper()}:443", f"{HOST}.", "[::1]", "", "a b", f"{HOST}@evil", "\xff")
HEADERS: Mapping[str, tuple[str, ...]] = {
    "Accept": ("application/json", "*/*;q=nan", "text/html;q=9", "\xff", ",;,"),
    "Accept-Encoding": ("br", "gzip;q=abc", "identity;q=0", "*;q=0", "zstd, \xff"),
    "Accept-Language": ("de-CH,fr;q=0.x", "x" * 5000, "../../etc/passwd", "*", "en\x00"),
    "Range": ("bytes=0-0", "bytes=-1", "bytes=9-1", "bytes=0-,0-,0-", "items=1-2", "bytes=99999999999999999999-"),
    "If-None-Match": ("*", '"x"', 'W/"', "\xff", ","),
    "If-Modified-Since": ("yesterday", "Sun, 31 Feb 9999 25:61:61 GMT", "Thu, 01 Jan 0001 00:00:00 GMT", "0"),
    "If-Unmodified-Since": ("Mon, 99 Foo 2026 00:00:00 GMT",),
    "If-Match": ('"x"', "*"),
    "Origin": ("null", "https://evil.example", "https://[", "http://a:b", "\xff", ORIGIN + ":99999"),
    "Referer": ("https://[", "https://evil.example/", "//", f"{ORIGIN}/\xff", "x" * 5000, "data:,"),
    "User-Agent": ("", "\xff\xfe", "x" * 5000, "Mozilla/5.0 iPhone Safari/"),
    "X-Forwarded-For": ("", "127.0.0.1", "a, b", "::1", "1.2.3.4:80", "\xff", "256.1.1.1", "fe80::1%eth0", "1, " * 900),
    "X-Forwarded-Proto": ("http", "https, http", "", "HTTPS"),
    "X-Forwarded-Host": ("evil.example",),
    "X-Request-ID": ("\x00", "x" * 5000),
    "X-Requested-With": ("XMLHttpRequest",),
    "X-CSRFToken": ("", "x" * 64, "\xff"),
    "X-Body-Too-Large": ("1",),
    "X-Site-Key": ("", "site_" + "a" * 43, "\xff", "site_\x00"),
    "Idempotency-Key": ("", "x" * 300, "\xff", "a"),
    "Access-Control-Request-Method": ("POST", "\xff"),
    "Authorization": ("Basic \xff", "Bearer x", "Basic OjpvOg==", "x"),
    "Cookie": ("=;;=", "\xff=\xff", "messages=x; sessionid=y", "__Host-session=\x00", "a=" + "x" * 5000),
    "Expect": ("100-continue",),
    "Last-Event-ID": ("-1", "x"),
    "Webhook-Id": ("\xff", "x" * 300),
    "Webhook-Timestamp": ("-1", str(2**63), "9" * 5000, "nan"),
    "Webhook-Signature": ("v1,x", "\xff", "v1," + "A" * 44),
}
CONTENT_TYPES = (
    f"{FORM_TYPE}; charset=bogus",
    f"{FORM_TYPE}; charset=utf-16",
    f"{FORM_TYPE}; charset=\xff",
    "text/html; charset=hex",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "x" * 300,
    "multipart/form-data; boundary=\xff",
    "application/json; charset=utf-7",
    "application/json",
    "text/plain",
    "",
    ";",
    "image/png",
)
LENGTHS = ("-1", "abc", "", "0", "1", str(10**9), "9" * 30, "9" * 5000, "1e3", "²")
FILES = (
    b"",
    b"name,id\nAC Repair,3001\n",
    b"\xef\xbb\xbfname;id\r\n\x00,\xff\r\n",
    b'"' * 3000,
    b"PK\x03\x04" + bytes(40),
    b"%PDF-1.7\n",
    b"\xff\xd8\xff\xe0" + bytes(60),
    b"\x89PNG\r\n\x1a\n" + bytes(60),
    b"GIF89a\xff\xff\xff\xff",
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    b'{"a": ' * 2000,
    b"x" * 60_000,
)
FILE_NAMES = (
    "a.csv",
    "a.xlsx",
    "a.jpg",
    "a.pdf",
    "",
    "../../etc/passwd",
    "a\x00.csv",
    "x" * 500 + ".csv",
    "é.\udcff",
    "a;.csv",
)
FILE_TYPES = (
    "text/csv",
    "image/jpeg",
    "application/pdf",
    "text/html",
    "",
    "a/b; charset=bogus",
    "\xff",
    "multipart/mixed",
)
BOUNDARY = "boundary-of-the-walk"


@dataclass
class Request:
    """One request as the WSGI server would see it."""

    role: str
    address: Address
    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    has_token: bool = True

    def __str__(self) -> str:
        body = repr(self.body if len(self.body) <= 3000 else self.body[:3000] + b"...")
        query = f"?{self.query}" if self.query else ""
        headers = {name: value if len(value) <= 200 else value[:200] + "..." for name, value in self.headers.items()}
        token = "" if self.has_token else ", without CSRF token"
        return f"{self.method} {self.path}{query} as {self.role}{token}\n    headers {headers}\n    body {body}"


@dataclass
class Maker:
    """Makes the request of an index from the pages that the roles reach and the rows of two tenants."""

    seed: int
    addresses: list[Address]
    discoveries: Mapping[str, Discovery]
    ids: Mapping[str, Mapping[str, str]]
    review_path: str

    def request(self, index: int) -> Request:
        chance = Chance(self.seed, index)
        address = self.addresses[index % len(self.addresses)]
        role = self._role(chance, address)
        method = self._method(chance, address.route)
        form = self._form(chance, role, address.route, method)
        path = self._path(chance, role, address, form)
        request = Request(role, address, method, *path)
        if form and form.method == "GET" and method in {"GET", "HEAD"}:
            request.query = _encoded(list(fill(chance, form.fields)))
        elif chance.happens(55):
            request.query = self._query(chance, role, address, request.query)
        if method not in {"GET", "HEAD", "OPTIONS", "TRACE"} or chance.happens(3):
            self._add_body(chance, request, form)
        _add_headers(chance, request)
        request.has_token = chance.happens(92)
        return request

    def sweep(self) -> Iterator[Request]:
        """Put the worst values into each query field of each page and each field of each form, one at a time."""
        for address in self.addresses:
            for role in sorted(self.discoveries, key=lambda role: role not in address.audience):
                if paths := self.discoveries[role].paths.get(address.route):
                    for path in first_of_each(paths, str):
                        yield from self._sweep_queries(role, address, path)
                    break
            for role, form in self._forms_of_each(address.route):
                yield from self._sweep_form(role, address, form)

    def _forms_of_each(self, route: str) -> list[tuple[str, Form]]:
        """Return a form for each step or action of a route, with a role that has it."""
        known = [
            (role, form)
            for role, discovery in self.discoveries.items()
            for form in discovery.forms.get(route, ())
            if form.method == "POST"
        ]
        return first_of_each(known, lambda pair: pair[1].action)

    def _sweep_queries(self, role: str, address: Address, path: str) -> Iterator[Request]:
        discovery = self.discoveries[role]
        forms = [form for form in discovery.forms.get(address.route, ()) if form.method == "GET"]
        fields = {field.name for form in forms for field in form.fields}
        names = sorted({*discovery.queries.get(address.route, {}), *fields} - {"csrfmiddlewaretoken"})
        # A list of the admin refuses all of its fields when it refuses one.
        together = [] if address.name.startswith("admin:") else [QUERY]
        chance = Chance(self.seed, 0)
        for group in (*([name] for name in names), *together):
            for value in (KILLERS[0], chance.choice(KILLERS[1:])):
                yield Request(role, address, "GET", _divided(path)[0], _encoded([(name, value) for name in group]))

    def _sweep_form(self, role: str, address: Address, form: Form) -> Iterator[Request]:
        chance = Chance(self.seed, 0)
        for number, damaged in enumerate(form.fields):
            for value in (KILLERS[0], chance.choice(KILLERS[1:])):
                pairs = [
                    (entry.name, value if at == number else _plausible(chance, entry))
                    for at, entry in enumerate(form.fields)
                    if entry.name != "csrfmiddlewaretoken"
                    and (entry.kind != "submit" or at == number or chance.happens(50))
                ]
                path, query = _divided(form.action)
                request = Request(role, address, "POST", path, query)
                if damaged.name != "csrfmiddlewaretoken":
                    _encode(request, pairs, is_multipart=form.multipart)
                    yield request

    def _method(self, chance: Chance, route: str) -> str:
        """Choose a method; more often than not, one that the address accepts."""
        if chance.happens(12):
            return chance.choice(METHODS)
        if any(route in discovery.refused for discovery in self.discoveries.values()):
            return "POST"
        has_form = any(
            form.method == "POST" for discovery in self.discoveries.values() for form in discovery.forms.get(route, ())
        )
        return "POST" if has_form and chance.happens(65) else "GET"

    def _role(self, chance: Chance, address: Address) -> str:
        """Choose a role; more often than not, one that may open the address."""
        welcome = [role for role in self.discoveries if role in address.audience]
        if address.name.startswith("review:") and chance.happens(70):
            return REVIEW_LINK
        return chance.choice(welcome if welcome and chance.happens(75) else list(self.discoveries))

    def _form(self, chance: Chance, role: str, route: str, method: str) -> Form | None:
        """Return a form that leads to the route: of this role, or of another that sees more."""
        wanted = "GET" if method in {"GET", "HEAD"} else "POST"
        forms = self.discoveries[role].forms.get(route) or [
            form for other in self.discoveries.values() for form in other.forms.get(route, ())
        ]
        fitting = [form for form in forms if form.method == wanted]
        return chance.choice(fitting) if fitting and chance.happens(85) else None

    def _path(self, chance: Chance, role: str, address: Address, form: Form | None) -> tuple[str, str]:
        """Return path and query: reached by this role, of the own or the other tenant, or with a hostile value."""
        if form and chance.happens(70):
            return _divided(form.action)
        if role == REVIEW_LINK and chance.happens(80):
            return self.review_path, ""
        known = self.discoveries[role].paths.get(address.route)
        if known and chance.happens(40):
            return _divided(chance.choice(known))
        ids = self.ids[chance.choices(("own", "foreign"), (60, 40))[0]]
        path = quote(address.filled(dict(ids)), safe="/")
        if not address.blanks:
            return path + (quote(as_bytes(chance.hostile()[:2000])) if chance.happens(3) else ""), ""
        return (self._with_hostile_blank(chance, address, ids) if chance.happens(45) else path), ""

    @staticmethod
    def _with_hostile_blank(chance: Chance, address: Address, ids: Mapping[str, str]) -> str:
        """Put a hostile value into one of the blanks."""
        at = chance.randrange(len(address.blanks))
        kind, blank = address.blanks[at]
        mark = "blank-of-the-walk"
        route = address.route.replace(f"<{kind}:{blank}>", mark)
        filled = Address(route, address.name, address.blanks[:at] + address.blanks[at + 1 :]).filled(dict(ids))
        value = chance.hostile(kind)[:2000]
        return quote(filled, safe="/").replace(mark, quote(as_bytes(value), safe="/" if chance.happens(20) else ""))

    def _query(self, chance: Chance, role: str, address: Address, query: str) -> str:
        """Return a query with some hostile values, of fields that the page has or that many pages have."""
        if chance.happens(5):
            return chance.choice(("&&==&", "%", "%zz=%00", "a" * 3000, "x=1&" * 1200, "%FF=%FF", "page[]=1", ";"))
        known = dict(self.discoveries[role].queries.get(address.route, {}))
        names = [
            *known,
            *(field.name for form in self.discoveries[role].forms.get(address.route, ()) for field in form.fields),
        ]
        pairs = [(name, value) for name, value in known.items() if chance.happens(50)]
        for _ in range(chance.randint(1, 3)):
            name = chance.of_groups(names, QUERY) if chance.happens(95) else chance.hostile()[:200]
            pairs.append((name, chance.of_groups((chance.hostile(),), ("1", "2026-10", "x"))[:6000]))
        return _encoded(pairs)

    def _add_body(self, chance: Chance, request: Request, form: Form | None) -> None:
        pairs = list(fill(chance, form.fields)) if form else self._invented(chance, request.address)
        texts = [(name, value) for name, value in pairs if isinstance(value, str)]
        if chance.happens(4):
            request.headers["Content-Type"] = chance.choice(CONTENT_TYPES)
            request.body = chance.choice((_encoded(texts).encode(), as_bytes(chance.hostile()), chance.choice(FILES)))
        elif chance.happens(75 if _speaks_json(request.address) else 3):
            request.headers["Content-Type"] = "application/json"
            request.body = json_body(chance, [name for name, _ in pairs])
        elif (form and form.multipart) or chance.happens(12):
            _encode(request, pairs, is_multipart=True)
            if chance.happens(12):
                _break_multipart(chance, request)
        else:
            _encode(request, texts, is_multipart=False)

    def _invented(self, chance: Chance, address: Address) -> list[tuple[str, "str | Upload"]]:
        """Return fields for an address to which no form is known: names of other forms with any value."""
        names = sorted(
            {
                field.name
                for discovery in self.discoveries.values()
                for forms in discovery.forms.values()
                for form in forms
                for field in form.fields
            }
        )
        return [(chance.choice(names), chance.hostile()) for _ in range(chance.randint(0, 5))]


@dataclass(frozen=True)
class Upload:
    """A file of a form."""

    name: str
    kind: str
    content: bytes


def fill(chance: Chance, fields: tuple[Field, ...]) -> Iterator[tuple[str, str | Upload]]:
    """Fill a form: completely, or with some fields missing, repeated or hostile."""
    damage = chance.choices((0, 12, 40, 100), (30, 45, 20, 5))[0]
    for entry in fields:
        if entry.name == "csrfmiddlewaretoken" or (entry.kind == "submit" and chance.happens(50)):
            continue
        if not chance.happens(damage):
            if entry.kind not in {"checkbox", "radio"} or chance.happens(70):
                yield entry.name, _plausible(chance, entry)
            continue
        fate = chance.choices(("drop", "hostile", "twice", "long"), (20, 60, 10, 10))[0]
        if fate == "drop":
            continue
        if entry.kind == "file":
            yield entry.name, _upload(chance) if fate != "hostile" else chance.hostile()
            continue
        yield entry.name, LONG if fate == "long" else chance.hostile(entry.kind)
        if fate == "twice":
            yield entry.name, chance.hostile(entry.kind)


def _plausible(chance: Chance, entry: Field) -> str | Upload:
    """Return what a person may enter."""
    if entry.choices:
        return chance.choice(entry.choices)
    if entry.kind == "file":
        return _upload(chance)
    by_kind = {
        "checkbox": entry.value or "on",
        "date": "2026-12-01",
        "month": "2026-10",
        "datetime-local": "2026-12-01T10:00",
        "email": "kim@example.com",
        "number": "5",
        "url": "https://www.example.org/",
        "time": "10:00",
    }
    if entry.kind in {"hidden", "radio", "submit"} or (entry.value and chance.happens(70)):
        return entry.value
    return by_kind.get(entry.kind, "Checked on the phone with the office.")


def _upload(chance: Chance) -> Upload:
    return Upload(chance.choice(FILE_NAMES), chance.choice(FILE_TYPES), chance.choice(FILES))


def json_body(chance: Chance, names: list[str]) -> bytes:
    """Return a JSON document with hostile values, or one that is not JSON."""
    if chance.happens(15):
        return chance.choice(
            (b"", b"{", b"\xff", b"NaN", b'"\\ud800"', b"[" * 5000, b'{"a":1,"a":2}', b"1e999", b"null")
        )
    common = ("credential", "name", "next", "id", "rawId", "response", "type", "phone", "email", "consent", "message")
    values: tuple[Any, ...] = (None, True, -1, 2**70, 1.5, [], {}, [[]], "\x00", {"given": True, "text": "x"}, "\ud800")
    document = {
        chance.of_groups(names, common): chance.choice(values) if chance.happens(50) else chance.choice(ALL)
        for _ in range(chance.randint(0, 6))
    }
    return json.dumps({"credential": document} if chance.happens(20) else document).encode()


def _speaks_json(address: Address) -> bool:
    return "passkey" in address.name or address.name.startswith(("api:", "hooks:"))


def _divided(path: str) -> tuple[str, str]:
    parts = urlsplit(path)
    return parts.path, parts.query


def _encoded(pairs: Sequence[tuple[str, str | Upload]]) -> str:
    texts = [(name, value.name if isinstance(value, Upload) else value) for name, value in pairs]
    return "&".join(f"{quote(as_bytes(name), safe='')}={quote(as_bytes(value), safe='')}" for name, value in texts)


def _encode(request: Request, pairs: Sequence[tuple[str, str | Upload]], *, is_multipart: bool) -> None:
    """Give a request the body of a form."""
    request.headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}" if is_multipart else FORM_TYPE
    request.body = _multipart(pairs) if is_multipart else _encoded(pairs).encode()


def _multipart(pairs: Sequence[tuple[str, str | Upload]]) -> bytes:
    parts = []
    for name, value in pairs:
        disposition = b'Content-Disposition: form-data; name="' + as_bytes(name) + b'"'
        if isinstance(value, Upload):
            kind = value.kind.encode("latin-1", "replace")
            disposition += b'; filename="' + as_bytes(value.name) + b'"\r\nContent-Type: ' + kind
        content = value.content if isinstance(value, Upload) else as_bytes(value)
        parts.append(b"--" + BOUNDARY.encode() + b"\r\n" + disposition + b"\r\n\r\n" + content + b"\r\n")
    return b"".join(parts) + b"--" + BOUNDARY.encode() + b"--\r\n"


def _break_multipart(chance: Chance, request: Request) -> None:
    """Damage a multipart body or its header."""
    body = request.body
    request.body = chance.choice(
        (
            body[: chance.randrange(len(body))],
            body.replace(b"Content-Disposition: form-data; ", b"Content-Disposition: "),
            body.replace(b"\r\n", b"\n"),
            body.replace(b'"\r\n', b'"\r\nContent-Transfer-Encoding: base64\r\n', 1),
            body.replace(b"--" + BOUNDARY.encode() + b"--", b""),
            body.replace(b'name="', b'name*="', 1),
            b"",
        )
    )
    if chance.happens(20):
        request.headers["Content-Type"] = chance.choice(("multipart/form-data", "multipart/form-data; boundary="))


def _add_headers(chance: Chance, request: Request) -> None:
    """Add some hostile headers; most requests have none of those that refuse every request."""
    if chance.happens(25):
        for name in chance.sample(list(HEADERS), chance.randint(1, 3)):
            request.headers[name] = chance.choice(HEADERS[name])
    if chance.happens(2):
        request.headers["Host"] = chance.choice(HOSTS)
    if chance.happens(2):
        request.headers["Content-Length"] = chance.choice(LENGTHS)
