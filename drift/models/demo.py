"""Pages of the demo tenant's website, stored as rows so that a fix can be shown going live."""

from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import TenantOwned


class DemoPage(TenantOwned):
    """A page of the demo tenant's website. It is served below /demo-site/ and read like any other site."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    path = models.CharField(
        max_length=200, help_text="Path below the site, such as “ac-repair”; empty for the home page."
    )
    html = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint("tenant", "path", name="demo_page_once"),)

    def __str__(self) -> str:
        return f"/{self.path}"
