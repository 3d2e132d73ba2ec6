from django.urls import path

from . import views

app_name = "statements"
urlpatterns = [
    path("", views.statements, name="list"),
    path("close/<str:month>", views.close, name="close"),
    path("<uuid:public_id>", views.statement, name="statement"),
    path("<uuid:public_id>/restate", views.restate, name="restate"),
    path("<uuid:public_id>/rows.jsonl", views.rows, name="rows"),
    path("<uuid:public_id>/bundle.zip", views.bundle, name="bundle"),
    path("<uuid:public_id>/conversions", views.conversions, name="conversions"),
]
