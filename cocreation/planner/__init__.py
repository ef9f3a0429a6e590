"""From shots, beats and wishes to a Timeline in whole frames. PURE: same input, same plan."""

from cocreation.planner.ordering import arranged, chosen
from cocreation.planner.planning import plan
from cocreation.planner.spans import Body, Join, spans
from cocreation.planner.values import (
    FPS,
    Beats,
    Card,
    Credits,
    Item,
    Music,
    Shot,
    Style,
    Timeline,
    Transition,
    Wishes,
)

__all__ = [
    "FPS",
    "Beats",
    "Body",
    "Card",
    "Credits",
    "Item",
    "Join",
    "Music",
    "Shot",
    "Style",
    "Timeline",
    "Transition",
    "Wishes",
    "arranged",
    "chosen",
    "plan",
    "spans",
]
