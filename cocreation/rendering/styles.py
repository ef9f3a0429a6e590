"""The three styles: how each cuts. How their cards look stands in `looks`: all from the railway's printed things."""

from cocreation.planner import Style

STYLES = {
    "express": Style("express", "cut", 0, 2.2, "#0c100e"),
    "window": Style("window", "dissolve", 16, 3.6, "#0a1a22"),
    "ticket": Style("ticket", "dip", 12, 2.8, "#e9e4da"),
}
COLOURS = ("#a82219", "#1f5fa8", "#10766b", "#8a5a00", "#7a3d78", "#4a5b68")  # the lines of the network map
DEFAULT = "express"


def style(name) -> Style:
    """The style of this name; versions from before there were any are cut straight."""
    return STYLES.get(name, STYLES[DEFAULT])
