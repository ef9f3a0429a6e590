"""The nouns of co-creation, one a file."""

from cocreation.models.challenge import Challenge
from cocreation.models.clip import Clip, Like, Rendition
from cocreation.models.montage import Montage, Render, TeamCut
from cocreation.models.soundtrack import Soundtrack
from cocreation.models.team import Part, SentAway, Team, TeamMember, TeamWish
from cocreation.models.upload import Upload

__all__ = [
    "Challenge",
    "Clip",
    "Like",
    "Montage",
    "Part",
    "Render",
    "Rendition",
    "SentAway",
    "Soundtrack",
    "Team",
    "TeamCut",
    "TeamMember",
    "TeamWish",
    "Upload",
]
