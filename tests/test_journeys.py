"""The whole day, once, through the pages: from the sign-up of a newcomer to the recap."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cocreation.models import Render, Team
from config import demo
from events import passes, tickets
from events.models import Attendee, CheckIn, Event, OutgoingMail, Stage
from raffle import drawing, proof, verify
from raffle.models import Claim, Draw, Raffle
from tests.cocreation import test_uploads as uploading
from tests.cocreation.test_clips import film_of
from tests.stamps import stamp
from tests.work import work


@pytest.fixture
def day(db):
    """The demo, in the middle of the panel."""
    event = demo.seed()
    Raffle.objects.filter(event=event).update(delay=1000)
    return event


def phone(language="zh-CN"):
    return Client(headers={"accept-language": language})


def crew(email):
    from events.models import User

    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(email=email), backend="django.contrib.auth.backends.ModelBackend")
    return client


def sign_up(client, name, contact):
    return client.post("/attend/beijing/register/", {"name": name, "contact": contact, "stamp": stamp()})


def test_the_whole_day(day, settings, tmp_path):
    settings.LOCAL = True
    settings.FILM_LINES = 180
    newcomer = phone()

    # 1: two fields, a ticket, a mail with a calendar entry
    assert "报名" in newcomer.get("/attend/beijing/").content.decode()
    assert sign_up(newcomer, "夏里", "xia@nextstop.example").status_code == 302
    me = Attendee.objects.get(contact="xia@nextstop.example")
    page = newcomer.get("/attend/beijing/ticket/").content.decode()
    assert me.spaced_code in page
    assert "<svg" in page
    work()
    mail = OutgoingMail.objects.get(attendee=me)
    assert "BEGIN:VCALENDAR" in newcomer.get("/attend/beijing/ticket.ics").content.decode()
    assert "/pass/" in mail.body

    # 2: the seats run out, the next waits, somebody cancels, the first in line is asked
    Event.objects.filter(pk=day.pk).update(capacity=Event.objects.get(pk=day.pk).taken)
    waiting = phone()
    sign_up(waiting, "等一等", "wait@nextstop.example")
    late = Attendee.objects.get(contact="wait@nextstop.example")
    assert late.status == "waitlisted"
    leaver = Attendee.objects.get(number=110, event=day)
    gone = phone()
    gone.cookies[passes.COOKIE] = passes.sign(leaver)
    gone.post("/attend/beijing/give-up/")
    late.refresh_from_db()
    assert late.status == "offered"
    waiting.post("/attend/beijing/offer/", {"answer": "yes"})
    late.refresh_from_db()
    assert late.status == "confirmed"

    # 3: the door
    door = crew("dana@nextstop.example")
    body = json.dumps([{"code": tickets.payload(me), "nonce": "j1", "door": "1"}])
    scanned = door.post("/organise/beijing/door/scan/", body, content_type="application/json").json()["answers"][0]
    assert scanned["answer"] == "ok"
    assert newcomer.get("/attend/beijing/ticket/")["Location"] == "/attend/beijing/aboard/"
    assert "破冰" in newcomer.get("/attend/beijing/aboard/").content.decode()

    # 4: now and next; the host moves the stage
    assert "圆桌" in newcomer.get("/attend/beijing/live/").content.decode()
    host = crew("leo@nextstop.example")
    for scene in ("now", "questions"):
        host.post("/stage/beijing/show/", {"scene": scene})
        assert Stage.objects.get(event=day).scene == scene
        assert host.get("/stage/beijing/").status_code == 200

    # 5: a team, its code, two shots, the film
    a_team_makes_its_shots_and_finds_them_in_the_film(day, newcomer, tmp_path)

    # 6: a prize is drawn, the winner answers, the proof holds
    prize = day.prizes.order_by("order").first()
    newcomer.post("/attend/beijing/raffle/entrant/", json.dumps({"eid": "ab" * 16}), content_type="application/json")
    assert host.post("/stage/beijing/raffle/open/", {"prize": prize.pk, "press": "j"}).status_code == 302
    draw = Draw.objects.get(raffle__event=day)
    sent = newcomer.post(
        "/attend/beijing/raffle/nonce/",
        json.dumps({"draw": draw.number, "nonce": "cd" * 32}),
        content_type="application/json",
    )
    assert sent.json() == {"counted": True}
    later = timezone.now() + timedelta(seconds=20)
    drawing.freeze(draw, at=later)
    drawing.compute(draw, now=lambda: later)
    host.post(f"/stage/beijing/raffle/{draw.number}/reveal/")
    assert host.post(f"/stage/beijing/raffle/{draw.number}/here/", {"rank": 1}).status_code == 302
    host.post("/organise/beijing/raffle/prizes/", {"name": "现场加一个", "quantity": "1"})
    assert day.prizes.filter(name="现场加一个").exclude(added_live_at=None).count() == 1
    assert newcomer.get(f"/attend/beijing/raffle/{draw.number}/").status_code == 200
    published = newcomer.get("/attend/beijing/raffle/proof.json").json()
    assert verify.verify(published)[0][0][0] == draw.number
    assert published == json.loads(json.dumps(proof.collect(draw.raffle)))

    # 7: the host says it in a sentence; nobody can be named
    said = host.post("/stage/beijing/raffle/sentence/", {"sentence": "抽一个K7机械键盘"}, headers={"x-fragment": "1"})
    assert "K7" in said.content.decode()

    # 8: the desk
    desk = crew("mei@nextstop.example").get("/organise/beijing/").content.decode()
    inside = CheckIn.objects.filter(attendee__event=day, undone_at=None).count()
    assert re.search(r"Checked in</p><p class=\"n num\">(\d+)<", desk)[1] == str(inside)

    # 9: the recap
    assert newcomer.get("/attend/beijing/recap/").status_code == 404
    crew("mei@nextstop.example").post("/organise/beijing/end/")
    winner = Claim.objects.get(draw=draw).attendee
    for agrees in (False, True):
        Attendee.objects.filter(pk=winner.pk).update(credits_ok=agrees)
        recap = newcomer.get("/attend/beijing/recap/").content.decode()
        given = re.findall(r"<b>([^<]+)</b> <span class=\"muted\">" + re.escape(prize.name), recap)
        assert given == ([winner.name] if agrees else [])
    assert "《畅聊金融中的大模型》讲稿" in recap
    assert "《从剧本到拍摄》提示词清单" in recap
    assert "<video" in recap
    assert "上海" in recap


def a_team_makes_its_shots_and_finds_them_in_the_film(day, newcomer, tmp_path):
    newcomer.post("/attend/beijing/film/teams/", {"name": "补丁小队"})
    team = Team.objects.get(name="补丁小队")
    assert re.fullmatch("[A-Z]{4}", team.code)
    friend = phone()
    free = day.attendees.confirmed().filter(team_places=None).exclude(contact="xia@nextstop.example")
    friend.cookies[passes.COOKIE] = passes.sign(free.first())
    friend.post(f"/attend/beijing/teams/{team.code.lower()}/")
    assert team.members.count() == 2

    for slot in (1, 2):
        hand_over(newcomer, film_of(tmp_path, f"{slot}.mp4", seconds=2 + slot), slot)
    work()
    shots = list(team.clips.all())
    assert [shot.state for shot in shots] == ["ready", "ready"]
    for shot in shots:
        assert {"poster", "proxy", "upscaled"} <= {made.kind for made in shot.renditions.all()}, shot.slot

    editor = crew("ed@nextstop.example")
    editor.post("/organise/beijing/film/render/")
    work()
    film = Render.objects.latest("pk")
    editor.post(f"/organise/beijing/film/renders/{film.pk}/publish/")
    film.refresh_from_db()
    assert film.published_at is not None
    assert "你的镜头" in newcomer.get("/attend/beijing/film/").content.decode()
    assert film.plan["credits"]


def hand_over(sender, path, slot):
    """A file from a phone, in one chunk of the resumable protocol."""
    answer = uploading.begin(sender, size=path.stat().st_size, slot=slot, name=path.name)
    assert uploading.send(sender, answer["Location"], 0, path.read_bytes()).status_code == 204


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_the_day_opens_in_both_languages(day, language):
    attendee = Attendee.objects.get(event=day, number=2)
    client = phone()
    client.cookies[passes.COOKIE] = passes.sign(attendee)
    for path in ("", "aboard/", "live/", "questions/", "film/", "luck/", "raffle/", "my-data/", "privacy/"):
        answer = client.get(f"/attend/beijing/{path}?lang={language}")
        assert answer.status_code == 200, path
        assert f'data-lang="{language}"' in answer.content.decode()
    boss = crew("mei@nextstop.example")
    for path in ("", "door/", "attendees/", "film/", "raffle/", "jobs/", "programme/", "questions/"):
        assert boss.get(f"/organise/beijing/{path}?lang={language}").status_code == 200, path
    for path in ("", "remote/", "raffle/"):
        assert boss.get(f"/stage/beijing/{path}?lang={language}").status_code == 200, path


def test_the_demo_speaks_english_to_who_reads_it(day):
    """What the programme and the thanks tell, too; names of people stay."""
    reader = phone("en")
    abstracts = dict(day.talks.exclude(abstract="").values_list("pk", "abstract_en"))

    assert len(abstracts) == 6
    for talk, abstract in abstracts.items():
        assert abstract in reader.get(f"/attend/beijing/talks/{talk}/").content.decode()
    page = reader.get("/attend/beijing/").content.decode()
    assert "Event staff" in page
    assert "会务人员" not in page
