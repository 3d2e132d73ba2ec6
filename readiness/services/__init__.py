"""Services that change the pack outside the admin: the loader and the publishing of versions."""
