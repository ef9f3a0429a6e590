"""URLs of this app. The first word of a path names its audience."""

from django.urls import path

from sessions.views import attend, editor, keeping, organise, polls, prepare, speaker, stage

app_name = "talks"
urlpatterns = [
    path("attend/<slug:event>/live/", attend.live_page, name="live"),
    path("attend/<slug:event>/live/worker.js", keeping.live_worker, name="live_worker"),
    path("attend/<slug:event>/programme/", attend.programme_page, name="programme"),
    path("attend/<slug:event>/programme/worker.js", keeping.programme_worker, name="programme_worker"),
    path("attend/<slug:event>/programme.ics", attend.calendar_feed, name="ics"),
    path("attend/<slug:event>/schedule.json", attend.schedule_json, name="schedule_json"),
    path("attend/<slug:event>/schedule.xml", attend.schedule_xml, name="schedule_xml"),
    path("attend/<slug:event>/talks/<int:talk>/", attend.talk_page, name="talk"),
    path("attend/<slug:event>/questions/", attend.questions, name="questions"),
    path("attend/<slug:event>/questions/<int:question>/vote/", attend.vote, name="vote"),
    path("attend/<slug:event>/questions/<int:question>/withdraw/", attend.withdraw, name="withdraw"),
    path("attend/<slug:event>/talks/<int:talk>/talk.ics", attend.talk_calendar, name="talk_ics"),
    path("attend/<slug:event>/talks/<int:talk>/feedback/", attend.give_feedback, name="feedback"),
    path("attend/<slug:event>/speakers/<int:speaker>.ics", attend.speaker_calendar, name="speaker_ics"),
    path("attend/<slug:event>/speakers/<int:speaker>.jpg", attend.portrait, name="portrait"),
    path("attend/<slug:event>/materials/<int:material>/<str:kind>", speaker.material, name="material"),
    path("attend/<slug:event>/poll/", polls.poll, name="poll"),
    path("attend/<slug:event>/speaker/", speaker.page, name="speaker"),
    path("attend/<slug:event>/speaker/talks/<int:talk>/<slug:act>/", speaker.speaker_act, name="speaker_act"),
    path("attend/<slug:event>/speaker/<str:signed>/", speaker.enter, name="speaker_enter"),
    path("organise/<slug:event>/programme/", organise.run, name="run"),
    path("organise/<slug:event>/programme/publish/", organise.publish, name="publish"),
    path("organise/<slug:event>/programme/edit/", editor.editor, name="editor"),
    path("organise/<slug:event>/programme/edit/<int:talk>/", editor.place, name="place"),
    path("organise/<slug:event>/programme/paste/", prepare.paste, name="paste"),
    path("organise/<slug:event>/speakers/", speaker.speakers, name="speakers"),
    path("organise/<slug:event>/speakers/<int:speaker>/mail/", speaker.address, name="speaker_mail"),
    path("organise/<slug:event>/speakers/<int:speaker>/invite/", speaker.invite, name="invite_speaker"),
    path("organise/<slug:event>/polls/", polls.polls, name="polls"),
    path("organise/<slug:event>/polls/<int:poll>/<slug:act>/", polls.poll_act, name="poll_act"),
    path("organise/<slug:event>/questions/rules/", organise.rules, name="question_rules"),
    path("organise/<slug:event>/programme/<int:talk>/<slug:act>/", organise.act, name="act"),
    path("organise/<slug:event>/programme/shift/", organise.shift, name="shift"),
    path("organise/<slug:event>/programme/arrived/<int:appearance>/", organise.arrived, name="arrived"),
    path("organise/<slug:event>/questions/", organise.moderation, name="moderation"),
    path("organise/<slug:event>/questions/<int:question>/<slug:what>/", organise.decide, name="decide"),
    path("stage/<slug:event>/programme/<slug:scene>/", stage.scene, name="scene"),
    path("stage/<slug:event>/monitor/", speaker.monitor, name="monitor"),
]
