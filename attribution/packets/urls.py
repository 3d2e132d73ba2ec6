from django.urls import path

from . import views

app_name = "packets"
urlpatterns = [
    path("", views.packets, name="list"),
    path("ask", views.ask, name="ask"),
    path("<uuid:public_id>", views.packet, name="packet"),
    path("<uuid:public_id>/bundle.zip", views.bundle, name="bundle"),
    path("<uuid:public_id>/<str:part>", views.file, name="file"),
]
