"""URLs of the retention pages below /ops/."""

from django.urls import path

from . import export_views, offboarding_views, subject_views, views

app_name = "retention"
urlpatterns = [
    path("", views.overview, name="list"),
    path("<slug:slug>/", views.contractor, name="contractor"),
    path("<slug:slug>/period", views.set_period, name="period"),
    path("<slug:slug>/hold", views.request_hold, name="hold"),
    path("<slug:slug>/holds/<uuid:public_id>/<slug:step>", views.move_hold, name="move-hold"),
    path("<slug:slug>/exports/", export_views.listing, name="exports"),
    path("<slug:slug>/exports/start", export_views.start, name="start-export"),
    path("<slug:slug>/exports/<uuid:public_id>/download", export_views.download, name="download-export"),
    path("<slug:slug>/offboarding/", offboarding_views.offboarding, name="offboarding"),
    path("<slug:slug>/offboarding/request", offboarding_views.request_offboarding, name="request-offboarding"),
    path("<slug:slug>/offboarding/withdraw", offboarding_views.withdraw_offboarding, name="withdraw-offboarding"),
    path("<slug:slug>/offboarding/confirm", offboarding_views.confirm_offboarding, name="confirm-offboarding"),
    path("<slug:slug>/offboarding/receipt", offboarding_views.offboarding_receipt, name="offboarding-receipt"),
    path("<slug:slug>/requests/", subject_views.listing, name="subjects"),
    path("<slug:slug>/requests/open", subject_views.open_request, name="open-subject"),
    path("<slug:slug>/requests/<uuid:public_id>/", subject_views.subject, name="subject"),
    path("<slug:slug>/requests/<uuid:public_id>/rows", subject_views.choose_rows, name="choose-rows"),
    path("<slug:slug>/requests/<uuid:public_id>/file", subject_views.file, name="subject-file"),
    path("<slug:slug>/requests/<uuid:public_id>/letter", subject_views.letter, name="letter"),
    path("<slug:slug>/requests/<uuid:public_id>/receipt", subject_views.receipt, name="receipt"),
    path("<slug:slug>/requests/<uuid:public_id>/copy/<slug:form>", subject_views.copy, name="copy"),
    path("<slug:slug>/requests/<uuid:public_id>/<slug:step>", subject_views.move_subject, name="move-subject"),
]
