"""What only the crew may know: names, pictures, titles and materials of what was not announced, or was taken out."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone, translation
from PIL import Image

from events.models import OutgoingMail, Stage
from sessions import asking, catching_up, programme, publishing, speaking
from sessions.forms import AbstractForm, SpeakerForm
from sessions.models import Appearance, Question, Speaker, Talk
from sessions.views.speaker import _keep


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def talk(beijing, at):
    return Talk.objects.create(event=beijing, title="旧题目", starts_at=at - timedelta(minutes=4), minutes=25)


@pytest.fixture
def guest(beijing, talk):
    picture = io.BytesIO()
    Image.new("RGB", (60, 60), "#126").save(picture, "JPEG")
    person = Speaker.objects.create(event=beijing, name="神秘嘉宾", mail="guest@nextstop.example")
    person.portrait.save("p.jpg", ContentFile(picture.getvalue()))
    Appearance.objects.create(talk=talk, speaker=person)
    return person


def announce(event):
    return publishing.publish(event, by=None, at=timezone.now(), tell=False)


def test_a_guests_name_and_picture_wait_for_the_announcement(beijing, guest, visitor, leo, client_of):
    paths = [f"/attend/beijing/speakers/{guest.pk}.{ending}" for ending in ("ics", "jpg")]

    def codes(browser):
        return [browser.get(path).status_code for path in paths]

    own = type(visitor)()
    own.get(f"/attend/beijing/speaker/{speaking.sign(guest)}/")
    assert codes(own) == codes(client_of(leo)) == [200, 200]
    assert codes(visitor) == [404, 404]  # also after the crew has looked: nothing of a draft is kept for others
    announce(beijing)
    assert codes(visitor) == [200, 200]


def test_phones_and_the_stage_show_no_draft(beijing, guest, talk, bo, as_attendee, leo, client_of):
    Stage.objects.create(event=beijing, scene="now")
    before = as_attendee(bo).get("/attend/beijing/live/").content.decode()
    stage = client_of(leo).get("/stage/beijing/programme/now/").content.decode()
    announce(beijing)

    assert "旧题目" not in before and "旧题目" not in stage
    assert "旧题目" in as_attendee(bo).get("/attend/beijing/live/").content.decode()
    assert "旧题目" in client_of(leo).get("/stage/beijing/programme/now/").content.decode()


def test_a_question_tells_the_announced_title_of_its_talk(beijing, talk, bo, as_attendee, at):
    later = Talk.objects.create(event=beijing, title="下一场", starts_at=talk.ends_at, minutes=25)
    announce(beijing)
    asking.ask(beijing, bo, "为什么？", at=at, talk=later, approved=True)
    Talk.objects.filter(pk=later.pk).update(title="还不能说", title_en="not yet")

    page = as_attendee(bo).get("/attend/beijing/questions/").content.decode()

    assert "to 下一场" in page
    assert "not yet" not in page


def test_the_recap_lists_what_belongs_to_announced_entries_by_their_announced_titles(beijing, talk, visitor, at):
    hidden = Talk.objects.create(event=beijing, title="没公布", starts_at=talk.ends_at, minutes=25)
    speaking.share_text(talk, title="讲稿", text="一句", kind="text", when="now", at=at)
    assert "讲稿" not in visitor.get("/attend/beijing/recap/").content.decode()
    hidden_pk = hidden.pk
    hidden.delete()
    announce(beijing)
    hidden = Talk.objects.create(pk=hidden_pk, event=beijing, title="没公布", starts_at=talk.ends_at, minutes=25)
    speaking.share_text(hidden, title="别的讲稿", text="一句", kind="text", when="now", at=at)
    Talk.objects.filter(pk=talk.pk).update(title="新题目")
    type(beijing).objects.filter(pk=beijing.pk).update(ended_at=timezone.now())

    page = visitor.get("/attend/beijing/recap/").content.decode()

    assert "讲稿</b>" in page and "旧题目" in page
    assert [word for word in ("别的讲稿", "没公布", "新题目") if word in page] == []


def test_what_was_left_out_is_not_over(beijing, talk, bo, as_attendee, visitor, at):
    """The host swaps two speakers: what waits for the end of the skipped talk goes on waiting."""
    second = Talk.objects.create(event=beijing, title="第二", starts_at=talk.ends_at, minutes=25)
    third = Talk.objects.create(event=beijing, title="第三", starts_at=second.ends_at, minutes=25)
    announce(beijing)
    speaking.share_text(second, title="讲稿", text="一句", kind="text", when="after", at=at)
    asking.ask(beijing, bo, "没轮到？", at=at, talk=second, approved=True)
    programme.start(third, at=at)

    page = as_attendee(bo).get(f"/attend/beijing/talks/{second.pk}/").content.decode()

    assert [word for word in ("讲稿", "There was no time", 'id="feedback"') if word in page] == []
    assert as_attendee(bo).post(f"/attend/beijing/talks/{second.pk}/feedback/", {"mark": "3"}).status_code == 302
    assert not second.feedback.exists()


@pytest.mark.parametrize("scene", ["break", "speaker", "now"])
def test_before_the_announcement_no_scene_says_that_it_is_over(beijing, guest, leo, client_of, scene):
    page = client_of(leo).get(f"/stage/beijing/programme/{scene}/").content.decode()

    assert "over" not in re.sub(r"<[^>]*>", " ", page)


def test_a_version_of_an_earlier_release_is_compared(beijing, talk, mei, client_of):
    version = announce(beijing)
    for facts in version.snapshot.values():
        del facts["kind"]
    type(version).objects.filter(pk=version.pk).update(snapshot=version.snapshot)

    assert client_of(mei).get("/organise/beijing/programme/").status_code == 200
    assert publishing.pending(beijing) == []


def test_a_speaker_takes_their_portrait_away_and_takes_nobodys_name(beijing, guest, talk):
    Speaker.objects.create(event=beijing, name="别人")
    announce(beijing)
    browser = Client(headers={"accept-language": "en"})
    browser.get(f"/attend/beijing/speaker/{speaking.sign(guest)}/")

    taken = browser.post("/attend/beijing/speaker/", {"name": "别人"})
    assert taken.status_code == 422
    assert "Somebody else in this programme has that name." in taken.content.decode()
    assert browser.post("/attend/beijing/speaker/", {"name": "神秘嘉宾", "without_portrait": "on"}).status_code == 302

    guest.refresh_from_db()
    assert not guest.portrait
    assert browser.get(f"/attend/beijing/speakers/{guest.pk}.jpg").status_code == 404


def test_the_last_scene_thanks_those_who_stand_in_the_programme(beijing, guest, leo, client_of):
    Speaker.objects.create(event=beijing, name="没来的人")
    announce(beijing)
    Stage.objects.create(event=beijing, scene="thanks")

    page = client_of(leo).get("/stage/beijing/scene/").content.decode()

    assert "神秘嘉宾" in page and "没来的人" not in page


@pytest.mark.django_db(transaction=True)
def test_a_question_to_what_was_taken_out_meanwhile_goes_to_all(beijing, bo, as_attendee):
    now = timezone.now()
    talk = Talk.objects.create(event=beijing, title="旧题目", starts_at=now - timedelta(minutes=4), minutes=25)
    announce(beijing)
    pk = talk.pk
    talk.delete()
    phone = as_attendee(bo)

    for chosen in ("", str(pk)):
        assert phone.post("/attend/beijing/questions/", {"text": "为什么？", "talk": chosen}).status_code == 302

    assert list(Question.objects.values_list("talk", flat=True)) == [None, None]


def test_what_was_taken_out_offers_nothing_to_press(beijing, talk, bo, as_attendee, leo, client_of, at):
    tea = Talk.objects.create(
        event=beijing, title="茶歇", kind="break", starts_at=talk.ends_at, minutes=30, least_minutes=10
    )
    Talk.objects.create(event=beijing, title="后面", starts_at=tea.ends_at, minutes=25)
    announce(beijing)
    programme.start(talk, at=at)
    assert catching_up.absorbable(programme.day(beijing, at=at)).talk == tea
    tea.delete()

    assert catching_up.absorbable(programme.day(beijing, at=at)) is None
    page = as_attendee(bo)
    assert 'id="feedback"' in page.get(f"/attend/beijing/talks/{talk.pk}/").content.decode()
    pk = talk.pk
    talk.delete()
    assert 'id="feedback"' not in page.get(f"/attend/beijing/talks/{pk}/").content.decode()


def test_what_a_speaker_writes_leaves_alone_what_others_wrote_meanwhile(beijing, guest, talk, at):
    """The link was replaced and the talk has begun between the page and the press."""
    announce(beijing)
    about = SpeakerForm({"name": "神秘嘉宾", "role": "作者"}, instance=Speaker.objects.get(pk=guest.pk))
    words = AbstractForm({"abstract": "一段", "abstract_en": ""}, instance=Talk.objects.get(pk=talk.pk))
    Speaker.objects.filter(pk=guest.pk).update(link_version=2, mail="new@nextstop.example")
    programme.start(talk, at=at)

    for form in (about, words):
        assert form.is_valid(), form.errors
        _keep(form)

    guest.refresh_from_db()
    talk.refresh_from_db()
    assert (guest.role, guest.link_version, guest.mail) == ("作者", 2, "new@nextstop.example")
    assert (talk.abstract, talk.started_at) == ("一段", at)


def test_a_speakers_mail_is_in_their_language_whoever_announces(beijing, guest, talk, visitor):
    for language, words in (("zh-hans", "25 → 30 分钟"), ("en", "25 → 30 min")):
        Speaker.objects.filter(pk=guest.pk).update(language=language)
        Talk.objects.filter(pk=talk.pk).update(minutes=25)
        announce(beijing)
        OutgoingMail.objects.all().delete()
        Talk.objects.filter(pk=talk.pk).update(minutes=30)
        with translation.override("en" if language == "zh-hans" else "zh-hans"):
            publishing.publish(beijing, by=None, at=timezone.now())

        body = OutgoingMail.objects.get().body
        assert words in body
        assert ("The attached file" in body) == (language == "en")


def test_a_link_that_could_run_is_no_link(beijing, guest, talk, visitor):
    """The admin takes any text."""
    Speaker.objects.filter(pk=guest.pk).update(links="javascript:alert(1)\nhttp://[x\nhttps://example.org/me")
    announce(beijing)

    page = visitor.get(f"/attend/beijing/talks/{talk.pk}/").content.decode()

    assert "javascript:alert" not in page and 'href="https://example.org/me"' in page


@pytest.mark.parametrize(
    ("who", "path", "form", "code"),
    [
        ("bo", f"/attend/beijing/questions/{'9' * 25}/vote/", {"stands": "1"}, 404),
        ("guest", "/attend/beijing/speaker/talks/{talk}/when/", {"material": "abc", "when": "now"}, 404),
        ("guest", "/attend/beijing/speaker/talks/{talk}/unshare/", {"material": "²"}, 404),
        ("guest", "/attend/beijing/speaker/talks/{talk}/unshare/", {"material": "9" * 5000}, 404),
        ("leo", "/stage/beijing/show/", {"version": "²", "scene": "now"}, 302),
    ],
)
def test_numbers_that_are_none_are_no_error_of_ours(
    beijing, guest, talk, bo, leo, as_attendee, client_of, who, path, form, code
):
    browser = {"bo": lambda: as_attendee(bo), "leo": lambda: client_of(leo), "guest": lambda: client_of(leo)}[who]()
    if who == "guest":
        browser.get(f"/attend/beijing/speaker/{speaking.sign(guest)}/")

    assert browser.post(path.format(talk=talk.pk), form).status_code == code
