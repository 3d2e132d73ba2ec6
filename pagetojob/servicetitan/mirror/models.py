"""ReadCursor, RemoteRow and CallPace: how far a connection was read, what it contained, and when it may be called.

All rows belong to one connection: IDs never carry over to another environment, account or connection.
"""

from django.db import models
from django.db.models.functions import Now

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import TenantForeignKey, TenantOwned

from ..vault.models import Connection


class ReadCursor(TenantOwned):
    """Position of the reading of one list or feed, written in the transaction that stores the page before it."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    connection = TenantForeignKey(Connection, related_name="+")
    resource = models.CharField(max_length=40)
    position = models.TextField(
        blank=True, help_text="Token of a feed or next page of a list; empty to start from the beginning."
    )
    sweep = models.PositiveIntegerField(default=1, help_text="Number of the current reading of a whole list.")
    underway = models.BooleanField(default=False, help_text="A reading has begun and has not finished.")
    again = models.BooleanField(default=False, help_text="The list is read a second time, because rows are missing.")
    pages = models.PositiveIntegerField(default=0, help_text="Pages of the current or the last reading.")
    rows = models.PositiveIntegerField(default=0, help_text="Rows of the current or the last reading.")
    unreadable = models.PositiveIntegerField(default=0, help_text="Rows of it without an ID.")
    finished_at = models.DateTimeField(null=True, help_text="Last time when nothing was left to read.")
    problem = models.CharField(max_length=300, blank=True, help_text="Reason for not reading it the last time.")
    problem_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint("tenant", "connection", "resource", name="read_cursor_once"),)

    def __str__(self) -> str:
        return f"{self.resource} of connection {self.connection_id}"


class RemoteRow(TenantOwned):
    """A row as the API last listed it, with the fields that we use.

    Rows of taxonomy lists stay. Rows of outcomes are deleted when the intake takes them.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    connection = TenantForeignKey(Connection, related_name="+")
    resource = models.CharField(max_length=40)
    remote_id = models.BigIntegerField()
    values = models.JSONField(default=dict)
    modified_on = models.DateTimeField(null=True)
    sweep = models.PositiveIntegerField(default=1, help_text="The reading of the whole list that had it last.")
    gone = models.BooleanField(default=False, help_text="A complete list no longer contains it.")

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "connection", "resource", "remote_id", name="remote_row_once"),
        )

    def __str__(self) -> str:
        return f"{self.resource} {self.remote_id}"


class CallPace(TenantOwned):
    """When the next reading call of a connection may start, shared by all workers and hosts."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    connection = TenantForeignKey(Connection, related_name="+")
    next_at = models.DateTimeField(db_default=Now())
    per_second = models.FloatField()

    class Meta:
        constraints = (models.UniqueConstraint("tenant", "connection", name="call_pace_once"),)

    def __str__(self) -> str:
        return f"pace of connection {self.connection_id}"
