"""Two schedulers and two workers, one of them killed: nobody gets a reminder twice. Real processes, a real broker."""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import small_bank
from tests.plant import CELERY, Plant, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]

PEOPLE = 40
# Everybody lives where it is past noon, so that no hour and no study day ends while the test runs.
SETTLE = f"""
from datetime import timedelta
from django.utils import timezone
from accounts.models import Profile
from accounts.people import create_person
from questions.models import Interview
now = timezone.now()
for n in range({PEOPLE}):
    user = create_person(email=f"p{{n}}@example.org", password="four-plain-unrelated-words")
    Interview.objects.create(user=user, on=now.date() + timedelta(days=9), created_at=now)
    Profile.objects.filter(user=user).update(
        reminds_daily=True, reminder_hour=12, time_zone=f"Etc/GMT{{now.hour - 12:+d}}"
    )
"""
SWEEP = """
from django.utils import timezone
from questions.practice.reminders import sweep
print("sent", sweep(timezone.now()).sent)
"""


@pytest.fixture
def site() -> Iterator[Plant]:
    folder = Path(tempfile.mkdtemp(prefix="plant-"))
    built = Plant(folder, "reminders", {"REMINDER_SWEEP_SECONDS": "1"})
    try:
        built.build(bank=small_bank(folder / "bank"))
        yield built
    finally:
        built.close()
        shutil.rmtree(folder, ignore_errors=True)


def letters(site: Plant) -> Counter[str]:
    """How many reminders each address has got."""
    kept = [json.loads(path.read_text()) for path in (site.folder / "var" / "mailbox").glob("*.json")]
    return Counter(letter["to"][0] for letter in kept if "for today" in letter["subject"])


def claims(site: Plant) -> int:
    return len(site.rows("SELECT 1 FROM questions_sentmail"))


def test_two_schedulers_and_two_workers_send_each_reminder_once(site: Plant):
    site.manage("shell", "-v", "0", "-c", SETTLE)
    for name in ("one", "two"):
        site.start(name, [*CELERY, "worker", "-Q", "cpu", "-n", f"{name}@plant", "-P", "prefork", "-c", "1"])
        site.start(f"beat-{name}", [*CELERY, "beat", "-s", site.folder / f"schedule-{name}"])
    wait_for(lambda: claims(site) >= 5, "the first reminders")
    site.kill("one", signal.SIGKILL)
    wait_for(lambda: claims(site) == PEOPLE, "everybody's reminder")
    for name in ("beat-one", "beat-two", "two"):
        site.kill(name, signal.SIGTERM)

    assert "sent 0" in site.manage("shell", "-v", "0", "-c", SWEEP)
    found = letters(site)
    assert set(found.values()) == {1}
    # Whose mail the killed worker had claimed and not sent gets none: never twice goes before always once.
    assert len(found) >= PEOPLE - 1
