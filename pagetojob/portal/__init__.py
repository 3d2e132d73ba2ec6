"""The pages of a tenant's own people. A page extends portal/base.html and stands behind `access.members_only`."""
