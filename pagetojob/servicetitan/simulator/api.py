"""The simulated API: token endpoint and tenant paths, with the errors that a tenant's plan injects."""

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from . import bookings, lists
from .account import Account, Book
from .faults import AFTER
from .messages import Request, Response, as_json, problem

_PATH = re.compile(r"/([a-z]+)/v2/tenant/([0-9]{1,19})/([A-Za-z0-9/_-]+)")
#: Read scope of each table. Paths without a table return 404.
SCOPES = {
    "crm/booking-provider-tags": "tn.crm.bookingprovidertags:r",
    "crm/bookings": "tn.crm.bookings:r",
    "schedulingpro/schedulers": "tn.sp.schedulers:r",
    "jpm/job-types": "tn.jpm.jobtypes:r",
    "jpm/jobs": "tn.jpm.jobs:r",
    "settings/business-units": "tn.stt.businessunits:r",
    "settings/tag-types": "tn.stt.tagtypes:r",
    "marketing/campaigns": "tn.mrk.campaigns:r",
    "marketing/categories": "tn.mrk.categories:r",
    "dispatch/zones": "tn.dis.zones:r",
    "memberships/membership-types": "tn.mem.membershiptypes:r",
    "pricebook/categories": "tn.pb.categories:r",
    "pricebook/services": "tn.pb.services:r",
    "jbce/call-reasons": "tn.jbce.callreasons:r",
    "accounting/invoices": "tn.acc.invoices:r",
    "accounting/payments": "tn.acc.payments:r",
}
#: Sessions of the schedulers of Scheduling Pro, a table per scheduler.
SESSIONS = re.compile(r"schedulingpro/schedulers/[A-Za-z0-9_-]+/sessions")
FEEDS = {
    "crm/export/bookings": "bookings",
    "jpm/export/jobs": "jpm/jobs",
    **{f"accounting/export/{name}": f"accounting/{name}" for name in ("invoices", "payments")},
    **{f"settings/export/{name}": f"settings/{name}" for name in ("business-units", "tag-types")},
    "memberships/export/membership-types": "memberships/membership-types",
    **{f"pricebook/export/{name}": f"pricebook/{name}" for name in ("categories", "services")},
}
#: Query parameters of feeds, and of lists of every kind. Anything else is a mistake of the client.
FEED_PARAMETERS = frozenset({"from", "includeRecentChanges"})
LIST_PARAMETERS = frozenset(
    {"page", "pageSize", "includeTotal", "sort", "ids", "createdBefore", "createdOnOrAfter", "modifiedBefore",
     "modifiedOnOrAfter"}
)  # fmt: skip
HTML = b"<!doctype html><title>502</title><h1>Bad gateway</h1><p>simulator: not ServiceTitan</p>"


def secret_of(client_id: str) -> str:
    """Return the fictitious secret for a client ID. It is valid only in the simulator."""
    return "cs2.standin." + hashlib.sha256(client_id.encode()).hexdigest()[:16]


def token(book: Book, request: Request, now: float) -> tuple[Response, str, str]:
    """Answer a token request; return (response, tenant, fault). A client ID is `cid.standin.` plus the tenant ID."""
    form = request.form()
    client = form.get("client_id", "")
    tenant = client.removeprefix("cid.standin.")
    known = client.startswith("cid.standin.") and tenant.isdecimal()
    form_sent = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    if not form_sent or form.get("grant_type") != "client_credentials":
        return as_json({"error": "unsupported_grant_type"}, 400), tenant if known else "", ""
    if not known or not secrets.compare_digest(form.get("client_secret", "").encode(), secret_of(client).encode()):
        return as_json({"error": "invalid_client"}, 400), "", ""
    account = book.account(tenant, now=now)
    if account.plan.outage:
        return Response(dropped=True), tenant, "outage"
    if account.plan.revoked:
        return as_json({"error": "invalid_client"}, 400), tenant, "revoked"
    if account.plan.token_pages:
        account.plan.token_pages -= 1
        return Response(403, HTML, "text/html; charset=utf-8"), tenant, "token-page"
    value = f"standin.{secrets.token_urlsafe(24)}"
    book.token_requests[tenant] += 1
    book.tokens[value] = (tenant, now + account.plan.token_seconds)
    scopes = sorted({*SCOPES.values(), "tn.crm.bookings:w"} - set(account.plan.missing_scopes))
    body = {
        "access_token": value,
        "expires_in": account.plan.token_seconds,
        "token_type": "Bearer",
        "scope": " ".join(scopes),
    }
    return as_json(body), tenant, ""


