"""The form that asks for a log-in code."""

from allauth.account import forms

from events.models import User


class RequestCodeForm(forms.RequestLoginCodeForm):
    """Accounts are kept under their address as machines write it; people type 例子.中国."""

    def clean_email(self):
        self.cleaned_data["email"] = User.objects.normalize_email(self.cleaned_data["email"])
        return super().clean_email()
