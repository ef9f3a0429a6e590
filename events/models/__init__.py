"""The nouns of an event, one a file."""

from events.models.user import User  # isort: skip  (the others refer to it)
from events.models.attendee import Attendee, CheckIn, Transition
from events.models.crew import CrewMember, Role
from events.models.door import Scan, ScanPoint, Visit
from events.models.event import Event
from events.models.icebreaker import Icebreaker, IntroCard, Meeting, Prompt, SeatPin
from events.models.imported_list import ImportedList
from events.models.job import Job, Worker
from events.models.live import LiveCounter, LiveEvent
from events.models.outgoing_mail import OutgoingMail
from events.models.series import Series
from events.models.sponsor import Contribution, Sponsor
from events.models.stage import Stage
from events.models.subscriber import Subscriber

__all__ = [
    "Attendee",
    "CheckIn",
    "Contribution",
    "CrewMember",
    "Event",
    "Icebreaker",
    "ImportedList",
    "IntroCard",
    "Job",
    "LiveCounter",
    "LiveEvent",
    "Meeting",
    "OutgoingMail",
    "Prompt",
    "Role",
    "Scan",
    "ScanPoint",
    "SeatPin",
    "Series",
    "Sponsor",
    "Stage",
    "Subscriber",
    "Transition",
    "User",
    "Visit",
    "Worker",
]
