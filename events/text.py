"""Text that people write, cleaned in one place (PURE).

Unicode rules after UTS #39 and #55: direction controls, tags and invisible characters can make a name read as
another one or break a board; joiners stay where an emoji needs them.
"""

import unicodedata

import regex

_EMOJI_JOINED = regex.compile(
    r"(?<=[\p{Extended_Pictographic}\uFE0F\U0001F3FB-\U0001F3FF])\u200D(?=\p{Extended_Pictographic})"
)
_KEEP_VARIATION = regex.compile(r"(?<=[\p{Extended_Pictographic}#*0-9])\uFE0F")
_SPACES = regex.compile(r"[ \u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]+")
_COMPUTES = r"[ \"']*[=+\-@＝＋－＠\t\r]"  # a Chinese or Japanese Excel computes the wide ones, too
_FORMULA = regex.compile(rf"(^|[;\r\n])(?={_COMPUTES})")
_MARKED = regex.compile(rf"(^|[;\r\n])'(?={_COMPUTES})")
_MARK, _MARK_V = "\ue000", "\ue001"


def sentences(*parts: str) -> str:
    """Sentences one after the other: a full stop that brings its own room is followed by no space."""
    return regex.sub(r"(?<=[。！？；」』》）]) ", "", " ".join(filter(None, parts)))


def clean_text(value: str, *, lines: bool = False) -> str:
    """NFC, without control, direction, zero-width, tag and private-use characters; blank becomes ''.

    `lines=True` keeps line breaks (normalised to \\n, at most two in a row). A joiner stays inside an emoji.
    """
    value = unicodedata.normalize("NFC", value or "").replace(_MARK, "").replace(_MARK_V, "")
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    value = _KEEP_VARIATION.sub(_MARK_V, _EMOJI_JOINED.sub(_MARK, value))
    kept = []
    for char in value:
        if char in (_MARK, _MARK_V) or (char == "\n" and lines):
            kept.append(char)
        elif char in "\t\n":
            kept.append(" ")
        elif unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} or _invisible(char):
            continue
        else:
            kept.append(char)
    value = "".join(kept).replace(_MARK, "\u200d").replace(_MARK_V, "\ufe0f")
    value = _SPACES.sub(" ", value)
    if lines:
        value = regex.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in value.split("\n")))
    value = value.strip()
    return value if regex.search(r"[^\p{M}\s]", value) else ""


def _invisible(char: str) -> bool:
    code = ord(char)
    return code in {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFFA0, 0x2800} or 0xFE00 <= code <= 0xFE0F


def ascii_domain(address: str) -> str:
    """A mail address with its domain as machines write it: 例子.中国 is xn--fsqu00a.xn--fiqs8s. UnicodeError for none."""
    name, at, domain = address.rpartition("@")
    return f"{name}{at}{domain.encode('idna').decode()}"


def graphemes(value: str) -> list[str]:
    """The characters as a reader counts them: a family emoji or a letter with its marks is one."""
    return regex.findall(r"\X", value)


def shorten(value: str, length: int) -> str:
    """At most `length` graphemes, with an ellipsis when something was cut."""
    parts = graphemes(value)
    return value if len(parts) <= length else "".join(parts[: length - 1]) + "…"


def initial(name: str) -> str:
    """The one character that stands for a person in a window: the last 汉字 of a Chinese name, else the first letter."""
    parts = graphemes(name)
    if not parts:
        return "·"
    if all(regex.match(r"\p{Han}", part) for part in parts):
        return parts[-1]
    return parts[0].upper()


def harmless(value) -> str:
    """A cell that no spreadsheet runs as a formula: an apostrophe marks it as text.

    So do words after a semicolon or in a new line: where Windows lists with semicolons, Excel divides a CSV there and
    takes our commas and quotes for letters.
    """
    return _FORMULA.sub(r"\1'", str(value))


def unquoted(cell: str) -> str:
    """The words of a cell that `harmless`, or a spreadsheet, has marked as text: the exact opposite."""
    return _MARKED.sub(r"\1", cell)
