"""A team's part of the film, to share."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from cocreation import team_cuts, teams
from cocreation.models import Render, TeamCut
from cocreation.views.media import serve
from events.access import anyone, attendee_only


@require_POST
@attendee_only
def make(request, event, render, kind):
    """Have the GIF or the vertical film of one's own team made."""
    published = Render.objects.exclude(published_at=None).select_related("montage__challenge")
    found = get_object_or_404(published, pk=render, montage__challenge__event=event)
    team = teams.team_of(found.montage.challenge, request.attendee)
    if team is None or kind not in TeamCut.Kind.values or not team_cuts.spans_of(found, team):
        raise Http404
    team_cuts.ask(found, team, kind)
    return redirect(teams.page_of(found.montage.challenge))


@anyone
def cut_file(request, event, cut):
    """The file, for everybody who has its address, while the film is public; also when better pictures have come since."""
    rows = TeamCut.objects.exclude(made_at=None).select_related("team", "render__montage__challenge")
    found = get_object_or_404(rows, pk=cut, team__event=event)
    if not team_cuts.is_public(found):
        raise Http404
    ending = "gif" if found.kind == TeamCut.Kind.GIF else "mp4"
    name = f"{event.slug}-{found.team.code}.{ending}" if "save" in request.GET else ""
    return serve(request, found.file, attachment=name, public=True)
