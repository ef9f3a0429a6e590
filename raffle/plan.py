"""What a host's sentence can mean: a closed plan (pydantic).

It has no field for a person, and no free text but a new prize's name.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Action = Literal["draw", "next", "repeat", "add_prize", "absent", "here", "explain", "undecided"]
Question = Literal[
    "what",
    "which_prize",
    "how_many",
    "what_name",
    "who_next",
    "known_prize",
    "nothing_left",
    "one_thing",
    "stopped",
    "who",
    "removed",
]
Kind = Literal["goods", "code", "arranged"]
MOST = 100


class Plan(BaseModel):
    """The reading of one sentence. `undecided` comes with a question back; nothing is done before the host confirms."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    action: Action
    prize: int | None = Field(default=None, description="draw: id of a prize in the catalogue")
    new_prize: str | None = Field(
        default=None, max_length=80, description="add_prize: its name, copied from the sentence"
    )
    count: int = Field(default=1, ge=1, le=MOST, description="how many are drawn or added")
    kind: Kind = Field(
        default="goods", description="add_prize: a membership or code is code, what is mailed is arranged"
    )
    exclude_winners: bool = Field(default=True, description="false only if earlier winners may win again")
    present_only: bool = Field(default=True, description="false only if people who are not in the room may win")
    group: int | None = Field(
        default=None, ge=1, le=99, description="number of the car (table), if only its people take part"
    )
    question: Question | None = Field(default=None, description="undecided: what the host must be asked")


@dataclass(frozen=True)
class Item:
    """A prize as the readers know it: its number, every name that it goes by, and how many are left."""

    id: int
    names: tuple[str, ...]
    left: int = 1


class Refused(Exception):
    """A sentence that asks for what cannot be, with the reason for the host."""
