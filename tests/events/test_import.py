"""A list from somewhere else: read whatever encoding it has, shown line by line, taken whole or not at all."""

import csv
import io
import random

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from events import importing, questions
from events.models import Attendee, Event, ImportedList, OutgoingMail, Transition
from events.text import harmless, unquoted
from tests.conftest import seat
from tests.work import work

URL = "/organise/beijing/attendees/import/"
CHINESE = "姓名,手机号,邮箱,在做什么\n林小满,13800138000,,一盏灯\n陈晨,,chen@nextstop.example,\n"


def xlsx(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        CHINESE.encode("utf-8"),
        CHINESE.encode("utf-8-sig"),
        CHINESE.encode("gbk"),
        CHINESE.encode("gb18030"),
        CHINESE.encode("utf-16"),
        CHINESE.replace(",", ";").encode(),
        CHINESE.replace(",", "\t").encode(),
        CHINESE.replace("\n", "\r\n").encode(),
        xlsx(
            [
                ["姓名", "手机号", "邮箱", "在做什么"],
                ["林小满", 13800138000, None, "一盏灯"],
                ["陈晨", None, "chen@nextstop.example", None],
            ]
        ),
    ],
    ids=["utf-8", "bom", "gbk", "gb18030", "utf-16", "semicolon", "tabs", "crlf", "xlsx"],
)
def test_every_usual_file_is_read(beijing, content):
    sheet = importing.read(beijing, content, "list")

    assert sheet.problems == []
    assert [(one["name"], one["contact"], one["about"]) for one in sheet.people] == [
        ("林小满", "+8613800138000", "一盏灯"),
        ("陈晨", "chen@nextstop.example", ""),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"name,mail\n", "at least one person"),
        (b"who,mail\nBo,bo@x.example\n", "name"),
        (b"name,size\nBo,12\n", "phone number or an email"),
        (b"\xff\x00\x81\x20" * 40, "neither CSV"),
        (b"PK\x03\x04 not a workbook", "neither CSV"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 50, "old Excel"),
        (b"name,mail\n" + b"a,a@x.example\n" * 20_001, "20,000"),
        (b"x" * (8 * 2**20 + 1), "8 MB"),
    ],
    ids=["empty", "headings", "no-name", "no-contact", "noise", "broken-xlsx", "old-xls", "long", "large"],
)
def test_what_is_no_list_is_refused_in_words(beijing, mei, client_of, content, words):
    answer = client_of(mei).post(URL, {"file": SimpleUploadedFile("list.csv", content)})

    page = answer.content.decode()
    assert answer.status_code == 422 and "Nothing was imported." in page
    assert any(word in page for word in words.split("|")), page[page.find("Nothing was imported") :][:300]
    assert ImportedList.objects.count() == Attendee.objects.count() == 0


def hostile_list():
    """10,000 people of whom 300 cannot be taken, each for a reason; shuffled; the lines that are bad."""
    rows = [[f"人{number}", f"p{number}@nextstop.example"] for number in range(9_700)]
    bad = (
        [["", f"a{number}@nextstop.example"] for number in range(60)]
        + [["一二三四五六七八九十一二三", f"b{number}@nextstop.example"] for number in range(60)]
        + [[f"坏{number}", f"c{number}@nextstop"] for number in range(60)]
        + [[f"坏{number}", "1380013"] for number in range(60)]
        + [["\u202e\u200b", f"d{number}@nextstop.example"] for number in range(60)]
    )
    rows = [(row, False) for row in rows] + [(row, True) for row in bad]
    random.Random(3).shuffle(rows)
    return [row for row, _bad in rows], {line for line, (_row, is_bad) in enumerate(rows, 2) if is_bad}


