"""A text agenda becomes a programme: what people paste, what is asked back, nothing half done."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.models import Event
from sessions import agenda
from sessions.models import Appearance, Talk

PASTED = """Hi～AI，交个朋友？ 流程
13:30 签到
14:00 我们需要数字人吗 廖虎 商汤科技
14:25-14:50 《畅聊金融中的大模型》 大山
15:30 圆桌：2024 AI会冲击哪些场景 Jessy、张泓
16:10 茶歇
16:40 From script to shoot - Vicky
17:30 抽奖
"""


def test_the_lines_of_a_chat_are_read():
    entries, problems = agenda.read(PASTED)

    assert not problems
    assert [(e.start, e.minutes, e.title, e.people, e.kind) for e in entries] == [
        (810, 30, "签到", (), "opening"),
        (840, 25, "我们需要数字人吗", ("廖虎",), "talk"),
        (865, 25, "《畅聊金融中的大模型》", ("大山",), "talk"),
        (930, 40, "圆桌：2024 AI会冲击哪些场景", ("Jessy", "张泓"), "panel"),
        (970, 30, "茶歇", (), "break"),
        (1000, 50, "From script to shoot", ("Vicky",), "talk"),
        (1050, 25, "抽奖", (), "raffle"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("14:00 开场\n13:00 更早", 2, "order"),
        ("14:30-14:00 倒着走", 1, "end"),
        ("14:30-14:30 不走", 1, "end"),
        ("23:30-12:00 差半小时才半天", 1, "end"),
        ("23:30 派对\n00:10 夜宵\n23:50 又是夜里\n12:00 更早", 4, "order"),
        ("14:00", 1, "title"),
        ("25:99 没有这个点", 1, "time"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text, line, code):
    _entries, (problem,) = agenda.read(text)

    assert (problem.line, problem.code) == (line, code)


def test_an_agenda_may_go_past_midnight():
    entries, problems = agenda.read("22:00 开场\n23:30-00:30 派对\n00:30 夜宵\n01:10 散场")

    assert not problems
    assert [(e.start, e.minutes) for e in entries] == [(1320, 90), (1410, 60), (30, 40), (70, 25)]


@given(st.text(max_size=400))
def test_whatever_is_pasted_it_is_read_or_named(text):
    entries, _problems = agenda.read(text)

    assert all(entry.title and entry.minutes >= 1 and 0 <= entry.start < 1440 for entry in entries)


PASTE = "/organise/beijing/programme/paste/"


def test_the_preview_makes_nothing_and_the_second_step_makes_all(beijing, mei, client_of):
    client = client_of(mei)
    preview = client.post(PASTE, {"text": PASTED})
    assert "我们需要数字人吗" in preview.content.decode()
    assert not Talk.objects.exists()

    form = {
        "step": "make",
        "time": ["14:00", "14:25"],
        "minutes": ["25", "25"],
        "title": ["数字人", "金融"],
        "people": ["廖虎", "大山、Jessy"],
        "kind": ["talk", "panel"],
    }
    assert client.post(PASTE, form).status_code == 302
    assert [beijing.local(talk.starts_at).strftime("%H:%M") for talk in Talk.objects.order_by("pk")] == [
        "14:00",
        "14:25",
    ]
    assert Appearance.objects.filter(role="panelist").count() == 2


NIGHT = "22:00 开场\n23:30-00:30 派对\n00:40 夜宵\n04:00 散场\n14:00 回顾\n23:00-00:10 又一夜\n00:10 再见"


@pytest.mark.parametrize("doors", [9, 20])
def test_what_is_pasted_past_midnight_is_made_on_the_days_after(beijing, mei, client_of, doors):
    opens = datetime(2026, 5, 9, doors, tzinfo=ZoneInfo("Asia/Shanghai"))
    Event.objects.filter(pk=beijing.pk).update(doors_at=opens, starts_at=opens, ends_at=opens + timedelta(days=2))
    rows = client_of(mei).post(PASTE, {"text": NIGHT}).context["rows"]

    form = {name: [row[name] for row in rows] for name in ("time", "minutes", "title", "people", "kind")}
    assert client_of(mei).post(PASTE, {"step": "make", **form}).status_code == 302

    assert [(f"{beijing.local(talk.starts_at):%d %H:%M}", talk.minutes) for talk in Talk.objects.order_by("pk")] == [
        ("09 22:00", 90),
        ("09 23:30", 60),
        ("10 00:40", 200),
        ("10 04:00", 600),
        ("10 14:00", 540),
        ("10 23:00", 70),
        ("11 00:10", 25),
    ]


def test_one_wrong_row_makes_nothing_and_keeps_what_was_typed(beijing, mei, client_of):
    form = {
        "step": "make",
        "time": ["14:00", "14:25"],
        "minutes": ["25", "0"],
        "title": ["数字人", "金融"],
        "people": ["", ""],
        "kind": ["talk", "talk"],
    }
    answer = client_of(mei).post(PASTE, form)

    assert answer.status_code == 422
    assert "数字人" in answer.content.decode()
    assert not Talk.objects.exists()


def test_somebody_named_twice_in_a_row_comes_once(beijing, mei, client_of):
    fields = {
        "step": "make",
        "time": "14:00",
        "minutes": "20",
        "title": "数字人",
        "people": "廖虎、廖虎",
        "kind": "talk",
    }

    assert client_of(mei).post(PASTE, fields).status_code == 302
    assert [row.speaker.name for row in beijing.talks.get().appearances.all()] == ["廖虎"]


def test_more_entries_than_are_read_at_once_is_said(beijing, mei, client_of):
    text = "\n".join(f"{9 + n // 60:02d}:{n % 60:02d} 第{n}场" for n in range(260))

    page = client_of(mei).post(PASTE, {"text": text}).content.decode()

    assert "only the first 200 entries were read" in page


def test_a_pasted_break_can_take_a_delay(beijing, mei, client_of):
    fields = {"step": "make", "time": "15:00", "minutes": "30", "title": "茶歇", "people": "", "kind": "break"}

    client_of(mei).post(PASTE, fields)

    assert beijing.talks.get().least_minutes == 10


def test_a_typing_error_in_the_afternoon_is_no_midnight():
    """From an evening to a morning it is after midnight; two o'clock after three in the afternoon is a mistake."""
    entries, problems = agenda.read("15:00 一\n2:30 二\n16:00 三")

    assert [(entry.title, entry.minutes) for entry in entries] == [("一", 60), ("三", 25)]
    assert [(problem.line, problem.code) for problem in problems] == [(2, "order")]
