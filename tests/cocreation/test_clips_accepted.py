"""Every kind of file that a phone, a laptop or a generator makes is taken, and looks as it should."""

from pathlib import Path

import av
import pytest
from PIL import Image

from cocreation.media import copies, ffmpeg, looking
from cocreation.models import Clip
from tests.cocreation import drawing
from tests.cocreation.drawing import film
from tests.work import work


def hdr(transfer):
    """Ten bits, wide colours, and this curve of light."""
    tags = f"setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer}"
    return ("-vf", f"format=yuv420p10le,{tags}", "-c:v", "libx264")


CLIPS = Path(__file__).resolve().parents[3] / "shared" / "media" / "clips"


# what is drawn, and what of it must be found
KINDS = {
    "mp4": (lambda at: film(at, more=("-c:v", "libx264")), {"container": "mov", "width": 320, "height": 180}),
    "mov": (lambda at: film(at, "a.mov", more=("-c:v", "mpeg4")), {"container": "mov", "frames": 15}),
    "webm": (lambda at: film(at, "a.webm", more=("-c:v", "libvpx", "-b:v", "200k")), {"container": "matroska"}),
    "webm with vp9": (lambda at: film(at, "a.webm", more=("-c:v", "libvpx-vp9", "-b:v", "200k")), {"codec": "vp9"}),
    "mkv": (lambda at: film(at, "a.mkv", more=("-c:v", "libx264")), {"container": "matroska", "seconds": 3.0}),
    "gif": (lambda at: film(at, "a.gif"), {"container": "gif", "frames": 15}),
    "gif with uneven delays": (drawing.gif, {"frames": 5, "seconds": 2.5, "varies": True}),
    "turned": (drawing.turned, {"width": 180, "height": 320}),
    "anamorphic": (lambda at: film(at, more=("-c:v", "libx264", "-vf", "setsar=2/1")), {"width": 640, "height": 180}),
    "odd sizes": (
        lambda at: film(at, more=("-vf", "scale=321:181,format=yuv444p", "-c:v", "libx264")),
        {"width": 320, "height": 180, "stored": [321, 181]},
    ),
    "ten bits": (lambda at: film(at, more=("-c:v", "libx264", "-pix_fmt", "yuv420p10le")), {"bits": 10}),
    "hdr": (lambda at: film(at, more=hdr("smpte2084")), {"hdr": "pq", "bits": 10}),
    "hlg": (lambda at: film(at, more=hdr("arib-std-b67")), {"hdr": "hlg"}),
    "alpha": (
        lambda at: film(at, "a.mov", more=("-vf", "format=argb,colorchannelmixer=aa=0.5", "-c:v", "qtrle")),
        {"alpha": True},
    ),
    "no sound": (lambda at: film(at), {"sound": False}),
    "sound": (drawing.sounding, {"sound": True}),
    "a variable rate": (drawing.uneven, {"varies": True, "frames": 36}),
    "another name than it is": (lambda at: film(at, "a.webm", more=("-c:v", "libvpx")).rename(at / "b.mp4"), {}),
}


RARER = {"mov", "webm with vp9", "mkv", "anamorphic", "hlg", "no sound", "another name than it is"}


@pytest.mark.parametrize("kind", [pytest.param(k, marks=pytest.mark.long if k in RARER else ()) for k in KINDS])
def test_what_people_send_is_taken_and_known_for_what_it_is(sent, tmp_path, kind):
    draw, expected = KINDS[kind]
    clip = sent(draw(tmp_path))

    work()

    clip.refresh_from_db()
    assert (clip.state, clip.refusal) == (Clip.State.READY, None)
    assert {name: clip.facts[name] for name in expected} == expected
    assert {made.kind for made in clip.renditions.all()} >= {"poster", "proxy", "upscaled"}


def colour(clip):
    """The mean colour of the poster's lower half: the label stands in the upper one."""
    with Image.open(clip.rendition("poster").file) as image:
        half = image.convert("RGB").crop((0, image.height // 2, image.width, image.height))
        return half.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))


def flat(folder, name, ink, more):
    path = folder / name
    drawing.run("-f", "lavfi", "-i", f"color=c={ink}:size=320x180:rate=5:duration=3", *more, "-y", str(path))
    return path


