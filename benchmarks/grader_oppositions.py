"""How often the local grader doubts a sentence that contradicts its key point, and one that does not.

`python benchmarks/grader_oppositions.py` reads `oppositions.csv` (sentences written for this: false ones, and true ones
full of negations, of which those of set `later` were written after the rules) and grades the references of the bank's
questions against their own key points, where every doubt is a false alarm.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from questions.bank.embeddings import built_in_encoder
from questions.bank.schema import QuestionFile, read_bank
from questions.coach import rubric

HERE = Path(__file__).resolve().parent
BANK = HERE.parent / "questions" / "content"


def main() -> None:
    questions = {question.slug: question for question in read_bank(BANK)[0]}
    found: dict[tuple[str, str], Counter[str]] = {}
    with (HERE / "oppositions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            (status,) = graded(questions[row["question"]], row["sentence"], row["key_point"])
            found.setdefault((row["set"], row["is_true"]), Counter())[status] += 1
    for (name, is_true), counts in sorted(found.items()):
        show(f"{name}, {'true' if is_true == 'yes' else 'false'} sentences", counts)
    show(
        "references of the bank",
        Counter(status for question in questions.values() for status in graded(question, question.reference)),
    )


def graded(question: QuestionFile, answer: str, only: str = "") -> list[str]:
    """The status of each key point, or of one; `doubted` for an unsure one with a contradiction."""
    encode = built_in_encoder().encode
    keyed = [(point.id, point.text, point.weight) for point in question.key_points if only in ("", point.id)]
    grade = rubric.grade(answer, *rubric.prepare(question.prompt, keyed, encode), encode)
    return ["doubted" if point.note.startswith(rubric.DOUBT) else point.status for point in grade.points]


def show(label: str, counts: Counter[str]) -> None:
    total = sum(counts.values())
    shares = ", ".join(f"{status} {counts[status]}" for status in ("covered", "doubted", "unsure", "missing"))
    print(f"{label}: {total}: {shares}")


if __name__ == "__main__":
    main()
