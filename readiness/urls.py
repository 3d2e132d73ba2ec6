"""Addresses below /servicetitan-ready-websites/."""

from django.urls import path

from . import views

app_name = "readiness"
urlpatterns = [
    path("", views.landing, name="landing"),
    path("api-readiness", views.api_readiness, name="api-readiness"),
    path("api-readiness.json", views.api_readiness_json, name="api-readiness-json"),
]
