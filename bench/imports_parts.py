"""The work that `bench.imports` measures, in a process of its own so that its memory is only its own."""

import io
import resource
import sys
import time
from collections.abc import Iterator

import django

django.setup()

from pagetojob.kernel.importer import selectors, uploads  # noqa: E402
from pagetojob.kernel.importer.models import Upload  # noqa: E402
from pagetojob.kernel.runs.services import work_here  # noqa: E402
from pagetojob.kernel.tenants import scope  # noqa: E402
from pagetojob.kernel.tenants.models import Tenant, User  # noqa: E402
from pagetojob.kernel.titanmap.importing import target_slug  # noqa: E402
from pagetojob.kernel.titanmap.models import Family, TaxonomyItem  # noqa: E402

MOST_MEGABYTES = 100


def _held() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _file(rows: int) -> bytes:
    lines = (
        f"{number},C-{number},Service {number},looked at and told,{number % 900}.50,yes"
        for number in range(1, rows + 1)
    )
    return "\n".join(("Pricebook export", "Id,Code,Name,Item Description,Price,Active", *lines)).encode()


def _measured(what: str, steps: Iterator[object]) -> None:
    before, began = _held(), time.perf_counter()
    for _ in steps:
        pass
    took = time.perf_counter() - began
    print(f"{what:>12}: {took:7.1f} s, {_held() - before:5.0f} MB more at the most")


def _worked(upload: Upload) -> Iterator[object]:
    assert upload.run is not None
    run = work_here(upload.run)
    if run.state != "done":
        raise RuntimeError(f"the run is {run.state}: {run.error}")
    yield run


def main(rows: int) -> None:
    tenant = Tenant.objects.create(slug="bench-imports", name="Bench", time_zone="America/Phoenix")
    actor = User.objects.create(email="bench-imports@example.com", name="Bench")
    content = _file(rows)
    print(f"{rows:,} rows, {len(content) / 1e6:.1f} MB")
    first = _read(tenant, actor, content)
    base = _held()
    with scope.tenant(tenant.pk):
        uploads.approve(upload=first, actor=actor, reason="bench")
    _measured("apply", _worked(first))
    _show(tenant, first)
    again = _read(tenant, actor, content)
    _show(tenant, again)
    with scope.tenant(tenant.pk):
        uploads.discard(upload=again, actor=actor, reason="bench")
        first.refresh_from_db()
        uploads.undo(upload=first, actor=actor, reason="bench")
    _measured("undo", _worked(first))
    with scope.tenant(tenant.pk):
        left = TaxonomyItem.objects.filter(tenant=tenant, active=True).count()
    if left or _held() - base > MOST_MEGABYTES:
        raise RuntimeError(f"{left} items are left, {_held() - base:.0f} MB more were held")


def _read(tenant: Tenant, actor: User, content: bytes) -> Upload:
    with scope.tenant(tenant.pk):
        upload = uploads.take_upload(
            tenant=tenant, target=target_slug(Family.PRICEBOOK_SERVICE), content=io.BytesIO(content), name="x.csv",
            actor=actor,
        )  # fmt: skip
        mapping = selectors.suggested(upload).mapping
        upload = uploads.confirm_mapping(upload=upload, mapping=mapping, actor=actor)
    _measured("read", _worked(upload))
    with scope.tenant(tenant.pk):
        return Upload.objects.select_related("run", "tenant", "file").get(pk=upload.pk)


def _show(tenant: Tenant, upload: Upload) -> None:
    with scope.tenant(tenant.pk):
        found = selectors.tally(upload)
    print(f"{'':>12}  {found.counts}, applied {found.applied}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
