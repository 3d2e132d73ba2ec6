from django.urls import path

from . import views

app_name = "help"
urlpatterns = [
    path("", views.index, name="index"),
    path("api", views.api, name="api"),
    path("<slug:slug>", views.guide, name="guide"),
]
