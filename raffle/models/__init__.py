"""The nouns of the raffle, one a file."""

from raffle.models.claim import Call, Claim, Void
from raffle.models.draw import Contribution, Draw, SpokenText
from raffle.models.entry import Entrant
from raffle.models.narration import ModelCall, Narration
from raffle.models.prize import Prize, PrizeCode
from raffle.models.record import LogRecord, Raffle
from raffle.models.rehearsal import Rehearsal

__all__ = [
    "Call",
    "Claim",
    "Contribution",
    "Draw",
    "Entrant",
    "LogRecord",
    "ModelCall",
    "Narration",
    "Prize",
    "PrizeCode",
    "Raffle",
    "Rehearsal",
    "SpokenText",
    "Void",
]
