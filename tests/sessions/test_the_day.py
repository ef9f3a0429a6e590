"""Now and next, the delay, questions: the pages that the day needs."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from cocreation.models import Challenge
from events.models import Event, Stage
from raffle import entering
from sessions import asking, catching_up, programme, publishing
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
    made = Talk.objects.create(
        event=beijing, kind="break", title="茶歇", starts_at=panel.ends_at, minutes=30, least_minutes=20
    )
    publishing.publish(beijing, by=None, at=made.starts_at, tell=False)
    return made


@pytest.fixture
def film(beijing, tea):
    made = Talk.objects.create(event=beijing, title="从剧本到拍摄", starts_at=tea.ends_at, minutes=25)
    publishing.publish(beijing, by=None, at=made.starts_at, tell=False)
    return made


def test_a_late_start_moves_everything_that_follows(beijing, film, at):
    today = programme.day(beijing, at=at)

    assert [line.late for line in today.lines] == [4, 4, 4]
    assert today.late == 4


def test_a_break_takes_the_delay_once(beijing, tea, film, at):
    assert catching_up.absorb(tea, at=at) == 4
    tea.refresh_from_db()
    assert catching_up.absorb(tea, at=at) == 0

    today = programme.day(beijing, at=at)
    assert today.late == 0
    assert today.lines[2].expected_at == film.starts_at


def test_a_break_that_is_too_short_takes_a_part_and_says_which(beijing, tea, film, at):
    """Ten minutes to give, fourteen late: ten are caught up by one tap, and the rest is still told everywhere."""
    Talk.objects.filter(title="圆桌").update(started_at=at + timedelta(minutes=6))
    late = at + timedelta(minutes=7)
    offer = catching_up.absorbable(programme.day(beijing, at=late))
    seen = catching_up.absorb_outlook(programme.day(beijing, at=late), offer, at=late).rows

    assert (offer.talk.title, offer.taken, offer.stay, offer.left) == ("茶歇", 10, 20, 4)
    assert catching_up.absorb(offer.talk, at=late) == 10

    today = programme.day(beijing, at=late)
    assert today.late == 4
    assert {line.talk.title: line.expected_at for line in today.rest} == {row[0].title: row[2] for row in seen}
    assert catching_up.absorbable(today) is None


def test_the_run_page_offers_the_part_that_a_break_can_take(beijing, panel, tea, film, leo, client_of, at):
    Talk.objects.filter(pk=tea.pk).update(least_minutes=28)
    publishing.publish(beijing, by=None, at=at, tell=False)

    host = client_of(leo)

    assert "Catch up 2 of 4 min in “茶歇”: 28 minutes stay" in host.get("/organise/beijing/programme/").content.decode()
    assert "“茶歇” can take 2 of them: 28 minutes stay" in host.get("/organise/beijing/").content.decode()


def test_moving_the_rest_leaves_what_is_on(beijing, panel, film, at):
    assert catching_up.shift_rest(beijing, 10, at=at) == 2
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


def remote_of(host, scene, beijing):
    Stage.objects.update_or_create(event=beijing, defaults={"scene": scene})
    return host.get("/stage/beijing/remote/").content.decode()


def test_the_remote_says_what_the_room_reads_and_what_the_host_says_next(panel, tea, beijing, bo, leo, client_of, at):
    asking.ask(beijing, bo, "哪一步最不该交给大模型？", at=at)
    Question.objects.update(approved_at=at)
    host = client_of(leo)

    assert '<p class="t2">Panel</p>' in remote_of(host, "now", beijing)
    assert '<p class="t2">Jessy</p>' in remote_of(host, "speaker", beijing)
    assert '<p class="t2">哪一步最不该交给大模型？</p>' in remote_of(host, "questions", beijing)
    assert '<p class="t2">Hi' in remote_of(host, "welcome", beijing)
    cue = f"Panel has 36 minutes left. Then, at {beijing.local(at + timedelta(minutes=36)):%H:%M}: 茶歇."
    assert cue in remote_of(host, "now", beijing)


def test_the_cue_card_and_the_names_as_they_are_pronounced_are_on_the_remote(
    panel, tea, beijing, leo, client_of, announce
):
    Talk.objects.filter(pk=panel.pk).update(cue="收尾问题给卡兹克")
    guest = Speaker.objects.create(event=beijing, name="吉川明静", said_as="jí chuān míng jìng")
    Appearance.objects.create(talk=tea, speaker=guest, role="speaker")
    announce()

    page = remote_of(client_of(leo), "now", beijing)

    (cue,) = re.findall('<section class="cue">(.*?)</section>', page)
    assert re.findall("<p[^>]*>(.*?)</p>", cue) == [
        "Your cue",
        f"Panel has 36 minutes left. Then, at {beijing.local(panel.ends_at + timedelta(minutes=4)):%H:%M}: 茶歇. 收尾问题给卡兹克",
        "吉川明静: jí chuān míng jìng",
    ]


def test_the_cue_says_when_an_entry_runs_over(panel, beijing, leo, client_of, at):
    Talk.objects.filter(pk=panel.pk).update(started_at=at - timedelta(minutes=43))

    assert "Panel is 3 minutes over." in remote_of(client_of(leo), "now", beijing)


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

    phone.post(f"/attend/beijing/questions/{question.pk}/vote/", {"stands": "1"})
    assert Question.objects.get().votes == 1
    phone.post(f"/attend/beijing/questions/{question.pk}/vote/", {"stands": "0"})
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
def test_a_scene_reads_its_moving_part_again(scene, panel, film, leo, client_of):
    answer = client_of(leo).get(f"/stage/beijing/programme/{scene}/")

    assert answer.status_code == 200
    assert panel.title_en in answer.content.decode()


def test_moving_the_rest_can_be_looked_at_first(beijing, panel, film, leo, client_of):
    """Fifteen minutes from what is expected, which is four minutes late."""
    then = film.starts_at + timedelta(minutes=4 + 15)
    page = client_of(leo).get("/organise/beijing/programme/?minutes=15").content.decode()

    assert f"<b>{beijing.local(then):%H:%M}</b> 从剧本到拍摄" in page
    assert Talk.objects.get(pk=film.pk).starts_at == film.starts_at
    client_of(leo).post("/organise/beijing/programme/shift/", {"minutes": "15"})
    assert programme.day(beijing, at=timezone.now()).lines[-1].expected_at == then
    assert client_of(leo).get("/organise/beijing/programme/?minutes=²").status_code == 200


@pytest.mark.usefixtures("english")
def test_what_the_host_moves_is_announced_at_once_and_the_draft_stays_a_draft(beijing, panel, tea, film, at):
    Talk.objects.filter(pk=film.pk).update(title="还没定的题目")
    catching_up.shift_rest(beijing, 10, at=at)

    version = beijing.programme_versions.first()
    assert version.snapshot[str(film.pk)]["title"] == "从剧本到拍摄"
    assert [line.talk.title for line in programme.day(beijing, at=at).lines] == ["圆桌", "茶歇", "从剧本到拍摄"]
    assert [change.words for change in publishing.pending(beijing)] == [["was called “从剧本到拍摄”"]]


def test_one_tap_shows_before_what_it_does(beijing, panel, tea, film, leo, client_of, at):
    today = programme.day(beijing, at=at)
    seen = {
        talk.title: then
        for talk, _was, then in catching_up.absorb_outlook(today, catching_up.absorbable(today), at=at).rows
    }
    catching_up.absorb(tea, at=at)

    assert {line.talk.title: line.expected_at for line in programme.day(beijing, at=at).rest} == seen


def test_one_number_tells_the_delay_on_every_page(beijing, panel, film, leo, bo, client_of, as_attendee):
    host = client_of(leo)
    Stage.objects.create(event=beijing, scene="now")

    assert '<b class="amber">+4</b>' in host.get("/stage/beijing/remote/").content.decode()
    for client, path in (
        (as_attendee(bo), "/attend/beijing/live/"),
        (host, "/stage/beijing/programme/now/"),
        (host, "/organise/beijing/programme/"),
        (host, "/organise/beijing/"),
    ):
        assert "4 min late" in client.get(path).content.decode(), path


def test_the_phone_mirrors_the_big_screen(beijing, panel, film, bo, as_attendee, at):
    asking.decide(asking.ask(beijing, bo, "哪一步？", at=at, approved=True), "pin", at=at)
    Stage.objects.create(event=beijing, scene="questions")

    assert "哪一步？" in as_attendee(bo).get("/attend/beijing/live/").content.decode()


@pytest.mark.parametrize(
    ("scene", "words", "page"),
    [
        ("welcome", "Hi", "ticket/"),
        ("board", "Scan to board", "ticket/"),
        ("ice", "Your carriage has a card", "aboard/"),
        ("now", "Panel", "programme/"),
        ("speaker", "Jessy", "live/"),
        ("break", "茶歇", "live/"),
        ("shots", "The first journey", "film/wall/"),
        ("film", "The first journey", "film/"),
        ("pot", "0 stubs in the box", "luck/"),
        ("thanks", "Next stop Shanghai", "recap/"),
    ],
)
def test_every_scene_has_its_line_on_the_phones_and_the_remote(
    beijing, panel, film, bo, as_attendee, leo, client_of, scene, words, page
):
    """What the room sees, in words, and where a phone takes part in it."""
    Challenge.objects.create(event=beijing, title="第一趟", title_en="The first journey")
    Event.objects.filter(pk=beijing.pk).update(next_city="上海", next_city_en="Shanghai")
    entering.raffle_of(beijing, at=timezone.now())
    Stage.objects.create(event=beijing, scene=scene)

    (line,) = re.findall(
        r'<a class="mirrorline" href="([^"]+)".*?<b>(.*?)</b>',
        as_attendee(bo).get("/attend/beijing/live/").content.decode(),
    )

    assert line[0] == f"/attend/beijing/{page}"
    assert line[1].startswith(words)
    assert f'<p class="t2">{line[1]}</p>' in client_of(leo).get("/stage/beijing/remote/").content.decode()


def test_the_stage_shows_which_question_is_pinned_and_the_next_three(
    beijing, panel, film, bo, leo, client_of, at, django_capture_on_commit_callbacks
):
    made = [
        Question.objects.create(event=beijing, attendee=bo, text=f"问题 {n}", votes=n, at=at, approved_at=at)
        for n in range(6)
    ]
    host = client_of(leo)

    def decide(what):
        with django_capture_on_commit_callbacks(execute=True):
            host.post(f"/organise/beijing/questions/{made[1].pk}/{what}/")

    def wall():
        page = host.get("/stage/beijing/programme/questions/").content.decode()
        return (
            re.findall(r"<h1>(.*?)</h1>", page),
            re.findall(r"</b><span>(.*?)</span>", page),
            'class="pinned"' in page,
        )

    assert wall() == (["问题 5"], ["问题 4", "问题 3", "问题 2"], False)
    decide("pin")
    assert wall() == (["问题 1"], ["问题 5", "问题 4", "问题 3"], True)
    decide("answer")
    assert wall() == (["问题 5"], ["问题 4", "问题 3", "问题 2"], False)


def test_the_clicker_moves_the_stage_without_taking_it_from_the_host(beijing, leo, mei, client_of):
    stage = Stage.objects.create(event=beijing, controller=mei)
    other = client_of(leo)

    other.post("/stage/beijing/show/", {"scene": "now", "version": "0"})
    stage.refresh_from_db()
    assert (stage.scene, stage.version) == ("welcome", 0)
    assert other.post("/stage/beijing/show/", {"clicker": "1", "move": "next", "version": "0"}).status_code == 204
    assert other.post("/stage/beijing/show/", {"clicker": "1", "move": "next", "version": "0"}).status_code == 409
    stage.refresh_from_db()
    assert (stage.version, stage.controller) == (1, mei)
    assert stage.scene != "welcome"


def test_two_hosts_who_say_that_the_speaker_is_here_agree(panel, leo, mei, client_of):
    part = panel.appearances.get()
    for person in (leo, mei):
        client_of(person).post(f"/organise/beijing/programme/arrived/{part.pk}/", {"here": "1"})

    part.refresh_from_db()
    assert part.arrived_at and part.arrived_by == leo

    client_of(mei).post(f"/organise/beijing/programme/arrived/{part.pk}/", {"here": "0"})
    part.refresh_from_db()
    assert (part.arrived_at, part.arrived_by) == (None, None)


def test_before_the_first_entry_the_host_has_its_cue_and_how_its_names_are_said(beijing, leo, client_of, at):
    talk = Talk.objects.create(
        event=beijing, title="数字人", title_en="Digital people", starts_at=at + timedelta(minutes=9), cue="手机静音"
    )
    Appearance.objects.create(talk=talk, speaker=Speaker.objects.create(event=beijing, name="乔", said_as="qiáo"))

    page = client_of(leo).get("/stage/beijing/remote/").content.decode()

    assert f"At {beijing.local(talk.starts_at):%H:%M}: Digital people." in page
    assert "手机静音" in page and "乔: qiáo" in page


def test_one_minute_late_is_said_by_the_desk_as_by_the_phones(beijing, bo, mei, client_of, as_attendee, at):
    talk = Talk.objects.create(event=beijing, title="圆桌", starts_at=at - timedelta(minutes=5), minutes=40)
    programme.start(talk, at=at - timedelta(minutes=4))
    later = Talk.objects.create(event=beijing, title="茶歇", starts_at=talk.ends_at, minutes=30)
    publishing.publish(beijing, by=None, at=later.starts_at, tell=False)

    for page in (client_of(mei).get("/organise/beijing/"), as_attendee(bo).get("/attend/beijing/live/")):
        assert "1 min late" in page.content.decode()


def test_what_was_asked_of_everybody_and_answered_stands_on_the_recap(beijing, bo, chen, visitor, as_attendee, at):
    asking.decide(asking.ask(beijing, bo, "下一站去哪？", at=at, approved=True), "answer", at=at)
    asking.ask(beijing, chen, "没人答的", at=at, approved=True)
    Event.objects.filter(pk=beijing.pk).update(ends_at=at - timedelta(minutes=1), ended_at=at)

    page = visitor.get("/attend/beijing/recap/").content.decode()

    assert "Asked of everybody" in page and "下一站去哪？" in page
    assert "没人答的" not in page


def test_a_question_that_is_held_back_stays_visible_to_its_author_alone(beijing, bo, chen, as_attendee, at):
    asking.decide(asking.ask(beijing, bo, "尖锐的问题", at=at, approved=True), "hold", at=at)

    mine, other = (as_attendee(who).get("/attend/beijing/questions/").content.decode() for who in (bo, chen))

    assert "尖锐的问题" in mine and "the host keeps it back" in mine
    assert "尖锐的问题" not in other
