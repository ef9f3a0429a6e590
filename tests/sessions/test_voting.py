"""One vote a person, told in few statements; a question is taken back by its author alone."""

import threading
import time
from datetime import timedelta

import pytest
from celery.signals import before_task_publish
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events import passes
from events.models import Event, LiveEvent
from sessions import asking, tasks
from sessions.models import Question, Vote
from tests.conftest import seat

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def question(beijing, bo):
    return asking.ask(beijing, bo, "怎么开始？", at=timezone.now(), approved=True)


def press(phone, question, stands, **options):
    return phone.post(f"/attend/beijing/questions/{question.pk}/vote/", {"stands": stands}, **options)


def test_a_repeated_press_that_wants_the_same_changes_nothing(question, chen, as_attendee):
    phone = as_attendee(chen)
    counts = []
    for stands in ("1", "1", "0", "0", "1"):
        press(phone, question, stands)
        counts.append(Question.objects.get().votes)

    assert counts == [1, 1, 0, 0, 1]
    assert Vote.objects.count() == 1


def test_nobody_votes_for_what_the_room_does_not_see(beijing, question, chen, as_attendee):
    waiting = asking.ask(beijing, chen, "还没审？", at=timezone.now())

    assert press(as_attendee(chen), waiting, "1").status_code == 404
    asking.decide(question, "hold", at=timezone.now())
    assert press(as_attendee(chen), question, "1").status_code == 404
    assert not Vote.objects.exists()


STATEMENTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@pytest.mark.parametrize(
    ("before", "stands", "kinds"),
    [
        ([], "1", ["SELECT", "INSERT", "UPDATE"]),  # the first of its second: the room is told of it
        (["other"], "1", ["SELECT", "INSERT", "UPDATE"]),
        (["1"], "0", ["SELECT", "DELETE", "UPDATE"]),
        (["1"], "1", ["SELECT", "INSERT", "SELECT"]),  # a press that came twice
        ([], "0", ["SELECT", "DELETE"]),
        (["hold"], "1", ["SELECT", "INSERT", "SELECT"]),  # nobody sees it: 404
    ],
)
@pytest.mark.parametrize("known_by", ["pass", "pass and account", "passes of three events"])
def test_a_vote_is_three_statements_however_it_goes(
    question, chen, dai, series, as_attendee, django_user_model, before, stands, kinds, known_by
):
    asking.cache.clear()
    phone = as_attendee(chen)
    if known_by == "pass and account":
        phone.force_login(django_user_model.objects.create_user("c@nextstop.example", name="陈"), BACKEND)
    elif known_by == "passes of three events":
        others = [seat(elsewhere(series, n), "陈", f"c{n}@nextstop.example") for n in (2, 3)]
        phone.cookies[passes.COOKIE] = "|".join(passes.sign(row) for row in [*others, chen])
    for step in before:
        if step == "hold":
            asking.decide(question, "hold", at=timezone.now())
        else:
            press(as_attendee(dai) if step == "other" else phone, question, stands if step == "other" else step)
    with CaptureQueriesContext(connection) as seen:
        press(phone, question, stands, headers={"x-fragment": "1"})

    assert [row["sql"].split()[0] for row in seen if row["sql"].startswith(STATEMENTS)] == kinds


def elsewhere(series, number):
    """Another event of the series."""
    at = timezone.now()
    name = f"stop-{number}"
    return Event.objects.create(
        series=series, number=number, slug=name, code=f"STOP{number}", title=name, city="上海", starts_at=at,
        doors_at=at, ends_at=at + timedelta(hours=3), published_at=at,
    )  # fmt: skip


def test_a_burst_of_votes_is_told_about_once_a_second_with_what_came_of_it(question, beijing):
    while asking._about_to_tell:  # of the tests before
        time.sleep(0.05)
    asking.cache.clear()
    people = [seat(beijing, f"人{n}", f"v{n}@nextstop.example") for n in range(20)]
    hints, heard = [], threading.Event()

    @before_task_publish.connect
    def keep(sender, body, **_more):
        if sender == "sessions.tasks.tell_counts" and body[0] == (beijing.pk,):
            hints.append(body[0])
            heard.set()

    began = time.monotonic()
    for person in people:
        asking.vote(question, person, stands=True)
    lasted = time.monotonic() - began
    assert heard.wait(30)
    assert hints[0] == (beijing.pk,)
    assert len(hints) <= 1 + lasted

    tasks.tell_counts(*hints[0])
    assert LiveEvent.objects.get(topic="votes").payload == {"counts": {str(question.pk): 20}}


def test_the_wall_is_made_twice_a_second_however_many_vote(beijing, question, bo, monkeypatch):
    """A burst of three seconds by a clock of our own: after each of 300 votes, three stages and remotes read the wall."""
    people, made, really = [seat(beijing, f"人{n}", f"x{n}@nextstop.example") for n in range(20)], [], asking._wall
    clock = [1_800_000_000.0]
    monkeypatch.setattr(asking, "time", lambda: clock[0])
    monkeypatch.setattr(asking, "_wall", lambda event: made.append(clock[0]) or really(event))
    for n in range(300):
        asking.vote(question, people[n % 20], stands=n // 20 % 2 == 0)
        for _reader in range(3):
            asking.wall(beijing)
        clock[0] += 0.01

    assert len(made) == 6
    clock[0] += 1
    assert asking.wall(beijing)["shown"].votes == 20


def test_what_the_host_decides_is_on_the_wall_at_once(
    beijing, question, bo, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(asking, "time", lambda: 1_800_000_000.0)
    assert asking.wall(beijing)["shown"] == question
    with django_capture_on_commit_callbacks(execute=True):
        asking.decide(question, "hold", at=timezone.now())
    assert asking.wall(beijing)["shown"] is None
    with django_capture_on_commit_callbacks(execute=True):
        other = asking.ask(beijing, bo, "多少钱？", at=timezone.now(), approved=True)
    assert asking.wall(beijing)["shown"] == other
    with django_capture_on_commit_callbacks(execute=True):
        asking.decide(other, "answer", at=timezone.now())
    assert (asking.wall(beijing)["shown"], asking.wall(beijing)["answered"]) == (None, 1)
    with django_capture_on_commit_callbacks(execute=True):
        asking.decide(other, "reopen", at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        asking.withdraw(other, at=timezone.now())
    assert asking.wall(beijing)["shown"] is None


@pytest.mark.django_db(transaction=True)
def test_forty_presses_at_once_of_twenty_people_are_twenty_votes(beijing, question):
    people = [seat(beijing, f"人{n}", f"w{n}@nextstop.example") for n in range(20)]

    def go(person):
        client = Client()
        client.cookies[passes.COOKIE] = passes.sign(person)
        press(client, question, "1")
        connection.close()

    threads = [threading.Thread(target=go, args=(person,)) for person in people * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Question.objects.get(pk=question.pk).votes == Vote.objects.count() == 20


def test_only_its_author_takes_a_question_back(question, bo, chen, as_attendee):
    path = f"/attend/beijing/questions/{question.pk}/withdraw/"

    assert as_attendee(chen).post(path).status_code == 404
    assert as_attendee(bo).post(path).status_code == 302
    assert "怎么开始？" not in as_attendee(chen).get("/attend/beijing/questions/").content.decode()


def test_a_message_that_outlives_its_event_is_no_error(db):
    tasks.tell_counts(999_999)

    assert not LiveEvent.objects.exists()
