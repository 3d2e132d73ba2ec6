"""The page behind the link in a test message. Opening it confirms nothing; mail scanners open links too."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from . import recipients


# The address is the only credential, so a forged post cannot use a cookie.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    recipient = recipients.recipient_of(token)
    if recipient and request.method == "POST":
        recipients.confirm(recipient)
    context = {
        "business": recipient.tenant.name if recipient else "",
        "done": bool(recipient) and (request.method == "POST" or bool(recipient and recipient.confirmed_at)),
    }
    response = render(request, "onboarding/confirm.html", context, status=200 if recipient else 404)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
