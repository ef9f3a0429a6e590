"""People who let themselves in with the code of the stage: judged in the event's turn, so that nothing changes meanwhile."""

import uuid
from datetime import datetime

from events import admission, door, gates
from events.models import Attendee, Event, Scan


def come_in(attendee: Attendee, *, at: datetime) -> bool:
    """Let somebody in who held the code of this minute; False while the doors are closed, or without a seat."""
    with admission.turn(attendee.event):
        event = Event.objects.get(pk=attendee.event_id)
        if not event.is_running(at):
            return False
        if attendee.check_in:  # a second tap: it came in with the first
            return True
        nonce = f"self-{uuid.uuid4().hex}"  # never one that was answered: who was sent back out may come in again
        answer = door.scan(
            event, attendee.code, at=at, door=gates.STAGE, nonce=nonce, by=None, how=Scan.How.SELF
        ).answer
    return answer in (Scan.Answer.OK, Scan.Answer.ALREADY)
