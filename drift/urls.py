"""URLs: the operators' board at /ops/drift/, the customer's answer at /review/, the demo site at /demo-site/."""

from django.urls import path

from .views import answer, board, demo, finding, page_log, pictures

ops_urls = (
    [
        path("", board.board, name="board"),
        path("pauses/<int:pk>/lift", board.lift, name="lift"),
        path("readings/<uuid:public_id>", board.reading_detail, name="reading"),
        path("sites/<slug:slug>", board.site, name="site"),
        path("sites/<slug:slug>/read", board.read_now, name="read"),
        path("sites/<slug:slug>/log", page_log.log, name="page-log"),
        path("sites/<slug:slug>/page", board.upload_page, name="hand-in"),
        path("findings/<uuid:public_id>", finding.finding, name="finding"),
        path("pictures/<uuid:public_id>", pictures.picture, name="picture"),
        path("pictures/<uuid:public_id>/snapshot", pictures.snapshot, name="snapshot"),
        path("photos/<uuid:public_id>", finding.photo, name="photo"),
        path("findings/<uuid:public_id>/<slug:act>", finding.act, name="act"),
    ],
    "drift",
)

review_urls = ([path("<str:code>", answer.answer, name="answer")], "review")

demo_urls = (
    [
        path("<slug:slug>/", demo.page, name="home"),
        path("<slug:slug>/<path:path>", demo.page, name="page"),
    ],
    "demo-site",
)
