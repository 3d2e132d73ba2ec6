from django.urls import path

from .drill_pages import ops_drills

app_name = "demo"
urlpatterns = [
    path("ops/drills/", ops_drills, name="drills"),
]
