"""The list of attendees as a file: CSV with a BOM and XLSX, in which no cell can be a formula. One query, any length."""

import csv
import io
from collections.abc import Iterator

from django.db.models import Min, Q
from django.utils.translation import gettext as _

from events import questions
from events.models import Attendee
from events.text import harmless

FIELDS = (
    "number",
    "name",
    "contact",
    "status",
    "carriage",
    "seat",
    "came",
    "coming_at",
    "created_at",
    "invited_by__number",
    "about",
    "photos_ok",
    "directory_ok",
    "sponsors_ok",
    "answers",
)


def headings(event) -> list[str]:
    own = [question.label for question in questions.every(event)]
    return [
        _("Number"),
        _("Name"),
        _("Contact"),
        _("Status"),
        _("Car"),
        _("Seat"),
        _("Checked in"),
        _("Said again that they come"),
        _("Registered"),
        _("Guest of"),
        _("Working on"),
        _("Photos"),
        _("Directory"),
        _("Sponsors"),
        *own,
    ]


def rows(event) -> Iterator[list[str]]:
    """One row a person, in the order of the numbers."""
    people = event.attendees.filter(forgotten_at=None).order_by("number")
    people = people.annotate(came=Min("check_ins__at", filter=Q(check_ins__undone_at=None)))
    statuses, own = dict(Attendee.Status.choices), questions.every(event)
    said = {True: _("yes"), False: _("no")}
    for row in people.values_list(*FIELDS, named=True).iterator(chunk_size=2000):
        yield [
            str(row.number or ""),
            row.name,
            row.contact,
            str(statuses.get(row.status, row.status)),
            str(row.carriage or ""),
            str(row.seat or ""),
            event.local(row.came).strftime("%H:%M") if row.came else "",
            event.local(row.coming_at).strftime("%Y-%m-%d %H:%M") if row.coming_at else "",
            event.local(row.created_at).strftime("%Y-%m-%d %H:%M"),
            str(row.invited_by__number or ""),
            row.about,
            said[row.photos_ok],
            said[row.directory_ok],
            said[row.sponsors_ok],
            *[question.said(row.answers.get(question.id)) for question in own],
        ]


def csv_chunks(event) -> Iterator[str]:
    """The list as CSV, in pieces."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([harmless(cell) for cell in headings(event)])
    for number, row in enumerate(rows(event), 1):
        writer.writerow([harmless(cell) for cell in row])
        if number % 500 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def xlsx(event) -> bytes:
    """The list as a workbook whose cells are all plain text."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Attendees")[:31])
    sheet.freeze_panes = "A2"
    for row in (headings(event), *rows(event)):
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet)
            cell.value = value
            cell.data_type = "s"  # "=1+1" is what somebody is called, nothing to compute
            cells.append(cell)
        sheet.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
