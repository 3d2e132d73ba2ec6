from django.urls import path

from . import audit, connection, outcomes, people, requests, retention, status, views, website

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("choose/", views.choose, name="choose"),
    path("requests/", requests.requests, name="requests"),
    path("requests/search", requests.search, name="search"),
    path("requests/report", requests.report, name="response-report"),
    path("requests/export", requests.export, name="requests-export"),
    path("requests/answers/<uuid:public_id>/undo", requests.undo, name="undo-answer"),
    path("requests/<uuid:public_id>", requests.one, name="request"),
    path("requests/<uuid:public_id>/answer", requests.answer, name="answer"),
    path("requests/<uuid:public_id>/note", requests.note, name="note"),
    path("requests/<uuid:public_id>/photos/<int:position>", requests.photo, name="photo"),
    path("status/", status.status, name="status"),
    path("website/", website.website, name="website"),
    path("website/report.pdf", website.website_pdf, name="website-pdf"),
    path("website/make-pdf", website.make_website_pdf, name="website-make-pdf"),
    path("outcomes/", outcomes.outcomes, name="outcomes"),
    path("outcomes/months/<uuid:public_id>", outcomes.month, name="month"),
    path("outcomes/packets/<uuid:public_id>/<slug:part>", outcomes.packet_file, name="packet-file"),
    path("gates/", views.gates, name="gates"),
    path("connection/", connection.connection, name="connection"),
    path("connection/<uuid:public_id>/disconnect", connection.end, name="disconnect"),
    path("connection/receipts/<uuid:public_id>", connection.receipt, name="receipt"),
    path("connection/receipts/<uuid:public_id>/receipt.pdf", connection.receipt_pdf, name="receipt-pdf"),
    path("retention/", retention.retention, name="retention"),
    path("audit/", audit.log, name="audit"),
    path("audit/export", audit.export, name="audit-export"),
    path("people/", people.people, name="people"),
    path("people/second-step", people.second_step, name="second-step"),
    path("people/revoke/<uuid:public_id>", people.revoke, name="revoke"),
]
