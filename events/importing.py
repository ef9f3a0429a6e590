"""A list of people from somewhere else: read, checked line by line, shown, and then taken whole or not at all.

CSV in UTF-8, UTF-16 or GB18030 (which holds GBK and GB2312), with or without a BOM, commas, semicolons or tabs; XLSX.
"""

import csv
import io
import zipfile
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from events import (
    admission,
    contacts,
    forms,
    jobs,
    live,
    mailing,
    passes,
    questions,
    seating,
    tickets,
    ticking,
)
from events.models import Attendee, Event, ImportedList, Transition
from events.text import clean_text, graphemes, sentences, unquoted

MOST_BYTES, MOST_UNPACKED, MOST_LINES = 8 * 2**20, 200 * 2**20, 20_000
SHOWN_PROBLEMS = 500
KEPT = timedelta(days=1)
HEADINGS = {
    "name": ("name", "display name", "nickname", "full name", "姓名", "称呼", "名字", "昵称", "名称"),
    "contact": ("contact", "联系方式", "联系", "手机号或邮箱", "手机或邮箱", "phone or email"),
    "mail": ("mail", "email", "e-mail", "email address", "邮箱", "电子邮箱", "电子邮件", "邮件"),
    "phone": ("phone", "mobile", "phone number", "tel", "手机", "手机号", "手机号码", "电话", "电话号码"),
    "about": ("about", "working on", "what they are working on", "在做什么", "介绍", "简介", "备注"),
}
KNOWN_HEADING = {heading: name for name, headings in HEADINGS.items() for heading in headings}


class Refused(Exception):
    """Why the file cannot be read at all, in words."""


@dataclass
class Sheet:
    """What a file says: people that can be taken, lines that cannot, and how many are here already."""

    people: list[dict] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    known: int = 0


def table(content: bytes, filename: str) -> list[list[str]]:
    """The rows of the file as text, headings first; raises Refused."""
    if not content.strip():
        raise Refused(_("The file is empty."))
    if len(content) > MOST_BYTES:
        raise Refused(_("The file is larger than 8 MB."))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(_("That is the old Excel format. Please save it as .xlsx or CSV."))
    rows = _xlsx(content) if content.startswith(b"PK\x03\x04") else _csv(content)
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) < 2:
        raise Refused(_("The list needs a row of headings and at least one person."))
    if len(rows) > MOST_LINES + 1:
        raise Refused(_("At most 20,000 people at once."))
    return rows


def decoded(content: bytes) -> str:
    """The text of a CSV in UTF-8, UTF-16 or GB18030; raises Refused."""
    for encoding in ("utf-16", "utf-8-sig", "gb18030"):
        if encoding == "utf-16" and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refused(_("This is neither CSV (UTF-8 or GBK) nor Excel."))
    if "\0" in text:
        raise Refused(_("This is neither CSV (UTF-8 or GBK) nor Excel."))
    return text


