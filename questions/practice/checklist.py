"""The twelve items of preparation: those that evidence shows tick themselves, the rest by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import F

from accounts.models import User
from accounts.presence import held
from questions.models import Answer, ChecklistTick, Question, Rating
from questions.practice.calendar import model_of
from questions.practice.readiness import TARGET, Known, known_of, recall_of
from questions.practice.recall import Floats
from questions.practice.standings import CategoryStanding, category_standings

MASTERED = 0.8  # mean recall today of a category's questions
DESIGNS, STORIES, TIMED = 2, 4, 5


class Item(NamedTuple):
    """`slug` names it; `category` or `rule` is what shows it; neither: only the person can say."""

    slug: str
    title: str
    about: str
    category: str = ""
    rule: str = ""


ITEMS = (
    Item(
        "llm-fundamentals",
        "LLM fundamentals",
        "Attention, tokens, sampling, hallucination, explained aloud.",
        "llm-fundamentals",
    ),
    Item(
        "rag-application",
        "Build or review a RAG application",
        "One that you can open and defend: what you chose, what it costs, how you know that it works.",
    ),
    Item("rag-whiteboard", "Explain RAG at a whiteboard", "Data path and query path, with the failure modes.", "rag"),
    Item("prompting", "Prompting for production", "Prompts as code: versioned, tested, measured.", "prompting"),
    Item("agents", "Agent patterns", "When an agent fits, when it does not, and how it fails.", "agents"),
    Item(
        "designs", "Two or three system designs", "Walked through from requirements to failure modes.", rule="designs"
    ),
    Item("classic-ml", "Classic machine learning", "Bias and variance, metrics, validation.", "ml-fundamentals"),
    Item(
        "stories", "Four or five stories", "Situation, task, action, result; the result has a number.", rule="stories"
    ),
    Item("timed-coding", "Timed coding with LLM APIs", "Code that runs, within the time of a round.", rule="timed"),
    Item(
        "projects",
        "Your own projects in depth",
        "Why each choice, what else you tried, what it did in numbers.",
        "project-deep-dive",
    ),
    Item("company", "The company’s products and stack", "What they build, with what, and who would use it."),
    Item("questions", "Questions to ask them", "On evaluation, the choice of models, the team.", "recruiter"),
)
BY_SLUG = {item.slug: item for item in ITEMS}


@dataclass(frozen=True)
class State:
    """An item as it stands. `evidence` says what was seen, `missing` what is left; `link` leads there."""

    item: Item
    is_shown: bool
    ticked_at: datetime | None
    evidence: str
    missing: str
    link: str

    @property
    def is_done(self) -> bool:
        return self.is_shown or self.ticked_at is not None


def states(user: User, today: date) -> list[State]:
    """Six queries, whatever the number of cards."""
    standings = {standing.slug: standing for standing in category_standings(user)}
    known = known_of(user)
    ticks = dict(ChecklistTick.objects.filter(user=user).values_list("item", "ticked_at"))
    counts = _counts(user)
    model = model_of(user.profile)
    found = []
    for item in ITEMS:
        if item.category:
            standing = standings.get(item.category)
            own = [row for row in known if standing and row.category_id == standing.pk]
            shown, evidence, missing = _mastery(standing, own, recall_of(own, today, model))
            link = f"category={item.category}"
        else:
            shown, evidence, missing, link = _by_rule(item.rule, counts)
        found.append(State(item, shown, ticks.get(item.slug), evidence, missing, link))
    return found


def _mastery(standing: CategoryStanding | None, known: Sequence[Known], recall: Floats) -> tuple[bool, str, str]:
    """Whether enough of a category was practised and is known today."""
    if standing is None:
        return False, "", "The bank holds no question on it."
    target = min(TARGET, standing.total)
    if not known:
        return False, "Nothing practised yet.", f"Answer {target} questions on {standing.name}."
    mean = float(recall.mean())
    evidence = f"{len(known)} of {target} questions practised, expected recall {round(100 * mean)} % today."
    if len(known) < target:
        left = target - len(known)
        return False, evidence, f"{left} more question{'' if left == 1 else 's'} on {standing.name}."
    if mean < MASTERED:
        return False, evidence, f"Recall of {round(100 * MASTERED)} %: practise what is due."
    return True, evidence, ""


class _Counts(NamedTuple):
    designs: int
    stories: int
    timed: int


def _counts(user: User) -> _Counts:
    """Distinct questions whose answer was good enough; one query each for a few rows."""
    rated = Answer.objects.for_user(user)
    designs = rated.filter(question__kind=Question.Kind.DESIGN, review__rating__gte=Rating.HARD)
    stories = rated.filter(question__kind=Question.Kind.BEHAVIOURAL, review__rating__gte=Rating.GOOD)
    timed = rated.filter(
        question__category__slug="llm-coding", review__rating__gte=Rating.HARD, seconds__lte=F("question__minutes") * 60
    )
    return _Counts(*(rows.values("question").distinct().count() for rows in (designs, stories, timed)))


def _by_rule(rule: str, counts: _Counts) -> tuple[bool, str, str, str]:
    if rule == "designs":
        done = counts.designs
        evidence = f"{done} of {DESIGNS} design questions answered and rated Hard or better."
        return done >= DESIGNS, evidence, "" if done >= DESIGNS else "Walk through one more design.", "kind=design"
    if rule == "stories":
        evidence = f"{counts.stories} of {STORIES} behavioural questions answered and rated Good or better."
        return False, evidence, "Write your stories down, each with a number, then tick this.", "category=behavioural"
    if rule == "timed":
        evidence = f"{counts.timed} of {TIMED} coding questions answered within their minutes."
        return False, evidence, "Code one against the clock in your own editor, then tick this.", "category=llm-coding"
    return False, "The site cannot see this.", "Tick it when you have done it.", ""


def tick(*, user: User, item: str, now: datetime) -> bool:
    """Ticks an item by hand, or takes the tick back; whether it is ticked now. KeyError for an unknown item."""
    slug = BY_SLUG[item].slug
    with held(user):
        removed, _ = ChecklistTick.objects.filter(user=user, item=slug).delete()
        if not removed:
            ChecklistTick.objects.create(user=user, item=slug, ticked_at=now)
    return not removed
