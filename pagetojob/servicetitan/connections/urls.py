from django.urls import path

from . import receipt_views, views

app_name = "connections"
urlpatterns = [
    path("", views.tenants, name="list"),
    path("receipts/<uuid:public_id>", receipt_views.receipt, name="receipt"),
    path("receipts/<uuid:public_id>/receipt.pdf", receipt_views.receipt_pdf, name="receipt-pdf"),
    path("receipts/<uuid:public_id>/ids-read.csv", receipt_views.ids_read, name="ids-read"),
    path("receipts/<uuid:public_id>/bundle.zip", receipt_views.receipt_bundle, name="receipt-bundle"),
    path("receipts/<uuid:public_id>/revocation", receipt_views.revocation, name="revocation"),
    path("<slug:slug>/", views.tenant, name="tenant"),
    path("<slug:slug>/begin", views.begin, name="begin"),
    path("<slug:slug>/<uuid:public_id>/keep", views.keep_secret, name="keep"),
    path("<slug:slug>/<uuid:public_id>/disconnect", views.end, name="disconnect"),
    path("<slug:slug>/<uuid:public_id>/<str:act>", views.move, name="move"),
]
