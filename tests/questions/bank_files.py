"""Small, valid question files to break on purpose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Question = dict[str, Any]
CATEGORIES = [
    {"slug": "rag", "name": "RAG", "summary": "Retrieval.", "intent": "Whether it works.", "weight": 0.5},
    {"slug": "agents", "name": "Agents", "summary": "Tools.", "intent": "Whether it is needed.", "weight": 0.5},
]
TOPICS = {
    "overlap": (
        "Overlap between chunks",
        "Your splitter cuts sentences in half. How much should neighbouring pieces share?",
    ),
    "budget": (
        "A budget for an agent",
        "A research assistant spent forty dollars in one night. Which limits do you set first?",
    ),
    "tables": (
        "Tables in a manual",
        "Half of the facts stand in wide tables. How do they get into the index unharmed?",
    ),
}
POINTS = {
    "overlap": (
        "A sentence that lies across two pieces is whole in at least one of them when neighbours share some text.",
        "Sharing a tenth to a fifth of the length is a usual start, and more mostly adds storage and repeated hits.",
        "Splitting at headings and paragraphs removes most of the need, since ideas seldom cross them.",
        "Recall on labelled questions decides the size, measured for several sizes on the same documents.",
    ),
    "budget": (
        "A hard cap on steps ends a run that loops, whatever the model believes about its progress.",
        "Money is counted after every call and the run stops before the next call would pass the limit.",
        "A wall-clock deadline protects people who wait, and the partial result is handed over with a note.",
        "Alerts on the daily total of a tenant show abuse and bugs that no single run reveals.",
    ),
    "tables": (
        "Each row is stored together with its column headings, so that a number keeps its meaning alone.",
        "A layout parser finds cells and merged headings where plain text extraction mixes columns.",
        "Large tables go to a relational store and are queried there instead of being embedded.",
        "A sample of pages is checked by hand, because parsing errors are silent and repeat across files.",
    ),
}


def words(count: int, theme: str) -> str:
    """So many words that say little, in sentences of nine."""
    plain = f"we looked at {theme} again and it was fine".split()
    text = " ".join(plain[n % len(plain)] + (". Then" if n % 9 == 8 else "") for n in range(count))
    return " ".join(text.split()[:count]) + "."


def question(topic: str) -> Question:
    title, prompt = TOPICS[topic]
    ids = [f"{topic}-{number}" for number in range(1, 5)]
    return {
        "slug": f"about-{topic}",
        "title": title,
        "category": "agents" if topic == "budget" else "rag",
        "kind": "scenario",
        "level": "mid",
        "levels": {"junior": "Names it.", "mid": "Weighs it.", "senior": "Measures it."},
        "minutes": 6,
        "tags": ["one", "two", "three"],
        "prompt": prompt,
        "intent": "Whether the candidate has done it.",
        "key_points": [
            {"id": id, "text": text, "weight": 3 if number == 0 else 2, "why": "It is asked."}
            for number, (id, text) in enumerate(zip(ids, POINTS[topic], strict=True))
        ],
        "reference": words(180, topic),
        "mistakes": ["Too much.", "Too little.", "Not measured."],
        "follow_ups": [{"question": f"Why {id}?", "key_point": id, "hint": "Because."} for id in ids[:2]],
        "sources": [{"title": "A book", "author": "A. Writer", "year": 2020, "kind": "book"}],
        "checked_on": "2026-11-22",
        "samples": [
            {"grade": "weak", "wording": "everyday", "covers": [], "text": words(80, f"the {topic} weakly")},
            {"grade": "fair", "wording": "everyday", "covers": ids[:2], "text": words(90, f"the {topic} fairly")},
            {"grade": "strong", "wording": "textbook", "covers": ids, "text": words(80, f"the {topic} strongly")},
        ],
    }


def write_bank(folder: Path, change: Callable[[dict[str, Question]], None] = lambda bank: None) -> Path:
    """A bank of three questions below `folder`, changed before it is written."""
    bank = {topic: question(topic) for topic in TOPICS}
    change(bank)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_categories.yaml").write_text(yaml.safe_dump(CATEGORIES, sort_keys=False))
    for topic, data in bank.items():
        path = folder / data.get("category", "rag") / f"about-{topic}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1000))
    return folder
