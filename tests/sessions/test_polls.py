"""Polls and feedback: the room answers with one tap, changes its mind, and never twice."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from events import passes
from events.models import Stage
from sessions import feedback, polling, programme, publishing
from sessions.models import Feedback, PollAnswer, Talk
from tests.conftest import seat

POLL = "/attend/beijing/poll/"


@pytest.fixture
def poll(beijing):
    made = polling.make(beijing, text="明年最想做什么？", kind="one", choices=["短片", "应用", "研究"])
    polling.open_(made, at=timezone.now())
    made.refresh_from_db()
    return made


def labels(poll):
    return [(row.label, row.count) for row in polling.tally(poll).rows]


def test_the_host_makes_a_poll_and_phones_and_stage_show_it(beijing, leo, bo, client_of, as_attendee):
    host, phone = client_of(leo), as_attendee(bo)
    form = {"text": "明年最想做什么？", "kind": "one", "choices": "短片\n应用\n\n应用\n"}
    assert host.post("/organise/beijing/polls/", form).status_code == 302
    made = beijing.polls.get()
    assert made.choices == ["短片", "应用"]
    host.post(f"/organise/beijing/polls/{made.pk}/open/")

    assert "The room votes now" in phone.get("/attend/beijing/live/").content.decode()
    assert "短片" in phone.get(POLL).content.decode()
    Stage.objects.get_or_create(event=beijing)[0].show("poll", by=None, at=timezone.now())
    assert "明年最想做什么？" in host.get("/stage/beijing/").content.decode()


def test_one_person_has_one_answer_and_may_change_it(poll, bo, chen, as_attendee):
    phone = as_attendee(bo)
    phone.post(POLL, {"answer": "0"})
    phone.post(POLL, {"answer": "2"})
    as_attendee(chen).post(POLL, {"answer": "2"})

    assert labels(poll) == [("短片", 0), ("应用", 0), ("研究", 2)]
    assert "The room votes now" not in phone.get("/attend/beijing/live/").content.decode()


def test_who_changes_an_answer_keeps_the_form_while_others_vote(poll, bo, as_attendee):
    """Each vote of the room draws the page's region anew, from the address that it names."""
    phone = as_attendee(bo)
    phone.post("/attend/beijing/poll/", {"answer": "0"})
    page = phone.get("/attend/beijing/poll/?change").content.decode()
    (address,) = re.findall(r'<live-region topic="poll" src="([^"]+)"', page)

    assert "<form" in phone.get(address, headers={"x-fragment": "1"}).content.decode()
    assert "<form" not in phone.get("/attend/beijing/poll/", headers={"x-fragment": "1"}).content.decode()


@pytest.mark.parametrize("given", [[], ["3"], ["-1"], ["0", "1"], ["x"], ["²"], ["9" * 400]])
def test_what_is_no_answer_is_told_and_not_counted(poll, bo, as_attendee, given):
    answer = as_attendee(bo).post(POLL, {"answer": given})

    assert answer.status_code == 422
    assert "Choose an answer." in answer.content.decode()
    assert not PollAnswer.objects.exists()


def test_a_closed_poll_takes_nothing_and_keeps_its_result(poll, bo, chen, as_attendee):
    as_attendee(bo).post(POLL, {"answer": "1"})
    polling.close(poll, at=timezone.now())

    assert as_attendee(chen).post(POLL, {"answer": "0"}).status_code == 422
    assert labels(poll) == [("短片", 0), ("应用", 1), ("研究", 0)]


def test_a_choice_is_read_in_the_readers_language(beijing, bo, as_attendee):
    made = polling.make(beijing, text="?", kind="one", choices=["短片 | A film", "应用"])
    polling.open_(made, at=timezone.now())
    pages = [
        as_attendee(bo).get(POLL, headers={"accept-language": code}).content.decode() for code in ("zh-hans", "en")
    ]

    assert [[word in page for word in ("短片", "A film", "应用", "|")] for page in pages] == [
        [True, False, True, False],
        [False, True, True, False],
    ]


def test_opening_another_closes_the_first(beijing, poll):
    second = polling.make(beijing, text="几分？", kind="scale")
    polling.open_(second, at=timezone.now())

    poll.refresh_from_db()
    assert poll.closed_at is not None
    assert polling.shown(beijing) == second


def test_a_scale_has_a_mean_and_words_grow_with_their_number(beijing, bo, chen, dai):
    scale = polling.make(beijing, text="几分？", kind="scale")
    polling.open_(scale, at=timezone.now())
    for person, mark in ((bo, "5"), (chen, "4"), (dai, "4")):
        polling.answer(scale, person, [mark])
    assert round(polling.tally(scale).mean, 2) == 4.33

    words = polling.make(beijing, text="一个词", kind="word")
    polling.open_(words, at=timezone.now())
    for person, word in ((bo, "好玩"), (chen, "<b>好玩</b>"[:12]), (dai, " 好玩 ")):
        polling.answer(words, person, [word])
    assert labels(words)[0] == ("好玩", 2)
    polling.hide_word(words, "好玩")
    words.refresh_from_db()
    assert "好玩" not in [label for label, _n in labels(words)]


def test_a_word_is_escaped_on_the_wall(beijing, bo, leo, client_of):
    words = polling.make(beijing, text="一个词", kind="word")
    polling.open_(words, at=timezone.now())
    polling.answer(words, bo, ["<b>x</b>"])

    page = client_of(leo).get("/stage/beijing/programme/poll/").content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"text": "", "kind": "one", "choices": "a\nb"}, "A poll needs a question."),
        ({"text": "?", "kind": "one", "choices": "a"}, "Between 2 and 8 choices"),
        ({"text": "?", "kind": "vote", "choices": "a\nb"}, "Choose what kind of poll it is."),
    ],
)
def test_a_poll_that_cannot_be_answered_is_not_made(beijing, leo, client_of, form, why):
    answer = client_of(leo).post("/organise/beijing/polls/", form)

    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not beijing.polls.exists()


