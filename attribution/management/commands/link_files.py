"""`manage.py link_files`: links leads to jobs from files and writes the result to a file. Uses no database."""

import json
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from attribution.linkage import engine, model
from attribution.linkage.errors import LinkageError, Problem
from attribution.linkage.fields import FILES

_SHOWN = 1_000


class Command(BaseCommand):
    help = (
        "Link leads to jobs using files only (CSV or XLSX). Writes lead_id, job_id, probability, label and reasons: "
        "one row per linked job and one per lead without a job. Exits with 0 if the file was written, with 1 if "
        "not. Reports problems of single rows on standard error or in --problems."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        for kind in FILES:
            parser.add_argument(f"--{kind}", type=Path, required=kind in ("leads", "jobs"), help=f"The {kind} file.")
        parser.add_argument("--out", type=Path, required=True, help="Output file; an existing one is replaced.")
        parser.add_argument("--mapping", type=Path, help="YAML: file kind, field, heading. Overrides known headings.")
        parser.add_argument("--window-days", type=int, help="Days after a lead in which a job can be its outcome.")
        parser.add_argument("--expect-rows", type=int, default=0, help="Reject a file more than ten times as long.")
        parser.add_argument("--problems", type=Path, help="Write the problems to this file, with file, row and reason.")
        parser.add_argument(
            "--weights", type=Path, help="Write the weight of each criterion in each linked pair to this file."
        )
        parser.add_argument("--card", type=Path, help="Write the model card of this run to this file, as JSON.")
        parser.add_argument("--threads", type=int, default=2, help="Number of threads; does not affect the result.")
        parser.add_argument("--memory", default="", help="Memory limit of DuckDB, such as 2GB.")
        parser.add_argument("--engine", choices=["duckdb"], help="The only engine is duckdb.")
        parser.add_argument("--leave-cancelled", action="store_true", help="Exclude canceled jobs.")
        parser.add_argument("--strict", action="store_true", help="Stop at any problem and write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        files = {kind: options[kind] for kind in FILES if options[kind]}
        try:
            used = model.read()
            if options["window_days"] is not None:
                used = used.with_window(options["window_days"])
            done = engine.link(
                files,
                options["out"],
                model=used,
                mapping=_mapping(options["mapping"]),
                expected=options["expect_rows"],
                threads=options["threads"],
                memory=options["memory"],
                today=timezone.localdate(),
                strict=options["strict"],
                weights=options["weights"],
                cancelled=not options["leave_cancelled"],
            )
        except (LinkageError, OSError) as error:
            raise CommandError(f"Nothing was written. {error}") from error
        self._say(done.problems, options["problems"])
        if options["card"]:
            options["card"].write_text(json.dumps(engine.make_card(used, done), indent=2, ensure_ascii=False) + "\n")
        counts = ", ".join(f"{many:,} {label}" for label, many in done.labels.items())
        self.stdout.write(f"{options['out']}: {counts}. Window: {used.window_days} days after the lead.")

    def _say(self, problems: list[Problem], path: Path | None) -> None:
        if path:
            path.write_text("".join(f"{problem}\n" for problem in problems))
        shown = problems[: 0 if path else _SHOWN]
        for problem in shown:
            self.stderr.write(str(problem))
        if len(problems) > len(shown):
            where = f"see {path}" if path else "use --problems FILE to list them"
            self.stderr.write(f"{len(problems) - len(shown):,} {'more ' if shown else ''}problems: {where}.")


def _mapping(path: Path | None) -> dict[str, dict[str, str]]:
    """Load the mapping file: kind of file to field to heading."""
    if path is None:
        return {}
    try:
        data = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError as error:
        raise LinkageError(f"{path} is not valid YAML.") from error
    if not isinstance(data, dict) or not all(isinstance(fields, dict) for fields in data.values()):
        raise LinkageError(f"{path} must map each kind of file to fields and their headings.")
    if unknown := set(data) - set(FILES):
        raise LinkageError(
            f"{path} has unknown kinds: {', '.join(sorted(map(str, unknown)))}. Known are {', '.join(FILES)}."
        )
    return {kind: {str(name): str(heading) for name, heading in fields.items()} for kind, fields in data.items()}
