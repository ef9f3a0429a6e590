"""The stills beside the public film: also of takes that were replaced since, and no broken picture of what was taken back."""

import re

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from cocreation import editing, shots, uploads
from cocreation.models import Clip, Render, Rendition

FILM = "/attend/beijing/film/"
BLANK = 'class="still blank"'


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def still(make_clip):
    """Makes a shot with a poster."""

    def make(slot, **fields):
        clip = make_clip(slot, **fields)
        made = Rendition(clip=clip, kind="poster")
        made.file.save("poster.jpg", ContentFile(b"jpeg"))
        return clip

    return make


@pytest.fixture
def shown(challenge, still):
    """The public film of two shots."""
    scenes = [{"clip": still(slot).pk, "start": 90 * slot, "frames": 90} for slot in (1, 2)]
    film = Render.objects.create(
        montage=editing.new_version(challenge), finished_at=timezone.now(), scenes=scenes, plan={"made": 1}
    )
    editing.publish(film)
    return film


def replace(clip, **fields):
    take = Clip(team=clip.team, slot=clip.slot, ending=".mp4", size=1000, **fields)
    uploads.place(take, at=timezone.now())
    return take


def stills(phone):
    """`(answers to the stills beside the film, how many blank tiles)`"""
    page = phone.get(FILM).content.decode()
    found = re.findall(r'<img class="still" src="([^"]+/poster/)"', page)
    return [phone.get(address).status_code for address in found], page.count(BLANK)


def test_a_take_that_was_replaced_after_the_film_is_shown_beside_it_as_long_as_the_film_is_public(
    shown, dai, as_attendee
):
    phone = as_attendee(dai)
    old = Clip.objects.get(slot=1)
    replace(old)

    assert stills(phone) == ([200, 200], 0)
    assert [phone.get(f"{FILM}shots/{old.pk}/{kind}/").status_code for kind in ("proxy", "original")] == [404, 404]

    editing.unpublish(shown)
    assert phone.get(f"{FILM}shots/{old.pk}/poster/").status_code == 404


@pytest.mark.parametrize("how", ["withdrawn", "replaced and withdrawn", "replaced, and the place is not to be shown"])
def test_what_its_team_has_taken_back_is_a_blank_tile_and_no_broken_picture(shown, bo, dai, as_attendee, how):
    clip = Clip.objects.get(slot=1)
    if how != "withdrawn":
        clip_now = replace(clip)
    if how.endswith("withdrawn"):
        shots.withdraw(Clip.objects.current().get(slot=1), at=timezone.now())
    else:
        shots.describe(clip_now, {"may_publish": False})

    assert stills(as_attendee(dai)) == ([200], 1)
    assert as_attendee(dai).get(f"{FILM}shots/{clip.pk}/poster/").status_code == 404
    # Of the team: the first of their own shots stands beside "Your shots are here" as well.
    answers, blank = stills(as_attendee(bo))
    assert (set(answers), blank) == ({200}, 2)


def test_a_shot_without_a_poster_is_a_blank_tile(shown, dai, as_attendee):
    Rendition.objects.filter(clip__slot=2).delete()

    assert stills(as_attendee(dai)) == ([200], 1)


def test_a_replaced_take_that_is_in_no_film_is_for_its_team_alone(still, shown, bo, dai, as_attendee):
    clip = still(3)
    replace(clip)

    poster = f"{FILM}shots/{clip.pk}/poster/"
    assert [as_attendee(one).get(poster).status_code for one in (bo, dai)] == [200, 404]


def test_without_a_ticket_there_are_no_stills_at_all(shown, visitor):
    clip = Clip.objects.get(slot=1)
    replace(clip)

    assert visitor.get(f"{FILM}shots/{clip.pk}/poster/").status_code == 404
    assert stills(visitor) == ([], 2)
