from django.urls import path

from . import views

app_name = "facts"
urlpatterns = [
    path("", views.overview, name="list"),
    path("<slug:fact>", views.read, name="read"),
]
