"""Who you are: the user, how they practise, their API tokens; invitations and the operator's pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.days import Hold, current_day, hold_at
from accounts.zones import validate_zone, zone

TOKEN_PREFIX_LENGTH = 12


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user with a profile, both or neither. No password means: nobody can log in with one."""
        if not email or not email.strip():
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField("e-mail address", unique=True, max_length=254)
    name = models.CharField(max_length=100, blank=True)
    is_staff = models.BooleanField("operator", default=False, help_text="May open the administration pages.")
    is_active = models.BooleanField("active", default=True, help_text="Untick to bar this person without deleting.")
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_any_case_unique",
                violation_error_message="Somebody already uses this e-mail address.",
            ),
            models.CheckConstraint(condition=~models.Q(email=""), name="user_email_not_empty"),
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new user is written together with a profile, so that no one is ever without."""
        self.email = self.email.lower()
        if not self._state.adding:
            super().save(*args, **kwargs)
            return
        with transaction.atomic(using=kwargs.get("using")):
            super().save(*args, **kwargs)
            Profile.objects.using(self._state.db).get_or_create(user=self)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


def display_name(user: User) -> str:
    """Who this is, for pages that list people. Nobody is greeted with an address: a greeting takes `user.name`."""
    return user.name or user.email


class Level(models.TextChoices):
    JUNIOR = "junior", "Junior"
    MID = "mid", "Mid-level"
    SENIOR = "senior", "Senior"


class ProfileQuerySet(models.QuerySet["Profile"]):
    def for_user(self, user: User) -> ProfileQuerySet:
        return self.filter(user=user)


class Profile(models.Model):
    """How one person practises. The study day of `day_starts_at_hour` 4 runs from 04:00 to 04:00 in `time_zone`."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="profile")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
    day_starts_at_hour = models.PositiveSmallIntegerField(default=4, validators=[MaxValueValidator(12)])
    minutes_a_day = models.PositiveSmallIntegerField(
        default=25, validators=[MinValueValidator(5), MaxValueValidator(240)]
    )
    target_level = models.CharField(max_length=6, choices=Level.choices, default=Level.MID)
    interview_on = models.DateField(null=True, blank=True)
    desired_retention = models.FloatField(default=0.9, validators=[MinValueValidator(0.70), MaxValueValidator(0.97)])
    new_a_day = models.PositiveSmallIntegerField(default=5, validators=[MaxValueValidator(100)])
    reviews_a_day = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )  # null: no limit but the minutes
    easy_weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)  # 0 is Monday
    balances_load = models.BooleanField("even out the days", default=True)
    has_two_buttons = models.BooleanField("two rating buttons", default=False)
    reminds_daily = models.BooleanField("a daily reminder", default=False)
    reminder_hour = models.PositiveSmallIntegerField(default=8, validators=[MaxValueValidator(23)])
    reports_weekly = models.BooleanField("a weekly report", default=False)
    snoozed_until = models.DateField(null=True, blank=True)  # no mail before this study day
    feed_hash = models.CharField(max_length=64, blank=True, editable=False)  # SHA-256 of the calendar link's secret
    # The parameters of FSRS that schedule new reviews, and the name that reviews keep of them. Empty: the defaults.
    fsrs_parameters = ArrayField(models.FloatField(), default=list, blank=True, editable=False)
    fsrs_version = models.CharField(max_length=40, blank=True, editable=False)
    # Moves with whatever changes the plan of a day but answers and ratings: limits, dates, pauses, the bank.
    practice_stamp = models.PositiveIntegerField(default=0, editable=False)
    has_shortcuts = models.BooleanField("single-key shortcuts", default=True)
    set_up_at = models.DateTimeField(null=True, blank=True, editable=False)  # null: the first-run set-up is not done
    # A change of zone or day start holds the running study day to its old end, so that no day comes twice.
    held_study_day = models.DateField(null=True, blank=True, editable=False)
    held_until = models.DateTimeField(null=True, blank=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects: ClassVar[ProfileQuerySet] = ProfileQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(day_starts_at_hour__lte=12),
                name="profile_day_start_is_hour",
            ),
            models.CheckConstraint(
                condition=models.Q(minutes_a_day__range=(5, 240)),
                name="profile_minutes_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(target_level__in=["junior", "mid", "senior"]),
                name="profile_level_known",
            ),
            models.CheckConstraint(
                condition=models.Q(desired_retention__range=(0.70, 0.97)),
                name="profile_retention_in_range",
            ),
            models.CheckConstraint(condition=models.Q(new_a_day__lte=100), name="profile_new_in_range"),
            models.CheckConstraint(condition=models.Q(reminder_hour__lte=23), name="profile_reminder_is_hour"),
            models.CheckConstraint(
                condition=models.Q(reviews_a_day=None) | models.Q(reviews_a_day__range=(1, 500)),
                name="profile_reviews_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"Profile of {self.user_id}"

    @property
    def zone(self) -> ZoneInfo:
        return zone(self.time_zone)

    @property
    def hold(self) -> Hold | None:
        if self.held_study_day is None or self.held_until is None:
            return None
        return Hold(self.held_study_day, self.held_until)

    def study_day(self, now: datetime) -> date:
        """The study day that holds `now` in this person's zone, with their day start."""
        return current_day(now, zone=self.zone, day_starts_at_hour=self.day_starts_at_hour, hold=self.hold)

    def hold_before_change(self, now: datetime) -> Hold:
        """What to store with another zone or day start; asked before they are set."""
        return hold_at(now, zone=self.zone, day_starts_at_hour=self.day_starts_at_hour, hold=self.hold)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def for_user(self, user: User) -> ApiTokenQuerySet:
        return self.filter(user=user)

    def working(self, at: datetime) -> ApiTokenQuerySet:
        """Tokens that open the API at that time. `expires_at` null means never expires."""
        return self.filter(revoked_at=None).filter(models.Q(expires_at=None) | models.Q(expires_at__gt=at))


class ApiToken(models.Model):
    """One key to the API. Only its SHA-256 is kept: the token itself is shown once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    label = models.CharField(max_length=60)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=TOKEN_PREFIX_LENGTH, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ApiTokenQuerySet] = ApiTokenQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.label} ({self.prefix}…)"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def for_user(self, user: User) -> InvitationQuerySet:
        return self.filter(created_by=user)

    def open_at(self, at: datetime) -> InvitationQuerySet:
        return self.filter(used_at=None, expires_at__gt=at)


class Invitation(models.Model):
    """A link that lets one person sign up. An empty `email` lets anyone who holds it."""

    email = models.EmailField(blank=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="invitations")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="invitations_used",
    )
    used_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[InvitationQuerySet] = InvitationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"Invitation for {self.email or 'anyone'}"


class SitePage(models.Model):
    """A page that the operator writes. Without a row, or with an empty body, `accounts.pages` has a true default."""

    class Slug(models.TextChoices):
        PRIVACY = "privacy", "Privacy"
        TERMS = "terms", "Terms of use"

    slug = models.CharField(max_length=20, choices=Slug.choices, primary_key=True)
    title = models.CharField(max_length=120, blank=True)
    body = models.TextField("text (Markdown)", blank=True, max_length=100_000)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(slug__in=["privacy", "terms"]),
                name="site_page_slug_known",
            )
        ]

    def __str__(self) -> str:
        return self.get_slug_display()
