"""The form that asks for a log-in code."""

import contextlib

from allauth.account import forms

from events.text import ascii_domain


class RequestCodeForm(forms.RequestLoginCodeForm):
    """Accounts are kept under their address as machines write it; people type 例子.中国."""

    def clean_email(self):
        with contextlib.suppress(UnicodeError):
            self.cleaned_data["email"] = ascii_domain(self.cleaned_data["email"])
        return super().clean_email()
