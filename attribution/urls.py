from django.urls import path

from pagetojob.importer.screens.urls import import_urls

from .estimates import views as model
from .views import files, money, review
from .views.import_area import AREA

app_name = "attribution"
urlpatterns = [
    *import_urls(AREA),
    path("", money.tenants, name="list"),
    path("<slug:slug>/", money.overview, name="overview"),
    path("<slug:slug>/campaigns", money.campaigns, name="campaigns"),
    path("<slug:slug>/leads", money.lead_list, name="leads"),
    path("<slug:slug>/leads/<uuid:public_id>", money.chain, name="chain"),
    path("<slug:slug>/files", files.file_list, name="files"),
    path("<slug:slug>/files/<uuid:public_id>", files.file_detail, name="file"),
    path("<slug:slug>/link", files.link, name="link"),
    path("<slug:slug>/linkings", review.linking_list, name="linkings"),
    path("<slug:slug>/linkings/<uuid:public_id>", review.linking, name="linking"),
    path("<slug:slug>/links/<uuid:public_id>/weights", review.weights, name="weights"),
    path("<slug:slug>/window", files.window, name="window"),
    path("<slug:slug>/model", model.model, name="model"),
    path("<slug:slug>/model/estimate", model.request_estimate, name="estimate-anew"),
    path("<slug:slug>/model/withdraw", model.withdraw, name="withdraw"),
    path("<slug:slug>/model/<uuid:public_id>", model.estimate, name="estimate"),
    path("<slug:slug>/model/<uuid:public_id>/apply", model.apply, name="apply"),
    path("<slug:slug>/review", review.queue, name="review"),
    path("<slug:slug>/review/show", review.show, name="show"),
    path("<slug:slug>/review/second", review.second, name="second"),
    path("<slug:slug>/review/<uuid:public_id>", review.match, name="one"),
    path("<slug:slug>/review/<uuid:public_id>/decide", review.decide, name="decide"),
    path("<slug:slug>/review/<uuid:public_id>/again", review.review_again, name="look-again"),
    path("<slug:slug>/review/decisions/<uuid:public_id>/undo", review.undo, name="undo"),
]
