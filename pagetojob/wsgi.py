"""WSGI application for gunicorn."""

import os
import sys

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

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


# A thread that waits for the interpreter gets it after this time, and a form post waits once per query. With the usual
# 5 ms, one thread that reads a large upload delays every visitor of its process (make bench-uploads).
sys.setswitchinterval(0.0005)
django.setup(set_prefix=False)
# Read the rules before the first request, so that no visitor waits for it. Other processes classify nothing.
spam.classify({})
application = Application()
