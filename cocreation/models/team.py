import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

# Codes that can be called across a room: four letters, no two that sound alike.
WORDS = [
    "KITE",
    "MARS",
    "TOFU",
    "MOON",
    "WAVE",
    "SALT",
    "LIME",
    "FROG",
    "PINE",
    "ECHO",
    "NOON",
    "BELL",
    "DUSK",
    "FERN",
    "GOAT",
    "HAZE",
    "IRIS",
    "JADE",
    "LAVA",
    "MINT",
    "NOVA",
    "OPAL",
    "PLUM",
    "QUIZ",
    "RUBY",
    "SILK",
    "TAXI",
    "UNIT",
    "VASE",
    "WOLF",
    "YOGA",
    "ZERO",
    "ACID",
    "BOLT",
    "CLAY",
    "DOVE",
    "EDGE",
    "FLUX",
    "GLOW",
    "HERO",
    "INCH",
    "JAZZ",
    "KELP",
    "LOOP",
    "MAZE",
    "NEON",
    "OKRA",
    "PEAR",
    "REEF",
    "SNOW",
    "TIDE",
    "VOLT",
    "WHIP",
    "YARN",
    "ZOOM",
    "AQUA",
    "BIRD",
    "CUBE",
    "DEER",
    "EAST",
    "FILM",
    "GULF",
    "HIVE",
    "IRON",
    "JUMP",
    "KNOT",
    "LAMP",
    "MIST",
    "NEST",
    "OATH",
    "PATH",
    "RAFT",
    "STAR",
    "TREE",
    "VINE",
    "WIND",
    "YEAR",
    "ZINC",
]
WORDS = [word for word in WORDS if word.isalpha()]
LETTERS = "BCDFGHJKLMNPRSTVWXZ"
VOWELS = "AEIOU"
COLOURS = 6  # the lines of the network map


def free_code(event):
    """A code that no team of the event has: a word while there are any, else syllables."""
    taken = set(Team.objects.filter(event=event).values_list("code", flat=True))
    free = [word for word in WORDS if word not in taken]
    while not free:
        code = "".join(secrets.choice(LETTERS if place % 2 == 0 else VOWELS) for place in range(4))
        free = [] if code in taken else [code]
    return secrets.choice(free)


class Part(models.TextChoices):
    """What somebody does in a team."""

    SCRIPT = "script", _("script")
    PICTURES = "pictures", _("pictures")
    SOUND = "sound", _("sound")
    CUT = "cut", _("cut")
    VOICE = "voice", _("voice")


class TeamQuerySet(models.QuerySet):
    def with_shots(self):
        """Everything that a list of teams shows, in three queries."""
        return self.prefetch_related("members__attendee", "clips__renditions", "uploads__attendee")


class Team(models.Model):
    """People who make shots together, known by four letters."""

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="teams", verbose_name=_("event"))
    challenge = models.ForeignKey(
        "cocreation.Challenge", models.CASCADE, related_name="teams", verbose_name=_("challenge")
    )
    code = models.CharField(_("code"), max_length=4)
    name = models.CharField(_("name"), max_length=48)
    colour = models.PositiveSmallIntegerField(_("colour of the line"), default=1)
    captain = models.ForeignKey(
        "events.Attendee", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("captain")
    )
    looking_for = models.CharField(_("looking for"), max_length=60, blank=True)
    parts_wanted = models.JSONField(_("parts that are looked for"), default=list, blank=True)  # values of Part
    hidden_at = models.DateTimeField(_("name hidden"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("team"), _("teams")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["event", "code"], name="team_code_once_per_event")]

    def __str__(self):
        return f"{self.code} {self.name}"

    @property
    def shown_name(self):
        """The name, unless the crew has hidden it: then the code speaks."""
        return self.code if self.hidden_at else self.name

    @property
    def wanted(self):
        """Whom the team looks for, in the reader's language; its own words only while the crew lets it speak."""
        parts = [str(Part(value).label) for value in self.parts_wanted if value in Part.values]
        return parts + ([self.looking_for] if self.looking_for and not self.hidden_at else [])

    def has(self, attendee):
        """Whether the attendee is in the team."""
        return attendee is not None and self.members.filter(attendee=attendee).exists()


class TeamMember(models.Model):
    """Somebody's place in a team; one team a challenge."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="members", verbose_name=_("team"))
    challenge = models.ForeignKey("cocreation.Challenge", models.CASCADE, related_name="+", verbose_name=_("challenge"))
    attendee = models.ForeignKey(
        "events.Attendee", models.CASCADE, related_name="team_places", verbose_name=_("attendee")
    )
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("team member"), _("team members")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["challenge", "attendee"], name="team_member_one_team_per_challenge")
        ]

    def __str__(self):
        return f"{self.team.code} {self.attendee}"


class SentAway(models.Model):
    """The captain took somebody out of the team: they come back only when they are let in again."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="sent_away", verbose_name=_("team"))
    attendee = models.ForeignKey("events.Attendee", models.CASCADE, related_name="+", verbose_name=_("attendee"))
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("person taken out of a team"), _("people taken out of teams")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["team", "attendee"], name="team_sent_away_once")]

    def __str__(self):
        return f"{self.team.code} {self.attendee}"


class TeamWish(models.Model):
    """Somebody without a team who wants to be put into one: what they would like to do there."""

    challenge = models.ForeignKey("cocreation.Challenge", models.CASCADE, related_name="wishes")
    attendee = models.ForeignKey("events.Attendee", models.CASCADE, related_name="+")
    part = models.CharField(_("part"), max_length=8, choices=Part.choices, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("wish for a team"), _("wishes for a team")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["challenge", "attendee"], name="team_wish_once_per_challenge")]

    def __str__(self):
        return f"{self.attendee_id} {self.part}"
