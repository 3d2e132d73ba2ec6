"""Web page of the simulator: received requests, injected errors, and a form to send events.

Shows only IDs, paths and numbers of the requests, all of them escaped.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template

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
_HTML = Path(__file__).with_name("html")
_SHOWN_REQUESTS, _SHOWN_BOOKINGS = 50, 25


def answer(book: Book, request: Request, now: float) -> Response:
    """Show the page (GET), or apply a preset and redirect back (POST)."""
    if request.path != "/":
        return _page(404, "Not found", "<p>This page does not exist.</p>")
    if request.method == "POST":
        form = request.form()
        tenant, preset = form.get("tenant", ""), form.get("preset", "")
        chosen = list(book.accounts) if tenant == "all" else [tenant] if tenant in book.accounts else []
        for name in chosen if preset in presets.PRESETS else []:
            book.account(name, now=now).use(presets.plan(preset))
        return Response(303, b"", "text/plain; charset=utf-8", {"location": "/"})
    return _page(200, "Received requests", _main(book))


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
    html = _filled("frame", title=title, label=LABEL, main=main)
    return Response(status, html.encode(), "text/html; charset=utf-8", dict(_HEADERS))


def _main(book: Book) -> str:
    accounts = [book.accounts[name] for name in sorted(book.accounts, key=int)]
    return "".join(
        (
            _tiles(book, accounts),
            _faults(accounts),
            _filled("events", event=EVENT, signed_by=escape(webhooks.SIGNED_BY)),
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
                (_request_cells(seen) for seen in list(book.seen)[:_SHOWN_REQUESTS]),
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
    return _filled("faults", tenants=tenants, choices=choices)


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


def _request_cells(seen: Seen) -> tuple[str, ...]:
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


def _filled(name: str, **parts: str) -> str:
    """Return a file of HTML, without its line breaks, with these parts filled in. Their values are HTML."""
    lines = (_HTML / f"{name}.html").read_text(encoding="utf-8").splitlines()
    return Template("".join(lines)).substitute(parts)
