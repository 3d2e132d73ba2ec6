"""Least module and scopes of each feature that a package could later add. From the registry of flags; pure."""

from pagetojob.gates.registry import FLAGS

from ..models.base import Role
from ..rows import Row, plain

#: Packages as the page names them, and the flags of API-backed features that could extend each one.
FEATURES: dict[str, tuple[str, ...]] = {
    "Launch": ("api-booking-sync",),
    "Growth": ("api-booking-sync", "api-taxonomy-import", "scheduler-webhooks", "closed-loop-revenue"),
    "Operations Monitor": ("api-taxonomy-import",),
}


def package_rows() -> list[Row]:
    """Return a row for each package: what it needs today, and what each possible addition would need at least."""
    return [
        plain(
            "package scope",
            anchor=f"package-scope-{package.lower().replace(' ', '-')}",
            slug=package.lower().replace(" ", "-"),
            title=package,
            fields=[
                ("Needed today", Role.TEXT, "No ServiceTitan module and no scope."),
                ("Possible additions, each gated", Role.LIST, [_needs(slug) for slug in slugs]),
            ],
        )
        for package, slugs in FEATURES.items()
    ]


def _needs(slug: str) -> str:
    flag = FLAGS[slug]
    module = f"module {flag.least_module}" if flag.least_module else "no particular module"
    scopes = f"scopes {', '.join(flag.least_scopes)}" if flag.least_scopes else "no scope"
    return f"{flag.title}: {module}; {scopes}"
