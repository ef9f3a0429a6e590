"""The three styles: how each cuts, and how its cards, names and label look. All from the railway's printed things."""

from dataclasses import dataclass

from cocreation.planner import Style


@dataclass(frozen=True)
class Look:
    """Colours of a style's cards and names; `ornament` names what is drawn behind the words (cards.py)."""

    ground: str
    ink: str
    quiet: str
    accent: str
    ornament: str
    plate: tuple[int, int, int, int]
    plate_ink: str


STYLES = {
    "express": Style("express", "cut", 0, 2.2, "#0a1512"),
    "window": Style("window", "dissolve", 16, 3.6, "#07131a"),
    "ticket": Style("ticket", "dip", 12, 2.8, "#f6e7e3"),
}
LOOKS = {
    "express": Look("#0c4a3a", "#f5eddc", "#c7ddd3", "#f4b92f", "carriage", (8, 20, 16, 205), "#f5eddc"),
    "window": Look("#0b1a24", "#fbf0cf", "#8fb3b8", "#ffc23d", "windows", (7, 19, 26, 205), "#fbf0cf"),
    "ticket": Look("#f3dcd6", "#2a1713", "#7d5148", "#b3261e", "guilloche", (246, 231, 227, 235), "#2a1713"),
}
COLOURS = ("#a82219", "#1f5fa8", "#10766b", "#8a5a00", "#7a3d78", "#4a5b68")  # the lines of the network map
DEFAULT = "express"


def style(name) -> Style:
    """The style of this name; versions from before there were any are cut straight."""
    return STYLES.get(name, STYLES[DEFAULT])


def look(name) -> Look:
    return LOOKS.get(name, LOOKS[DEFAULT])
