"""`manage.py flags`: print every flag decision and what is missing for it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import Decision, decide_all
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant

SCHEMA = "pagetojob.flags/1"


class Command(BaseCommand):
    help = "Print for each tenant, flag and environment if it is on, or what is missing and who holds it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", help="Slug of a tenant; by default, all of them.")
        parser.add_argument("--environment", choices=list(Environment), help="An environment; by default, all three.")
        parser.add_argument("--json", action="store_true", help=f"Print a document of the schema {SCHEMA}.")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Tenant.objects.filter(**({"slug": options["tenant"]} if options["tenant"] else {}))
        with scope.worker():
            by_tenant = [(tenant, self._chosen(decide_all(tenant), options["environment"])) for tenant in rows]
        if options["tenant"] and not by_tenant:
            raise CommandError(f"There is no tenant “{options['tenant']}”.", returncode=2)
        if options["json"]:
            decisions = [_document(tenant, decision) for tenant, made in by_tenant for decision in made]
            self.stdout.write(json.dumps({"schema": SCHEMA, "decisions": decisions}, ensure_ascii=False, indent=2))
            return
        for tenant, made in by_tenant:
            self.stdout.write(f"{tenant.name} ({tenant.slug}), epoch {made[0].epoch}")
            for decision in made:
                self._print(decision)

    @staticmethod
    def _chosen(made: list[Decision], environment: str | None) -> list[Decision]:
        return [decision for decision in made if environment in (None, decision.environment)]

    def _print(self, decision: Decision) -> None:
        until = f", until {decision.valid_until:%Y-%m-%d %H:%M} UTC" if decision.valid_until else ""
        state = f"on{until}" if decision.open else "off"
        self.stdout.write(f"  {decision.flag:<26} {decision.environment:<12} {state}")
        for reason in decision.missing:
            self.stdout.write(f"      {reason.what} ({reason.holder}): {reason.sentence}")


def _document(tenant: Tenant, decision: Decision) -> dict[str, Any]:
    return {
        "tenant": tenant.slug,
        "flag": decision.flag,
        "environment": decision.environment.value,
        "on": decision.open,
        "epoch": decision.epoch,
        "valid_until": decision.valid_until.isoformat() if decision.valid_until else None,
        "missing": [
            {"what": reason.what, "holder": reason.holder, "sentence": reason.sentence} for reason in decision.missing
        ],
    }
