"""Every address of the site."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.urls import include, path

from prep import api, api_docs, views

admin.autodiscover()
for secret in (Authenticator, UserSession, SocialToken):  # keys of others, of no use to an operator
    admin.site.unregister(secret)
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign, no-untyped-call]

handler404 = "prep.views.page_not_found"

urlpatterns = [
    path("", views.home, name="dashboard"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("", include("accounts.urls")),
    path("", include("questions.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include((api.urlpatterns, "api"))),
    path("api/v1/docs/", api_docs.api_docs, name="api-docs"),
    path("admin/", admin.site.urls),
]
