"""Addresses of an area's imports, below `<tenant>/imports/`."""

from django.urls import URLPattern, path

from . import views
from .area import Area


def import_urls(area: Area) -> list[URLPattern]:
    """Return the addresses of the screens; the views get the area."""
    one, more = "<slug:slug>/imports/<uuid:public_id>", {"area": area}
    patterns = [
        path("<slug:slug>/imports/", views.imports, more, name="imports"),
        path("<slug:slug>/imports/upload", views.upload, more, name="upload"),
        path(one, views.detail, more, name="import"),
        path(f"{one}/problems.csv", views.problems_csv, more, name="problems-csv"),
        path(f"{one}/columns", views.columns, more, name="columns"),
        path(f"{one}/mapping", views.mapping, more, name="mapping"),
        path(f"{one}/sheet", views.sheet, more, name="sheet"),
        path(f"{one}/approve", views.approve, more, name="approve"),
        path(f"{one}/discard", views.discard, more, name="discard"),
    ]
    if area.by_row:
        patterns += [
            path(f"{one}/rows", views.rows, more, name="rows"),
            path(f"{one}/undo", views.undo, more, name="undo"),
        ]
    return patterns
