"""The web application for gunicorn."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pagetojob.settings")


class Request(WSGIRequest):
    """A request is UTF-8, whatever a header claims.

    Django takes the claimed charset for the query and for forms: some bring lone surrogates, others fail before any
    middleware of ours is asked.
    """

    _encoding = "utf-8"

    @property
    def encoding(self) -> str:
        return self._encoding

    @encoding.setter
    def encoding(self, claimed: str | None) -> None:
        """Nothing changes."""


class Application(WSGIHandler):
    request_class = Request


django.setup(set_prefix=False)
application = Application()
