"""Running the day from the run page: begin, end, take either back, move the rest; several tracks; two hosts."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from sessions import catching_up, programme, publishing
from sessions.models import Question, Shift, Talk

RUN = "/organise/beijing/programme/"


@pytest.fixture
def at():
    return timezone.now()


def entry(event, title, at, minutes=25, **fields):
    return Talk.objects.create(event=event, title=title, starts_at=at, minutes=minutes, **fields)


@pytest.fixture
def line(beijing, at):
    """Three entries; the first should have begun four minutes ago, and nobody has pressed anything."""
    first = entry(beijing, "一", at - timedelta(minutes=4))
    second = entry(beijing, "二", first.ends_at)
    third = entry(beijing, "三", second.ends_at)
    publishing.publish(beijing, by=None, at=at, tell=False)
    return first, second, third


def press(host, talk, act):
    page = host.get(RUN).content.decode()
    assert f'action="{RUN}{talk.pk}/{act}/"' in page  # the page offers it
    assert host.post(f"{RUN}{talk.pk}/{act}/").status_code == 302


def state(event):
    today = programme.day(event, at=timezone.now())
    return [row.state for row in today.lines], today.late


def test_what_begins_late_is_begun_on_the_run_page_and_the_delay_is_told(beijing, line, leo, client_of):
    assert state(beijing) == (["now", "next", "next"], 0)  # the clock knows of no delay

    press(client_of(leo), line[0], "start")

    assert state(beijing) == (["now", "next", "next"], 4)


def test_a_start_that_was_a_mistake_is_taken_back_with_what_it_ended(beijing, line, leo, client_of):
    host = client_of(leo)
    press(host, line[0], "start")
    press(host, line[2], "start")
    assert state(beijing)[0] == ["past", "past", "now"]

    press(host, line[2], "not-yet")

    assert state(beijing) == (["now", "next", "next"], 4)
    assert not Talk.objects.filter(ended_at__isnull=False).exists()


def test_an_end_that_was_a_mistake_is_taken_back(beijing, line, leo, client_of):
    host = client_of(leo)
    press(host, line[0], "start")
    press(host, line[0], "finish")
    assert state(beijing)[0] == ["past", "next", "next"]

    press(host, line[0], "reopen")

    assert state(beijing) == (["now", "next", "next"], 4)


def test_what_is_taken_back_too_late_changes_nothing(beijing, line, leo, client_of):
    """Two of a track never run at once: the page does not offer it, and an old page is told."""
    host = client_of(leo)
    press(host, line[0], "start")
    press(host, line[0], "finish")
    press(host, line[1], "start")
    assert f"{line[0].pk}/reopen/" not in host.get(RUN).content.decode()

    for talk, act in ((line[0], "reopen"), (line[0], "not-yet")):
        answer = host.post(f"{RUN}{talk.pk}/{act}/", follow=True)
        assert "Something else is on by now." in answer.content.decode()

    assert [talk.title for talk in Talk.objects.filter(started_at__isnull=False, ended_at=None)] == ["二"]
    assert state(beijing)[0] == ["past", "now", "next"]


def test_nothing_is_moved_before_what_runs_is_over(beijing, at, leo, client_of):
    panel = entry(beijing, "圆桌", at - timedelta(minutes=10), 60)
    entry(beijing, "后面", panel.ends_at)
    publishing.publish(beijing, by=None, at=at, tell=False)
    programme.start(panel, at=panel.starts_at)

    answer = client_of(leo).post(f"{RUN}shift/", {"minutes": "-30"}, follow=True)

    assert "“后面” would have begun already." in answer.content.decode()
    assert not Shift.objects.exists()


def test_a_break_after_a_gap_gives_only_what_still_arrives_there(beijing, at):
    """Eight minutes late, six of them melt in the gap before the break."""
    panel = entry(beijing, "圆桌", at - timedelta(minutes=9), 40)
    talk = entry(beijing, "讲", panel.ends_at, 20)
    tea = entry(beijing, "茶歇", talk.ends_at + timedelta(minutes=6), 30, kind="break", least_minutes=10)
    entry(beijing, "影片", tea.ends_at)
    publishing.publish(beijing, by=None, at=at, tell=False)
    programme.start(panel, at=at - timedelta(minutes=1))
    today = programme.day(beijing, at=at)
    offer = catching_up.absorbable(today)

    assert (today.late, offer.taken, offer.stay, offer.left) == (8, 2, 28, 0)
    assert catching_up.absorb(tea, at=at) == 2


def test_which_track_is_the_main_one_does_not_change_when_entries_move(beijing, tracks, at):
    Talk.objects.filter(track="A").update(starts_at=at + timedelta(minutes=30), started_at=None)
    publishing.publish(beijing, by=None, at=at, tell=False)

    assert programme.tracks_of(beijing) == ["A", "B"]


def test_a_break_is_shortened_by_one_press(beijing, at, leo, client_of):
    panel = entry(beijing, "圆桌", at - timedelta(minutes=9), 40)
    tea = entry(beijing, "茶歇", panel.ends_at, 30, kind="break", least_minutes=10)
    film = entry(beijing, "影片", tea.ends_at)
    publishing.publish(beijing, by=None, at=at, tell=False)
    host = client_of(leo)
    programme.start(panel, at=at - timedelta(minutes=1))
    assert state(beijing)[1] == 8

    press(host, tea, "absorb")

    assert state(beijing)[1] == 0
    assert programme.day(beijing, at=timezone.now()).line_of(film.pk).expected_at == film.starts_at


def test_the_rest_cannot_be_moved_into_the_past(beijing, line, leo, client_of):
    before = list(Talk.objects.values_list("pk", "starts_at"))

    answer = client_of(leo).post(f"{RUN}shift/", {"minutes": "-120"}, follow=True)

    assert "“二” would have begun already." in answer.content.decode()
    assert list(Talk.objects.values_list("pk", "starts_at")) == before
    assert not Shift.objects.exists()


def test_the_rest_moves_by_what_the_button_says_from_what_the_page_says(beijing, line, leo, client_of):
    """Four minutes late and five later: what was expected at 25 is expected at 30, and that is the plan now."""
    host = client_of(leo)
    press(host, line[0], "start")
    before = {row.talk.title: row.expected_at for row in programme.day(beijing, at=timezone.now()).rest}
    page = host.get(RUN).content.decode()
    clocks = [f"{beijing.local(at):%H:%M} → {beijing.local(at + timedelta(minutes=5)):%H:%M}" for at in before.values()]
    assert all(clock in page for clock in clocks)  # one tap shows before what it does

    host.post(f"{RUN}shift/", {"minutes": "5"})

    today = programme.day(beijing, at=timezone.now())
    after = {row.talk.title: row.expected_at for row in today.rest}
    moved = {title: round((after[title] - at).total_seconds() / 60) for title, at in before.items()}
    assert (moved, today.late) == ({"二": 5, "三": 5}, 0)


def test_of_two_hosts_who_see_the_same_page_one_moves_the_rest(beijing, line, leo, mei, client_of):
    pages = [client_of(person) for person in (leo, mei)]
    seen = [page.get(RUN).content.decode().partition('name="seen" value="')[2].partition('"')[0] for page in pages]
    assert seen == ["0", "0"]

    answers = [page.post(f"{RUN}shift/", {"minutes": "5", "seen": "0"}, follow=True) for page in pages]

    assert "Somebody has just moved the programme" not in answers[0].content.decode()
    assert "Somebody has just moved the programme" in answers[1].content.decode()
    assert [row.minutes for row in Shift.objects.all()] == [5]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["shift", "pin", "absorb"])
def test_two_presses_at_the_same_moment_are_one(beijing, bo, leo, what):
    """Moved once; one question on the stage."""
    at = timezone.now()
    first = entry(beijing, "一", at - timedelta(minutes=4))
    tea = entry(beijing, "二", first.ends_at, 30, kind="break", least_minutes=10)
    entry(beijing, "三", tea.ends_at)
    publishing.publish(beijing, by=None, at=at, tell=False)
    if what == "absorb":
        programme.start(first, at=at)
    asked = [
        Question.objects.create(event=beijing, attendee=bo, text=f"问 {n}", at=at, approved_at=at) for n in range(4)
    ]
    codes = []

    def go(number):
        client = Client()
        client.force_login(leo, backend="django.contrib.auth.backends.ModelBackend")
        if what == "shift":
            answer = client.post(f"{RUN}shift/", {"minutes": "5", "seen": "0"})
        elif what == "absorb":
            answer = client.post(f"{RUN}{tea.pk}/absorb/")
        else:
            answer = client.post(f"/organise/beijing/questions/{asked[number].pk}/pin/")
        codes.append(answer.status_code)
        connection.close()

    crowd = [threading.Thread(target=go, args=(number,)) for number in range(4)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()

    assert codes == [302] * 4
    if what == "shift":
        assert [row.minutes for row in Shift.objects.all()] == [5]
    elif what == "absorb":
        assert [row.minutes for row in Shift.objects.all()] == [-4]
        assert Talk.objects.get(pk=tea.pk).minutes == 26
    else:
        assert Question.objects.filter(pinned_at__isnull=False).count() == 1


@pytest.fixture
def tracks(beijing, at):
    """Two rooms: A began ten minutes late, B is on time and has a break to give."""
    begin = at - timedelta(minutes=14)
    a = entry(beijing, "A 一", begin, 20, track="A", room="A")
    entry(beijing, "A 二", a.ends_at, 30, track="A", room="A")
    b = entry(beijing, "B 一", begin, 20, track="B", room="B")
    tea = entry(beijing, "B 茶歇", b.ends_at, 30, track="B", room="B", kind="break", least_minutes=10)
    entry(beijing, "B 二", tea.ends_at, 30, track="B", room="B")
    publishing.publish(beijing, by=None, at=at, tell=False)
    programme.start(b, at=begin)
    programme.start(a, at=at - timedelta(minutes=4))
    return a, b, tea


def test_a_break_of_another_track_does_not_take_the_delay(beijing, tracks, at):
    today = programme.day(beijing, at=at)
    assert today.late == 10
    assert catching_up.absorbable(today) is None

    assert catching_up.absorb(tracks[2], at=at) == 0
    assert not Shift.objects.exists()


def test_each_track_has_a_monitor_of_its_own(beijing, tracks, leo, client_of):
    host = client_of(leo)
    page = host.get(RUN).content.decode()
    shown = {track: host.get(f"/stage/beijing/monitor/?track={track}").content.decode() for track in "AB"}

    assert all(f'href="/stage/beijing/monitor/?track={track}"' in page for track in "AB")
    assert ("A 一" in shown["A"], "B 一" in shown["A"]) == (True, False)
    assert ("A 一" in shown["B"], "B 一" in shown["B"]) == (False, True)
    assert 'src="/stage/beijing/monitor/?track=B"' in shown["B"]  # and goes on with it


def test_the_phone_does_not_say_that_it_is_over_while_another_track_runs(beijing, tracks, bo, as_attendee, at):
    Talk.objects.filter(track="A").update(ended_at=at, started_at=at - timedelta(minutes=9))

    page = as_attendee(bo).get("/attend/beijing/live/").content.decode()

    assert "This stop is over" not in page and "B 一" in page


def test_the_stage_says_how_late_the_last_entry_is(beijing, at, leo, client_of):
    last = entry(beijing, "最后", at - timedelta(minutes=12))
    publishing.publish(beijing, by=None, at=at, tell=False)
    programme.start(last, at=at - timedelta(minutes=2))

    page = client_of(leo).get("/stage/beijing/programme/now/").content.decode()

    assert "Now +10" in page
