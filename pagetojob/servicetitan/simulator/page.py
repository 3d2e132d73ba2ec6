"""Web page of the simulator: received requests, injected errors, and a form to send events.

Shows only IDs, paths and numbers of the requests, all of them escaped.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape

from pagetojob.platform.outbound.addresses import Origin

from . import presets, webhooks
from .account import Account, Book, Seen
from .messages import Request, Response

LABEL = "Simulator: not ServiceTitan"
#: Path of the form that sends events.
EVENT = "/event"
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_SHOWN_REQUESTS, _SHOWN_BOOKINGS = 50, 25


def answer(book: Book, request: Request, now: float) -> Response:
    """Show the page (GET), or apply a preset and redirect back (POST)."""
    if request.path != "/":
        return Response(
            404, _frame("Not found", "<p>This page does not exist.</p>"), "text/html; charset=utf-8", _HEADERS
        )
    if request.method == "POST":
        form = request.form()
        tenant, preset = form.get("tenant", ""), form.get("preset", "")
        chosen = list(book.accounts) if tenant == "all" else [tenant] if tenant in book.accounts else []
        for name in chosen if preset in presets.PRESETS else []:
            book.account(name, now=now).use(presets.plan(preset))
        return Response(303, b"", "text/plain; charset=utf-8", {"location": "/"})
    return Response(200, _frame("Received requests", _main(book)), "text/html; charset=utf-8", dict(_HEADERS))


async def send_event(request: Request, *, listed: frozenset[Origin]) -> Response:
    """Send one signed event and show the response, or the reason why it was not sent."""
    form = request.form()
    given = {name: form.get(name, "") for name in ("url", "type", "signature")} | {"secret": form.get("key", "")}
    try:
        hook = webhooks.hook_of(given | {"data": {"id": int(form.get("id", "") or 0)}})
        answers = await webhooks.send(hook, listed=listed)
    except (webhooks.NotSent, ValueError) as error:
        why = str(error) if isinstance(error, webhooks.NotSent) else "The ID must be a number."
        return _page(400, "Not sent", f'<p class="message message--error">{escape(why)}</p>{_BACK}')
    rows = [(str(response["id"]), str(response.get("status", response.get("error", "")))) for response in answers]
    return _page(200, "Sent", _table("Responses", ("Event", "Response"), rows, "") + _BACK)


_BACK = '<p class="actions"><a class="button button--secondary" href="/">Back</a></p>'


def _page(status: int, title: str, main: str) -> Response:
    return Response(status, _frame(title, main), "text/html; charset=utf-8", dict(_HEADERS))


def _main(book: Book) -> str:
    accounts = [book.accounts[name] for name in sorted(book.accounts, key=int)]
    return "".join(
        (
            _tiles(book, accounts),
            _faults(accounts),
            _events(),
            _table(
                "Accounts",
                (
                    "Tenant",
                    "Bookings",
                    "Duplicates",
                    "Calls",
                    "Peak per second",
                    "Token requests",
                    "Injected errors",
                ),
                (_account(book, account) for account in accounts),
                "No accounts yet. The first token request creates an account.",
            ),
            _table(
                f"Latest {_SHOWN_BOOKINGS} bookings",
                ("Tenant", "Booking", "Our reference", "Status", "Created (UTC)"),
                _bookings(accounts),
                "No bookings received yet.",
            ),
            _table(
                f"Latest {_SHOWN_REQUESTS} requests",
                ("Time (UTC)", "Tenant", "Request", "Response", "Injected error"),
                (_seen(seen) for seen in list(book.seen)[:_SHOWN_REQUESTS]),
                "No requests received yet.",
            ),
        )
    )


def _tiles(book: Book, accounts: list[Account]) -> str:
    duplicates = sum(account.duplicates() for account in accounts)
    values = (
        (book.requests, "requests received"),
        (sum(len(account.table("bookings").rows) for account in accounts), "bookings stored"),
        (duplicates, "duplicate bookings, by our reference"),
        (sum(book.token_requests.values()), "tokens issued"),
    )
    tiles = "".join(
        f'<li><div class="tile"><span class="tile__value">{value}</span>'
        f' <span class="tile__label">{label}</span></div></li>'
        for value, label in values
    )
    return f'<ul class="tiles" role="list">{tiles}</ul>'


def _faults(accounts: list[Account]) -> str:
    if not accounts:
        return ""
    tenants = "".join(f"<option>{escape(account.tenant)}</option>" for account in accounts)
    choices = "".join(
        f'<option value="{escape(name)}">{escape(preset.title)}</option>' for name, preset in presets.PRESETS.items()
    )
    return (
        '<section class="section stack"><h2>Inject errors</h2>'
        '<form class="standin-form" method="post" action="/">'
        '<div class="field"><label class="field__label" for="tenant">Tenant</label>'
        f'<select id="tenant" name="tenant"><option value="all">All tenants</option>{tenants}</select></div>'
        '<div class="field"><label class="field__label" for="preset">Errors</label>'
        f'<select id="preset" name="preset">{choices}</select></div>'
        '<button class="button" type="submit">Apply</button></form>'
        '<p class="small quiet">For more settings, use the control API: docs/how-to/simulator.md.</p></section>'
    )


def _events() -> str:
    texts = (
        ("url", "Address", "url", "http://127.0.0.1:8000/hooks/…"),
        ("type", "Type", "text", "booking.updated"),
        ("id", "Record ID", "text", "7"),
        ("key", "Signing key", "password", "whsec_…"),
    )
    fields = "".join(
        f'<div class="field"><label class="field__label" for="event-{name}">{label}</label>'
        f'<input id="event-{name}" name="{name}" type="{kind}" placeholder="{example}" required autocomplete="off">'
        "</div>"
        for name, label, kind, example in texts
    )
    ways = "".join(f"<option>{way}</option>" for way in ("right", "wrong", "none", "stale"))
    return (
        '<section class="section stack"><h2>Send an event</h2>'
        f'<form class="standin-form" method="post" action="{EVENT}">{fields}'
        '<div class="field"><label class="field__label" for="event-signature">Signature</label>'
        f'<select id="event-signature" name="signature">{ways}</select></div>'
        '<button class="button" type="submit">Send event</button></form>'
        f'<p class="small quiet">Signed as {escape(webhooks.SIGNED_BY)}.'
        " Events go only to the origins of --hooks-to.</p></section>"
    )


def _account(book: Book, account: Account) -> tuple[str, ...]:
    numbers = (len(account.table("bookings").rows), account.duplicates(), sum(account.calls.values()))
    return (
        account.tenant,
        *map(str, numbers),
        str(account.fastest_second()),
        str(book.token_requests[account.tenant]),
        presets.in_words(account.plan),
    )


def _bookings(accounts: list[Account]) -> list[tuple[str, ...]]:
    bookings = [
        (row["createdOn"], account.tenant, str(row["id"]), row["externalId"], row["status"])
        for account in accounts
        for row in account.table("bookings").rows.values()
    ]
    latest = sorted(bookings, reverse=True)[:_SHOWN_BOOKINGS]
    return [(*rest, created[:19].replace("T", " ")) for created, *rest in latest]


def _seen(seen: Seen) -> tuple[str, ...]:
    at = datetime.fromtimestamp(seen.at, UTC).strftime("%H:%M:%S")
    return at, seen.tenant, f"{seen.method} {seen.path}", str(seen.status or "dropped"), seen.fault


def _table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]], empty: str) -> str:
    lines = [
        "<tr>"
        + "".join(f'<td data-label="{head}">{escape(cell)}</td>' for head, cell in zip(heads, row, strict=True))
        + "</tr>"
        for row in rows
    ]
    if not lines:
        return f'<section class="section stack"><h2>{title}</h2><p class="quiet">{empty}</p></section>'
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        f'<section class="section stack"><h2>{title}</h2><div class="table-wrap" tabindex="0" role="region"'
        f' aria-label="{title}"><table class="table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div></section>"
    )


def _frame(title: str, main: str) -> bytes:
    styles = "".join(
        f'<link rel="stylesheet" href="/static/{name}">'
        for name in ("tokens.css", "base.css", "parts.css", "standin.css")
    )
    return (
        f'<!doctype html><html lang="en-US"><head><meta charset="utf-8"><title>{title} · {LABEL}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark">{styles}</head><body>'
        '<a class="skip" href="#main">Skip to the main content</a>'
        f'<header class="site-header"><div class="wrap"><p class="standin-label">{LABEL}</p></div></header>'
        '<main class="site-main" id="main" tabindex="-1"><div class="wrap"><div class="page-head">'
        f'<h1>{title}</h1><p class="lead">A simulator made by PageToJob, for demos and drills.'
        " Nothing here reaches ServiceTitan,"
        f" and its results open no gate.</p></div>{main}</div></main>"
        '<footer class="site-footer"><div class="wrap"><p>PageToJob is not affiliated with or endorsed by'
        " ServiceTitan.</p></div></footer></body></html>"
    ).encode()