@pytest.mark.django_db(transaction=True)
def test_forty_answers_at_once_are_forty(beijing):
    made = polling.make(beijing, text="?", kind="one", choices=["a", "b"])
    polling.open_(made, at=timezone.now())
    people = [seat(beijing, f"人{n}", f"p{n}@nextstop.example") for n in range(20)]

    def press(person, choice):
        client = Client()
        client.cookies[passes.COOKIE] = passes.sign(person)
        client.post(POLL, {"answer": choice})
        connection.close()

    threads = [threading.Thread(target=press, args=(person, choice)) for person in people for choice in "01"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert polling.tally(made).answers == 20


@pytest.fixture
def talk(beijing):
    now = timezone.now()
    made = Talk.objects.create(
        event=beijing,
        title="数字人",
        starts_at=now - timezone.timedelta(minutes=40),
        minutes=25,
        started_at=now - timezone.timedelta(minutes=38),
        ended_at=now - timezone.timedelta(minutes=5),
    )
    publishing.publish(beijing, by=None, at=now, tell=False)
    return made


def test_the_phone_asks_about_the_talk_that_has_ended_and_takes_one_tap(talk, bo, as_attendee):
    phone = as_attendee(bo)
    assert "How was it? One tap" in phone.get("/attend/beijing/live/").content.decode()

    for mark in ("1", "3"):
        phone.post(f"/attend/beijing/talks/{talk.pk}/feedback/", {"mark": mark})

    assert Feedback.objects.get().mark == 3
    assert dict(feedback.counts(talk)) == {"Great": 1, "Good": 0, "Not for me": 0}
    assert "How was it? One tap" not in phone.get("/attend/beijing/live/").content.decode()


@pytest.mark.parametrize("mark", ["0", "4", "", "x", "²"])
def test_what_is_no_mark_is_not_counted(talk, bo, as_attendee, mark):
    as_attendee(bo).post(f"/attend/beijing/talks/{talk.pk}/feedback/", {"mark": mark})

    assert not Feedback.objects.exists()


def test_questions_after_moderation_are_seen_at_once_and_before_it_are_not(
    beijing, bo, chen, leo, as_attendee, client_of
):
    as_attendee(bo).post("/attend/beijing/questions/", {"text": "先看再放"})
    assert "先看再放" not in as_attendee(chen).get("/attend/beijing/questions/").content.decode()

    client_of(leo).post("/organise/beijing/questions/rules/", {"moderation": "after"})
    as_attendee(bo).post("/attend/beijing/questions/", {"text": "直接上墙"})
    assert "直接上墙" in as_attendee(chen).get("/attend/beijing/questions/").content.decode()


def test_a_question_goes_to_whom_it_was_asked(beijing, talk, bo, as_attendee):
    phone = as_attendee(bo)
    phone.post("/attend/beijing/questions/", {"text": "给数字人", "talk": str(talk.pk)})
    phone.post("/attend/beijing/questions/", {"text": "给大家", "talk": "all"})
    phone.post("/attend/beijing/questions/", {"text": "给没有的", "talk": "999999"})

    assert [row.talk for row in beijing.questions.order_by("pk")] == [talk, None, None]


def test_a_tap_on_a_poll_that_has_just_been_followed_by_another_is_not_counted_for_that(beijing, poll, bo, as_attendee):
    phone, first = as_attendee(bo), poll
    other = polling.make(beijing, text="午饭？", kind="one", choices=["面", "饭"])
    polling.open_(other, at=timezone.now())

    answer = phone.post(POLL, {"poll": first.pk, "answer": "1"})

    assert answer.status_code == 409
    assert "Your answer was not counted" in answer.content.decode()
    assert not PollAnswer.objects.exists()
    assert phone.post(POLL, {"poll": other.pk, "answer": "1"}).status_code == 302
    assert PollAnswer.objects.get().poll == other


def test_where_nobody_presses_start_and_finish_the_clock_asks_how_it_was(beijing, bo, as_attendee):
    at = timezone.now()
    talk = Talk.objects.create(event=beijing, title="《数字人》", starts_at=at - timedelta(minutes=30), minutes=25)
    publishing.publish(beijing, by=None, at=at, tell=False)
    phone = as_attendee(bo)

    assert "How was it?" in phone.get("/attend/beijing/live/").content.decode()
    assert "How was it?" in phone.get(f"/attend/beijing/talks/{talk.pk}/").content.decode()
    phone.post(f"/attend/beijing/talks/{talk.pk}/feedback/", {"mark": "3", "next": "live"})

    assert Feedback.objects.get().mark == 3
    assert "How was it?" not in phone.get("/attend/beijing/live/").content.decode()


def test_of_a_talk_that_is_late_nobody_is_asked_before_it_has_begun(beijing, bo, as_attendee):
    """The one before it runs over: by the clock it would be on, in the hall it is not."""
    at = timezone.now()
    before = Talk.objects.create(event=beijing, title="《数字人》", starts_at=at - timedelta(minutes=30), minutes=25)
    talk = Talk.objects.create(event=beijing, title="《金融》", starts_at=at - timedelta(minutes=5), minutes=25)
    programme.start(before, at=at - timedelta(minutes=30))
    phone = as_attendee(bo)

    assert "How was it?" not in phone.get(f"/attend/beijing/talks/{talk.pk}/").content.decode()
    phone.post(f"/attend/beijing/talks/{talk.pk}/feedback/", {"mark": "3"})

    assert not Feedback.objects.exists()
