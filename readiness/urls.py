"""URLs below /servicetitan-ready-websites/. Pages of the pack come last, because their slugs match other paths."""

from django.urls import path, register_converter

from . import views
from .layout import PAGES
from .views import downloads, reviews, runs, search, tools, versions

#: Pages with their own view, which reads the query string.
ASKED = {"changes", "importer"}


class PageConverter:
    """Slug of a known page. It comes first because most requests are for one of these pages."""

    regex = "|".join(slug for slug in PAGES[1:] if slug not in ASKED)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PageConverter, "page")
app_name = "readiness"
urlpatterns = [
    path("", views.page, {"slug": "landing"}, name="landing"),
    path("<page:slug>", views.page, name="page"),
    *tools.urlpatterns,
    *search.urlpatterns,
    *downloads.urlpatterns,
    *runs.urlpatterns,
    *reviews.urlpatterns,
    *versions.urlpatterns,
    path("<slug:slug>.json", views.page_json, name="page-json"),
    path("<slug:slug>.md", views.page_text, name="page-markdown"),
    path("<slug:slug>", views.page, name="page"),
]
