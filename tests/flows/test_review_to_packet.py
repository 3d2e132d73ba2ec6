"""A guess is left out of a closed month and its packet; a person accepts it; the next packet says so and why."""

import json
from decimal import Decimal

from attribution.models import Link, PacketPart, Verdict
from attribution.packets.sealing import seal
from attribution.services import review
from attribution.statements.closing import close_month, preview
from attribution.statements.restating import since_closing
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.months import OCTOBER, october
from tests.attribution.packets import fake_pdf, request_packet, sealed_files
from tests.attribution.statements import sign_restatement


def test_a_guess_taken_through_review_changes_the_next_packet(other_tenant: Tenant, lead_operator: User) -> None:
    shop = october(other_tenant)
    seen = preview(tenant=shop.tenant, first=OCTOBER)
    statement = close_month(
        tenant=shop.tenant,
        first=OCTOBER,
        seen=seen.seen,
        actor=lead_operator,
        reason="Agreed with the owner.",
        acknowledged=seen.gaps,
    )
    first = request_packet(shop.tenant, lead_operator)
    seal(first, make_pdf=fake_pdf)
    before = json.loads(sealed_files(first)[PacketPart.DATA])
    assert (before["revenue"]["counted"], before["revenue"]["if_all_accepted"]) == ("1750.40", "2050.40")

    with scope.operator(lead_operator, "review"):
        guess = Link.objects.select_related("lead", "job").get(tenant=shop.tenant, job__external_id=3, current=True)
        review.decide(link=guess, verdict=Verdict.ACCEPT, actor=lead_operator)
    since = since_closing(statement)
    assert (since.delta, since.because[13]) == (Decimal("300.00"), ("a decision in the review queue",))
    sign_restatement(statement, lead_operator)

    second = request_packet(shop.tenant, lead_operator)
    seal(second, make_pdf=fake_pdf)
    after = json.loads(sealed_files(second)[PacketPart.DATA])
    assert (after["revenue"]["counted"], after["revenue"]["open_reviews"]) == ("2050.40", 0)
    assert after["revenue"]["restated"] == "300.00"
    assert [one["net"] for one in after["buckets"] if one["bucket"] == "reviewed"] == ["300.00"]
    assert json.loads(sealed_files(first)[PacketPart.DATA]) == before
