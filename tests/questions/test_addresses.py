"""An address without its final slash: what was sent there is never lost in silence."""

from __future__ import annotations

import pytest

from questions.models import Answer
from tests.questions.test_api import GOOD, is_problem


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["answers", "reviews", "answers/1", "questions/chunking/reveal"])
def test_the_api_names_the_right_address_and_redirects_no_body(api, question, method, path):
    response = api(method, path, GOOD)

    assert f"/api/v1/{path}/" in is_problem(response, 404)["detail"]
    assert not Answer.objects.exists()


@pytest.mark.parametrize("path", ["nothing", "answers/x", "answers//"])
def test_what_is_nowhere_names_no_other_address(api, question, path):
    assert is_problem(api.post(path, GOOD), 404)["detail"] == "There is nothing here."


@pytest.mark.parametrize("path", ["/questions/chunking/answer", "/questions/chunking/draft", "/account/profile"])
def test_a_form_sent_to_a_page_without_its_slash_is_404(as_alice, question, path):
    response = as_alice.post(path, {"text": "Typed.", "token": "1-a"})

    assert response.status_code == 404
    assert "Location" not in response


@pytest.mark.parametrize("path", ["/questions", "/questions/chunking", "/api/v1/answers"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_still_leads_to_the_address_with_its_slash(as_alice, question, method, path):
    response = getattr(as_alice, method)(f"{path}?page=1")

    assert (response.status_code, response["Location"]) == (301, f"{path}/?page=1")
