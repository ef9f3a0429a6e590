"""Polls: one is open at a time, everybody answers once and may change it, the wall shows what came in."""

from collections import Counter
from dataclasses import dataclass

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from events import live
from events.db import write_gate
from events.text import clean_text
from sessions.models import Poll, PollAnswer

MARKS = range(1, 6)
MOST_CHOICES, CHOICE_LENGTH = 8, 90  # in both languages
WORD_LENGTH, WORDS_SHOWN = 12, 30


@dataclass(frozen=True)
class Row:
    """One bar of the wall: what it stands for, how many, percent of the answers, percent of the longest bar."""

    label: str
    count: int
    percent: int
    width: int


@dataclass(frozen=True)
class Tally:
    rows: list[Row]
    answers: int
    mean: float | None = None  # of a scale


def make(event, *, text, kind, choices=(), text_en="") -> Poll:
    """Write a poll; raises ValueError in words."""
    text = clean_text(text)
    found = list(dict.fromkeys(filter(None, (clean_text(choice)[:CHOICE_LENGTH] for choice in choices))))
    if not text:
        raise ValueError(_("A poll needs a question."))
    if kind not in Poll.Kind.values:
        raise ValueError(_("Choose what kind of poll it is."))
    if kind in (Poll.Kind.ONE, Poll.Kind.MANY) and not 2 <= len(found) <= MOST_CHOICES:
        raise ValueError(_("Between 2 and %(most)d choices, one a line.") % {"most": MOST_CHOICES})
    return Poll.objects.create(
        event=event, text=text[:120], text_en=clean_text(text_en)[:160], kind=kind, choices=found
    )


def open_(poll, *, at) -> None:
    """Open it to the room; another one that is open is closed. A closed one opens again with its answers."""
    with write_gate(), transaction.atomic():
        list(Poll.objects.select_for_update().filter(event=poll.event))  # two hosts: the second waits
        Poll.objects.filter(event=poll.event, opened_at__isnull=False, closed_at=None).exclude(pk=poll.pk).update(
            closed_at=at
        )
        Poll.objects.filter(pk=poll.pk).update(opened_at=at, closed_at=None)
        live.tell(poll.event, "poll", open=poll.pk)


def close(poll, *, at) -> None:
    """No more answers; the wall keeps what it shows."""
    with write_gate(), transaction.atomic():
        Poll.objects.filter(pk=poll.pk, closed_at=None, opened_at__isnull=False).update(closed_at=at)
        live.tell(poll.event, "poll", closed=poll.pk)


def hide_word(poll, word) -> None:
    """Take a word off the wall, whoever wrote it."""
    with write_gate(), transaction.atomic():
        row = Poll.objects.select_for_update().get(pk=poll.pk)
        row.hidden_words = sorted({*row.hidden_words, word})
        row.save(update_fields=["hidden_words"])
        live.tell(poll.event, "poll")


def answer(poll, attendee, given: list[str]) -> None:
    """Keep one answer; the same person's earlier one is replaced. Raises ValueError in words."""
    value = _read(poll, given)
    with write_gate(), transaction.atomic():
        if not Poll.objects.filter(pk=poll.pk, opened_at__isnull=False, closed_at=None).exists():
            raise ValueError(_("This poll is closed."))
        PollAnswer.objects.update_or_create(poll=poll, attendee=attendee, defaults={"value": value})
        if cache.add(f"poll-told:{poll.pk}", 1, timeout=1):  # the wall reads every two seconds anyway
            live.tell(poll.event, "poll")


def _read(poll, given):
    if poll.kind == Poll.Kind.WORD:
        word = clean_text(given[0] if given else "")
        if not word or len(word) > WORD_LENGTH:
            raise ValueError(_("One word, at most %(n)d characters.") % {"n": WORD_LENGTH})
        return word
    numbers = sorted({int(text) for text in given if text.isascii() and text.isdigit() and len(text) < 3})
    if poll.kind == Poll.Kind.SCALE:
        if len(numbers) != 1 or numbers[0] not in MARKS:
            raise ValueError(_("Choose a number from 1 to 5."))
        return numbers[0]
    if not numbers or numbers[-1] >= len(poll.choices) or (poll.kind == Poll.Kind.ONE and len(numbers) > 1):
        raise ValueError(_("Choose an answer."))
    return numbers


def tally(poll) -> Tally:
    """What came in, as the wall shows it: choices and marks in their order, words by how often."""
    values = list(poll.answers.values_list("value", flat=True))
    if poll.kind == Poll.Kind.WORD:
        counted = Counter(word for word in values if word not in poll.hidden_words)
        pairs = counted.most_common(WORDS_SHOWN)
        return Tally(_rows(pairs, len(values)), len(values))
    if poll.kind == Poll.Kind.SCALE:
        counted = Counter(values)
        mean = sum(values) / len(values) if values else None
        return Tally(_rows([(str(mark), counted[mark]) for mark in MARKS], len(values)), len(values), mean)
    counted = Counter(number for value in values for number in value)
    return Tally(_rows([(text, counted[n]) for n, text in enumerate(poll.spoken_choices())], len(values)), len(values))


def _rows(pairs, answers):
    longest = max((count for _label, count in pairs), default=0)
    return [
        Row(
            label, count, round(100 * count / answers) if answers else 0, round(100 * count / longest) if longest else 0
        )
        for label, count in pairs
    ]


def shown(event) -> Poll | None:
    """The poll for the stage and the phones: the open one, else the one that was closed last."""
    rows = event.polls.exclude(opened_at=None)
    return rows.filter(closed_at=None).first() or rows.order_by("-closed_at").first()
