from django.urls import path

from . import views

app_name = "sandbox"
urlpatterns = [
    path("", views.overview, name="list"),
    path("run", views.start, name="start"),
    path("<uuid:public_id>/", views.run, name="run"),
    path("<uuid:public_id>/run.json", views.run_json, name="run-json"),
    path("<uuid:public_id>/with-proof.zip", views.run_with_proof, name="run-with-proof"),
]
