"""FCPXML 1.10 for Final Cut Pro and Resolve: its own writer, as the adapter of OTIO writes 1.8 and loses dissolves. PURE."""

from urllib.parse import quote
from xml.etree import ElementTree as ET

from cocreation.planner import FPS
from cocreation.timeline_export.naming import Media, Reel

DISSOLVE = "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265"
NAMED = {
    720: "FFVideoFormat720p30",
    1080: "FFVideoFormat1080p30",
}  # Final Cut's own; any other size goes without a name


def fcpxml(reel: Reel) -> str:
    """The reel as FCPXML; times are fractions of a second with the frame as their unit."""
    root = ET.Element("fcpxml", version="1.10")
    resources = ET.SubElement(root, "resources")
    size = {"width": str(reel.width), "height": str(reel.height)}
    named = {"name": NAMED[reel.height]} if reel.height in NAMED else {}
    ET.SubElement(resources, "format", id="r1", frameDuration=seconds(1), **named, **size)  # type: ignore[arg-type]
    ET.SubElement(resources, "effect", id="r2", name="Cross Dissolve", uid=DISSOLVE)
    assets = _assets(resources, reel)
    event = ET.SubElement(ET.SubElement(root, "library"), "event", name=reel.name)
    project = ET.SubElement(event, "project", name=reel.name)
    length = seconds(reel.timeline.frames)
    audio = {"audioLayout": "stereo", "audioRate": "48k"}
    sequence = ET.SubElement(project, "sequence", format="r1", duration=length, tcStart="0s", tcFormat="NDF", **audio)  # type: ignore[arg-type]
    spine = ET.SubElement(sequence, "spine")
    for number, item in enumerate(reel.timeline.items):
        if item.into.kind == "dissolve":
            place = {"offset": seconds(item.start - item.into.half), "duration": seconds(2 * item.into.half)}
            blend = ET.SubElement(spine, "transition", name="Cross Dissolve", **place)  # type: ignore[arg-type]
            ET.SubElement(blend, "filter-video", ref="r2", name="Cross Dissolve")
        clip = _clip(spine, assets, reel.media(item), item)
        if number == 0 and reel.music is not None:
            for start, frames in reel.music_runs():
                place = {"lane": "-1", "offset": seconds(start), "start": "0s", "duration": seconds(frames)}
                ET.SubElement(
                    clip,
                    "asset-clip",
                    ref=assets[reel.music.path],
                    name=reel.music.name,
                    audioRole="music",
                    **place,  # type: ignore[arg-type]
                )
        for beat in reel.timeline.beats:
            if item.start <= beat < item.end:
                where = seconds(item.source + beat - item.start)
                ET.SubElement(clip, "marker", start=where, duration=seconds(1), value="beat")
    ET.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n'
    return head + ET.tostring(root, encoding="unicode") + "\n"


def seconds(frames: int) -> str:
    """Frames as a fraction of a second: 45 is 45/30s."""
    return f"{frames}/{FPS}s" if frames else "0s"


def _clip(spine, assets, media, item):
    mute = {} if item.kind == "shot" and not item.mute else {"srcEnable": "video"}
    place = {"offset": seconds(item.start), "start": seconds(item.source), "duration": seconds(item.frames)}
    return ET.SubElement(spine, "asset-clip", ref=assets[media.path], name=media.name, tcFormat="NDF", **place, **mute)


def _assets(resources, reel: Reel) -> dict[str, str]:
    """One asset a file; returns ids by path."""
    heard = {item.key for item in reel.timeline.shots if not item.mute}
    sounding = {reel.shots[key].path for key in heard}
    found: dict[str, str] = {}
    files: list[Media] = [reel.media(item) for item in reel.timeline.items]
    for media in [*files, *([reel.music] if reel.music else [])]:
        if media.path in found:
            continue
        name = found[media.path] = f"r{len(found) + 3}"
        parts = {"hasVideo": "1", "format": "r1"} if media is not reel.music else {}
        if media is reel.music or media.path in sounding:
            parts |= {"hasAudio": "1", "audioSources": "1", "audioChannels": "2", "audioRate": "48000"}
        asset = ET.SubElement(
            resources,
            "asset",
            id=name,
            name=media.name,
            start="0s",
            duration=seconds(media.frames),
            **parts,  # type: ignore[arg-type]
        )
        ET.SubElement(asset, "media-rep", kind="original-media", src="./" + quote(media.path))
    return found
