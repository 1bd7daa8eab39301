"""Privacy and terms."""

from __future__ import annotations

import pytest

from accounts.models import SitePage

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slug", ["privacy", "terms"])
def test_a_fresh_site_has_a_text_already(client, slug, settings):
    settings.OPERATOR_EMAIL = "op@example.org"
    page = client.get(f"/{slug}/").content.decode()
    assert "run by the operator of this server" in page
    assert 'href="mailto:op@example.org"' in page
    assert slug == "terms" or "<h2>What is kept</h2>" in page
    assert "{" not in page.partition("<main")[2].partition("</main>")[0]


def test_the_privacy_page_tells_whether_answers_leave_the_server(client, settings):
    settings.COACH_USES_MODEL = False
    assert "They are not sent to any other company" in client.get("/privacy/").content.decode()
    settings.COACH_USES_MODEL = True
    assert "sends your answer and the question" in client.get("/privacy/").content.decode()


def test_the_operator_can_write_their_own(client):
    SitePage.objects.create(slug="terms", title="House rules", body="Be **kind**. <script>alert(1)</script>")
    page = client.get("/terms/").content.decode()
    assert "<h1>House rules</h1>" in page
    assert "Be <strong>kind</strong>" in page
    assert "<script>alert(1)" not in page


def test_an_emptied_page_falls_back_to_the_default(client):
    SitePage.objects.create(slug="terms", body="  \n")
    assert "run by the operator" in client.get("/terms/").content.decode()
