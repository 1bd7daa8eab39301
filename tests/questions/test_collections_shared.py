"""A collection's link: what it shows, to whom, and what a member takes from it."""

from __future__ import annotations

import hashlib
import re
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils.formats import date_format
from django.utils.timezone import localtime

from accounts.models import User
from questions.models import Answer, Collection, Question
from questions.own import authoring, collections, sharing
from questions.own.authoring import OwnError
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(alice, bank) -> Question:
    return cast.own_question(alice, prompt="Why do we rerank, says [this](https://elsewhere.example/)?")


@pytest.fixture
def collection(alice, bank, own) -> Collection:
    made = collections.create(user=alice, title="For Acme", description="What **they** ask", now=NOW)
    collections.fill(collection=made, questions=[bank["chunking"], own, bank["tool-calling"]])
    return made


@pytest.fixture
def link(collection) -> str:
    return f"/c/{sharing.share(collection=collection, now=NOW)}/"


def test_the_link_is_shown_once_and_kept_as_a_hash(as_alice, collection, settings):
    response = as_alice.post(f"/collections/{collection.pk}/share/")
    (token,) = re.findall(rf"{re.escape(settings.SITE_URL)}/c/([\w-]+)/", response.content.decode())

    assert len(token) >= 43  # 256 bits
    collection.refresh_from_db()
    assert collection.share_hash == hashlib.sha256(token.encode()).hexdigest()
    for path in (f"/collections/{collection.pk}/", "/collections/"):
        assert token not in as_alice.get(path).content.decode()
    assert Client().get(f"/c/{token}/").status_code == 200


def test_before_and_after_it_is_said_that_the_link_is_shown_once(as_alice, collection):
    address = f"/collections/{collection.pk}/"
    assert "The link is shown once, right after you make it" in as_alice.get(address).content.decode()

    first = as_alice.post(f"{address}share/").content.decode()
    assert "this is the only time it is shown" in first
    assert "no longer works" not in first
    text = as_alice.get(address).content.decode()
    assert "shown once" in text
    assert "Make a new link and end the old one" in text


def test_it_is_shown_when_the_link_was_made_and_when_the_one_before(as_alice, alice, collection):
    sharing.share(collection=collection, now=NOW)
    made = date_format(localtime(NOW, ZoneInfo(alice.profile.time_zone)), "j F Y, H:i")
    assert made in as_alice.get(f"/collections/{collection.pk}/").content.decode()

    assert (
        f"The link of {made} no longer works" in as_alice.post(f"/collections/{collection.pk}/share/").content.decode()
    )


def test_anybody_with_the_link_reads_titles_and_prompts_and_nothing_more(link, own, alice, bank):
    cast.answered(alice, own)
    text = Client().get(link).content.decode()

    for shown in ("For Acme", "<strong>they</strong>", "The title of chunking", own.title, "Why do we rerank"):
        assert shown in text
    assert text.index("The title of chunking") < text.index(own.title) < text.index("The title of tool-calling")
    for hidden in ("SECRET", "cross-encoder", "It trades time", *cast.LEAKS, own.slug):
        assert hidden not in text


def test_its_page_is_kept_by_nobody_and_says_nothing_of_its_address(link):
    response = Client().get(link)

    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in response.content.decode()


def test_its_page_has_no_form_since_none_could_be_sent_without_a_referrer(link, as_bob, as_alice):
    for client in (Client(), as_bob, as_alice):
        assert 'method="post"' not in client.get(link).content.decode()


def test_a_wrong_old_or_revoked_link_is_the_same_404(as_alice, as_bob, collection, link):
    newer = f"/c/{sharing.share(collection=collection, now=NOW)}/"
    assert Client().get(newer).status_code == 200
    as_alice.post(f"/collections/{collection.pk}/unshare/")

    for path in (link, newer, "/c/nonsense/", f"/c/{'x' * 5000}/", f"/c/{collection.pk}/", "/c/%00/"):
        for client in (Client(), as_bob, as_alice):
            assert client.get(path).status_code == 404
    assert as_bob.post(f"{link}add/").status_code == 404
    assert Collection.objects.count() == 1


