"""Pages for development and demos. Production has none of them (settings.DEMO_PAGES)."""

from django.urls import path

from pagetojob.ops.views import styleguide

from .drill_pages import ops_drills

app_name = "demo"
urlpatterns = [
    path("ops/drills/", ops_drills, name="drills"),
    path("styleguide/", styleguide, name="styleguide"),
]
