"""Addresses of what belongs to a person; allauth's own are under /accounts/."""

from __future__ import annotations

from django.urls import path, register_converter

from accounts.views import invitations, mailbox, pages, profile, security, setup


class LetterId:
    """`00001790000000000000-0a1b2c3d`, as accounts.mailbox names its files."""

    regex = "[0-9]{14,20}-[0-9a-f]{8}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(LetterId, "letter")

app_name = "accounts"

urlpatterns = [
    # /welcome/
    path("welcome/", setup.setup, name="setup"),
    path("welcome/<int:step>/", setup.setup, name="setup_step"),
    # /account/
    path("account/profile/", profile.profile, name="profile"),
    path("account/security/", security.security, name="security"),
    path("account/tokens/", security.token_create, name="token_create"),
    path("account/tokens/<int:token_id>/revoke/", security.token_revoke, name="token_revoke"),
    path("account/delete/", security.delete_account, name="delete"),
    # /accounts/ (beside allauth)
    path("accounts/invite/refused/", invitations.invitation_refused, name="invitation_refused"),
    path("accounts/invite/<str:token>/", invitations.invitation, name="invitation"),
    # /mailbox/
    path("mailbox/", mailbox.mail_list, name="mailbox"),
    path("mailbox/<letter:letter_id>/", mailbox.mail_detail, name="mail"),
    # The operator's pages
    path("privacy/", pages.site_page, {"slug": "privacy"}, name="privacy"),
    path("terms/", pages.site_page, {"slug": "terms"}, name="terms"),
]
