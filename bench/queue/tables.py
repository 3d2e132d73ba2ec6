"""The models of the peers' tables for the ORM, and the one request each makes for an item."""

import http.client
import json
from typing import Any

from django.db import models

PATH = "/crm/v2/tenant/1/booking-provider/1/bookings"
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer token1", "ST-App-Key": "ak1"}


class BenchItem(models.Model):
    id = models.BigAutoField(primary_key=True)
    tenant_id = models.BigIntegerField()
    body: Any = models.JSONField()
    state = models.TextField(default="queued")
    external_id = models.TextField(null=True)  # noqa: DJ001 - as a newcomer would write it

    objects: models.Manager["BenchItem"] = models.Manager()

    class Meta:
        app_label = "bench_queue"
        db_table = "bench_item"
        managed = False

    def __str__(self) -> str:
        return f"item {self.pk}"


class BenchAttempt(models.Model):
    id = models.BigAutoField(primary_key=True)
    item_id = models.BigIntegerField()
    outcome = models.TextField()

    objects: models.Manager["BenchAttempt"] = models.Manager()

    class Meta:
        app_label = "bench_queue"
        db_table = "bench_attempt"
        managed = False

    def __str__(self) -> str:
        return f"attempt {self.pk}"


class Client:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def post(self, body: Any) -> str:
        self.line.request("POST", PATH, json.dumps(body), HEADERS)
        return str(json.loads(self.line.getresponse().read())["id"])
