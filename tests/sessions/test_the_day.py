"""Now and next, the delay, questions: the pages that the day needs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sessions import asking, programme
from sessions.models import Appearance, Question, Speaker, Talk


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def panel(beijing, at):
    talk = Talk.objects.create(
        event=beijing, kind="panel", title="圆桌", title_en="Panel", starts_at=at - timedelta(minutes=8), minutes=40
    )
    jessy = Speaker.objects.create(event=beijing, name="Jessy")
    Appearance.objects.create(talk=talk, speaker=jessy, role="moderator")
    programme.start(talk, at=at - timedelta(minutes=4))
    return Talk.objects.get(pk=talk.pk)


@pytest.fixture
def tea(beijing, panel):
    return Talk.objects.create(
        event=beijing, kind="break", title="茶歇", starts_at=panel.ends_at, minutes=30, least_minutes=20
    )


@pytest.fixture
def film(beijing, tea):
    return Talk.objects.create(event=beijing, title="从剧本到拍摄", starts_at=tea.ends_at, minutes=25)


def test_a_late_start_moves_everything_that_follows(beijing, film, at):
    today = programme.day(beijing, at=at)

    assert [line.late for line in today.lines] == [4, 4, 4]
    assert today.late == 4


def test_a_break_takes_the_delay_once(beijing, tea, film, at):
    assert programme.absorb(tea, at=at) == 4
    tea.refresh_from_db()
    assert programme.absorb(tea, at=at) == 0

    today = programme.day(beijing, at=at)
    assert today.late == 0
    assert today.lines[2].expected_at == film.starts_at


def test_moving_the_rest_leaves_what_is_on(beijing, panel, film, at):
    assert programme.shift_rest(beijing, 10, at=at) == 2
    assert Talk.objects.get(pk=panel.pk).starts_at == panel.starts_at


@pytest.mark.parametrize(
    "path", ["live/", "programme/", "programme.ics", "schedule.json", "schedule.xml", "questions/"]
)
def test_pages_and_feeds_open(path, film, bo, as_attendee):
    assert as_attendee(bo).get(f"/attend/beijing/{path}").status_code == 200


@pytest.mark.parametrize("path", ["programme/", "questions/"])
def test_the_host_runs_the_day(path, film, leo, client_of, bo, at):
    asking.ask(bo.event, bo, "Why?", at=at)

    assert client_of(leo).get(f"/organise/beijing/{path}").status_code == 200


def test_an_unchanged_feed_is_not_sent_again(film, visitor):
    tag = visitor.get("/attend/beijing/schedule.json")["ETag"]

    assert visitor.get("/attend/beijing/schedule.json", headers={"if-none-match": tag}).status_code == 304


def test_a_waiting_question_is_its_authors_alone(panel, bo, chen, as_attendee):
    as_attendee(bo).post("/attend/beijing/questions/", {"text": "Which step never?"})

    assert "Which step never?" in as_attendee(bo).get("/attend/beijing/questions/").content.decode()
    assert "Which step never?" not in as_attendee(chen).get("/attend/beijing/questions/").content.decode()


def test_one_vote_a_person_and_it_can_be_taken_back(panel, bo, chen, as_attendee, at):
    question = asking.ask(bo.event, bo, "Why?", at=at, approved=True)
    phone = as_attendee(chen)

    phone.post(f"/attend/beijing/questions/{question.pk}/vote/")
    assert Question.objects.get().votes == 1
    phone.post(f"/attend/beijing/questions/{question.pk}/vote/")
    assert Question.objects.get().votes == 0


def test_two_hundred_questions_from_one_phone_get_a_clear_answer(panel, bo, as_attendee):
    phone = as_attendee(bo)
    answers = [phone.post("/attend/beijing/questions/", {"text": f"{n}?"}).status_code for n in range(7)]

    assert answers == [302] * 5 + [429] * 2
    assert Question.objects.count() == 5


@pytest.mark.parametrize("scene", ["now", "questions"])
def test_the_scenes_are_drawn(scene, film, beijing, bo, leo, client_of, at):
    from django.template.loader import render_to_string
    from django.test import RequestFactory

    from events import scenes

    asking.decide(asking.ask(beijing, bo, "Why?", at=at), "pin", at=at)
    request = RequestFactory().get("/")
    template, context = scenes.get(scene).draw(beijing, request, {})
    assert ("Why?" if scene == "questions" else "Panel") in render_to_string(
        template, {"event": beijing, **context}, request
    ).replace("圆桌", "Panel")


@pytest.mark.parametrize("scene", ["now", "questions"])
def test_a_scene_reads_its_moving_part_again(scene, film, leo, client_of):
    answer = client_of(leo).get(f"/stage/beijing/programme/{scene}/")

    assert answer.status_code == 200
    assert "圆桌" in answer.content.decode() or "Panel" in answer.content.decode()


def test_moving_the_rest_can_be_looked_at_first(beijing, panel, film, leo, client_of):
    page = client_of(leo).get("/organise/beijing/programme/?minutes=15").content.decode()

    expected = programme.day(beijing, at=timezone.now()).lines[-1].expected_at
    assert f"<b>{beijing.local(expected + timedelta(minutes=15)):%H:%M}</b> 从剧本到拍摄" in page
    assert Talk.objects.get(pk=film.pk).starts_at == film.starts_at
    assert client_of(leo).get("/organise/beijing/programme/?minutes=²").status_code == 200
