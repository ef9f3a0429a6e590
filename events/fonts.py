"""Fonts for pictures: Chinese, Latin and whatever else stands in a name, chosen glyph by glyph.

The operator's FONT comes first, then the one that a wheel carries (Noto Sans SC: all of GB 2312), then Noto for emoji and
other scripts, then the system's.
A character that no font has is left out of the picture, never drawn as a box; `missing()` tells a person in time.
"""

import functools
from pathlib import Path

from django.conf import settings
from PIL import ImageFont, features

from events.text import graphemes

SYSTEM = (
    "/usr/share/fonts/**/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/**/NotoSansCJKsc-Regular.otf",
    "/usr/share/fonts/**/wqy-*.ttc",
    "/usr/share/fonts/**/DroidSansFallback*.ttf",
    "/usr/share/fonts/**/NotoSans-Regular.ttf",
    "/usr/share/fonts/**/DejaVuSans.ttf",
    "/usr/share/fonts/**/Symbola*.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)
PROBE = "下一站检票候补地球骨 Nextstop é 🚀"
NOWHERE = "\U0010fffe"  # a noncharacter: every font answers with its "missing" glyph
JOINERS = {"\u200d", "\ufe0f", "\ufe0e"}
BOLD = 0.024  # of the size: how much a stroke is thickened, for the bundled font has one weight


@functools.cache
def files() -> tuple[str, ...]:
    """The font files in the order in which they are asked for a glyph."""
    found = [settings.FONT] if settings.FONT else []
    try:
        import pylopdf_fonts_zh_cn

        found.append(str(pylopdf_fonts_zh_cn.sans_path()))
    except (ImportError, AttributeError):
        pass
    try:
        import manimgx_fonts

        more = Path(manimgx_fonts.__file__).parent.glob("Noto*.ttf")
        found += sorted(str(path) for path in more if "Italic" not in path.name)
    except ImportError:
        pass
    for pattern in SYSTEM:
        anchor = Path(pattern).anchor or "/"
        found += sorted(str(path) for path in Path(anchor).glob(pattern[len(anchor) :]))
    return tuple(dict.fromkeys(path for path in found if Path(path).is_file()))


@functools.lru_cache(maxsize=128)
def face(path: str, size: int) -> ImageFont.FreeTypeFont:
    """One font file at one size in pixels."""
    return ImageFont.truetype(path, size)


@functools.lru_cache(maxsize=64)
def _unshaped(path: str) -> ImageFont.FreeTypeFont:
    """To ask for single glyphs: a shaper puts a circle below a mark that stands alone, whether the font has it or not."""
    return ImageFont.truetype(path, 24, layout_engine=ImageFont.Layout.BASIC)


def _glyph(path: str, char: str):
    mask = _unshaped(path).getmask(char)
    return mask.size, bytes(mask)


@functools.lru_cache(maxsize=16)
def _hole(path: str):
    return _glyph(path, NOWHERE)


@functools.lru_cache(maxsize=8192)
def file_for(grapheme: str) -> str | None:
    """The first font file that can draw the whole grapheme; None when there is none."""
    chars = [char for char in grapheme if char not in JOINERS]
    for path in files():
        if all(char.isspace() or _glyph(path, char) != _hole(path) for char in chars):
            return path
    return None


def missing(text: str) -> str:
    """The characters of the text that no font here can draw; '' when all is well."""
    return "".join(dict.fromkeys(part for part in graphemes(text) if file_for(part) is None))


def runs(text: str, size: int) -> list[tuple[ImageFont.FreeTypeFont, str]]:
    """The text cut into stretches that one font can draw; what cannot be drawn is left out."""
    found: list[tuple[str, str]] = []
    for part in graphemes(text):
        path = file_for(part)
        part = part if path is None else _drawn(path, part)
        if path is None or not part:
            continue
        if found and found[-1][0] == path:
            found[-1] = (path, found[-1][1] + part)
        else:
            found.append((path, part))
    return [(face(path, size), stretch) for path, stretch in found]


def _drawn(path: str, part: str) -> str:
    """The grapheme as the font is asked for it. Where nothing shapes the text each code point is drawn for itself, also
    those that only say how another one looks: a font that has no glyph for them would draw its box."""
    if face(path, 24).layout_engine != ImageFont.Layout.BASIC:
        return part
    return "".join(char for char in part if char not in JOINERS or _glyph(path, char) != _hole(path))


def width(text: str, size: int) -> float:
    """How many pixels the text takes."""
    return sum(font.getlength(stretch) for font, stretch in runs(text, size))


def fitting(text: str, size: int, room: float, least: int = 12) -> int:
    """The largest size, at most `size`, at which the text fits into `room` pixels."""
    wide = width(text, size)
    if wide > room:  # near the answer at once: every size of a font is a file to load
        size = min(size, max(least, int(size * room / wide) + 2))
    while size > least and width(text, size) > room:
        size -= 1
    return size


def cut(text: str, size: int, room: float) -> str:
    """The text, or as much of it as fits into `room` pixels and an ellipsis."""
    parts = graphemes(text)
    if width(text, size) <= room:
        return text
    while parts and width("".join(parts) + "…", size) > room:
        parts.pop()
    return "".join(parts) + "…"


def wrap(text: str, size: int, room: float, most: int = 3) -> list[str]:
    """The text in at most `most` lines of `room` pixels: broken after punctuation or a space where that leaves a
    decent line, else between two Chinese characters; never inside a Latin word."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and width(line + piece.rstrip(), size) > room:
            at = max((line.rfind(mark) + 1 for mark in "，。！？、；：,;:!? "), default=0)
            if at < len(line) * 0.35:
                at = len(line)
            lines.append(line[:at].rstrip())
            line = line[at:]
        line += piece
    lines.append(line.rstrip())
    if len(lines) > most:
        lines = [*lines[: most - 1], cut("".join(lines[most - 1 :]), size, room)]
    return lines


def _pieces(text: str) -> list[str]:
    """What may not be torn apart: Latin words with their space; a character and the punctuation that follows it."""
    pieces: list[str] = []
    for part in graphemes(text):
        clings = part in "，。！？、；：》」）,.!?;:)”’…" or part.isspace()
        word = bool(pieces) and part.isascii() and pieces[-1][-1:].isascii() and not pieces[-1][-1:].isspace()
        opened = bool(pieces) and pieces[-1][-1:] in "《「（(“‘"
        if pieces and (clings or word or opened):
            pieces[-1] += part
        else:
            pieces.append(part)
    return pieces


def write(draw, at, text: str, size: int, fill, *, bold=False, anchor="l", room: float | None = None) -> float:
    """Draw one line with its baseline at `at`; anchor l, m or r. With `room` it shrinks to fit. Returns its width."""
    if room is not None:
        size = fitting(text, size, room)
        text = cut(text, size, room)
    total = width(text, size)
    x, y = at
    x -= {"l": 0, "m": total / 2, "r": total}[anchor]
    stroke = size * BOLD if bold else 0
    for font, stretch in runs(text, size):
        draw.text((x, y), stretch, font=font, fill=fill, anchor="ls", stroke_width=stroke)
        x += font.getlength(stretch)
    return total


def selftest() -> bool:
    """Whether what people call themselves can be drawn here: Chinese, Latin, emoji."""
    return missing(PROBE) == ""


def unshaped() -> list[str]:
    """The libraries that are missing here and without which what is written in several code points falls apart."""
    return [name for name in ("raqm", "fribidi") if not features.check(name)]
