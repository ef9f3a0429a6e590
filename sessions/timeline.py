"""The line of the day on the dashboard: entries by their expected times, the clock on it, draws as diamonds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from events import slots
from sessions import programme


@dataclass(frozen=True)
class Segment:
    """An entry on the line; `left` and `width` are percent of it."""

    line: programme.Line
    left: float
    width: float


@dataclass(frozen=True)
class Timeline:
    segments: list[Segment]
    marks: list[tuple[float, slots.Mark]]
    hours: list[tuple[float, datetime]]
    clock: float | None  # percent; None before and after the day


def timeline(today: programme.Day, marks, *, at) -> Timeline | None:
    """The day as one line from its first entry to its last; None without a programme."""
    if not today.lines:
        return None
    begin = min(line.expected_at for line in today.lines)
    end = max(line.expected_end for line in today.lines)
    whole = max((end - begin).total_seconds(), 60)

    def percent(moment) -> float:
        return round(max(0, min(100, 100 * (moment - begin).total_seconds() / whole)), 2)

    segments = [
        Segment(line, percent(line.expected_at), round(percent(line.expected_end) - percent(line.expected_at), 2))
        for line in today.lines
    ]
    shown = [(percent(mark.at), mark) for mark in marks if begin <= mark.at <= end]
    moments = [begin + timedelta(hours=hour) for hour in range(int(whole // 3600) + 1)]
    ticks = [(percent(moment), moment) for moment in moments if percent(moment) < 96]
    return Timeline(segments, shown, ticks, percent(at) if begin <= at <= end else None)


@slots.offer("dashboard_ribbon", order=10)
def ribbon(event, request, at):
    """The whole day at a glance, under the clock."""
    marks = slots.collect("timeline_marks", event, request, at)
    line = timeline(programme.day(event, at=at), marks, at=at)
    return slots.Piece("sessions/slots/ribbon.html", {"line": line}) if line else None


@slots.offer("dashboard_clock", order=10)
def clock(event, request, at):
    """Beside the clock: how late we are, what runs until when, what follows."""
    today = programme.day(event, at=at)
    return slots.Piece("sessions/slots/clock.html", {"today": today}) if today.lines else None