def _csv(content: bytes) -> list[list[str]]:
    text = decoded(content)
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t，", key=first.count)
    try:
        return [
            [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error:
        raise Refused(_("This is neither CSV (UTF-8 or GBK) nor Excel.")) from None


def _xlsx(content: bytes) -> list[list[str]]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise Refused(_("The file is larger than 8 MB."))
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        found = []
        for row in book.worksheets[0].iter_rows(values_only=True, max_row=MOST_LINES + 2, max_col=60):
            found.append([_cell(value) for value in row])
        return found
    except Refused:
        raise
    except Exception:  # whatever a broken file does to a reader
        raise Refused(_("This is neither CSV (UTF-8 or GBK) nor Excel.")) from None


def _cell(value) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def read(event, content: bytes, filename: str) -> Sheet:
    """Every line of the file, checked as the sign-up form would check it; raises Refused."""
    rows = table(content, filename)
    asked = {_folded(question.label): question for question in questions.asked(event)}
    asked |= {_folded(question.label_en): question for question in questions.asked(event) if question.label_en}
    columns = [KNOWN_HEADING.get(_folded(head)) or asked.get(_folded(head)) for head in rows[0]]
    if "name" not in columns:
        raise Refused(_("There is no column “name” (姓名, 称呼). The first line must be the headings."))
    if not {"contact", "mail", "phone"} & {column for column in columns if isinstance(column, str)}:
        raise Refused(_("There is no column for a phone number or an email address."))
    here, seen, sheet = set(event.attendees.exclude(contact="").values_list("contact", flat=True)), {}, Sheet()  # type: ignore[var-annotated]
    for line, cells in enumerate(rows[1:], 2):
        if not any(cells):
            continue
        try:
            person = _person(columns, cells) | {"line": line}
        except ValidationError as problem:
            sheet.problems.append((line, sentences(*problem.messages)))
            continue
        contact = person["contact"]
        if contact in seen:
            sheet.problems.append((line, _("The same contact as in line %(line)d.") % {"line": seen[contact]}))
        elif contact in here:
            sheet.known += 1
        else:
            sheet.people.append(person)
        seen.setdefault(contact, line)
    return sheet


def _folded(heading: str) -> str:
    return " ".join(clean_text(heading).casefold().replace("_", " ").rstrip(":：*").split())


def _person(columns, cells) -> dict:
    """One line as a person; raises ValidationError in words."""
    said: dict = {}
    answers = {}
    for column, cell in zip(columns, cells, strict=False):
        cell = unquoted(cell)
        if isinstance(column, questions.Question):
            answer = _answer(column, cell)
            if answer:
                answers[column.id] = answer
        elif column and cell and column not in said:
            said[column] = cell
    name = forms.check_name(said.get("name", ""))
    kind, contact = contacts.read_contact(said.get("contact") or said.get("mail") or said.get("phone") or "")
    about = clean_text(said.get("about", ""))
    about = "".join(graphemes(about)[: forms.ABOUT_LENGTH])
    forms.check_size(about, "about")
    return {"name": name, "contact": contact, "contact_kind": str(kind), "about": about, "answers": answers}


def _answer(question, cell):
    cell = clean_text(cell)
    if question.kind == questions.TEXT or not cell:
        return cell[: questions.TEXT_LENGTH]
    if question.kind == questions.CONSENT:
        return cell.casefold() in {"1", "yes", "true", "x", "是", "同意", "√"}
    by_words = {said: choice for choice in question.choices for said in (choice, question.choice_said(choice))}
    given = (
        [cell] if question.kind == questions.CHOICE else [part.strip() for part in cell.replace("、", ",").split(",")]
    )
    unknown = [part for part in given if part and part not in by_words]
    if unknown:
        words = _("“%(answer)s” is no answer to “%(question)s”.")
        raise ValidationError(words % {"answer": unknown[0][:40], "question": question.label})
    found = [by_words[part] for part in given if part]
    return found[0] if question.kind == questions.CHOICE else found


def keep(event, sheet: Sheet, *, filename, at, by) -> ImportedList:
    """Keep what was read until the organiser says yes."""
    return ImportedList.objects.create(
        event=event,
        filename=clean_text(filename)[:200],
        rows=sheet.people,
        problems=[list(row) for row in sheet.problems],
        known=sheet.known,
        by=by,
        at=at,
    )


def take(listed: ImportedList, *, at, by, tell: bool) -> dict[str, int] | None:
    """Make attendees of the list in one transaction: seats first, the rest waits. None when it was taken before."""
    event = listed.event
    with admission.turn(event):
        rows, listed = listed.rows, ImportedList.objects.select_for_update().get(pk=listed.pk)
        if listed.taken_at is not None:
            return None
        here = set(event.attendees.exclude(contact="").values_list("contact", flat=True))
        rows = [row for row in listed.rows if row["contact"] not in here]
        event.refresh_from_db(fields=["capacity", "taken", "tickets_issued"])
        free = 0 if event.attendees.waiting().exists() else event.seats_left
        people = _people(event, rows, free, at)
        Attendee.objects.bulk_create(people, batch_size=500)
        Transition.objects.bulk_create(
            [
                Transition(
                    attendee=one, was="", became=one.status, at=at, by=by, by_crew=True, note=f"import {listed.pk}"
                )
                for one in people
            ],
            batch_size=500,
        )
        seated = min(free, len(people))
        Event.objects.filter(pk=event.pk).update(
            taken=F("taken") + seated, tickets_issued=F("tickets_issued") + len(people)
        )
        ImportedList.objects.filter(pk=listed.pk).update(taken_at=at, rows=[], problems=[])
        if tell and people:
            jobs.enqueue("notify_imported", subject=listed.pk, event=event)
        live.tell(event, "door")
    return {"seated": seated, "waiting": len(people) - seated, "known": len(listed.rows) - len(people)}


def _people(event, rows, free, at) -> list[Attendee]:
    places, language = iter(seating.free_places(event)), translation.get_language()
    people = []
    for index, row in enumerate(rows):
        seated = index < free
        carriage, seat = next(places, (None, None)) if seated else (None, None)
        people.append(
            Attendee(
                event=event,
                number=event.tickets_issued + index + 1,
                status=Attendee.Status.CONFIRMED if seated else Attendee.Status.WAITLISTED,
                carriage=carriage,
                seat=seat,
                queued_at=at + timedelta(microseconds=index),  # in line in the order of the list
                language=language,
                **{key: value for key, value in row.items() if key != "line"},
            )
        )
    return people


@jobs.kind("notify_imported", queue="mail")
def notify_imported(job):
    """Send everybody of a list their ticket or their place in line; started again it goes on where it stopped."""
    steps = Transition.objects.filter(attendee__event=job.row.event, note=f"import {job.subject}")
    steps = steps.select_related("attendee__event").order_by("pk")
    total = steps.count()
    for done, step in enumerate(steps.iterator(chunk_size=200), 1):
        attendee = step.attendee
        what = "ticket" if step.became == Attendee.Status.CONFIRMED else "waitlisted"
        if attendee.forgotten_at is None and attendee.status == step.became:
            with translation.override(attendee.language):
                files = [tickets.calendar_file(attendee)] if what == "ticket" else []
            context = {"link": passes.link(attendee)}
            if what == "waitlisted":
                context["ahead"] = attendee.people_ahead()
            mailing.send(
                attendee.event, attendee, f"mail/{what}", context, key=f"import:{attendee.uid}", attachments=files
            )
        if done % 20 == 0 or done == total:
            job.progress(done, total)


@ticking.every_tidy
def drop_lists(at):
    """A list that nobody imported is somebody's data: it goes after a day."""
    ImportedList.objects.filter(at__lt=at - KEPT).delete()
