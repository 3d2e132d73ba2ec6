"""The product's addresses, and one that answers as many bytes as it is asked for. No header, no tag, no question."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import path

import pagetojob.urls as ours


@cache
def body(size: int) -> bytes:
    return (b"Constant words. " * (size // 16 + 1))[:size]


def constant(request: HttpRequest, size: int) -> HttpResponse:
    return HttpResponse(body(size))


#: Ours stand as deep as in production: one include more would be measured too.
urlpatterns = [path("constant/<int:size>", constant), *ours.urlpatterns]
