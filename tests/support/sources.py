"""The files of the repository, and what our modules import."""

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("pagetojob", "readiness", "syncqueue", "drift", "attribution")


def committed(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    return [ROOT / name for name in listed if name and (ROOT / name).exists()]


def importers(*names: str) -> set[str]:
    """Our modules, by path, that import one of these packages."""
    files = set()
    for path in committed("*.py"):
        name = str(path.relative_to(ROOT))
        if not name.startswith(OURS) or name.startswith("pagetojob/local/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and node.level == 0
                else []
            )
            if any(module.partition(".")[0] in names or module in names for module in modules):
                files.add(name)
    return files
