"""Addresses of an area's imports, below `<tenant>/imports/`."""

from django.urls import URLPattern, path

from . import views
from .area import Area


def import_urls(area: Area) -> list[URLPattern]:
    """Return the addresses of the screens; the views get the area."""
    base, more = "<slug:slug>/imports/<uuid:public_id>", {"area": area}
    patterns = [
        path("<slug:slug>/imports/", views.imports, more, name="imports"),
        path("<slug:slug>/imports/upload", views.upload, more, name="upload"),
        path(base, views.detail, more, name="import"),
        path(f"{base}/problems.csv", views.problems_csv, more, name="problems-csv"),
        path(f"{base}/columns", views.columns, more, name="columns"),
        path(f"{base}/mapping", views.mapping, more, name="mapping"),
        path(f"{base}/sheet", views.sheet, more, name="sheet"),
        path(f"{base}/approve", views.approve, more, name="approve"),
        path(f"{base}/discard", views.discard, more, name="discard"),
    ]
    if area.api:
        patterns.append(path("<slug:slug>/imports/api", views.api_import, more, name="api-import"))
    if area.by_row:
        patterns += [
            path(f"{base}/rows", views.rows, more, name="rows"),
            path(f"{base}/resume", views.resume, more, name="resume"),
            path(f"{base}/undo", views.undo, more, name="undo"),
        ]
    return patterns
