"""The work that `bench.imports` measures, in a process of its own so that its memory is only its own."""

import csv
import gc
import io
import resource
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from typing import Any
from unittest import mock

import django

django.setup()

from django.db import connection  # noqa: E402 - Django has its settings only now

from pagetojob.gates.services import give_default_flags  # noqa: E402
from pagetojob.importer import selectors, upload_runs, uploads  # noqa: E402
from pagetojob.importer.models import Upload  # noqa: E402
from pagetojob.importer.targets import BATCH  # noqa: E402
from pagetojob.platform.runs import services as runs  # noqa: E402
from pagetojob.platform.runs.models import Run  # noqa: E402
from pagetojob.platform.tenants import scope  # noqa: E402
from pagetojob.platform.tenants.models import Tenant, User  # noqa: E402
from pagetojob.titanmap.importing import FLAG, missing, target_slug  # noqa: E402
from pagetojob.titanmap.models import Family, TaxonomyItem  # noqa: E402

HEADINGS = ("Id", "Code", "Name", "Item Description", "Price", "Active")
QUARTERS = (25, 50, 100)
MOST_GROWN, MOST_BESIDE, MOST_STATEMENTS, MOST_TIMES = 25, 100, 25, 15
#: Below, what each run costs by itself hides what a row costs.
FEWEST_JUDGED = 20_000
_PAGE = resource.getpagesize()


def _held() -> float:
    """Megabytes of this process now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 1024**2


def _row(number: int) -> tuple[int, str, str, str, float, str]:
    return number, f"C-{number}", f"Service {number}", "looked at and told", number % 900 + 0.5, "yes"


def _csv(rows: int) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("Pricebook export",))
    writer.writerow(HEADINGS)
    writer.writerows(_row(number) for number in range(1, rows + 1))
    return text.getvalue().encode()


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_REST = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r" Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>'
    '<sheet name="Services" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{_LINKS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def _xlsx(rows: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _REST.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for number, cells in enumerate((HEADINGS, *map(_row, range(1, rows + 1))), start=1):
                sheet.write(_cells(number, cells))
            sheet.write(b"</sheetData></worksheet>")
    return packed.getvalue()


def _cells(number: int, cells: tuple[Any, ...]) -> bytes:
    told = (
        f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        if isinstance(cell, str)
        else f'<c r="{chr(65 + at)}{number}"><v>{cell}</v></c>'
        for at, cell in enumerate(cells)
    )
    return f'<row r="{number}">{"".join(told)}</row>'.encode()


@dataclass
class Watch:
    """What one step of an import costs. `held` is the process's memory when so many rows were done with."""

    rows: int
    base: float
    held: dict[int, float] = field(default_factory=dict)
    statements: int = 0
    seconds: float = 0.0
    most: float = 0.0

    def note(self, done: int) -> None:
        now = _held()
        self.most = max(self.most, now)
        for share in QUARTERS:
            if share not in self.held and done * 100 >= self.rows * share:
                self.held[share] = now

    def __call__(self, execute: Callable[..., Any], *rest: Any) -> Any:
        self.statements += 1
        return execute(*rest)

    @property
    def grown(self) -> float:
        return self.held.get(100, 0.0) - self.held.get(25, 0.0)

    @property
    def a_thousand(self) -> float:
        return self.statements / self.rows * 1000


@dataclass
class Bench:
    """One file on its whole way, and the limits that it has to keep."""

    rows: int
    tenant: Tenant
    actor: User
    steps: dict[str, Watch] = field(default_factory=dict)

    def work(self, what: str, upload: Upload) -> Upload:
        """Be the worker of the upload's run until its end."""
        assert upload.run is not None
        gc.collect()
        watch = self.steps[what] = Watch(self.rows, _held())
        began = time.perf_counter()
        with _watched(watch), connection.execute_wrapper(watch):
            run = runs.work_here(upload.run)
        watch.seconds = time.perf_counter() - began
        if run.state != "done":
            raise RuntimeError(f"the run is {run.state}: {run.error}")
        held = " / ".join(f"{watch.held[share]:.0f}" for share in QUARTERS)
        print(
            f"{what:>12} {watch.seconds:8.1f} {self.rows / watch.seconds:10,.0f} {held:>20} {watch.grown:+9.1f}"
            f" {watch.most - watch.base:8.0f} {watch.a_thousand:12.1f}"
        )
        with scope.tenant(self.tenant.pk):
            return Upload.objects.select_related("run", "tenant", "file").get(pk=upload.pk)

    def read(self, what: str, content: bytes) -> Upload:
        with scope.tenant(self.tenant.pk):
            upload = uploads.take_upload(
                tenant=self.tenant, target=target_slug(Family.PRICEBOOK_SERVICE), content=io.BytesIO(content),
                name="export", actor=self.actor,
            )  # fmt: skip
            mapping = selectors.suggested(upload).mapping
            upload = uploads.confirm_mapping(upload=upload, mapping=mapping, actor=self.actor)
        return self.work(what, upload)

    def must_be(self, upload: Upload, **counts: int) -> None:
        with scope.tenant(self.tenant.pk):
            began = time.perf_counter()
            found = selectors.tally(upload)
            gone = missing(self.tenant, upload).count()
            took = time.perf_counter() - began
        print(f"{'':>12} its page counts: {found.counts}, not in the file {gone}, in {took:.2f} s")
        if any(found.counts[outcome] != wanted for outcome, wanted in counts.items()):
            raise RuntimeError(f"wanted {counts}")


