"""URLs of this app. The first word of a path names its audience."""

from django.urls import path

from cocreation.views import attend, media, organise, quality, sending, sharing, stage, storyboard

app_name = "cocreation"
A, O = "attend/<slug:event>/film/", "organise/<slug:event>/film/"
urlpatterns = [
    path(A, attend.film, name="film"),
    path(A + "team/", attend.team, name="team"),
    path(A + "teams/", attend.make_team, name="make_team"),
    path(A + "find-me/", attend.find_me, name="find_me"),
    path(A + "members/<int:member>/", attend.captain, name="captain"),
    path(A + "leave/", attend.leave, name="leave"),
    path("attend/<slug:event>/teams/", attend.find_team, name="find_team"),
    path("attend/<slug:event>/teams/<str:code>/", attend.join, name="join"),
    path(A + "music/<int:challenge>/", media.theme_music, name="theme_music"),
    path(A + "wall/", attend.wall, name="wall"),
    path(A + "uploads/", sending.uploads_begin, name="uploads"),
    path(A + "uploads/<str:uid>/", sending.upload, name="upload"),
    path(A + "shots/<int:clip>/", attend.shot, name="shot"),
    path(A + "shots/<int:clip>/withdraw/", attend.withdraw, name="withdraw"),
    path(A + "shots/<int:clip>/move/", attend.move, name="move"),
    path(A + "shots/<int:clip>/like/", attend.like, name="like"),
    path(A + "shots/<int:clip>/<str:kind>/", media.clip_file, name="clip_file"),
    path(A + "films/<int:render>/<str:kind>/", media.film_file, name="film_file"),
    path(A + "films/<int:render>/cuts/<str:kind>/", sharing.make, name="make_cut"),
    path(A + "cuts/<int:cut>/", sharing.cut_file, name="cut_file"),
    path(O, organise.desk, name="desk"),
    path(O + "quality/", quality.set_quality, name="set_quality"),
    path(O + "render/", organise.render_now, name="render_now"),
    path(O + "plan/<int:render>/", organise.change_plan, name="change_plan"),
    path(O + "renders/<int:render>/cancel/", organise.cancel, name="cancel"),
    path(O + "renders/<int:render>/without/", organise.go_on_without, name="go_on_without"),
    path(O + "renders/<int:render>/pack/", organise.pack, name="pack"),
    path(O + "versions/<int:montage>/", storyboard.board, name="storyboard"),
    path(O + "versions/<int:montage>/save/", storyboard.save, name="storyboard_save"),
    path(O + "versions/<int:montage>/state/", storyboard.state, name="storyboard_state"),
    path(O + "versions/<int:montage>/render/", organise.render_version, name="storyboard_render"),
    path(O + "versions/<int:montage>/beside/<int:other>/", storyboard.compare, name="compare"),
    path(O + "music/<int:track>/remove/", organise.drop_music, name="drop_music"),
    path(O + "music/<int:track>/", storyboard.track_file, name="track_file"),
    path(O + "versions/<int:montage>/return/", organise.bring_back, name="bring_back"),
    path(O + "renders/<int:render>/publish/", organise.publish, name="publish"),
    path(O + "renders/<int:render>/unpublish/", organise.unpublish, name="unpublish"),
    path(O + "renders/<int:render>/handover/<str:kind>/", organise.handover, name="handover"),
    path(O + "shots/<int:clip>/again/", organise.ask_again, name="ask_again"),
    path(O + "shots/<int:clip>/retry/", organise.probe_again, name="probe_again"),
    path(O + "shots/<int:clip>/withdraw/", organise.take_out, name="take_out"),
    path(O + "teams/<int:team>/name/", organise.hide_name, name="hide_name"),
    path("stage/<slug:event>/shots/", stage.shots_body, name="stage_shots"),
    path(O + "music/", organise.music, name="music"),
]
