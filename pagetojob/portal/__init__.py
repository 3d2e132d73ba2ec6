"""Portal pages for a tenant's own people. Each extends portal/base.html and uses `access.members_only`."""
