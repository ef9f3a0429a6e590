"""How pieces are encoded: the same arguments give the same bytes. PURE."""

from dataclasses import dataclass

from cocreation.media.picture import OUT

VERSION = "film/6"
LABEL = "AI 生成内容  AI-generated"
EXACT = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
SAYS = ["-metadata", f"comment={LABEL}"]
ONE_THREAD = ["-filter_threads", "1", "-filter_complex_threads", "1"]


@dataclass(frozen=True)
class Canvas:
    """The picture of a film: its size, and how hard the encoder tries."""

    width: int = 1920
    height: int = 1080
    preset: str = "veryfast"
    crf: int = 20

    @property
    def words(self) -> list:
        """What a piece's key holds of it."""
        return [VERSION, self.width, self.height, self.preset, self.crf]

    def scaled(self, pixels: float) -> int:
        """A length that is drawn for 1080 lines, on this canvas."""
        return max(1, round(pixels * self.height / 1080))


FULL = Canvas()
DRAFT = Canvas(640, 360, "ultrafast", 30)
PHONE = Canvas(1280, 720, "veryfast", 24)


def lines(height: int) -> Canvas:
    """The full film at so many lines."""
    return Canvas(2 * round(height * 8 / 9), height)


def x264(canvas: Canvas) -> list[str]:
    """One thread, closed groups that begin with each piece, one time base, named colours, no metadata."""
    return [
        *("-c:v", "libx264", "-preset", canvas.preset, "-crf", str(canvas.crf), "-pix_fmt", "yuv420p"),
        *("-threads", "1", "-g", "60", "-x264-params", "open-gop=0", "-video_track_timescale", "15360"),
        *OUT,
        *EXACT,
    ]
