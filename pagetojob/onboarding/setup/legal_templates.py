"""Templates of the legal texts of a contractor, in our own words. The contractor has to check them."""

from pathlib import Path

from pagetojob.platform.tenants.models import LegalKind

_FOLDER = Path(__file__).parent / "legal"


def templates_for(name: str) -> dict[str, str]:
    """Return the template of each legal text, with the name of a business filled in."""
    return {
        kind.value: (_FOLDER / f"{kind.value}.txt").read_text(encoding="utf-8").strip().replace("{name}", name)
        for kind in LegalKind
    }
