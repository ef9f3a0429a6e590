"""CMX 3600: cuts only, one event an item. PURE."""

from cocreation.timeline_export.naming import Reel, timecode


def edl(reel: Reel) -> str:
    """The reel as an EDL, 30 frames non-drop; a dissolve becomes the cut in its middle."""
    rows = [f"TITLE: {reel.name}", "FCM: NON-DROP FRAME", ""]
    for number, item in enumerate(reel.timeline.items, 1):
        media = reel.media(item)
        times = (item.source, item.source + item.frames, item.start, item.end)
        rows.append(f"{number:03}  {'AX':<8} V     C        {' '.join(timecode(frame) for frame in times)}")
        rows += [f"* FROM CLIP NAME: {media.name}", f"* FROM CLIP: {media.path}"]
    return "\n".join(rows) + "\n"
