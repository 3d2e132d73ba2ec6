"""All drafts of an import at once: shown, approved by a second person, left out where they moved, and put back."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pagetojob.importer.models import Upload
from pagetojob.platform import states
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import checkpoint, claim_run, work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.two_people import LOST
from pagetojob.titanmap import approving, drafts
from pagetojob.titanmap.models import DraftState, PageBinding, PageDraft
from pagetojob.titanmap.services import MapRefused
from tests.support.cast import SignIn
from tests.support.factories import make_user
from tests.support.runs import work_runs
from tests.titanmap.imports import import_pages


@pytest.fixture
def imported(tenant: Tenant, operator: User) -> Upload:
    return import_pages(tenant, operator)


def at(upload: Upload, name: str = "import-drafts") -> str:
    return reverse(f"titanmap:{name}", args=["desert-peak", upload.public_id])


def tiles(page: str) -> dict[str, int]:
    shown = re.findall(r'tile__value[^>]*>(\d+)</[a-z]+> *<span class="tile__label">([^<]+)<', page)
    return {label: int(count) for count, label in shown}


def at_pages(tenant: Tenant) -> str:
    return reverse("titanmap:pages", args=[tenant.slug])


def mark_for(upload: Upload, actor: User) -> str:
    with scope.tenant(upload.tenant_id):
        return approving.preview(upload, actor).mark


def versions(tenant: Tenant) -> dict[str, int]:
    with scope.tenant(tenant.pk):
        rows = PageBinding.objects.filter(tenant=tenant).order_by("version").values_list("slug", "version")
        return {slug: version for slug, version in rows if slug == "home" or slug.startswith("new-")}


def states_of(upload: Upload) -> list[str]:
    with scope.tenant(upload.tenant_id):
        return [draft.state for draft in approving.drafts_of(upload)]


def test_second_person_approves_all_and_restores_them(
    imported: Upload, signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    writer, second = signed_in(operator), signed_in(lead_operator)
    assert at(imported) in writer.get(at(imported, "import")).text
    own = writer.get(at(imported), {"after": "\x00"}).text
    assert "Approve all" not in own and own.count("another person has to approve it") == 4
    refused = writer.post(
        at(imported, "import-drafts-approve"), {"reason": "Mine.", "mark": mark_for(imported, operator)}
    )
    assert refused.status_code == 422 and "needs a second person" in refused.text
    page = second.get(at(imported)).text
    assert "Approve 4 drafts" in page and "3 of them new" in page and "<ins>Home, but cooler</ins>" in page
    assert versions(tenant) == {"home": 1}
    given = {"reason": "Checked with the customer.", "mark": mark_for(imported, lead_operator)}
    assert given["mark"] in page
    assert second.post(at(imported, "import-drafts-approve"), given | {"reason": ""}).status_code == 422
    assert second.post(at(imported, "import-drafts-approve"), given).status_code == 302
    work_runs()
    assert versions(tenant) == {"home": 2, "new-0": 1, "new-1": 1, "new-2": 1}
    page = second.get(at(imported)).text
    assert "4 of 4 checked, 4 done" in " ".join(page.replace("</strong>", "").split()).replace(
        '<strong class="numeric">', ""
    )
    assert "Restore 1 page" in page and "no previous version: 3" in page
    with scope.tenant(tenant.pk):
        mark = approving.way_back(imported)["mark"]
        entries = AuditEntry.objects.filter(actor_id=lead_operator.pk, action="titanmap.approve_draft")
        assert len(entries) == 4 and all(line.reason.endswith(": Checked with the customer.") for line in entries)
    second.post(at(imported, "import-drafts-back"), {"reason": "Too early.", "mark": mark})
    work_runs()
    with scope.tenant(tenant.pk):
        first, last = (PageBinding.objects.get(slug="home", version=version) for version in (1, 3))
    assert last.headline == first.headline != "Home, but cooler" and versions(tenant)["new-0"] == 1
    gone = second.post(at(imported, "import-drafts-back"), {"reason": "Again.", "mark": mark})
    assert gone.status_code == 422 and "no page that can be rolled back" in gone.text


def test_no_draft_is_approved_for_a_person_who_may_not_act_any_more(
    imported: Upload, signed_in: SignIn, lead_operator: User, tenant: Tenant
) -> None:
    given = {"reason": "Checked.", "mark": mark_for(imported, lead_operator)}
    assert signed_in(lead_operator).post(at(imported, "import-drafts-approve"), given).status_code == 302
    User.objects.filter(pk=lead_operator.pk).update(is_active=False)
    run = work_runs()
    assert run is not None
    with scope.worker():
        run.refresh_from_db()
    assert run.state == RunState.FAILED and "may not approve pages any more" in run.error
    assert versions(tenant) == {"home": 1}


def test_all_drafts_of_a_person_who_left_are_returned_from_a_list(
    imported: Upload, signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    second = signed_in(lead_operator)
    address = reverse("titanmap:drafts-return", args=[tenant.slug, operator.public_id])
    with CaptureQueriesContext(connection) as before:
        page = second.get(at(imported)).text
    assert "Approve 4 drafts" in page and tiles(page) == {
        "waiting for a second person": 4, "you can approve": 4, "imported by you": 0, "based on an older version": 0
    }  # fmt: skip
    User.objects.filter(pk=operator.pk).update(is_active=False)
    with CaptureQueriesContext(connection) as after:
        page = second.get(at(imported)).text
    assert len(after) == len(before), "no query per draft"
    assert tiles(page)["by people without the role"] == 4 and tiles(page)["you can approve"] == 0
    assert "Approve 4 drafts" not in page and page.count(LOST) == 4 and "Return all drafts of one person" in page
    assert f'href="{address}">Return all drafts of {operator.name}</a>' in second.get(at_pages(tenant)).text
    shown = second.get(address).text
    for words in ("/new-0", "/new-1", "/new-2", "Return 4 drafts", "no one can approve these drafts"):
        assert words in shown
    (mark,) = re.findall(r'name="mark" value="(\w+)"', shown)
    with scope.tenant(tenant.pk):
        draft = PageDraft.objects.get(slug="new-1")
        drafts.give_back(draft=draft, actor=lead_operator, reason="x")
    stale = second.post(address, {"mark": mark, "reason": "They left."})
    assert stale.status_code == 422 and "have changed since you opened this page" in stale.text
    assert states_of(imported).count(DraftState.REVIEW) == 3, "none was returned"
    (mark,) = re.findall(r'name="mark" value="(\w+)"', stale.text)
    assert "Return 3 drafts" in stale.text
    done = second.post(address, {"mark": mark, "reason": "They left."}, follow=True).text
    assert "3 drafts returned." in done and "Return all drafts" not in done
    assert set(states_of(imported)) == {DraftState.DRAFT}
    with scope.tenant(tenant.pk):
        lines = AuditEntry.objects.filter(action="titanmap.give_draft_back", reason="They left.")
        assert lines.count() == 3
    empty = second.get(address).text
    assert "No draft of this person is in review." in empty and "Back to pages" in empty
    assert "Returned drafts" not in empty


def test_whoever_sends_a_draft_of_a_person_who_left_becomes_its_author(
    imported: Upload, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    other = make_user(ops_role="operator")
    with scope.tenant(tenant.pk):
        draft = PageDraft.objects.get(slug="new-1")
        drafts.give_back(draft=draft, actor=lead_operator, reason="x")
        assert drafts.send_for_review(draft=draft, actor=other).written_by == operator, "who still has the role"
        drafts.give_back(draft=draft, actor=lead_operator, reason="x")
        User.objects.filter(pk=operator.pk).update(ops_role="viewer")
        drafts.send_for_review(draft=draft, actor=other)
        draft.refresh_from_db()
        assert draft.written_by == other
        with pytest.raises(MapRefused, match="You wrote this draft"):
            drafts.approve_draft(draft=draft, actor=other, reason="x")
        assert drafts.approve_draft(draft=draft, actor=lead_operator, reason="x").version == 1


def test_a_sender_takes_over_no_draft_that_a_third_person_changed_at_that_moment(
    imported: Upload, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    writer = make_user(ops_role="operator")
    with scope.tenant(tenant.pk):
        draft = PageDraft.objects.get(slug="new-1")
        read_before = drafts.give_back(draft=draft, actor=lead_operator, reason="x")
        User.objects.filter(pk=operator.pk).update(ops_role="viewer")
        values = {name: getattr(draft, name) for name in PageDraft.CONTENT_FIELDS} | {"headline": "Other words"}
        changed = PageDraft.objects.get(pk=draft.pk)
        drafts.rewrite_draft(draft=changed, values=values, actor=writer, reason="x", seen=None)
        drafts.send_for_review(draft=read_before, actor=lead_operator)
        sent = PageDraft.objects.get(pk=draft.pk)
        assert sent.state == DraftState.REVIEW and sent.written_by == writer
        with pytest.raises(MapRefused, match="You wrote this draft"):
            drafts.approve_draft(draft=sent, actor=writer, reason="x")


def test_changed_drafts_stop_the_approval(
    imported: Upload, signed_in: SignIn, lead_operator: User, tenant: Tenant
) -> None:
    second, mark = signed_in(lead_operator), mark_for(imported, lead_operator)
    with scope.tenant(tenant.pk):
        draft = PageDraft.objects.get(slug="new-1")
        drafts.send_for_review(
            draft=drafts.give_back(draft=draft, actor=lead_operator, reason="x"), actor=lead_operator
        )
    answer = second.post(at(imported, "import-drafts-approve"), {"reason": "Fine.", "mark": mark})
    assert answer.status_code == 422 and "changed since you opened this page" in answer.text
    with scope.tenant(tenant.pk):
        assert not Run.objects.filter(kind=approving.KIND).exists()


def test_drafts_changed_after_approval_are_skipped_and_reported(
    imported: Upload, signed_in: SignIn, lead_operator: User, tenant: Tenant
) -> None:
    second = signed_in(lead_operator)
    asked = {"reason": "Fine.", "mark": mark_for(imported, lead_operator)}
    assert second.post(at(imported, "import-drafts-approve"), asked).status_code == 302
    with scope.tenant(tenant.pk):
        drafts.give_back(draft=PageDraft.objects.get(slug="new-0"), actor=lead_operator, reason="Not this one.")
        home = PageBinding.objects.get(slug="home")
        columns = {name: getattr(home, name) for name in PageBinding.CONTENT_FIELDS}
        PageBinding.objects.create(tenant=tenant, slug="home", version=2, **columns)
    work_runs()
    assert versions(tenant) == {"home": 2, "new-1": 1, "new-2": 1}
    page = second.get(at(imported)).text
    assert "1 skipped: It has changed since the preview." in page
    assert "1 skipped: The page has changed: its version is now 2" in page
    assert "The page has changed since. Discard this draft" in page, "the stale one still waits, and the page says why"


def test_crashed_worker_repeats_and_loses_no_draft(
    imported: Upload, lead_operator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope.tenant(tenant.pk):
        mark = approving.preview(imported, lead_operator).mark
        approving.approve_all(upload=imported, mark=mark, actor=lead_operator, reason="Fine.")
    calls = iter(range(10))

    def dies(*args: Any) -> None:
        checkpoint(*args)
        if next(calls) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(approving, "checkpoint", dies)
        with scope.worker():
            run = claim_run()
        assert run is not None
        with pytest.raises(KeyboardInterrupt):
            work_run(run)
    assert sorted(states_of(imported)).count(DraftState.APPROVED) == 2
    with scope.worker():
        states.move(Run.objects.get(pk=run.pk), RunState.QUEUED, lease_until=None)
    done = work_runs()
    assert done is not None
    with scope.worker():
        done.refresh_from_db()
    assert (done.state, done.cursor) == (RunState.DONE, {"kept": 4, "left": {}})
    assert versions(tenant) == {"home": 2, "new-0": 1, "new-1": 1, "new-2": 1}


def test_list_continues_on_the_next_page(
    imported: Upload, signed_in: SignIn, lead_operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pagetojob.titanmap.workbench.approving.PAGE_SIZE", 2)
    client = signed_in(lead_operator)
    first, second = client.get(at(imported)), client.get(at(imported), {"after": "new-0"})
    assert "?after=new-0" in first.text and "/new-0<" in first.text and "/new-1<" not in first.text
    assert "/new-1<" in second.text and "/new-0<" not in second.text and "Approve 4 drafts" in second.text
