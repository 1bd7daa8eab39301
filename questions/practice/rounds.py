"""The five rounds of the guide, and how likely each category is asked in them. PURE.

Shares are ours, made from the guide's description of each round (questions/guide): what a round is about weighs most,
what may come up beside it a little, and the rest nothing. They are defaults: each interview's can be set by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Round:
    slug: str
    name: str
    minutes: str
    about: str
    shares: Mapping[str, float]  # category slug to share, sum 1


ROUNDS = (
    Round(
        "recruiter",
        "Recruiter screen",
        "30 minutes",
        "Role fit, timeline, and a light look at your experience with language models.",
        {"recruiter": 0.5, "behavioural": 0.2, "project-deep-dive": 0.15, "llm-fundamentals": 0.15},
    ),
    Round(
        "phone",
        "Technical phone screen",
        "45 to 60 minutes",
        "LLM fundamentals, live coding against an LLM API, basic retrieval.",
        {
            "llm-fundamentals": 0.3,
            "llm-coding": 0.22,
            "rag": 0.16,
            "prompting": 0.1,
            "ml-fundamentals": 0.1,
            "python-engineering": 0.07,
            "project-deep-dive": 0.05,
        },
    ),
    Round(
        "deep",
        "Technical deep dive",
        "60 minutes each, sometimes two",
        "Retrieval in depth, prompt scenarios, evaluation, and why you chose what you built.",
        {
            "rag": 0.28,
            "evaluation": 0.16,
            "prompting": 0.13,
            "agents": 0.12,
            "llm-fundamentals": 0.08,
            "ml-fundamentals": 0.07,
            "fine-tuning": 0.05,
            "project-deep-dive": 0.05,
            "llm-operations": 0.03,
            "security": 0.02,
            "multimodal": 0.01,
        },
    ),
    Round(
        "design",
        "System design",
        "60 minutes",
        "One product designed aloud: a support chatbot, a gateway, a document pipeline, several agents.",
        {
            "system-design": 0.5,
            "rag": 0.15,
            "agents": 0.1,
            "llm-operations": 0.1,
            "evaluation": 0.08,
            "security": 0.05,
            "multimodal": 0.02,
        },
    ),
    Round(
        "behavioural",
        "Behavioural",
        "45 to 60 minutes",
        "What you shipped, what went wrong in production, and how you work across functions.",
        {"behavioural": 0.7, "project-deep-dive": 0.25, "recruiter": 0.05},
    ),
)
BY_SLUG = {round.slug: round for round in ROUNDS}


def shares(by_hand: Mapping[str, float] | None, round_slug: str, guide: Mapping[str, float]) -> dict[str, float]:
    """How likely each category of `guide` (slug to the guide's weight) is asked, sum 1.

    By hand goes before the round's, the round's before the guide's. Categories that the bank does not hold are left
    out; where nothing is left, the guide's.
    """
    chosen = by_hand or (BY_SLUG[round_slug].shares if round_slug in BY_SLUG else guide)
    known = {slug: max(float(chosen.get(slug, 0.0)), 0.0) for slug in guide}
    total = sum(known.values())
    if not total:
        known, total = dict(guide), sum(guide.values())
    return {slug: value / total for slug, value in known.items()} if total else {}
