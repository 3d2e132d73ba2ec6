"""Addresses of the public log, below /log/. Those of the specification have no final slash."""

from django.urls import path

from . import views

app_name = "transparency"
urlpatterns = [
    path("log/", views.log, name="log"),
    path("log/checkpoint", views.checkpoint, name="checkpoint"),
    path("log/checkpoint/<int:size>", views.earlier_checkpoint, name="earlier-checkpoint"),
    path("log/consistency/<int:first>/<int:second>", views.consistency, name="consistency"),
    path("log/tile/<path:path>", views.tile, name="tile"),
    path("log/proof/<slug:sha256>", views.proof, name="proof"),
    path("log/keys", views.keys, name="keys"),
    path("log/verify.py", views.program, name="program"),
    path("log/cosignatures", views.cosignatures, name="cosignatures"),
]
