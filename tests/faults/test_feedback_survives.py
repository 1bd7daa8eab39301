"""Whatever is killed, every answer ends with exactly one feedback. Real processes, a real broker."""

from __future__ import annotations

import os
import signal

import pytest

from tests.openai_server import OpenAIServer
from tests.plant import Plant, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]

TEXT = (
    "I split along headings and paragraphs so that one chunk holds one idea, and I measure recall on a labelled set "
    "of questions before I change the size. Attempt {}."
)


def post_answers(plant: Plant, email: str, count: int) -> list[int]:
    client = plant.client(email)
    ids = []
    for number in range(count):
        answer = {"question": "rag-chunking-strategies", "text": TEXT.format(number), "seconds": 60}
        response = client.post("/answers/", json=answer)
        assert response.status_code == 201, response.text
        ids.append(response.json()["id"])
    return ids


def ended(plant: Plant, ids: list[int]) -> bool:
    rows = plant.rows("SELECT status FROM questions_feedback WHERE answer_id = ANY(%s)", ids)
    assert len(rows) == len(ids), "an answer lost its feedback, or has two"
    return all(status == "done" for (status,) in rows)


def stop_all(plant: Plant) -> None:
    for name in ("cpu", "llm", "beat"):
        if name in plant.parts:
            plant.kill(name)


def test_a_worker_killed_in_the_middle_of_a_reading_costs_nothing(plant: Plant):
    with OpenAIServer("hang") as server:
        plant.settings |= {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "test", "OPENAI_MODEL": "test-model"}
        plant.kill("web")
        plant.start_web()
        plant.start_worker("llm")
        [answer] = post_answers(plant, "kill@example.org", 1)
        wait_for(lambda: server.calls, "the model to be called")
        assert plant.rows("SELECT status FROM questions_feedback WHERE answer_id = %s", answer) == [("running",)]
        plant.kill("llm", signal.SIGKILL)
        server.play("ok")
        plant.start_worker("llm")
        plant.start_worker("cpu")  # where the sweeper runs
        plant.start_beat()
        wait_for(lambda: ended(plant, [answer]), "the coaching after the kill")
        [(attempts, grader)] = plant.rows(
            "SELECT attempts, grader FROM questions_feedback WHERE answer_id = %s", answer
        )
        assert attempts == 2
        assert grader == "test-model"
        ledger = "SELECT r.calls, f.calls FROM questions_reading r JOIN questions_feedback f ON f.id = r.feedback_id"
        assert plant.rows(f"{ledger} WHERE f.answer_id = %s", answer) == [(2, 2)]
        assert len(server.calls) == 2
    stop_all(plant)
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL"):
        del plant.settings[name]
    plant.kill("web")
    plant.start_web()


def test_an_answer_submitted_while_the_broker_is_down_is_kept_and_coached_later(plant: Plant):
    client = plant.client("nobroker@example.org")
    plant.kill("valkey")
    answer = {"question": "rag-chunking-strategies", "text": TEXT.format("without a broker"), "seconds": 60}
    response = client.post("/answers/", json=answer)
    assert response.status_code == 201
    assert response.json()["feedback"] == {"status": "pending"}
    plant.start_valkey()
    plant.start_worker("cpu")
    plant.start_beat()
    wait_for(lambda: ended(plant, [response.json()["id"]]), "the coaching after the broker came back")
    stop_all(plant)


def test_a_broker_that_loses_fifty_waiting_messages_loses_no_feedback(plant: Plant):
    ids = post_answers(plant, "wiped@example.org", 50)
    plant.kill("valkey")  # started without persistence: whatever it held is gone
    plant.start_valkey()
    plant.start_worker("cpu")
    plant.start_beat()
    wait_for(lambda: ended(plant, ids), "fifty feedbacks", seconds=110)
    assert plant.rows("SELECT count(*) FROM questions_feedback WHERE answer_id = ANY(%s)", ids) == [(50,)]
    stop_all(plant)


def test_the_pool_child_of_the_cpu_worker_may_be_killed(plant: Plant):
    plant.start_worker("cpu")
    plant.start_beat()
    first = post_answers(plant, "child@example.org", 1)
    wait_for(lambda: ended(plant, first), "coaching by the first child")
    [child] = child_pids(plant.parts["cpu"].pid)
    os.kill(child, signal.SIGKILL)
    ids = post_answers(plant, "child@example.org", 3)
    wait_for(lambda: ended(plant, ids), "coaching after the child was killed")
    stop_all(plant)


def child_pids(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def test_the_same_message_delivered_five_times_at_once_calls_the_model_once(plant: Plant):
    with OpenAIServer("ok") as server:
        plant.settings |= {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "test", "OPENAI_MODEL": "test-model"}
        [answer] = post_answers(plant, "five@example.org", 1)
        [(feedback,)] = plant.rows("SELECT id FROM questions_feedback WHERE answer_id = %s", answer)
        ring = (
            "from questions.tasks import run_feedback\n"
            f"for _ in range(5): run_feedback.apply_async(({feedback},), queue='llm')"
        )
        plant.manage("shell", "--command", ring)
        plant.start_worker("llm")
        wait_for(lambda: ended(plant, [answer]), "the coaching")
        assert len(server.calls) == 1
        assert plant.rows("SELECT attempts FROM questions_feedback WHERE id = %s", feedback) == [(1,)]
    stop_all(plant)
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL"):
        del plant.settings[name]
