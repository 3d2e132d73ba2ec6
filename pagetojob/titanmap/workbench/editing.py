"""Edit the map manually: items, capacity rules, office hours and time zone."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.access import actor_of, tenant_page
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability
from pagetojob.titanmap.capacity import HOLIDAYS
from pagetojob.titanmap.models import CapacityRule, Family, TaxonomyItem
from pagetojob.titanmap.opening_hours import opening_lines
from pagetojob.titanmap.rules import CONTENT_FIELDS, RuleRefused, save_rule, set_hours, set_time_zone
from pagetojob.titanmap.selectors import hours_of
from pagetojob.titanmap.services import ChangedMeanwhile, MapRefused, save_item

from . import access, boards
from .map_forms import HoursForm, ItemForm, RuleForm, TimeZoneForm
from .publishing import publish_hint


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "POST")
def item_new(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    family = request.GET.get("family", "")
    return _item_form(request, tenant, family if family in Family.values else Family.JOB_TYPE.value, None)


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "POST")
def item_edit(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    row = access.item_of(tenant, public_id)
    return _item_form(request, tenant, row.family, row)


def _item_form(request: HttpRequest, tenant: Tenant, family: str, row: TaxonomyItem | None) -> HttpResponse:
    form = ItemForm(request.POST or None, family=family, item=row)
    if form.is_valid():
        actor, reason = actor_of(request), form.cleaned_data["reason"]
        try:
            saved = save_item(
                tenant=tenant, family=family, item=row, values=form.to_values(), actor=actor, reason=reason,
                seen=form.seen_state(),
            )  # fmt: skip
        except ChangedMeanwhile as changed:
            assert row is not None
            row.refresh_from_db()
            form = ItemForm(family=family, item=row).with_conflicts(form, str(changed))
        except MapRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{saved.name} saved.{publish_hint(saved)}")
            return redirect("titanmap:item", tenant.slug, saved.public_id)
    context = {"tenant": tenant, "form": form, "item": row, "family": family}
    return render(request, "titanmap/item_form.html", context, status=422 if form.errors else 200)


@tenant_page(Ability.VIEW_QUEUE)
def rules(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """List all rules in evaluation order, and the office hours."""
    hours = hours_of(tenant)
    context = {
        "tenant": tenant,
        "rules": CapacityRule.objects.filter(tenant=tenant),
        "opening": opening_lines(hours),
        "holidays": sorted((hours.get(HOLIDAYS) or {}).items()),
        "history": boards.history(tenant, f"tenants.businessprofile:{tenant.public_id}"),
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
    }
    return render(request, "titanmap/rules.html", context)


@tenant_page(Ability.VIEW_QUEUE)
def rule(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    row = access.rule_of(tenant, public_id)
    return _rule_page(request, tenant, RuleForm(tenant=tenant, rule=row), row)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def rule_save(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    return _save(request, tenant, access.rule_of(tenant, public_id))


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "POST")
def rule_new(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    if request.method == "POST":
        return _save(request, tenant, None)
    return _rule_page(request, tenant, RuleForm(tenant=tenant), None)


def _save(request: HttpRequest, tenant: Tenant, row: CapacityRule | None) -> HttpResponse:
    form = RuleForm(request.POST, tenant=tenant, rule=row)
    if form.is_valid():
        values = {name: form.cleaned_data[name] for name in CONTENT_FIELDS}
        actor, reason = actor_of(request), form.cleaned_data["reason"]
        try:
            saved = save_rule(
                tenant=tenant, rule=row, values=values, actor=actor, reason=reason, seen=form.seen_state()
            )
        except ChangedMeanwhile as changed:
            assert row is not None
            row.refresh_from_db()
            form = RuleForm(tenant=tenant, rule=row).with_conflicts(form, str(changed))
        except RuleRefused as refused:
            form.add_error(refused.name or None, str(refused))
        else:
            messages.success(request, f"“{saved.name}” saved. It applies from now on.")
            return redirect("titanmap:rules", tenant.slug)
    return _rule_page(request, tenant, form, row)


def _rule_page(request: HttpRequest, tenant: Tenant, form: forms.Form, row: CapacityRule | None) -> HttpResponse:
    can_act = actor_of(request).can(Ability.ACT_ON_QUEUE)
    if not can_act:
        for field in form.fields.values():
            field.disabled = True
    context = {"tenant": tenant, "form": form, "rule": row, "can_act": can_act}
    context["history"] = boards.history(tenant, row) if row else ()
    return render(request, "titanmap/rule.html", context, status=422 if form.errors else 200)


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "POST")
def hours(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    form = HoursForm(request.POST or None, hours=hours_of(tenant))
    if form.is_valid():
        actor, reason = actor_of(request), form.cleaned_data["reason"]
        try:
            set_hours(tenant=tenant, hours=form.hours, actor=actor, reason=reason, seen=form.seen_state())
        except ChangedMeanwhile as changed:
            form = HoursForm(hours=hours_of(tenant)).with_conflicts(form, str(changed))
        except RuleRefused as refused:
            form.add_error(refused.name if refused.name in form.fields else None, str(refused))
        else:
            messages.success(request, "Hours saved. They apply from now on.")
            return redirect("titanmap:rules", tenant.slug)
    context = {"tenant": tenant, "form": form}
    return render(request, "titanmap/hours.html", context, status=422 if form.errors else 200)


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "POST")
def time_zone(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Set the time zone used for hours, rules and month ends."""
    form = TimeZoneForm(request.POST or None, time_zone=tenant.time_zone)
    if form.is_valid():
        wanted, reason = form.cleaned_data["time_zone"], form.cleaned_data["reason"]
        try:
            set_time_zone(
                tenant=tenant, time_zone=wanted, actor=actor_of(request), reason=reason, seen=form.seen_state()
            )
        except ChangedMeanwhile as changed:
            tenant.refresh_from_db(fields=["time_zone"])
            form = TimeZoneForm(time_zone=tenant.time_zone).with_conflicts(form, str(changed))
        except RuleRefused as refused:
            form.add_error(refused.name or None, str(refused))
        else:
            messages.success(request, f"Time zone set to {wanted}. It applies from now on.")
            return redirect("titanmap:rules", tenant.slug)
    context = {"tenant": tenant, "form": form, "history": boards.history(tenant, tenant)}
    return render(request, "titanmap/time_zone.html", context, status=422 if form.errors else 200)
