"""URLs of the retention pages below /ops/."""

from django.urls import path

from . import views

app_name = "retention"
urlpatterns = [
    path("", views.overview, name="list"),
    path("<slug:slug>/", views.contractor, name="contractor"),
    path("<slug:slug>/period", views.set_period, name="period"),
    path("<slug:slug>/hold", views.request_hold, name="hold"),
    path("<slug:slug>/holds/<uuid:public_id>/<slug:step>", views.move_hold, name="move-hold"),
]