def test_a_turned_film_stands_upright_on_its_poster(sent, tmp_path):
    clip = sent(drawing.turned(tmp_path))
    work()

    with Image.open(clip.rendition("poster").file) as image:
        assert image.height > image.width


def test_transparent_means_black_and_half_means_half(sent, tmp_path):
    path = flat(tmp_path, "half.mov", "white", ("-vf", "format=argb,colorchannelmixer=aa=0.5", "-c:v", "qtrle"))
    clip = sent(path)
    work()

    assert all(abs(part - 128) < 5 for part in colour(clip))


def test_hdr_is_brought_down_to_what_a_screen_can_show(sent, tmp_path):
    """PQ grey of 203 nits is near white to us, below the knee that keeps highlights: undone it is a dull 148 of 255."""
    signal = round(0.581 * 255)  # PQ of 203 nits
    path = flat(tmp_path, "hdr.mp4", "0x" + f"{signal:02x}" * 3, hdr("smpte2084"))
    clip = sent(path)
    work()

    assert min(colour(clip)) > 205
    assert max(colour(clip)) - min(colour(clip)) <= 2


@pytest.mark.parametrize("size", ["320x180", "1280x720"])
def test_colours_without_a_tag_are_what_the_generator_meant(sent, tmp_path, size):
    matrix = "bt709" if size == "1280x720" else "bt601"
    vf = f"scale={size.replace('x', ':')}:out_color_matrix={matrix}:out_range=tv,format=yuv420p,setparams=colorspace=unknown:color_trc=unknown:color_primaries=unknown"
    path = flat(tmp_path, "red.mp4", "0xd03020", ("-vf", vf, "-c:v", "libx264"))
    clip = sent(path)
    work()

    assert all(abs(a - b) < 5 for a, b in zip(colour(clip), (0xD0, 0x30, 0x20), strict=True))


def test_the_preview_says_in_the_file_that_it_is_made_by_a_machine(sent, tmp_path):
    clip = sent(film(tmp_path))
    work()

    said = ffmpeg.call(["-i", f"file:{clip.rendition('proxy').file.path}", "-f", "null", "-t", "0.1", "-"])
    assert "AI 生成内容  AI-generated" in said


def test_the_stills_to_compare_say_it_too(sent, tmp_path):
    clip = sent(flat(tmp_path, "red.mp4", "0xd03020", ("-c:v", "libx264")))
    work()

    for kind in ("before", "after"):
        with Image.open(clip.rendition(kind).file) as image:
            assert image.info["comment"].decode() == "AI 生成内容  AI-generated"
            corner = image.convert("L").crop((image.width // 2, 0, image.width, image.height // 3))
            assert corner.getextrema()[1] > 180, kind  # the label's letters are light, the red is not


def test_copies_end_with_the_picture_though_the_sound_goes_on(sent, tmp_path):
    path = tmp_path / "long.mp4"
    picture, tone = "testsrc2=size=320x180:rate=5:duration=5", "sine=frequency=440:duration=60"
    drawing.run("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone, "-pix_fmt", "yuv420p", "-y", str(path))
    clip = sent(path)
    work()

    for kind in ("proxy", "upscaled"):
        with av.open(clip.rendition(kind).file.path) as made:
            assert made.duration / av.time_base == pytest.approx(5, abs=0.1), kind
            assert made.streams.audio and made.streams.video[0].frames == 25, kind


def test_a_small_copy_that_lost_its_pictures_is_none(tmp_path):
    path = film(tmp_path, more=("-c:v", "libx264"))
    facts = looking.look(path).facts
    copies.proxy(path, tmp_path / "whole.mp4", facts)

    for more in (30, 16):  # at an even rate not one of them is two that are shown at the same moment
        with pytest.raises(ffmpeg.Broken, match=f"15 frames of {more}"):
            copies.proxy(path, tmp_path / "half.mp4", facts | {"frames": more})


@pytest.mark.skipif(not CLIPS.exists(), reason="optional: the real clips are not here")
def test_the_real_clips_are_all_readable():
    found = {path.name: looking.look(path) for path in sorted(CLIPS.glob("*.*"))}

    assert [name for name, seen in found.items() if seen.refusal] == []
    cafe = found["gen3c_cafe_1280x720_24fps.mp4"].facts
    assert (cafe["frames"], cafe["fps"], cafe["width"]) == (121, 24.0, 1280)
