"""The demo tenant's website as it stands outside our own pages: rows, so that a fix can be seen to go live."""

from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import TenantOwned


class DemoPage(TenantOwned):
    """A page of the demo tenant's site, served below /demo-site/ and read like anybody's."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    path = models.CharField(max_length=200, help_text="Below the site: empty for the home page, else like “ac-repair”.")
    html = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint("tenant", "path", name="demo_page_once"),)

    def __str__(self) -> str:
        return f"/{self.path}"
