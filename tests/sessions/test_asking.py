"""Questions as people see them: who asked, in which order, and what a talk's page tells machines."""

import json
import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from events.models import Stage
from sessions import asking, programme, publishing
from sessions.models import Appearance, Question, Speaker, Talk


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def talk(beijing, at):
    made = Talk.objects.create(event=beijing, title="数字人", starts_at=at - timedelta(minutes=4), minutes=25)
    publishing.publish(beijing, by=None, at=at, tell=False)
    return made


def test_who_asks_anonymously_is_named_nowhere(beijing, talk, bo, chen, as_attendee, leo, client_of, at):
    """On the phones of others, on the wall, on the host's list, on the talk's page; only the own phone says "You"."""
    phone = as_attendee(bo)
    phone.post("/attend/beijing/questions/", {"text": "贵吗？", "anonymous": "on", "talk": str(talk.pk)})
    asked = Question.objects.get()
    host = client_of(leo)
    moderation = host.get("/organise/beijing/questions/").content.decode()
    asking.decide(asked, "approve", at=at)
    pages = [moderation, as_attendee(chen).get("/attend/beijing/questions/").content.decode()]
    asking.decide(asked, "pin", at=at)
    Stage.objects.create(event=beijing, scene="questions")
    pages += [
        host.get("/stage/beijing/programme/questions/").content.decode(),
        host.get("/stage/beijing/monitor/").content.decode(),
        as_attendee(chen).get("/attend/beijing/questions/").content.decode(),
    ]
    asking.decide(asked, "answer", at=at)
    pages.append(as_attendee(chen).get(f"/attend/beijing/talks/{talk.pk}/").content.decode())

    assert all("贵吗？" in page for page in pages)
    assert [page.count(bo.name) for page in pages] == [0] * len(pages)


def test_questions_stand_by_their_votes_or_the_newest_first(beijing, talk, bo, chen, as_attendee, at):
    for text, votes in (("一", 1), ("二", 3), ("三", 2)):
        Question.objects.create(event=beijing, attendee=bo, text=f"问{text}", votes=votes, at=at, approved_at=at)
    phone = as_attendee(chen)

    def order(query):
        return re.findall(r"<div><p>(问.)</p>", phone.get(f"/attend/beijing/questions/{query}").content.decode())

    assert order("") == ["问二", "问三", "问一"]
    assert order("?sort=new") == ["问三", "问二", "问一"]


def test_a_talk_tells_machines_when_where_and_who(beijing, talk, visitor):
    """As schema.org's Event; what somebody wrote cannot end the script that holds it."""
    Talk.objects.filter(pk=talk.pk).update(title="</script><script>alert(1)</script>")
    Appearance.objects.create(talk=talk, speaker=Speaker.objects.create(event=beijing, name="廖虎 & 友"))
    publishing.publish(beijing, by=None, at=timezone.now(), tell=False)

    page = visitor.get(f"/attend/beijing/talks/{talk.pk}/").content.decode()

    (script,) = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.DOTALL)
    told = json.loads(script)
    assert (told["@type"], told["name"]) == ("Event", "</script><script>alert(1)</script>")
    assert told["startDate"] == beijing.local(talk.starts_at).isoformat()
    assert told["performer"] == [{"@type": "Person", "name": "廖虎 & 友"}]
    assert "<script>alert(1)" not in page


def test_the_break_counts_down_to_what_follows_with_its_delay(beijing, at, leo, client_of):
    tea = Talk.objects.create(
        event=beijing, kind="break", title="茶歇", starts_at=at - timedelta(minutes=9), minutes=20
    )
    film = Talk.objects.create(event=beijing, title="影片", starts_at=tea.ends_at, minutes=25)
    publishing.publish(beijing, by=None, at=at, tell=False)
    programme.start(tea, at=at - timedelta(minutes=4))

    page = client_of(leo).get("/stage/beijing/programme/break/").content.decode()

    (to,) = re.findall(r'<count-down flaps to="(\d+)"', page)
    assert abs(int(to) / 1000 - (film.starts_at + timedelta(minutes=5)).timestamp()) < 1
    assert "茶歇" in page and "影片" in page


def test_the_database_refuses_a_second_question_on_the_stage(beijing, bo, at):
    asked = {"event": beijing, "attendee": bo, "at": at, "approved_at": at, "pinned_at": at}
    Question.objects.create(text="一", **asked)

    with pytest.raises(IntegrityError, match=r"question_one_pinned|talks_question.event_id"), transaction.atomic():
        Question.objects.create(text="二", **asked)
