"""Workbooks for tests of the importer, written part by part, so that a broken or hostile one can be made too."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
Cell = str | float | None


class Formula(str):
    """A cell with a formula; its value is 7."""

    __slots__ = ()


def workbook(
    sheets: Mapping[str, Sequence[Sequence[Cell]]], *, more: Mapping[str, bytes] | None = None, shared: bool = False
) -> bytes:
    """An XLSX of these sheets. `more` adds parts to the archive; `shared` puts texts where Excel puts them."""
    texts: list[str] = []
    parts = {f"xl/worksheets/sheet{at}.xml": _sheet(rows, texts if shared else None)
             for at, rows in enumerate(sheets.values(), start=1)}  # fmt: skip
    names = "".join(f'<sheet name="{escape(name)}" sheetId="{at}" r:id="r{at}"/>' for at, name in enumerate(sheets, 1))
    links = "".join(
        f'<Relationship Id="r{at}" Type="{_LINKS}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at, _ in enumerate(sheets, 1)
    )
    if shared:
        links += f'<Relationship Id="rs" Type="{_LINKS}/sharedStrings" Target="sharedStrings.xml"/>'
        parts["xl/sharedStrings.xml"] = (
            f'<sst xmlns="{_MAIN}">' + "".join(f"<si><t>{escape(one)}</t></si>" for one in texts) + "</sst>"
        )
    parts |= {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return packed.getvalue()


def _sheet(rows: Sequence[Sequence[Cell]], texts: list[str] | None) -> str:
    body = ""
    for number, row in enumerate(rows, start=1):
        cells = "".join(_cell(cell, f"{chr(64 + at)}{number}", texts) for at, cell in enumerate(row, start=1))
        body += f'<row r="{number}">{cells}</row>'
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _cell(cell: Cell, place: str, texts: list[str] | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Formula):
        return f'<c r="{place}" t="str"><f>{escape(cell)}</f><v>7</v></c>'
    if not isinstance(cell, str):
        return f'<c r="{place}"><v>{cell}</v></c>'
    if texts is None:
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    if cell not in texts:
        texts.append(cell)
    return f'<c r="{place}" t="s"><v>{texts.index(cell)}</v></c>'
