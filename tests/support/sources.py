"""The files of the repository, and what our modules import."""

import ast
import subprocess
from functools import cache
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
    return {
        file
        for file, modules in _imported().items()
        if any(module.partition(".")[0] in names or module in names for module in modules)
    }


@cache
def _imported() -> dict[str, set[str]]:
    """The full names of what each of our modules imports: reading them takes seconds."""
    imported = {}
    for path in committed("*.py"):
        name = str(path.relative_to(ROOT))
        if name.startswith(OURS) and not name.startswith("pagetojob/local/"):
            nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            imported[name] = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
            for node in nodes:
                if isinstance(node, ast.ImportFrom):
                    module = module_of(node, name)
                    imported[name] |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return imported


def module_of(node: ast.ImportFrom, file: str) -> str:
    """Return the full name of the module from which a file imports, also of a relative import."""
    if not node.level:
        return node.module or ""
    folders = file.split("/")[:-1]
    package = folders[: len(folders) - (node.level - 1)]
    return ".".join([*package, *([node.module] if node.module else [])])
