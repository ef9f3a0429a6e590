"""Which film everybody sees: one of a theme, whoever publishes, remakes and takes back at the same moment."""

import pytest
from django.utils import timezone

from cocreation import bettering, editing, storyboard
from cocreation.models import Render
from events import jobs, live
from tests.events.test_door_crowd import meanwhile


@pytest.fixture
def made(challenge, make_clip):
    """Makes a finished film of the theme; nothing is rendered."""
    clip = make_clip(1)

    def make():
        scenes = [{"clip": clip.pk, "start": 0, "frames": 90}]
        montage = editing.new_version(challenge)
        plan = storyboard.board(montage)[1].as_json()
        return Render.objects.create(montage=montage, finished_at=timezone.now(), scenes=scenes, plan=plan)

    return make


def public():
    return list(Render.objects.exclude(published_at=None).values_list("pk", flat=True))


def remade(film, challenge):
    """`(job, attempt)` of a film that was made again by itself, just before it takes the place of `film`."""
    again = Render.objects.create(montage=film.montage, finished_at=timezone.now(), scenes=film.scenes)
    return jobs.enqueue("render_montage", subject=again.pk, event=challenge.event, replaces=film.pk), again


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["another editor", "a film that was made again"])
def test_of_two_films_that_are_published_at_once_the_second_is_the_one_that_everybody_sees(made, challenge, first):
    live.tell(challenge.event, "warm")
    before, one, other = made(), made(), made()
    job, again = remade(before, challenge)
    if first == "another editor":
        meanwhile(lambda: editing.publish(one), lambda: editing.publish(other))
    else:
        editing.publish(before)
        meanwhile(lambda: bettering.take_the_place(job, again), lambda: editing.publish(other))

    assert public() == [other.pk]


@pytest.mark.django_db(transaction=True)
def test_a_film_that_is_taken_back_while_another_takes_its_place_is_seen_by_nobody(made, challenge):
    film = made()
    editing.publish(film)
    job, again = remade(film, challenge)

    meanwhile(lambda: bettering.take_the_place(job, again), lambda: editing.unpublish(film, public=True))

    assert public() == []
    assert not editing.is_public(Render.objects.get(pk=film.pk))


def test_take_back_means_the_film_that_is_public_when_the_page_shows_the_one_before(made, challenge, ed, client_of):
    film, desk = made(), client_of(ed)
    editing.publish(film)
    page = desk.get("/organise/beijing/film/").content.decode()
    back = f"/organise/beijing/film/renders/{film.pk}/unpublish/"
    form = page.partition(f'action="{back}"')[2].partition("</form>")[0]
    assert 'name="public" value="1"' in form
    job, again = remade(film, challenge)
    bettering.take_the_place(job, again)
    assert public() == [again.pk]

    said = desk.post(back, {"public": "1"}, follow=True).content.decode()

    assert public() == []
    assert "Version 1 is taken back: nobody sees it any more." in said
    said = desk.post(back, {"public": "1"}, follow=True).content.decode()
    assert "No film is public now: it was taken back already." in said


def test_of_a_film_whose_place_was_taken_take_back_leaves_the_public_one(made, ed, client_of):
    film, another = made(), made()
    editing.publish(film)
    editing.publish(another)

    client_of(ed).post(f"/organise/beijing/film/renders/{film.pk}/unpublish/")

    assert public() == [another.pk]
    assert not editing.is_public(Render.objects.get(pk=film.pk))


@pytest.mark.parametrize("unfit", [{"is_draft": True}, {"finished_at": None}])
def test_what_is_no_finished_film_takes_nobodys_place(made, unfit):
    shown, other = made(), made()
    editing.publish(shown)
    Render.objects.filter(pk=other.pk).update(**unfit)

    with pytest.raises(Render.DoesNotExist):
        editing.publish(other)

    assert public() == [shown.pk]


def test_who_makes_a_team_comes_to_it_also_when_its_theme_has_its_film(made, challenge, chen, as_attendee):
    editing.publish(made())

    answer = as_attendee(chen).post("/attend/beijing/film/teams/", {"name": "补丁小队"}, follow=True)

    assert 'class="teamhead"' in answer.content.decode()


def test_a_page_that_was_open_at_the_premiere_is_told_of_the_film_without_a_page_in_it(
    made, challenge, kite, bo, dai, as_attendee
):
    type(challenge).objects.update(closes_at=timezone.now() - timezone.timedelta(minutes=1))
    editing.publish(made())

    for person in (bo, dai):  # a member, and somebody without a team
        part = as_attendee(person).get(
            f"/attend/beijing/film/?challenge={challenge.pk}", headers={"X-Fragment": "1", "Accept-Language": "en"}
        )
        said = part.content.decode()
        assert ("<html" in said, "<film-player" in said, said.count("Watch the film")) == (False, False, 1)
        assert "The film is being made" not in said
    own = as_attendee(bo).get("/attend/beijing/film/?team", headers={"Accept-Language": "en"}).content.decode()
    assert own.count("Watch the film") == 1
