"""Music in the admin: words and tempo may change, the sound under finished films may not."""

from django.core.files.base import ContentFile
from django.utils import translation

from cocreation import music
from cocreation.models import Soundtrack


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