@contextmanager
def _watched(watch: Watch) -> Iterator[None]:
    """Look at the process whenever the handler of imports has committed a batch."""

    work = upload_runs.work

    def handler(run: Run) -> Iterator[runs.Progress]:
        for progress in work(run):
            watch.note(progress.done)
            yield progress

    with mock.patch.object(upload_runs, "work", handler):
        yield


def _by_hand(tenant: Tenant, content: bytes) -> float:
    """The peer: the same rows from CSV into the same table with its indexes and keys, a commit each thousand."""
    sql = """
        INSERT INTO titanmap_taxonomyitem
            (tenant_id, public_id, family, name, external_id, active, detail, zone_state, facts)
        SELECT %s, gen_random_uuid(), 'pricebook service', name, id, true, detail, '',
            jsonb_build_object('code', code, 'price', price)
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[]) AS r (id, code, name, detail, price)
    """
    began = time.perf_counter()
    lines = csv.reader(io.StringIO(content.decode()))
    for _ in range(2):
        next(lines)
    for batch in batched(lines, BATCH, strict=False):
        ids, codes, names, details, prices, _ = zip(*batch, strict=True)
        with scope.tenant(tenant.pk), connection.cursor() as cursor:
            arrays = [list(map(int, ids)), *map(list, (codes, names, details, prices))]
            cursor.execute(sql, [tenant.pk, *arrays])
    return time.perf_counter() - began


def _judge(bench: Bench, by_hand: float, *, whole_sheet: bool) -> list[str]:
    """What is not as wanted. A workbook's sheet lies in memory as a whole, so there only the growth counts."""
    wrong = []
    for what, watch in bench.steps.items():
        if watch.grown > MOST_GROWN:
            wrong.append(f"{what}: {watch.grown:.0f} MB more with all rows than with a quarter of them")
        if watch.most - watch.base > MOST_BESIDE and not whole_sheet:
            wrong.append(f"{what}: {watch.most - watch.base:.0f} MB beside what was held before")
        if watch.a_thousand > MOST_STATEMENTS and bench.rows >= FEWEST_JUDGED:
            wrong.append(f"{what}: {watch.a_thousand:.0f} statements a thousand rows")
    all_of_it = sum(bench.steps[what].seconds for what in ("read", "apply"))
    print(f"{'by hand':>12} {by_hand:8.1f} {bench.rows / by_hand:10,.0f}")
    print(f"read and apply take {all_of_it / by_hand:.1f} times as long as the script; wanted under {MOST_TIMES}")
    if all_of_it > MOST_TIMES * by_hand and bench.rows >= FEWEST_JUDGED:
        wrong.append("it takes too long beside a script")
    return wrong


def main(form: str, rows: int) -> int:
    tenant = Tenant.objects.create(slug=f"bench-{form}", name="Bench", time_zone="America/Phoenix")
    with scope.tenant(tenant.pk):
        give_default_flags(tenant, also=(FLAG,))
    other = Tenant.objects.create(slug=f"bench-hand-{form}", name="By hand", time_zone="America/Phoenix")
    actor = User.objects.create(email=f"bench-{form}@example.com", name="Bench")
    content = _csv(rows) if form == "csv" else _xlsx(rows)
    bench = Bench(rows, tenant, actor)
    print(f"{form.upper()}, {rows:,} rows, {len(content) / 1e6:.1f} MB")
    print(
        f"{'':>12} {'seconds':>8} {'rows/s':>10} {'MB at 25/50/100 %':>20} {'25->100':>9} {'peak +':>8}"
        f" {'stmts/1,000':>12}"
    )
    first = bench.read("read", content)
    bench.must_be(first, new=rows)
    with scope.tenant(tenant.pk):
        uploads.approve(upload=first, actor=actor, reason="bench")
    first = bench.work("apply", first)
    again = bench.read("read again", content)
    bench.must_be(again, same=rows)
    with scope.tenant(tenant.pk):
        uploads.discard(upload=again, actor=actor, reason="bench")
        uploads.undo(upload=first, actor=actor, reason="bench")
    bench.work("undo", first)
    with scope.tenant(tenant.pk):
        if left := TaxonomyItem.objects.filter(tenant=tenant, active=True).count():
            raise RuntimeError(f"{left} items are left")
    wrong = _judge(bench, _by_hand(other, _csv(rows)), whole_sheet=form == "xlsx")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
