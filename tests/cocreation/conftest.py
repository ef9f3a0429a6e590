"""The challenge of the tests, and a team of two."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from cocreation import teams, uploads
from cocreation.models import Challenge, Clip


@pytest.fixture
def challenge(beijing):
    return Challenge.objects.create(
        event=beijing,
        title="地球Online 2024",
        title_en="Earth Online 2024",
        tagline="诚邀玩家们新系统更新",
        tagline_en="Players, your system update is ready",
        closes_at=timezone.now() + timedelta(hours=1),
    )


@pytest.fixture
def kite(challenge, bo, chen):
    """The team of bo and chen."""
    team = teams.make(challenge, bo, "补丁小队")
    teams.join(team, chen)
    return team


@pytest.fixture
def make_clip(kite):
    """A shot that was looked at already, without files."""

    def make(slot=1, team=None, **fields):
        facts = {"width": 1280, "height": 720, "seconds": 4.0}
        values = {"state": Clip.State.READY, "facts": facts, "title": f"Take {slot}", "ending": ".mp4", "size": 1000}
        return Clip.objects.create(team=team or kite, slot=slot, **{**values, **fields})

    return make


@pytest.fixture
def sent(kite, bo, now):
    """A file as it stands after its last chunk."""

    def make(path, slot=1, team=None):
        clip = Clip(team=team or kite, slot=slot, sender=bo, filename=path.name, ending=path.suffix, sha256="0" * 64)
        clip.size = path.stat().st_size
        clip.original.save(path.name, ContentFile(path.read_bytes()), save=False)
        uploads.place(clip, at=now)
        return clip

    return make
