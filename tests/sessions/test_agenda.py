"""A text agenda becomes a programme: what people paste, what is asked back, nothing half done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("14:00", 1, "title"),
        ("25:99 没有这个点", 1, "time"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text, line, code):
    _entries, (problem,) = agenda.read(text)

    assert (problem.line, problem.code) == (line, code)


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
