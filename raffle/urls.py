"""URLs of this app. The first word of a path names its audience."""

from django.urls import path

from raffle.views import attend, host, organise, prepare, stage

app_name = "raffle"
urlpatterns = [
    path("attend/<slug:event>/luck/", attend.luck, name="luck"),
    path("attend/<slug:event>/raffle/", attend.raffle_proof, name="proofs"),
    path("attend/<slug:event>/raffle/<int:number>/", attend.draw_proof, name="proof"),
    path("attend/<slug:event>/raffle/<int:number>/crowd.json", attend.crowd_file, name="crowd_file"),
    path("attend/<slug:event>/raffle/<int:number>/pool.json", attend.pool_file, name="pool_file"),
    path("attend/<slug:event>/raffle/proof.json", attend.proof_file, name="proof_file"),
    path("attend/<slug:event>/raffle/verify.py", attend.verifier, name="verifier"),
    path("attend/<slug:event>/raffle/prizes/<int:prize>.webp", attend.prize_photo, name="prize_photo"),
    path("attend/<slug:event>/raffle/state.json", attend.phone_state, name="phone_state"),
    path("attend/<slug:event>/raffle/entrant/", attend.entrant, name="entrant"),
    path("attend/<slug:event>/raffle/nonce/", attend.nonce, name="nonce"),
    path("attend/<slug:event>/raffle/won/", attend.won, name="won"),
    path("attend/<slug:event>/raffle/claim/", attend.claim, name="claim"),
    path("attend/<slug:event>/raffle/sponsor/<str:token>/", attend.sponsor, name="sponsor"),
    path("organise/<slug:event>/raffle/", organise.desk, name="desk"),
    path("organise/<slug:event>/raffle/settings/", prepare.settings_, name="settings"),
    path("organise/<slug:event>/raffle/rehearsal/", prepare.rehearsal, name="rehearsal"),
    path("organise/<slug:event>/raffle/prizes/import/", prepare.import_prizes, name="import_prizes"),
    path("organise/<slug:event>/raffle/claims/remind/", organise.remind, name="remind"),
    path("organise/<slug:event>/raffle/claims/<int:claim>/release/", organise.release, name="release"),
    path("organise/<slug:event>/raffle/<int:number>/spot-check/", organise.spot_check, name="spot_check"),
    path("organise/<slug:event>/raffle/prizes/", organise.add_prize, name="add_prize"),
    path("organise/<slug:event>/raffle/prizes/<int:prize>/at-hand/", organise.at_hand, name="at_hand"),
    path("organise/<slug:event>/raffle/claims/<int:claim>/", organise.hand_over, name="hand_over"),
    path("organise/<slug:event>/raffle/paper/", organise.paper, name="paper"),
    path("stage/<slug:event>/raffle/state.json", stage.stage_state, name="stage_state"),
    path("stage/<slug:event>/raffle/calibrate/", stage.calibrate, name="calibrate"),
    path("stage/<slug:event>/raffle/", stage.remote_draw, name="remote_draw"),
    path("stage/<slug:event>/raffle/open/", stage.open_, name="open"),
    path("stage/<slug:event>/raffle/<int:number>/reveal/", stage.reveal, name="reveal"),
    path("stage/<slug:event>/raffle/<int:number>/here/", stage.here, name="here"),
    path("stage/<slug:event>/raffle/<int:number>/badge/", stage.badge, name="badge"),
    path("stage/<slug:event>/raffle/<int:number>/absent/", stage.absent, name="absent"),
    path("stage/<slug:event>/raffle/<int:number>/override/", stage.override, name="override"),
    path("stage/<slug:event>/raffle/<int:number>/abort/", stage.abort, name="abort"),
    path("stage/<slug:event>/raffle/<int:number>/speak/", stage.speak, name="speak"),
    path("stage/<slug:event>/raffle/sentence/", host.sentence, name="sentence"),
    path("stage/<slug:event>/raffle/warm-up/", host.warm_up, name="warm_up"),
    path("stage/<slug:event>/raffle/confirm/", host.confirm, name="confirm"),
    path("organise/<slug:event>/raffle/model/", host.calls, name="model_calls"),
]
