"""Why nothing moves, said where somebody waits for it, in their language."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cocreation import editing, handing, storyboard, team_cuts
from events import jobs
from events.models import Job, Worker
from tests.cocreation.test_montages import film, ready, small  # noqa: F401  (fixtures)

FULL = "磁盘满了。腾出空间后会自己接着做。"
DESK = "/organise/beijing/film/"


@pytest.fixture
def full(settings):
    """A disk with no room for anything that is made."""
    settings.DISK_RESERVE_MB = 10**9

    def run():
        jobs.run(Job.objects.filter(state=Job.State.WAITING).latest("pk").pk)

    return run


def test_the_desk_says_that_a_film_waits_for_the_disk(challenge, make_clip, ed, client_of, full):
    make_clip(1)
    editing.render(editing.new_version(challenge))
    page = client_of(ed, accept_language="zh-CN")
    assert "等机器空出来" in page.get(DESK).content.decode()
    full()

    found = page.get(DESK).content.decode()

    assert FULL in found
    assert "等机器空出来" not in found and "The disk is full" not in found


def test_a_film_that_has_no_frame_yet_is_not_said_to_wait_for_a_worker(challenge, make_clip, ed, client_of):
    make_clip(1)
    editing.render(editing.new_version(challenge))
    Job.objects.update(state=Job.State.RUNNING)

    found = client_of(ed).get(DESK).content.decode()

    assert "Getting ready" in found and "Waiting for a worker" not in found


def test_a_film_that_waited_once_and_goes_on_is_not_said_to_wait(challenge, make_clip, ed, client_of, full):
    make_clip(1)
    editing.render(editing.new_version(challenge))
    full()
    Job.objects.update(state=Job.State.RUNNING, done=30, total=90, note="KITE 1")

    found = client_of(ed).get(DESK).content.decode()

    assert "30 of 90 frames" in found


def test_the_storyboard_says_that_its_preview_waits_for_the_disk(challenge, make_clip, ed, client_of, full):
    make_clip(1)
    version = editing.new_version(challenge)
    storyboard.draft(version)
    full()

    state = client_of(ed, accept_language="zh-CN").get(f"{DESK}versions/{version.pk}/state/").json()

    assert state["waits"] == FULL


def test_the_desk_says_that_packing_waits_for_the_disk(film, ed, client_of, full):  # noqa: F811
    handing.pack(film)
    full()

    found = client_of(ed, accept_language="zh-CN").get(DESK).content.decode()

    assert FULL in found and "打包中 0 %" not in found


def test_a_team_is_told_that_its_cut_waits_for_the_disk(film, kite, bo, as_attendee, full):  # noqa: F811
    editing.publish(film)
    team_cuts.ask(film, kite, "gif")
    full()

    found = as_attendee(bo, "zh-CN").get("/attend/beijing/film/").content.decode()

    assert FULL in found


NOBODY = "现在没有机器在处理，工作人员看得到。恢复后会自己接着做。"


def alone(page):
    """What `page()` says of work that came a moment ago, has waited, and has a worker after all: whether nobody does it."""
    now, found = timezone.now(), []
    found.append(NOBODY in page())
    Job.objects.update(created_at=now - timedelta(minutes=2))
    found.append(NOBODY in page())
    worker = Worker.objects.create(name="films@here", queues="default,media,probe", heard_at=now)
    found.append(NOBODY in page())
    Worker.objects.filter(pk=worker.pk).update(heard_at=now - timedelta(minutes=2))
    found.append(NOBODY in page())
    return found


def test_a_preview_that_nobody_makes_is_not_said_to_be_at_nought_percent_for_ever(challenge, make_clip, ed, client_of):
    make_clip(1)
    version, page = editing.new_version(challenge), client_of(ed, accept_language="zh-CN")
    storyboard.draft(version)

    said = alone(lambda: page.get(f"{DESK}versions/{version.pk}/state/").json()["waits"])

    assert said == [False, True, False, True]


def test_the_desk_says_that_nobody_makes_a_film_or_packs_one(film, challenge, make_clip, ed, client_of):  # noqa: F811
    page = client_of(ed, accept_language="zh-CN")
    editing.render(editing.new_version(challenge))
    assert alone(lambda: page.get(DESK).content.decode()) == [False, True, False, True]

    Job.objects.all().delete()
    Worker.objects.all().delete()
    handing.pack(film)
    assert alone(lambda: page.get(DESK).content.decode()) == [False, True, False, True]


def test_a_team_is_told_that_nobody_makes_its_cut(film, kite, bo, as_attendee):  # noqa: F811
    editing.publish(film)
    team_cuts.ask(film, kite, "gif")
    phone = as_attendee(bo, "zh-CN")

    assert alone(lambda: phone.get("/attend/beijing/film/").content.decode()) == [False, True, False, True]


def test_what_waits_for_the_disk_is_said_to_do_so_until_nobody_looks_any_more(
    challenge, make_clip, ed, client_of, full
):
    make_clip(1)
    version = editing.new_version(challenge)
    storyboard.draft(version)
    full()
    page, now = client_of(ed, accept_language="zh-CN"), timezone.now()
    said = []

    for begins in (now + timedelta(seconds=20), now - timedelta(minutes=2)):
        Job.objects.update(created_at=now - timedelta(hours=1), not_before=begins)
        said.append(page.get(f"{DESK}versions/{version.pk}/state/").json()["waits"])

    assert said == [FULL, NOBODY]
