"""A passkey in a real browser: the crew's log-in without a code and without a password."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]

PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_an_organiser_keeps_a_passkey_and_logs_in_with_nothing_else(beijing, mei, open_browser, settings):
    settings.CREW_NEEDS_SECOND_FACTOR = True
    page = open_browser()
    fingerprint = page.context.new_cdp_session(page)
    fingerprint.send("WebAuthn.enable")
    phone = fingerprint.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})["authenticatorId"]

    page.goto("/accounts/login/code/")
    page.get_by_label("Email").fill(mei.email)
    page.locator("main form button[type=submit]").first.click()
    page.get_by_label("Code").fill(re.search(r"\b\d{6}\b", mail.outbox[-1].body)[0])
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/code/" not in url)
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(lambda url: "/webauthn/add/" not in url)
    kept = fingerprint.send("WebAuthn.getCredentials", {"authenticatorId": phone})["credentials"]
    assert [key["isResidentCredential"] for key in kept] == [True]

    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/organise/beijing/")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/organise/beijing/")
    expect(page.locator("h1").first).to_be_visible()

    # Somebody else's phone, at the same button, opens nothing.
    fingerprint.send("WebAuthn.removeCredential", {"authenticatorId": phone, "credentialId": kept[0]["credentialId"]})
    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/organise/beijing/")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_timeout(1_000)
    page.goto("/organise/beijing/")
    assert "/accounts/login/" in page.url