def call(book: Book, request: Request, now: float) -> tuple[Response, str, str]:
    """Answer a call below a tenant's path; return (response, tenant, fault)."""
    match = _PATH.fullmatch(request.path)
    if match is None:
        return problem(404, "There is no such address."), "", ""
    module, tenant, rest = match[1], match[2], match[3]
    account = book.account(tenant, now=now)
    if account.plan.outage:
        return Response(dropped=True), tenant, "outage"
    refusal = _let_in(book, account, request, now)
    if refusal is not None:
        return refusal, tenant, ""
    answer, fault = _with_faults(account, request, (module, rest), now)
    return answer, tenant, fault


def _with_faults(account: Account, request: Request, path: tuple[str, str], now: float) -> tuple[Response, str]:
    account.calls[int(now)] += 1
    if account.calls[int(now)] > account.plan.requests_per_second:
        return _slow_down(account, "rate-limit", now), "too fast"
    fault = account.dice.draw(writes=request.method != "GET")
    if fault is not None and fault != "slow" and fault not in AFTER:
        return _instead(account, fault, now), fault
    answer = _do(account, request, *path, now)
    return (_spoilt(fault, answer) if fault in AFTER else answer), fault or ""


def _let_in(book: Book, account: Account, request: Request, now: float) -> Response | None:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    tenant, ends = book.tokens.get(value, ("", 0.0))
    if kind != "Bearer" or ends <= now or account.plan.revoked or not request.headers.get("st-app-key"):
        return problem(401, "Unauthorized")
    return None if tenant == account.tenant else problem(403, "The token belongs to another tenant.")


def _slow_down(account: Account, fault: str, now: float) -> Response:
    answer = problem(429, "Rate limit is exceeded.")
    if fault == "rate-limit":
        answer.headers["retry-after"] = str(account.plan.retry_after)
    if fault == "rate-limit-date":
        until = datetime.fromtimestamp(now, UTC) + timedelta(seconds=account.plan.retry_after)
        answer.headers["retry-after"] = format_datetime(until, usegmt=True)
    return answer


#: Status of an error page from a proxy, by kind of error.
_PAGES = {"html-error": 502, "page-403": 403, "page-404": 404}


def _instead(account: Account, fault: str, now: float) -> Response:
    """Return the response of an error that replaces the request."""
    if fault.startswith("rate-limit"):
        return _slow_down(account, fault, now)
    if fault == "drop":
        return Response(dropped=True)
    if fault in _PAGES:
        return Response(_PAGES[fault], HTML, "text/html; charset=utf-8")
    if fault == "huge":
        return Response(200, b'{"data":"' + b"x" * 30_000_000 + b'"}')
    return problem(401, "Unauthorized") if fault == "not-signed-in" else problem(500, "Internal error")


def _spoilt(fault: str | None, answer: Response) -> Response:
    """Damage the response of a request that was processed."""
    if fault == "drop-after":
        return Response(dropped=True)
    if fault == "server-error-after":
        return problem(500, "Internal error")
    if fault == "html-success":
        return Response(200, HTML, "text/html; charset=utf-8")
    answer.body = answer.body[: len(answer.body) // 2] if fault == "truncated" else b""
    return answer


def _do(account: Account, request: Request, module: str, rest: str, now: float) -> Response:
    name, parts = f"{module}/{rest}", rest.split("/")
    if module == "crm" and parts[0] == "booking-provider" and len(parts) > 1:
        scope = "tn.crm.bookings:r" if request.method == "GET" else "tn.crm.bookings:w"
        return _missing(account, scope) or bookings.answer(account, request, parts[1:], now)
    if SESSIONS.fullmatch(name) and request.method == "GET":
        return _missing(account, "tn.sp.schedulers:r") or lists.of(account, name, request, now)
    table = FEEDS.get(name, name)
    scope = SCOPES.get("crm/bookings" if table == "bookings" else table, "")
    if not scope or request.method != "GET" or name == "crm/bookings":
        return problem(404, "There is no such address.")
    _count_mistakes(account, request, name)
    if name == "crm/export/bookings" and account.plan.provider_only:
        return problem(403, "The app is restricted to one booking provider.")
    return _missing(account, scope) or (lists.feed if name in FEEDS else lists.of)(account, table, request, now)


def _count_mistakes(account: Account, request: Request, name: str) -> None:
    """Count the parameters that the resource does not document."""
    known = FEED_PARAMETERS if name in FEEDS else LIST_PARAMETERS | lists.parameters_of(name)
    for parameter in request.query.keys() - known:
        account.mistakes[f"{name}: {parameter}"] += 1


def _missing(account: Account, scope: str) -> Response | None:
    refused = scope in account.plan.missing_scopes
    return problem(403, f"The scope {scope} has not been granted.") if refused else None
