"""IANA time zones: which names are accepted, and the list that people choose from."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError

REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """Every name that can be stored; `Factory` and the machine's own `localtime` are no places."""
    return frozenset(available_timezones() - {"Factory", "localtime", "posixrules"})


@lru_cache(maxsize=1)
def zones_by_region() -> dict[str, list[str]]:
    """`{"Europe": ["Europe/Amsterdam", ...], ...}`, alphabetical, `UTC` first under "Universal"."""
    groups: dict[str, list[str]] = {"Universal": ["UTC"]}
    for region in REGIONS:
        groups[region] = sorted(name for name in known_zones() if name.startswith(region + "/"))
    return groups


def is_zone(name: str) -> bool:
    return name in known_zones()


def zone_called(text: str) -> str:
    """The name of the zone for what a person typed, such as `berlin` or `new york`; `text` itself when unclear."""
    wanted = text.strip().replace(" ", "_").casefold()
    whole = [name for name in known_zones() if name.casefold() == wanted]
    cities = [name for group in zones_by_region().values() for name in group if name.casefold().endswith("/" + wanted)]
    for found in (whole, cities):
        if len(found) == 1:
            return found[0]
    return text


def validate_zone(name: str) -> None:
    if not is_zone(name):
        raise ValidationError(
            f"{name!r} is not a time zone. Write a name such as Europe/Berlin.",
            code="unknown_zone",
        )


def zone(name: str) -> ZoneInfo:
    """The zone of that name, UTC when the name is no longer known to this machine."""
    return ZoneInfo(name if is_zone(name) else "UTC")
