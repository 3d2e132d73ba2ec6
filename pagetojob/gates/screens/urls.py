from django.urls import path

from . import evidence_views, views

app_name = "gates"
urlpatterns = [
    path("", views.tenants, name="list"),
    path("<slug:slug>/", views.tenant, name="tenant"),
    path("<slug:slug>/flags/<slug:flag>/kill", views.kill, name="kill"),
    path("<slug:slug>/flags/<slug:flag>/<str:act>", views.switch, name="switch"),
    path("<slug:slug>/evidence/new", evidence_views.new, name="evidence-new"),
    path("<slug:slug>/evidence/<uuid:public_id>/confirm", evidence_views.confirm, name="evidence-confirm"),
    path("<slug:slug>/evidence/<uuid:public_id>/revoke", evidence_views.revoke, name="evidence-revoke"),
    path("<slug:slug>/evidence/<uuid:public_id>/file", evidence_views.file, name="evidence-file"),
]
