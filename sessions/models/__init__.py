"""The nouns of the programme, one a file."""

from sessions.models.feedback import Feedback
from sessions.models.material import Material
from sessions.models.poll import Poll, PollAnswer, QuestionRules
from sessions.models.question import Question, Vote
from sessions.models.speaker import Appearance, Speaker
from sessions.models.talk import Shift, Talk
from sessions.models.version import Edition, ProgrammeVersion

__all__ = [
    "Appearance",
    "Edition",
    "Feedback",
    "Material",
    "Poll",
    "PollAnswer",
    "ProgrammeVersion",
    "Question",
    "QuestionRules",
    "Shift",
    "Speaker",
    "Talk",
    "Vote",
]
