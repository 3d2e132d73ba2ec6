"""Extract the visible text of HTML or plain text, without tags, entities and disguised characters. Linear time, no I/O.

A "<" that opens no tag remains a "<". Each line of the result is a separate block: a heading, a list item, a table
cell, or an attribute that users can read or hear.
"""

# ruff: noqa: RUF001 - this module lists lookalike letters

import html
import re
import unicodedata


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Elements that break the line. Any other element joins the text before and after it.
_BLOCKS = _set(
    "address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html label legend li link "
    "main menu meta nav noscript ol optgroup option p pre search section select summary table tbody template "
    "textarea tfoot thead title tr ul"
)
_INLINE = _set(
    "a abbr acronym animate area audio b base basefont bdi bdo big blink canvas circle cite clippath code col "
    "colgroup data datalist defs del desc dfn ellipse em embed filter font foreignobject g i iframe image img "
    "input ins kbd line lineargradient map mark marker marquee mask math metadata meter nobr object output param "
    "path pattern picture polygon polyline progress q radialgradient rb rect rp rt ruby s samp slot small source "
    "span stop strike strong sub sup svg switch symbol text textpath time track tspan tt u use var video wbr"
)
#: Attributes that users can see or hear: tooltips, screen readers, search results, placeholders.
_SPOKEN = _set(
    "alt title aria-label aria-description aria-placeholder aria-roledescription aria-valuetext placeholder "
    "content value label summary data-title data-tooltip data-label"
)
#: A break between blocks, and one that may only wrap a line.
_BREAK, _SOFT_BREAK = "\f", "\v"
_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[a-zA-Z][^\s<>/]*+)(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>"
    r"|<(?P<close2>/?)(?P<name2>[a-zA-Z][^\s<>/]*+)(?P<rest2>[^<>]*+)>"
    r"|<[!?](?!--)[^<>]*+>"
)
_ATTRIBUTE = re.compile(r"([a-zA-Z][a-zA-Z-]*+)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_ROUNDS = 3
_FUNCTION_WORDS = _set(
    "a about after an and any as at be been before by can could do does for from has have if in into is it its "
    "may might must nor not of on once or our should than that the their to until was we were when which who will "
    "with without would your"
)
_WRAPPED = 55
_ROOM = re.compile(r"[^\S\n\v\f]+")
#: Text that is shown from right to left although its letters are not, up to the end of this order or of the line.
_BACKWARDS = re.compile("\u202e([^\u202c\u2029\n\v\f]*+)")
_SPACED = re.compile(r"(?<![^\W_])[^\W\d_](?P<gap>[ .*_\u00b7-])[^\W\d_](?:(?P=gap)[^\W\d_])+(?![^\W_])")
_BULLET = re.compile(r"(?:[-*+\u2022\u25cf\u25aa\u2023]|[0-9]{1,2}[.)])\s")

#: Letters of other scripts, and Latin ones with strokes, that pass for plain Latin letters.
_LOOKALIKES = {
    **dict(zip("аеорсухіјѕһԁԛԝвкмнтгпѵӏьзёї", "aeopcyxijshdqwbkmhtrnvlb3ei", strict=True)),
    **dict(zip("АЕОРСУХІЈЅНВКМТҮԌԚԜѴӀЗЁЇ", "AEOPCYXIJSHBKMTYGQWVI3EI", strict=True)),
    **dict(zip("αονρτυικχεγηωβςϲϳ", "aovptuikxeynwbccj", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "ABEZHIKMNOPTYXC", strict=True)),
    **dict(zip("օոսհցզքԼՍՏօ", "onuhgqpLUSo", strict=True)),
    **dict(zip("ᎪᏴᏟᎠᎬᎻᎫᏦᏞᎷᏢᏒᏚᎢᏙᏔᏃ", "ABCDEHJKLMPRSTVWZ", strict=True)),
    **dict(zip("ɑɡıɩʟɴʀʏɪᴀʙᴄᴅᴇɢʜᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜱøłđħŧƀɨØŁĐĦŦ", "agiilnryiabcdeghjkmoptuvwzsoldhtbiOLDHT", strict=True)),
    "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE",
}  # fmt: skip
_QUOTES = {**dict.fromkeys("‘’‚‛′‵ʼʹ`´＇", "'"), **dict.fromkeys("“”„‟″‶«»‹›「」『』", '"')}
_DASHES = {
    **dict.fromkeys("‐‑⁃−﹣－˗", "-"),
    **dict.fromkeys("‒–—―⸺⸻", "—"),
    "…": "...",
    "․": ".",
    "。": ". ",
    "⁄": "/",
}
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
_CIRCLED = {**{chr(0x1F150 + n): chr(65 + n) for n in range(26)}, **{chr(0x1F170 + n): chr(65 + n) for n in range(26)}}
_FLAGS = {chr(0x1F1E6 + n): chr(65 + n) for n in range(26)}
_WRITTEN = _LOOKALIKES | _QUOTES | _DASHES | _CIRCLED | _FLAGS


class _Fold(dict[int, str | None]):
    """Table for `str.translate` that maps characters to their appearance, computed on first use."""

    def __missing__(self, code: int) -> str | None:
        self[code] = seen = self._appearance(chr(code))
        return seen

    @staticmethod
    def _appearance(char: str) -> str | None:
        if char in _WRITTEN:
            return _WRITTEN[char]
        category = unicodedata.category(char)
        if category in {"Cf", "Mn", "Me", "Cs", "Co"} or char in _UNSEEN:
            return ""
        if category == "Cc":
            return char if char in "\n\t\v\f" else " " if char in "\r\x85" else ""
        if category in {"Zs", "Zl", "Zp"}:
            return " " if category == "Zs" else "\n"
        base = unicodedata.normalize("NFKD", char)[0]
        return _LOOKALIKES.get(base, base) if (base.isascii() and base.isalpha()) or base in _LOOKALIKES else char


_FOLD = _Fold()


def visible_text(fragment: str) -> str:
    """Return the text that a reader sees in a text or HTML fragment, one block per line.

    Removes tags, comments, scripts, styles and invisible characters, decodes entities even if encoded twice, and
    replaces Latin lookalikes. Appends visible attributes, one per line. Never raises.
    """
    text, spoken, blocks = fragment, list[str](), False
    for _ in range(_ROUNDS):
        stripped, attributes, broke = _without_tags(text)
        spoken += attributes
        blocks |= broke
        decoded = html.unescape(stripped)
        if decoded == text:
            break
        text = decoded
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if blocks:
        text = text.replace("\n", " ")
    return _plain(_BREAK.join([text, *(html.unescape(attribute) for attribute in spoken)]))


def _plain(text: str) -> str:
    """Fold characters to their appearance, and join spaced-out letters and wrapped lines.

    Text with letters in forced order is there twice, as typed and as shown, because such orders can be nested.
    """
    if "\u202e" in text:
        text += _BREAK + _BACKWARDS.sub(lambda run: run[1][::-1], text)
    folded = unicodedata.normalize("NFKC", text.translate(_FOLD)).translate(_FOLD)
    folded = _SPACED.sub(lambda spaced: spaced[0].replace(spaced["gap"], ""), folded)
    blocks = _ROOM.sub(" ", folded).replace(_SOFT_BREAK, "\n").split(_BREAK)
    return "\n".join(filter(None, (_joined([line.strip() for line in block.split("\n")]) for block in blocks)))


def _joined(lines: list[str]) -> str:
    """Join wrapped lines; keep a break where a new sentence or item probably begins."""
    joined: list[str] = []
    before = ""
    for line in lines:
        if line:
            goes_on = bool(before) and not _BULLET.match(line) and _is_wrapped(before, line)
            joined.append((" " if goes_on else "\n") + line)
        before = line
    return "".join(joined)[1:]


def _is_wrapped(before: str, line: str) -> bool:
    if line[0] == "|" or before[0] == "|":
        return False
    last = before[-40:].rsplit(None, 1)[-1].lower()
    if last[-1] in ".!?:;":
        return False
    return last in _FUNCTION_WORDS or last[-1] in ",(" or line[0].islower() or len(before) >= _WRAPPED


def _without_tags(text: str) -> tuple[str, list[str], bool]:
    """Return the text without tags, the visible attributes, and True if there was a block element."""
    parts: list[str] = []
    spoken: list[str] = []
    missing: set[str] = set()
    blocks, here = False, 0
    while (opened := text.find("<", here)) >= 0:
        parts.append(text[here:opened])
        if text.startswith("<!--", opened) and (end := _end_of(text, opened, "-->", missing)) > 0:
            here = end
            continue
        tag = _TAG.match(text, opened)
        if tag is None:
            parts.append("<")
            here = opened + 1
            continue
        name = (tag["name"] or tag["name2"] or "!").lower()
        closes = tag[0].startswith("</")
        here = tag.end()
        shown, attributes = _meaning(name, tag["rest"] or tag["rest2"] or "", closes=closes)
        blocks |= name in _BLOCKS
        parts.append(shown)
        spoken += attributes
        if name in {"script", "style"} and not closes:
            here = max(here, _end_of(text, here, f"</{name}", missing) - len(f"</{name}"))
    parts.append(text[here:])
    return "".join(parts), spoken, blocks


def _end_of(text: str, start: int, closing: str, missing: set[str]) -> int:
    """Return the end of the next `closing` after `start`, or -1. Remembers in `missing` that there is none."""
    if closing in missing:
        return -1
    match = re.compile(re.escape(closing), re.IGNORECASE).search(text, start)
    if match is None:
        missing.add(closing)
        return -1
    return match.end()


def _meaning(name: str, rest: str, *, closes: bool) -> tuple[str, list[str]]:
    """Return the replacement of a tag in the text, and its visible attributes."""
    attributes = [
        double or single or bare
        for key, double, single, bare in _ATTRIBUTE.findall(rest)
        if key.lower() in _SPOKEN and (double or single or bare)
    ]
    if name == "br":
        return _SOFT_BREAK, attributes
    if name in {"td", "th"}:
        return " | " if closes else "", attributes
    if name in _BLOCKS:
        return _BREAK + "\u2022 " * (name == "li" and not closes), attributes
    if name in _INLINE or name == "!" or "-" in name or ":" in name or not rest.strip(" /"):
        return "", attributes
    return f" {name} {rest} ", attributes
