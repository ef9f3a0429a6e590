"""All URLs: each app brings its own, with the audience as the first word."""

from django.contrib import admin
from django.urls import include, path, re_path

from config import entry, flat, guessing, health, mailbox, pages

urlpatterns = [
    path("", include("sessions.urls")),  # first: a hall of phones reads the programme, and addresses are tried in turn
    path("", pages.home, name="home"),
    path("organise/", pages.organise, name="organise"),
    path("organise/<slug:event>/", pages.dashboard, name="dashboard"),
    path("organise/<slug:event>/now/", pages.dashboard_needs, name="dashboard_now"),
    path("organise/<slug:event>/jobs/", pages.jobs, name="jobs"),
    path("organise/<slug:event>/jobs/<int:job>/again/", pages.job_again, name="job_again"),
    path("-/health/", health.health, name="health"),
    path("-/flat.css", flat.flat_css, name="flat_css"),
    path("-/ready/", health.ready, name="ready"),
    path(".well-known/security.txt", pages.security_txt, name="security_txt"),
    path("-/enter/<str:token>/", entry.enter, name="enter"),
    path("-/mail/", mailbox.mailbox, name="mailbox"),
    path("-/mail/<int:mail>/<int:index>/", mailbox.attachment, name="mailbox_attachment"),
    path("accounts/login/code/confirm/", guessing.confirm_login_code, name="account_confirm_login_code"),
    path("accounts/", include("allauth.urls")),
    path("admin/login/", pages.admin_login),
    path("admin/", admin.site.urls),
    path("", include("events.urls")),
    path("", include("raffle.urls")),
    path("", include("cocreation.urls")),
    re_path(r"^(?P<code>[A-Za-z0-9]{2,8})(?:/(?P<number>\d{1,4}))?/?$", pages.short_link, name="short"),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.not_allowed"
handler429 = "config.errors.too_many"
handler500 = "config.errors.server_error"
