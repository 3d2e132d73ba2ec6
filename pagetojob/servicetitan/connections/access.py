"""Lookups of connections and receipts for operators. A missing one, or one of another tenant, is a 404."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from pagetojob.servicetitan.vault.models import Connection, Receipt

from . import receipts


def connection_of_tenant(slug: str, public_id: UUID) -> Connection:
    return get_object_or_404(Connection.objects.select_related("tenant"), tenant__slug=slug, public_id=public_id)


def receipt_for_operator(public_id: UUID) -> Receipt:
    return receipts.get_receipt(public_id)
