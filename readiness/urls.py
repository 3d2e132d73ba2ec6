"""Addresses below /servicetitan-ready-websites/. The pages of the pack come last: their slugs would match the rest."""

from django.urls import path, register_converter

from . import views
from .layout import PAGES
from .views import downloads, search, tools, versions

#: Pages with a view of their own, which reads what stands after the question mark.
ASKED = {"changes", "importer"}


class PageConverter:
    """The slug of a page there is. It comes first: most requests are for one of these."""

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
    *versions.urlpatterns,
    path("<slug:slug>.json", views.page_json, name="page-json"),
    path("<slug:slug>", views.page, name="page"),
]
