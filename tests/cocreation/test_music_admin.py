"""Music in the admin: words and tempo may change, the sound under finished films may not."""

from django.core.files.base import ContentFile
from django.utils import translation

from cocreation import editing, music, upkeep
from cocreation.models import Soundtrack
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
