"""Rules of the documentation: a complete index, links that lead somewhere, decisions with a status."""

import re
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
DECISIONS = DOCS / "decisions" / "README.md"
COMMANDS = DOCS / "reference" / "commands.md"
README_MAX_LINES = 150

CODE_BLOCK = re.compile(r"^ *(```|~~~).*?^ *\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
EXTERNAL = re.compile(r"[a-z][a-z0-9+.-]*:")
TITLE = re.compile(r"# (\d{4}): \S.*")
STATUS = re.compile(r"^Status: (?:accepted|superseded by (\d{4}))\b", re.MULTILINE)


def pages() -> list[Path]:
    """Return README.md, CHANGELOG.md and every Markdown file below docs/."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def decisions() -> list[Path]:
    """Return the decision records in the order of their numbers."""
    return sorted(DECISIONS.parent.glob("[0-9]*.md"))


def links(page: Path) -> list[str]:
    """Return the relative link targets of a page, without those inside code blocks and inline code."""
    text = re.sub(r"`[^`\n]*`", "", CODE_BLOCK.sub("", page.read_text()))
    return [target for target in LINK.findall(text) if not EXTERNAL.match(target) and not target.startswith("/")]


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes from the headings of a page."""
    seen: dict[str, int] = {}
    found = set()
    for heading in HEADING.findall(CODE_BLOCK.sub("", page.read_text())):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        found.add(f"{anchor}-{count}" if count else anchor)
    return found


def broken_links(page: Path) -> list[str]:
    """Return the relative links of a page whose file or heading does not exist."""
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / unquote(path)).resolve() if path else page
        missing_heading = anchor and target.suffix == ".md" and target.is_file() and anchor not in anchors(target)
        if not target.exists() or missing_heading:
            broken.append(f"{page.relative_to(ROOT)}: {link}")
    return broken


def unlisted_pages() -> list[str]:
    """Return the Markdown files below docs/ that neither the index nor the list of decisions links."""
    listed = {
        (page.parent / unquote(link.partition("#")[0])).resolve() for page in (INDEX, DECISIONS) for link in links(page)
    }
    return [str(page.relative_to(ROOT)) for page in sorted(DOCS.rglob("*.md")) if page not in {INDEX, *listed}]


def decision_errors(page: Path, numbers: set[str]) -> list[str]:
    """Return what is wrong with the title or the status of a decision."""
    text = page.read_text()
    errors = []
    title = TITLE.match(text)
    if title is None or title[1] != page.name[:4]:
        errors.append(f"{page.name}: the title must be '# {page.name[:4]}: …'")
    status = STATUS.search(text)
    if status is None:
        errors.append(f"{page.name}: no line 'Status: accepted' or 'Status: superseded by NNNN'")
    elif status[1] and status[1] not in numbers:
        errors.append(f"{page.name}: superseded by {status[1]}, which does not exist")
    return errors


def test_the_index_lists_every_page() -> None:
    """Link each page from docs/README.md, and each decision from docs/decisions/README.md."""
    assert unlisted_pages() == []


def test_relative_links_lead_to_a_file_and_heading() -> None:
    """Correct the link, or the page it points to."""
    assert [link for page in pages() for link in broken_links(page)] == []


def test_each_decision_has_a_number_a_title_and_a_status() -> None:
    """Numbers are unique, and a superseding decision exists."""
    numbers = [page.name[:4] for page in decisions()]
    assert len(numbers) == len(set(numbers))
    assert [error for page in decisions() for error in decision_errors(page, set(numbers))] == []


def test_the_list_repeats_title_and_status_of_each_decision() -> None:
    """Update the table in docs/decisions/README.md with the decision."""
    table = DECISIONS.read_text()
    for page in decisions():
        text = page.read_text()
        title, status = text.partition("\n")[0][len("# 0000: ") :], STATUS.search(text)
        assert status is not None
        row = f"| [{page.name[:4]}]({page.name}) | {title} | {status[0].removeprefix('Status: ')} |"
        assert row in table, row


def test_the_reference_lists_each_management_command() -> None:
    """Add the row to docs/reference/commands.md, or remove it with the command."""
    text = COMMANDS.read_text()
    names = {path.stem for path in ROOT.glob("[!.]*/**/management/commands/[a-z]*.py")}
    assert names and [name for name in sorted(names) if not re.search(rf"`{name}[ `]", text)] == []


def test_the_readme_stays_short() -> None:
    """Move details to a page below docs/."""
    assert len((ROOT / "README.md").read_text().splitlines()) < README_MAX_LINES
