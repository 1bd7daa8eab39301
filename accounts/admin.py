"""The operator's pages about people."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.invitations import invite
from accounts.models import ApiToken, Invitation, Profile, SitePage, User

admin.site.site_header = admin.site.site_title = "Onsite operations"


class ProfileInline(admin.StackedInline[Profile, User]):
    model = Profile
    can_delete = False


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("-date_joined",)
    fields = ("email", "name", "is_active", "is_staff", "is_superuser", "groups", "date_joined", "last_login")
    readonly_fields = ("email", "date_joined", "last_login")
    filter_horizontal = ("groups",)
    inlines = (ProfileInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # people sign up, are invited, or come from create_admin

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only a superuser may hand out rights."""
        rights = () if request.user.is_superuser else ("is_staff", "is_superuser", "groups")
        return (*self.readonly_fields, *rights)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    list_display = ("label", "user", "prefix", "created_at", "last_used_at", "expires_at", "revoked_at")
    search_fields = ("label", "user__email", "prefix")
    list_select_related = ("user",)
    readonly_fields = ("user", "label", "prefix", "created_at", "last_used_at", "expires_at", "revoked_at")
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Revoke the selected tokens")
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        count = queryset.filter(revoked_at=None).update(revoked_at=timezone.now())
        self.message_user(request, f"{count} revoked.", messages.SUCCESS)


class InvitationForm(forms.ModelForm[Invitation]):
    class Meta:
        model = Invitation
        fields = ("email",)
        help_texts = {"email": "Leave it empty for a link that anyone can use once."}


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin[Invitation]):
    form = InvitationForm
    list_display = ("__str__", "created_by", "created_at", "expires_at", "used_by", "used_at")
    list_select_related = ("created_by", "used_by")
    readonly_fields = ("created_by", "created_at", "expires_at", "used_by", "used_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "email") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        """Makes the invitation through the use case, and shows its link this once."""
        if change:
            return
        made, link = invite(created_by=cast(User, request.user), email=obj.email, now=timezone.now())
        obj.pk = made.pk
        obj.__dict__.update({key: value for key, value in made.__dict__.items() if key != "_state"})
        obj._state.adding = False
        self.message_user(request, f"Send this link, which is shown only now: {link}", messages.WARNING)


@admin.register(SitePage)
class SitePageAdmin(admin.ModelAdmin[SitePage]):
    list_display = ("slug", "title", "updated_at")
    fields = ("slug", "title", "body")
