"""The demo: the programme of a real meetup with made-up attendees, so that every page has something to show.

The day is running when it is seeded: the panel is on, four minutes late; 121 of 130 seats are taken, 96 came.
"""

import hashlib
import io
import tempfile
from datetime import timedelta
from pathlib import Path

from django.core.files import File
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageDraw

from cocreation import demo_clips, editing, music, teams, uploads
from cocreation.models import Challenge, Clip
from config import demo_facts as facts
from events import cards, fonts, seating, ticking
from events.models import (
    Attendee,
    CheckIn,
    Contribution,
    CrewMember,
    Event,
    IntroCard,
    Role,
    Scan,
    ScanPoint,
    Series,
    Sponsor,
    Stage,
    Transition,
    User,
)
from raffle import entering
from raffle.models import Prize, PrizeCode
from sessions import publishing, speaking
from sessions.models import Appearance, Poll, PollAnswer, Question, Speaker, Talk

SEATED, PRESENT, PANEL_AT = 121, 96, 120
SLUG, CODE = "beijing", "HIAI"


def is_there() -> bool:
    return Event.objects.exists()


def closed(event, at) -> list[str]:
    """What has ended on the demo's day, in words; nothing for an event of one's own."""
    if (event.slug, event.code) != (SLUG, CODE):
        return []
    ends = {
        "no more shots": Challenge.objects.filter(event=event, closes_at__lt=at).exists(),
        "no more sign-ups": not event.accepts_registrations(at),
        "its people are forgotten": event.forget_at is not None and event.forget_at < at,
    }
    return [words for words, passed in ends.items() if passed]


def seed(at=None) -> Event:
    """Write the demo around this moment; shots are drawn here and looked at by the workers."""
    now = at or timezone.now()
    doors = now.replace(second=0, microsecond=0) - timedelta(minutes=PANEL_AT + 8)
    with transaction.atomic():
        event = _event(doors, now)
        crew = _crew(event)
        _sponsors_and_prizes(event)
        _programme(event, doors, crew["mei"])
        _materials(event, now)
        people = _people(event, doors, crew["dana"])
        _questions(event, people, now)
        _polls(event, people, now)
        Stage.objects.create(event=event, scene="welcome")
        raffle = entering.raffle_of(event, at=doors)
        for person in people[1:PRESENT]:
            entering.enter_on_paper(raffle, person)
        challenge = _challenge(event, doors)
    _shots(challenge, people, now)
    return event


def _event(doors, now) -> Event:
    series = Series.objects.create(name="Hi～AI，交个朋友？", name_en="Hi~AI, shall we be friends?", slug="hi-ai")
    return Event.objects.create(
        series=series,
        number=1,
        slug=SLUG,
        code=CODE,
        title="Hi～AI，交个朋友？",
        title_en="Hi~AI, shall we be friends?",
        tagline="献给一路狂奔的2023",
        tagline_en="For a year at full speed",
        summary="五场分享，一场圆桌，一部现场拍完的短片，还有一路的奖。",
        summary_en="Five talks, one panel, a film made in the room, and prizes all along the way.",
        city="北京",
        city_en="Beijing",
        next_city="上海",
        next_city_en="Shanghai",
        venue="智谱AI 提供场地",
        venue_en="Hosted by Zhipu AI",
        tables="\n".join(f"进门{side}，第 {row} 排的桌" for row in range(1, 6) for side in ("左转", "右转")),
        tables_en="\n".join(f"{side} inside, table in row {row}" for row in range(1, 6) for side in ("Left", "Right")),
        doors_at=doors,
        starts_at=doors + timedelta(minutes=30),
        ends_at=doors + timedelta(minutes=300),
        published_at=doors - timedelta(days=20),
        forget_at=doors + timedelta(days=30),
        capacity=130,
    )


def _crew(event) -> dict[str, User]:
    people = {
        "mei": ("姜一禾", Role.ORGANISER),
        "leo": ("Leo", Role.HOST),
        "dana": ("Dana", Role.DOOR),
        "ed": ("小北", Role.EDITOR),
    }
    made = {}
    for key, (name, role) in people.items():
        made[key] = User.objects.create_user(f"{key}@nextstop.example", name=name)
        CrewMember.objects.create(event=event, user=made[key], role=role)
    return made


