"""Music in the admin: words and tempo may change, the sound under finished films may not."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils import translation

from cocreation import editing, films, music, upkeep
from cocreation.models import Soundtrack
from events import jobs
from events.models import Event
from tests.cocreation import drawing
from tests.cocreation.test_clips import work_off


def test_the_file_of_music_is_given_once(beijing, mei, client_of):
    track = Soundtrack.objects.create(event=beijing, title="Rain", credit="CC0", file=ContentFile(b"RIFF", "rain.wav"))
    Soundtrack.objects.filter(pk=track.pk).update(heard={"bpm": 100, "seconds": 9}, sha256="a" * 64)
    before = Soundtrack.objects.get()
    client, page = client_of(mei), f"/admin/cocreation/soundtrack/{track.pk}/change/"
    words = {"event": beijing.pk, "title": "Rain at night", "credit": "CC0", "bpm": "90", "offset": "0.5"}

    client.post(page, words | {"piece": "lantern", "heard": "{}", "sha256": "", "file": ContentFile(b"x", "other.wav")})

    after = Soundtrack.objects.get()
    assert (after.title, after.bpm, after.offset) == ("Rain at night", 90, 0.5)
    same = ("file", "piece", "heard", "sha256")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert 'name="file"' in client.get("/admin/cocreation/soundtrack/add/").content.decode()


def test_our_own_pieces_are_named_in_both_languages_whoever_chooses_them(beijing):
    with translation.override("en"):
        track = music.house_piece(beijing, "departure")

    assert track.title == "发车 Departure"
    assert "Synthesised by Nextstop" in track.credit and "合成" in track.credit


def wav(folder, seconds=2):
    path = folder / "rain.wav"
    drawing.run("-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", "-y", str(path))
    return path.read_bytes()


def test_music_that_was_added_in_the_admin_is_listened_to(beijing, mei, client_of, tmp_path):
    page = "/admin/cocreation/soundtrack/add/"
    words = {"event": beijing.pk, "title": "Rain", "credit": "CC0", "piece": "", "bpm": "", "offset": "0"}

    client_of(mei).post(page, words | {"file": ContentFile(wav(tmp_path), "rain.wav")})
    work_off()

    assert Soundtrack.objects.get().heard["seconds"] == 2


def test_music_that_nobody_listened_to_is_heard_by_itself_a_few_times(beijing, now, tmp_path):
    Soundtrack.objects.create(event=beijing, title="Rain", file=ContentFile(wav(tmp_path), "rain.wav"))
    Soundtrack.objects.create(event=beijing, title="Noise", file=ContentFile(b"RIFF" * 99, "noise.wav"))

    assert upkeep.heal(now) == 2
    work_off()

    assert [sorted(track.heard) for track in Soundtrack.objects.all()][1] == ["silent"]
    assert Soundtrack.objects.first().heard["seconds"] == 2
    assert upkeep.heal(now) == 0


def test_the_storyboard_says_that_a_file_has_no_sound(challenge, make_clip, ed, client_of):
    make_clip(1)
    track = Soundtrack.objects.create(event=challenge.event, title="Noise", file="a.wav", heard={"silent": True})
    version = editing.new_version(challenge, soundtrack=track)

    found = client_of(ed).get(f"/organise/beijing/film/versions/{version.pk}/").content.decode()

    assert "There is no sound in this file." in found and "No beat was found" not in found


THEME = "/admin/cocreation/challenge/{}/change/"


def elsewhere_event(event):
    fields = {name: getattr(event, name) for name in ("series", "doors_at", "starts_at", "ends_at", "timezone")}
    return Event.objects.create(number=2, slug="shanghai", code="HISH", title="Shanghai", **fields)


def theme(page, **wishes):
    """What the form of a theme sends as it stands, with these wishes."""
    form = page.context["adminform"].form
    words = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in words.items() if value is not False} | wishes


def test_an_organiser_gives_a_theme_one_of_our_own_pieces(challenge, mei, client_of):
    client, page = client_of(mei), THEME.format(challenge.pk)
    uploaded = Soundtrack.objects.create(event=challenge.event, title="Rain", file="rain.wav")
    elsewhere = Soundtrack.objects.create(event=elsewhere_event(challenge.event), title="Elsewhere", file="b.wav")
    shown = client.get(page)
    assert not Soundtrack.objects.exclude(piece="").exists(), "looking at the form writes nothing"

    for wished in ("piece:lantern", "piece:lantern"):
        assert client.post(page, theme(shown, closes_at_0="", closes_at_1="", soundtrack=wished)).status_code == 302
        challenge.refresh_from_db()
        own = challenge.soundtrack
        assert (own.piece, own.event, own.title) == ("lantern", challenge.event, "信号灯 Lantern")
    assert Soundtrack.objects.filter(piece="lantern").count() == 1

    again = client.get(page)
    assert '<option value="piece:lantern" selected>' in again.content.decode()
    for wrong in ("piece:rm -rf", "piece:", str(elsewhere.pk)):
        assert client.post(page, theme(again, closes_at_0="", closes_at_1="", soundtrack=wrong)).status_code == 200
    client.post(page, theme(again, closes_at_0="", closes_at_1="", soundtrack=str(uploaded.pk)))
    challenge.refresh_from_db()
    assert challenge.soundtrack == uploaded


def test_the_piece_of_music_is_chosen_and_not_typed(beijing, mei, client_of):
    client, page = client_of(mei), "/admin/cocreation/soundtrack/add/"
    words = {"event": beijing.pk, "title": "Ours", "credit": "us", "bpm": "", "offset": "0"}
    assert '<option value="lantern">Lantern</option>' in client.get(page).content.decode()

    assert client.post(page, words | {"piece": "lanterne"}).status_code == 200
    assert client.post(page, words | {"piece": "lantern"}).status_code == 302

    assert [track.piece for track in Soundtrack.objects.all()] == ["lantern"]
    with pytest.raises(ValidationError, match="There is no such piece"):
        Soundtrack(event=beijing, title="a", credit="b", piece="lanterne").full_clean()


def test_a_piece_that_we_do_not_have_breaks_neither_player_nor_storyboard(
    challenge, kite, bo, ed, client_of, as_attendee, tmp_path
):
    """A row of before: its name was typed."""
    track = Soundtrack.objects.create(event=challenge.event, title="Ours", piece="lanterne")
    challenge.soundtrack = track
    challenge.save()
    version = editing.new_version(challenge, soundtrack=track)

    assert as_attendee(bo).get(f"/attend/beijing/film/music/{challenge.pk}/").status_code == 404
    assert client_of(ed).get(f"/organise/beijing/film/versions/{version.pk}/").status_code == 200
    with pytest.raises(jobs.Failed, match="choose another piece"):
        films.music_file(track, tmp_path, None)