def test_the_link_of_a_closed_account_opens_nothing(link, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert Client().get(link).status_code == 404


def test_a_withdrawn_question_is_not_shown(link):
    Question.objects.filter(slug="chunking").update(is_retired=True)

    assert "The title of chunking" not in Client().get(link).content.decode()


def test_a_visitor_logs_in_before_taking_it(link):
    response = Client().post(f"{link}add/")

    assert response["Location"].startswith("/accounts/login/?next=/c/")
    assert Collection.objects.count() == 1


def test_a_member_gets_the_banks_questions_and_private_copies_of_the_others(link, as_bob, bob, bank, own):
    assert "1 of them as private copy" in as_bob.get(f"{link}add/").content.decode()
    assert not Collection.objects.filter(user=bob).exists()

    response = as_bob.post(f"{link}add/")
    mine = Collection.objects.get(user=bob)
    assert response["Location"] == f"/collections/{mine.pk}/"
    assert (mine.title, mine.description, mine.share_hash) == ("For Acme", "What **they** ask", None)
    first, copy, last = (item.question for item in mine.items.all())
    assert (first, last) == (bank["chunking"], bank["tool-calling"])
    assert copy.owner == bob
    assert copy.slug != own.slug
    assert authoring.content_of(copy) == authoring.content_of(own)


def test_what_either_does_afterwards_does_not_reach_the_other(link, as_alice, as_bob, alice, bob, own, collection):
    as_bob.post(f"{link}add/")
    copy = Question.objects.get(owner=bob)
    cast.rated(bob, copy, answer=cast.answered(bob, copy, text="Bob answers that a cross-encoder reads both."))

    assert as_bob.get(f"/questions/{own.slug}/").status_code == 404
    assert as_alice.get(f"/questions/{copy.slug}/").status_code == 404
    assert "Bob answers" not in as_alice.get(f"/collections/{collection.pk}/").content.decode()
    authoring.delete(user=alice, question=own)
    collections.delete(user=alice, collection=collection, with_own=False)
    assert Answer.objects.for_user(bob).get().question == copy
    assert Collection.objects.get(user=bob).items.count() == 3


def test_taking_it_twice_copies_nothing_twice(link, as_bob, bob):
    as_bob.post(f"{link}add/")
    as_bob.post(f"{link}add/")

    assert Collection.objects.filter(user=bob).count() == 2
    assert Question.objects.filter(owner=bob).count() == 1


def test_who_shared_it_is_led_to_their_own(link, as_alice, collection):
    assert as_alice.get(f"{link}add/")["Location"] == f"/collections/{collection.pk}/"
    as_alice.post(f"{link}add/")

    assert Collection.objects.count() == 1


def test_beyond_a_limit_nothing_is_taken(collection, bob, monkeypatch):
    monkeypatch.setattr(authoring, "MOST_QUESTIONS", 0)
    with pytest.raises(OwnError):
        sharing.adopt(user=bob, collection=collection, now=NOW)

    assert not Collection.objects.filter(user=bob).exists()
    assert not Question.objects.filter(owner=bob).exists()


def test_a_long_collection_is_paged(alice, bank, link, collection, django_assert_max_num_queries):
    content = authoring.content_of(cast.own_question(alice))
    more = [content.model_copy(update={"title": f"Number {n}"}) for n in range(60)]
    collections.fill(collection=collection, questions=authoring.create_many(user=alice, contents=more, now=NOW))
    with django_assert_max_num_queries(4):
        text = Client().get(link).content.decode()

    assert "Page 1 of 2" in text
    assert "Number 59" not in text
    assert "Number 59" in Client().get(f"{link}?page=2").content.decode()
