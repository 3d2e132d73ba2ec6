"""WSGI application for gunicorn."""

import os
import sys
from collections.abc import Callable
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http.response import HttpResponseBase

from syncqueue import spam

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pagetojob.settings")


class Request(WSGIRequest):
    """Request that is always decoded as UTF-8, regardless of its headers.

    Django uses the declared charset for the query and for forms: some charsets produce lone surrogates, others fail
    before our middleware runs.
    """

    _encoding = "utf-8"

    @property
    def encoding(self) -> str:
        return self._encoding

    @encoding.setter
    def encoding(self, claimed: str | None) -> None:
        """Ignore the declared charset."""


class Application(WSGIHandler):
    request_class = Request

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> HttpResponseBase:
        """Serve the path that was requested. We are never below a path, so a part of it that is named as one is not.

        Gunicorn takes SCRIPT_NAME from a header if the connection comes from its own machine, as that of Caddy does.
        With it, a visitor would reach other routes than Caddy checked, and write the start of every link of a page,
        also of one that is cached for others.
        """
        environ["PATH_INFO"] = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
        environ["SCRIPT_NAME"] = ""
        return super().__call__(environ, start_response)


# A thread that waits for the interpreter gets it after this time, and a form post waits once per query. With the usual
# 5 ms, one thread that reads a large upload delays every visitor of its process (make bench-uploads).
sys.setswitchinterval(0.0005)
django.setup(set_prefix=False)
# Read the rules before the first request, so that no visitor waits for it. Other processes classify nothing.
spam.classify({})
application = Application()