@pytest.mark.long
def test_ten_thousand_lines_with_three_hundred_bad_ones(beijing, mei, client_of, django_assert_max_num_queries):
    rows, bad = hostile_list()
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["姓名", "邮箱"], *rows])
    desk = client_of(mei)

    with django_assert_max_num_queries(12):
        sent = desk.post(URL, {"file": SimpleUploadedFile("名单.csv", buffer.getvalue().encode("gb18030"))})
    page = desk.get(sent["Location"]).content.decode()

    assert "9700 people can be taken" in page and "300 lines have a problem" in page
    listed = ImportedList.objects.get()
    assert {line for line, _why in listed.problems} == bad
    assert Attendee.objects.count() == 0  # the preview does nothing

    with django_assert_max_num_queries(500):  # in pieces (SQLite takes few rows at once), not one by one
        desk.post(sent["Location"])

    event = Event.objects.get()
    assert (event.taken, event.tickets_issued, Attendee.objects.count()) == (130, 9700, 9700)
    assert Attendee.objects.confirmed().count() == 130 and Attendee.objects.waiting().count() == 9570
    assert len(set(Attendee.objects.confirmed().values_list("carriage", "seat"))) == 130
    good = [contact for name, contact in rows if name.startswith("人")]
    assert list(Attendee.objects.waiting().values_list("contact", flat=True)) == good[130:]
    assert set(Transition.objects.values_list("by", flat=True)) == {mei.pk}
    listed.refresh_from_db()
    assert listed.rows == [] and listed.taken_at is not None


def test_the_button_pressed_twice_imports_once(beijing, mei, client_of):
    desk = client_of(mei)
    sent = desk.post(URL, {"file": SimpleUploadedFile("a.csv", CHINESE.encode())})

    desk.post(sent["Location"])
    again = desk.post(sent["Location"], follow=True)

    assert "This list was imported already." in again.content.decode()
    assert Attendee.objects.count() == 2


def test_one_that_fails_in_the_middle_leaves_nothing(beijing, mei, client_of):
    """A place that the database refuses: nobody of the list is there, no seat is counted."""
    sheet = importing.read(beijing, CHINESE.encode(), "a.csv")
    listed = importing.keep(beijing, sheet, filename="a.csv", at=timezone.now(), by=mei)
    listed.rows[1]["name"] = "x"
    listed.rows[1]["contact_kind"] = None  # not null in the database
    listed.save()

    with pytest.raises(Exception):
        importing.take(listed, at=timezone.now(), by=mei, tell=True)

    event = Event.objects.get()
    assert (Attendee.objects.count(), event.taken, event.tickets_issued) == (0, 0, 0)
    assert ImportedList.objects.get().taken_at is None


def test_doubles_and_people_who_are_here_are_named(beijing, bo):
    sheet = importing.read(beijing, b"name,email\nBo,BO@nextstop.example\nCid,c@x.example\nDot,C@x.example\n", "a.csv")

    assert (sheet.known, len(sheet.people)) == (1, 1)
    assert sheet.problems[0][0] == 4


def test_a_list_never_overtakes_the_line(beijing, mei):
    seat(Event.objects.get(), "Cid", "cid@nextstop.example", status="waitlisted", queued_at=timezone.now())
    event = Event.objects.get()
    listed = importing.keep(event, importing.read(event, CHINESE.encode(), ""), filename="", at=timezone.now(), by=mei)

    done = importing.take(listed, at=timezone.now(), by=mei, tell=False)

    assert (done["seated"], done["waiting"]) == (0, 2)


def test_everybody_on_the_list_hears_once(beijing, mei):
    listed = importing.keep(
        beijing, importing.read(beijing, CHINESE.encode(), ""), filename="", at=timezone.now(), by=mei
    )
    importing.take(listed, at=timezone.now(), by=mei, tell=True)
    work()
    mail = OutgoingMail.objects.get(attendee__contact="chen@nextstop.example")

    assert "/pass/" in mail.body and mail.attachments[0][0] == "beijing.ics"
    assert OutgoingMail.objects.count() == 1  # the other one has a phone, and no gateway is configured


def test_own_questions_are_columns(beijing, mei):
    food = questions.Question(id="aa", kind="choice", label="吃什么？", choices=["素食", "都吃"])
    questions.save(beijing, food)

    sheet = importing.read(beijing, "姓名,邮箱,吃什么？\nBo,b@x.example,素食\nCid,c@x.example,石头\n".encode(), "")

    assert sheet.people[0]["answers"] == {"aa": "素食"}
    assert sheet.problems[0][0] == 3 and "石头" in sheet.problems[0][1]


