"""Prizes from a table: a CSV or Excel file, or lines pasted from one. All rows or none."""

import io
import re

import tablib
from django.db import transaction
from django.utils.translation import gettext as _

from events import importing, live
from events.db import write_gate
from events.text import clean_text
from raffle.models import Prize, PrizeCode
from raffle.models.prize import given_away

COLUMNS = ("name", "name_en", "sponsor", "kind", "quantity", "order", "value", "codes")
ALIASES = {
    "奖品": "name", "名称": "name", "英文名": "name_en", "赞助": "sponsor", "赞助方": "sponsor", "类型": "kind",
    "数量": "quantity", "份数": "quantity", "顺序": "order", "价值": "value", "码": "codes", "兑换码": "codes",
}  # fmt: skip
KINDS = {
    "实物": "goods",
    "码": "code",
    "兑换码": "code",
    "会员": "code",
    "预约": "arranged",
    "安排": "arranged",
}
MOST_ROWS, MOST_BYTES = 500, 2**20
SHAPE = re.compile(r'(0)|"([^"]*)"|\\(.)|([- ])')  # a number format of zeros, with text between them
CUT = re.compile(r"[0-9.]+E\+[0-9]+", re.I)  # what a spreadsheet makes of a long number
BETWEEN_CODES = re.compile("[\r\n;；]")  # never a blank: a card's number and its password are one code


class Refused(Exception):
    """Why nothing was imported: a list of lines for a person."""


def read(content: bytes, filename: str = "") -> tablib.Dataset:
    """The rows of a file; raises Refused for what is no table."""
    if len(content) > MOST_BYTES:
        raise Refused([_("The file is larger than 1 MB.")])
    try:
        if filename.lower().endswith(".xlsx"):
            table = _sheet(content)
        else:
            text = importing.decoded(content).strip()
            table = tablib.Dataset().load(text, format="tsv" if "\t" in text.partition("\n")[0] else "csv")
    except Exception:  # whatever a broken file does to a reader
        raise Refused([_("This is neither CSV (UTF-8 or GBK) nor Excel.")]) from None
    if not table.headers or not table.height:
        raise Refused([_("The table needs a row of headings and at least one prize.")])
    if table.height > MOST_ROWS:
        raise Refused([_("At most 500 prizes at once.")])
    return table