def _sponsors_and_prizes(event) -> None:
    by_name = {}
    for order, (name, name_en, gave) in enumerate(facts.SPONSORS):
        by_name[name] = Sponsor.objects.create(event=event, name=name, name_en=name_en, order=order)
        for what, what_en in gave:
            Contribution.objects.create(sponsor=by_name[name], what=what, what_en=what_en)
    for order, (name, name_en, sponsor, kind) in enumerate(facts.PRIZES, 1):
        prize = Prize.objects.create(
            event=event, name=name, name_en=name_en, sponsor=by_name.get(sponsor or ""), kind=kind, order=order
        )
        if kind == "code":
            PrizeCode.seal(prize, f"DEMO-{order:02d}-ONLY")


def _programme(event, doors, mei) -> None:
    for after, kind, title, title_en, short, short_en, minutes, least, people in facts.PROGRAMME:
        late = 4 if after >= PANEL_AT else 0
        begun = doors + timedelta(minutes=after + late)
        abstract, abstract_en = facts.ABSTRACTS.get(title, ("", ""))
        talk = Talk.objects.create(
            event=event,
            kind=kind,
            title=title,
            title_en=title_en,
            short=short,
            short_en=short_en,
            minutes=minutes,
            least_minutes=least,
            starts_at=doors + timedelta(minutes=after),
            room="主台",
            room_en="Main",
            abstract=abstract,
            abstract_en=abstract_en,
            started_at=begun if after <= PANEL_AT else None,
            ended_at=begun + timedelta(minutes=minutes) if after < PANEL_AT else None,
        )
        for order, (name, name_en, role, role_en, org, org_en, part) in enumerate(people):
            speaker, _new = Speaker.objects.get_or_create(
                event=event,
                name=name,
                defaults={
                    "name_en": name_en,
                    "role": role,
                    "role_en": role_en,
                    "organisation": org,
                    "organisation_en": org_en,
                },
            )
            Appearance.objects.create(
                talk=talk,
                speaker=speaker,
                role=part,
                order=order,
                arrived_at=doors + timedelta(minutes=min(after, PANEL_AT) - 10) if after <= 190 else None,
                arrived_by=mei if after <= 190 else None,
            )
    publishing.publish(event, by=mei, at=event.published_at, tell=False)


def _materials(event, now) -> None:
    """What two speakers share: a deck that is drawn here, and prompts to copy once their talk is over."""
    finance = event.talks.get(title=facts.DECK[0])
    pages = [_page(title, lines) for title, lines in facts.DECK[2]]
    deck = io.BytesIO()
    pages[0].save(deck, "PDF", save_all=True, append_images=pages[1:], resolution=96)
    upload = ContentFile(deck.getvalue(), "deck.pdf")
    speaking.share_slides(finance, upload, title=facts.DECK[1], when="now", at=now)
    script = event.talks.get(title=facts.PROMPTS[0])
    speaking.share_text(script, title=facts.PROMPTS[1], text=facts.PROMPTS[2], kind="text", when="after", at=now)


def _page(title, lines) -> Image.Image:
    """One page of the demo's deck, 1280 x 720."""
    page = Image.new("RGB", (1280, 720), cards.PAPER)
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, 1280, 26), fill=cards.GREEN)
    pen.rectangle((0, 26, 1280, 34), fill=cards.STRIPE)
    fonts.write(pen, (96, 210), title, 76, cards.INK, bold=True, room=1088)
    for row, line in enumerate(lines):
        fonts.write(pen, (96, 350 + 96 * row), line, 46, cards.DIM, room=1088)
    return page


def _people(event, doors, dana) -> list[Attendee]:
    wishes = Attendee.Wish.values
    rows = []
    for index, name in enumerate(facts.names(SEATED)):
        carriage, seat = seating.place_number(event, index)
        rows.append(
            Attendee(
                event=event,
                number=index + 1,
                name=name,
                contact=f"guest{index + 1}@nextstop.example",
                about=facts.ABOUT[index % len(facts.ABOUT)],
                wish=wishes[index % 4],
                status=Attendee.Status.CONFIRMED,
                carriage=carriage,
                seat=seat,
                directory_ok=index % 3 == 0,
                newcomer=index % 3 != 1,
            )
        )
    people = Attendee.objects.bulk_create(rows)
    Transition.objects.bulk_create(
        Transition(attendee=person, was="applied", became="confirmed", at=doors - timedelta(days=5))
        for person in people
    )
    came = CheckIn.objects.bulk_create(
        CheckIn(attendee=person, at=doors + timedelta(seconds=20 * index), door=str(1 + index % 2), by=dana)
        for index, person in enumerate(people[1:PRESENT])
    )
    Scan.objects.bulk_create(
        Scan(
            event=event, nonce=f"demo-{row.attendee.number}", code=row.attendee.code, attendee=row.attendee,
            answer=Scan.Answer.OK, check_in=row, door=row.door, by=dana, at=row.at, heard_at=row.at,
        )
        for row in came
    )  # fmt: skip
    for order, (name, name_en) in enumerate((("奖品台", "Prize desk"), ("晚餐", "Dinner"))):
        ScanPoint.objects.create(event=event, name=name, name_en=name_en, order=order)
    trades = [*IntroCard.Trade.values, ""]
    IntroCard.objects.bulk_create(
        IntroCard(attendee=person, trade=trades[index % 7], alone=index % 29 == 7)
        for index, person in enumerate(people)
    )
    Event.objects.filter(pk=event.pk).update(taken=SEATED, tickets_issued=SEATED)
    event.refresh_from_db()
    return people