def test_a_list_that_nobody_took_is_gone_after_a_day(beijing, mei):
    from datetime import timedelta

    importing.keep(beijing, importing.Sheet(), filename="", at=timezone.now() - timedelta(hours=25), by=mei)

    importing.drop_lists(timezone.now())

    assert ImportedList.objects.count() == 0


EVIL = ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(1)", "＝1+1", "＋1", "－1", "＠SUM(1)", "{{7*7}}"]


def test_no_cell_of_an_export_is_a_formula(beijing, mei, client_of):
    for number, name in enumerate(EVIL):
        seat(Event.objects.get(), name, f"p{number}@nextstop.example", about="=1+1")
    desk = client_of(mei)

    raw = b"".join(desk.get("/organise/beijing/attendees/export/").streaming_content)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == ["'" + name for name in EVIL[:8]] + [EVIL[8]]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))]

    book = openpyxl.load_workbook(io.BytesIO(desk.get("/organise/beijing/attendees/export/?as=xlsx").content))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"} and "f" not in {cell.data_type for cell in cells}
    assert [book.active.cell(row, 2).value for row in range(2, 11)] == EVIL


INSIDE = ["x;=1+1;y", "x; +1", 'x;"=1+1"', "x;＝1+1", 'x";-1', "x\n@SUM(1)", "x;'=1", ";;=1"]


def test_no_part_of_a_cell_is_a_formula_where_an_excel_divides_by_semicolons(beijing, mei, client_of):
    for number, words in enumerate(INSIDE):
        seat(Event.objects.get(), f"P{number}", f"p{number}@nextstop.example", about=words)
    export = b"".join(client_of(mei).get("/organise/beijing/attendees/export/").streaming_content)
    text = export.decode("utf-8-sig")

    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=";") for cell in row]

    assert not [cell for cell in cells if cell.lstrip(' "').startswith(("=", "+", "-", "@", "＝"))]
    about = [row[10] for row in csv.reader(io.StringIO(text))][1:]
    assert [unquoted(cell) for cell in about] == INSIDE


@given(st.text(st.sampled_from("a;=+＝@-'\" \n\r\t"), max_size=12))
def test_what_was_marked_as_text_reads_as_before(words):
    assert unquoted(harmless(words)) == words


def test_an_export_can_be_imported_again(beijing, mei, client_of, series):
    names = ["林小满", "-小陈", "＝小戴", "＠阿东", "'小李'"]
    for number, name in enumerate(names):
        seat(Event.objects.get(), name, f"p{number}@nextstop.example")
    desk = client_of(mei)
    files = [
        b"".join(desk.get("/organise/beijing/attendees/export/").streaming_content),
        desk.get("/organise/beijing/attendees/export/?as=xlsx").content,
    ]
    Attendee.objects.all().delete()

    for content in files:
        assert [one["name"] for one in importing.read(beijing, content, "").people] == names


@pytest.mark.parametrize("people", [3, 300])
def test_lists_and_exports_take_the_same_queries_however_many_there_are(beijing, mei, client_of, people):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    Attendee.objects.bulk_create(
        Attendee(event=beijing, number=n, name=f"人{n}", contact=f"p{n}@x.example", status="confirmed")
        for n in range(1, people + 1)
    )
    desk = client_of(mei)
    desk.get("/organise/beijing/")  # the first look begins the raffle's log
    counts = []
    for path in (
        "attendees/",
        "attendees/?page=2",
        "attendees/?q=人",
        "attendees/export/",
        "attendees/export/?as=xlsx",
        "",
    ):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = desk.get(f"/organise/beijing/{path}")
            b"".join(answer.streaming_content) if answer.streaming else answer.content
        counts.append(len(queries))
    assert counts[:5] == [9, 9, 9, 5, 5] and counts[5] <= 60  # the desk, with what every app puts onto it