def _sheet(content: bytes) -> tablib.Dataset:
    """The first sheet of an Excel file."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    rows = [[shown(cell.value, cell.number_format or "") for cell in row] for row in book.active.rows]
    wide = max(map(len, rows), default=0)
    head, *body = [row + [None] * (wide - len(row)) for row in rows] or [[]]
    return tablib.Dataset(*body, headers=[name or "" for name in head])


def shown(value, shape: str):
    """What a cell shows whose format keeps zeros in front: 42 under 0000 is "0042"; any other value as it is."""
    parts = list(SHAPE.finditer(shape))
    places = sum(part[1] is not None for part in parts)
    whole = type(value) is int or (isinstance(value, float) and value.is_integer())
    if places < 2 or not whole or value < 0 or "".join(part[0] for part in parts) != shape:
        return value
    digits = str(int(value)).zfill(places)
    found, left = "", list(digits[len(digits) - places :])
    left[0] = digits[: len(digits) - places + 1]
    for part in parts:
        found += left.pop(0) if part[1] else part[2] or part[3] or part[4] or ""
    return found


def take(event, table: tablib.Dataset) -> int:
    """Write the prizes, by name: a known one is changed. Returns how many; raises Refused and writes none."""
    prizes = _prizes(event, table)
    last = event.prizes.order_by("-order").values_list("order", flat=True).first() or 0
    with write_gate(), transaction.atomic():
        if too_few := _too_few(event, prizes):
            raise Refused(too_few[:20])
        for at, (name, (fields, codes)) in enumerate(prizes.items(), 1):
            prize = _write(event, name, fields, codes, last + at)
            PrizeCode.seal_new(prize, codes)
        live.tell(event, "raffle")
    return len(prizes)


def _prizes(event, table) -> dict[str, tuple[dict, list[str]]]:
    """Name to `(fields, codes)`. A name in several rows is one prize: with a code in each row, or said anew."""
    headings = [ALIASES.get(head.strip().lower(), head.strip().lower()) for head in map(str, table.headers)]
    if "name" not in headings:
        raise Refused([_("There is no column “name”.")])
    sponsors = {name: sponsor for sponsor in event.sponsors.all() for name in (sponsor.name, sponsor.name_en) if name}
    problems: list[str] = []
    found: dict[str, tuple[dict, list[str]]] = {}
    for line, values in enumerate(table, 2):
        cells = {head: _cell(value) for head, value in zip(headings, values)}
        try:
            _kept_as_text(dict(zip(headings, values)).get("codes"))
            name, fields, codes = _row(cells, sponsors)
            known, more = found.setdefault(name, ({}, []))
            known.update(fields)
            more.extend(codes)
            if more and known.setdefault("kind", Prize.Kind.CODE) != Prize.Kind.CODE:
                raise ValueError(_("codes belong to a prize of the kind “code”"))
        except ValueError as problem:
            problems.append(_("Line %(line)d: %(problem)s") % {"line": line, "problem": problem})
    if problems:
        raise Refused(problems[:20])
    return found


def _kept_as_text(codes) -> None:
    """Raises ValueError for a code that the table has as a number: nobody can tell how many zeros stood in front."""
    if codes is not None and (not isinstance(codes, str) or any(map(CUT.fullmatch, BETWEEN_CODES.split(codes)))):
        raise ValueError(
            _("a code stands there as a number, so zeros may be lost: format the column as text, type it anew")
        )


def _too_few(event, prizes) -> list[str]:
    """The prizes of which the table has fewer than are drawn already, in words."""
    taken = given_away(event.pk)
    drawn = {prize.name: taken[prize.pk] for prize in event.prizes.filter(name__in=list(prizes))}
    return [
        _("%(prize)s: %(n)d of it are drawn already.") % {"prize": name, "n": drawn[name]}
        for name, (fields, _codes) in prizes.items()
        if fields.get("quantity", drawn.get(name, 0)) < drawn.get(name, 0)
    ]


def _cell(value) -> str:
    return "" if value is None else str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _write(event, name, fields, codes, order) -> Prize:
    """A known prize is changed in the columns that the table has, and in nothing else."""
    known = Prize.objects.filter(event=event, name=name)
    if known.update(**fields) if fields else known.exists():
        return known.get()
    fields.setdefault("quantity", len(codes) or 1)
    return Prize.objects.create(event=event, name=name, **{"order": order, **fields})


def _row(cells, sponsors):
    """`(name, fields, codes)`: only the cells that say something; raises ValueError for the one that does not fit."""
    name = clean_text(cells.get("name", ""))[:80]
    if not name:
        raise ValueError(_("a prize needs a name"))
    codes = [code.strip() for code in BETWEEN_CODES.split(cells.get("codes", "")) if code.strip()][:1000]
    fields = {key: clean_text(cells[key])[:most] for key, most in (("name_en", 120), ("value", 40)) if cells.get(key)}
    fields |= {key: _number(cells[key], least) for key, least in (("quantity", 1), ("order", 0)) if cells.get(key)}
    kind = cells.get("kind", "").strip().lower()
    if kind:
        fields["kind"] = KINDS.get(kind, kind)
        if fields["kind"] not in Prize.Kind.values:
            raise ValueError(_("“%(kind)s” is no kind: goods, code or arranged") % {"kind": kind[:20]})
    wanted = cells.get("sponsor", "").strip()
    if wanted and wanted not in sponsors:
        raise ValueError(_("no sponsor is called “%(name)s”") % {"name": wanted[:40]})
    if wanted:
        fields["sponsor"] = sponsors[wanted]
    return name, fields, codes


def _number(text, least) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and least <= int(text[:9]) <= 1000 and len(text) <= 9):
        raise ValueError(_("“%(text)s” is not a number from %(least)d to 1000") % {"text": text[:20], "least": least})
    return int(text)