def _questions(event, people, now) -> None:
    panel = event.talks.get(kind=Talk.Kind.PANEL)
    for index, (text, votes) in enumerate(facts.QUESTIONS):
        Question.objects.create(
            event=event,
            talk=panel,
            attendee=people[index * 3 + 2],
            text=text,
            votes=votes,
            at=now - timedelta(minutes=9 - index),
            approved_at=now - timedelta(minutes=8 - index),
            pinned_at=now if index == 0 else None,
            anonymous=index == 1,
        )
    Question.objects.create(
        event=event, talk=panel, attendee=people[20], text="小团队要不要自己微调模型？", at=now - timedelta(minutes=3)
    )


def _polls(event, people, now) -> None:
    """One that is open, with two thirds of the room in it, and one that waits."""
    for index, (text, text_en, kind, choices) in enumerate(facts.POLLS):
        poll = Poll.objects.create(event=event, text=text, text_en=text_en, kind=kind, choices=choices)
        if index == 0:
            Poll.objects.filter(pk=poll.pk).update(opened_at=now)
            PollAnswer.objects.bulk_create(
                PollAnswer(poll=poll, attendee=person, value=[(number * number) % 7 % len(choices)])
                for number, person in enumerate(people[2 : 2 * SEATED // 3])
            )


def _challenge(event, doors) -> Challenge:
    return Challenge.objects.create(
        event=event,
        title="地球Online 2024",
        title_en="Earth Online 2024",
        tagline="诚邀玩家们新系统更新",
        tagline_en="Players, your system update is ready",
        closes_at=doors + timedelta(minutes=230),
    )


def _shots(challenge, people, now) -> None:
    """Teams whose shots are drawn by our own code and probed, upscaled and cut by the workers like anybody's."""
    for index, (name, scenes) in enumerate(facts.TEAMS):
        members = people[3 + index * 3 : 6 + index * 3]
        team = teams.make(challenge, members[0], name)
        for member in members[1:]:
            teams.join(team, member)
        for slot_of, (scene, title) in enumerate(scenes, 1):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "shot.mp4"
                demo_clips.draw(scene, path, Path(folder))
                with transaction.atomic(), path.open("rb") as file:
                    digest = hashlib.sha256(path.read_bytes()).hexdigest()
                    clip = Clip(
                        team=team,
                        slot=slot_of,
                        title=title,
                        sender=members[0],
                        filename=f"{scene}.mp4",
                        ending=".mp4",
                        size=path.stat().st_size,
                        sha256=digest,
                        tool="Nextstop demo",
                    )
                    clip.original.save("shot.mp4", File(file), save=False)
                    uploads.place(clip, at=now)


@ticking.every_tick
def cut_the_demo_film(at):
    """Once the demo's shots are ready, its film is cut and shown; a person's own versions come after it."""
    from django.conf import settings

    if not settings.LOCAL:
        return
    for challenge in Challenge.objects.filter(event__slug=SLUG, event__code=CODE):
        clips = Clip.objects.current().filter(team__challenge=challenge)
        newest = challenge.montages.order_by("-number").first()
        if newest is None and clips.exists() and clips.ready().count() == clips.count():
            track = music.house_piece(challenge.event, "departure")
            editing.render(editing.new_version(challenge, soundtrack=track))
        elif newest is not None and newest.number == 1:
            done = newest.renders.filter(published_at=None).exclude(file="").first()
            if done is not None and challenge.film is None:
                editing.publish(done)
