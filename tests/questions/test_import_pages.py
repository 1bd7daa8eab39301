"""Import as a person does it: a file, what it holds, the word, and all of it or nothing."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client

from questions.models import Collection, CollectionItem, KeyPoint, PendingImport, Question, QuestionVersion
from questions.own import authoring, collections, importing
from questions.own.reading import MOST_BYTES
from questions.tasks import clear_ledgers
from tests import cast
from tests.questions.packages import REAL, bomb, deck

pytestmark = pytest.mark.django_db

IMPORT, PREVIEW = "/questions/own/import/", "/questions/own/import/preview/"
CSV = "title,prompt,key_points\n"
GOOD = CSV + "".join(f"Title {n},Prompt number {n},Point {n}\n" for n in range(5))


@pytest.fixture(autouse=True)
def _words_only(settings, monkeypatch):
    """Nobody embeds here: duplicates are found by their words. Meaning is tested in test_own_alike.py."""
    settings.SEARCH_ENCODER = "worker"
    monkeypatch.setattr(importing, "WAIT_SECONDS", 0.01)


def upload(client: Client, content: str | bytes, name: str = "mine.csv", **values: str):
    data = content.encode() if isinstance(content, str) else content
    return client.post(IMPORT, {"category": "rag", "level": "mid", **values, "file": SimpleUploadedFile(name, data)})


def said(response) -> str:
    return " ".join(error for errors in response.context["form"].errors.values() for error in errors)


def stored() -> tuple[int, ...]:
    models = (Question, QuestionVersion, KeyPoint, Collection, CollectionItem)
    return tuple(model.objects.count() for model in models)


def test_a_file_is_shown_first_and_stored_on_the_word(as_alice, alice, bank):
    before = stored()
    assert upload(as_alice, GOOD)["Location"] == PREVIEW
    text = as_alice.get(PREVIEW).content.decode()
    assert "5 questions found" in text
    assert "Title 4" in text
    assert stored() == before

    response = as_alice.post(PREVIEW, {"import": "1", "collect": "1", "title": "From Acme"})
    collection = Collection.objects.get(user=alice)
    assert response["Location"] == f"/collections/{collection.pk}/"
    assert [item.question.title for item in collection.items.all()] == [f"Title {n}" for n in range(5)]
    assert Question.objects.filter(owner=alice).count() == 5
    assert not PendingImport.objects.exists()


def test_without_the_tick_no_collection_is_made(as_alice, alice, bank):
    upload(as_alice, GOOD)

    assert as_alice.post(PREVIEW, {"import": "1", "title": "From Acme"})["Location"] == "/questions/own/"
    assert not Collection.objects.exists()
    assert Question.objects.filter(owner=alice).count() == 5


def test_faults_are_shown_with_their_rows_and_the_rest_can_be_imported(as_alice, alice, bank):
    upload(as_alice, GOOD + "Bad,Prompt,\n")
    text = as_alice.get(PREVIEW).content.decode()
    assert "there is nothing to grade by" in text
    assert '<td class="tnum">7</td>' in text

    as_alice.post(PREVIEW, {"import": "1"})
    assert Question.objects.filter(owner=alice).count() == 5


def test_what_is_there_already_is_left_out_unless_it_is_ticked(as_alice, alice, bank):
    cast.own_question(alice, title="Title 1", prompt="Prompt number 1")
    upload(as_alice, GOOD + "Title 2,Prompt number 2,Another point\n")
    page = as_alice.get(f"{PREVIEW}?show=words")
    assert [(row["item"].number, row["item"].like.title, row["item"].is_taken) for row in page.context["rows"]] == [
        (3, "Title 1", False),
        (7, "Title 2", False),
    ]
    assert "not, because they repeat another question" in page.content.decode()

    as_alice.post(f"{PREVIEW}?show=words", {"shown": ["1", "5"], "taken": ["5"]})
    as_alice.post(PREVIEW, {"import": "1"})
    assert sorted(Question.objects.filter(owner=alice).values_list("title", flat=True)) == sorted(
        [*(f"Title {n}" for n in range(5)), "Title 2"]
    )


def rows_of(page) -> list[tuple[str, bool]]:
    return [(row["question"].title, row["item"].is_taken) for row in page.context["rows"]]


def test_each_row_opens_to_what_would_be_stored(as_alice, bank):
    header = "title,prompt,key_points,reference,follow_ups,tags,level\n"
    upload(
        as_alice,
        header + 'HNSW,"What is **HNSW**?","3: A graph|1: In layers","It *trades* memory.",And IVF?,ann,senior\n',
    )
    main = as_alice.get(PREVIEW).content.decode().partition('class="import-body"')[2].partition("</dl>")[0]

    for shown in ("What is <strong>HNSW</strong>?", "A graph", "essential", "In layers", "extra", "It <em>trades</em>"):
        assert shown in main
    for shown in ("And IVF?", "ann", "RAG · Concept · Senior · 5 min"):
        assert shown in main


def test_all_rows_can_be_paged_through_and_ticks_are_kept(as_alice, alice, bank):
    upload(as_alice, CSV + "".join(f"Title {n},Prompt number {n},Point {n}\n" for n in range(120)))
    assert [len(as_alice.get(f"{PREVIEW}?page={n}").context["rows"]) for n in (1, 2, 3)] == [50, 50, 20]
    first, last = [str(n) for n in range(50)], [str(n) for n in range(100, 120)]

    response = as_alice.post(f"{PREVIEW}?show=all&page=3", {"shown": first, "taken": first[1:]})
    assert response["Location"] == f"{PREVIEW}?show=all&page=3#found"
    as_alice.post(f"{PREVIEW}?page=1", {"shown": last, "taken": last[:-2]})
    assert rows_of(as_alice.get(f"{PREVIEW}?page=1"))[:2] == [("Title 0", False), ("Title 1", True)]
    as_alice.post(PREVIEW, {"import": "1"})

    titles = set(Question.objects.filter(owner=alice).values_list("title", flat=True))
    assert titles == {f"Title {n}" for n in range(1, 118)}


def test_a_kind_of_row_is_shown_alone_and_ticked_or_left_out_as_a_whole(as_alice, alice, bank):
    upload(as_alice, GOOD + GOOD.removeprefix(CSV))
    page = as_alice.get(f"{PREVIEW}?show=words")
    assert rows_of(page) == [(f"Title {n}", False) for n in range(5)]
    assert [(name, count) for name, _, count in page.context["parts"]] == [("all", 10), ("words", 5)]

    as_alice.post(f"{PREVIEW}?show=words", {"all": "take"})
    assert as_alice.get(PREVIEW).context["taken"] == 10
    as_alice.post(f"{PREVIEW}?show=words", {"all": "leave"})
    assert as_alice.get(PREVIEW).context["taken"] == 5


def test_a_tick_on_the_page_counts_with_the_import_itself(as_alice, alice, bank):
    upload(as_alice, GOOD)
    as_alice.post(PREVIEW, {"shown": ["0", "1", "2", "3", "4"], "taken": ["1", "3"], "import": "1"})

    assert sorted(Question.objects.filter(owner=alice).values_list("title", flat=True)) == ["Title 1", "Title 3"]


def test_the_category_of_the_whole_file_is_chosen_and_rows_that_name_one_keep_it(as_alice, alice, bank):
    upload(as_alice, "title,category,tags,key_points\nA,,,x\nB,Behavioural,,x\nC,,rag,x\n")
    as_alice.post(PREVIEW, {"category": "agents"})
    text = as_alice.get(PREVIEW).content.decode()
    assert "Category of the 1 that name none" in text
    assert '<option value="agents" selected>' in text
    as_alice.post(PREVIEW, {"category": "no-such-category", "import": "1"})

    kept = dict(Question.objects.filter(owner=alice).values_list("title", "category__slug"))
    assert kept == {"A": "agents", "B": "behavioural", "C": "rag"}


def test_notes_that_lose_a_picture_are_marked_and_shown_alone(as_alice, bank):
    picture = '<img src="x.png">'
    upload(
        as_alice, deck([["What is this?" + picture, "A graph."], ["Why?", "So."], [picture, "Only a back"]]), "d.apkg"
    )
    page = as_alice.get(f"{PREVIEW}?show=lost")

    assert rows_of(page) == [("What is this?", True)]
    assert "Left behind: its picture." in page.content.decode()
    assert "the front is only a picture" in page.content.decode()


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("?show=nonsense&page=x", {"shown": ["x", "-1", "9" * 30], "taken": ["99999"]}),
        ("?page=999", {"shown": ["999"], "category": "\x00", "title": "a\x00b" + "x" * 500}),
        ("", {"all": "everything", "title": ""}),
    ],
)
def test_nonsense_in_the_form_changes_nothing(as_alice, bank, query, values):
    upload(as_alice, GOOD)
    assert as_alice.post(PREVIEW + query, values).status_code == 302

    page = as_alice.get(PREVIEW)
    assert rows_of(page) == [(f"Title {n}", True) for n in range(5)]
    assert page.context["preview"].category == "rag"
    assert "\x00" not in page.context["preview"].title


def test_an_unticked_collection_and_its_name_are_kept_from_page_to_page(as_alice, bank):
    upload(as_alice, GOOD, name="From Acme.csv")
    assert (preview := as_alice.get(PREVIEW).context["preview"]).collects
    assert preview.title == "From Acme"
    as_alice.post(PREVIEW, {"title": "From Beta"})

    preview = as_alice.get(PREVIEW).context["preview"]
    assert (preview.collects, preview.title) == (False, "From Beta")


def test_the_help_names_what_a_csv_needs(as_alice, bank):
    text = as_alice.get(IMPORT).content.decode()

    assert "(<code>title</code> or <code>prompt</code>)" in text
    assert "(<code>key_points</code> or <code>reference</code>)" in text
    assert "at most 2,000 questions" in text


def test_the_same_file_twice_brings_nothing_and_says_so(as_alice, alice, bank):
    for _ in range(2):
        upload(as_alice, GOOD)
        response = as_alice.post(PREVIEW, {"import": "1"})

    assert response.status_code == 400
    assert "Nothing is left to import" in response.content.decode()
    assert Question.objects.filter(owner=alice).count() == 5


def test_a_second_word_to_the_same_file_stores_nothing_more(as_alice, alice, bank):
    upload(as_alice, GOOD)
    as_alice.post(PREVIEW, {"import": "1"})
    response = as_alice.post(PREVIEW, {"import": "1"}, follow=True)

    assert "imported already" in response.content.decode()
    assert Question.objects.filter(owner=alice).count() == 5


def test_a_forgotten_file_leaves_nothing(as_alice, alice, bank):
    upload(as_alice, GOOD)

    assert as_alice.post(PREVIEW, {"discard": "1"})["Location"] == "/questions/own/"
    assert not PendingImport.objects.exists()
    assert as_alice.get(PREVIEW)["Location"] == IMPORT
    assert not Question.objects.filter(owner=alice).exists()


def test_a_failure_in_the_middle_stores_nothing(as_alice, alice, bank, monkeypatch):
    def fail(**values):
        raise IntegrityError("the disk is full")

    upload(as_alice, GOOD)
    before = stored()
    monkeypatch.setattr(collections, "fill", fail)
    as_alice.raise_request_exception = False

    assert as_alice.post(PREVIEW, {"import": "1", "collect": "1", "title": "x"}).status_code == 500
    assert stored() == before
    monkeypatch.undo()
    as_alice.post(PREVIEW, {"import": "1"})  # the file still waits
    assert Question.objects.filter(owner=alice).count() == 5


def test_no_more_is_stored_than_fits(as_alice, alice, bank, monkeypatch):
    monkeypatch.setattr(authoring, "MOST_QUESTIONS", 4)
    upload(as_alice, GOOD)
    page = as_alice.get(PREVIEW)
    assert page.context["too_many"] == 1

    assert as_alice.post(PREVIEW, {"import": "1"}).status_code == 400
    assert not Question.objects.filter(owner=alice).exists()


def test_two_thousand_questions_are_imported(as_alice, alice, bank, django_assert_max_num_queries):
    upload(as_alice, CSV + "".join(f"Title {n},Prompt number {n},One | Two {n}\n" for n in range(2_000)))
    with django_assert_max_num_queries(6):
        assert len(as_alice.get(f"{PREVIEW}?page=40").content) < 200_000
    with django_assert_max_num_queries(44):
        as_alice.post(PREVIEW, {"import": "1", "collect": "1", "title": "All"})

    assert Question.objects.filter(owner=alice).count() == 2_000
    assert KeyPoint.objects.filter(question__owner=alice).count() == 4_000
    assert Collection.objects.get().items.count() == 2_000


@pytest.mark.parametrize(
    ("content", "name", "text"),
    [
        (bomb(), "bomb.apkg", "unpacks to far more"),
        (deck()[:300], "broken.apkg", "not an Anki package"),
        (CSV + "A,B,C\n" * 10_000, "many.csv", "more than 2,000 questions"),
        (deck([["A", "B"]] * 10_000), "many.apkg", "more than 2,000 questions"),
        ("- title: x\n  prompt: !!python/name:os.system\n", "tagged.yaml", "tags"),
        (b"\x00" * 1000, "nul.csv", "not a text file"),
        ("x", "x.exe", "ends in .yaml"),
        ("", "empty.csv", "empty"),
    ],
)
def test_a_hostile_file_is_refused_in_words_and_leaves_nothing(as_alice, alice, bank, content, name, text):
    before = stored()
    response = upload(as_alice, content, name)

    assert response.status_code == 400
    assert text in said(response)
    assert stored() == before
    assert not PendingImport.objects.exists()


def test_formula_cells_are_stored_as_text_and_shown_escaped(as_alice, alice, bank):
    upload(as_alice, CSV + '"=HYPERLINK(""http://evil.example"")",<script>alert(1)</script>,+1\n')
    assert "<script>alert" not in as_alice.get(PREVIEW).content.decode()
    as_alice.post(PREVIEW, {"import": "1"})

    question = Question.objects.get(owner=alice)
    assert (question.title, question.key_points.get().text) == ('=HYPERLINK("http://evil.example")', "+1")
    exported = as_alice.get("/questions/own/export/?as=csv").content.decode()
    assert "\"'=HYPERLINK" in exported
    assert '"\'+1"' in exported


def test_an_anki_deck_is_imported(as_alice, alice, bank):
    upload(as_alice, (REAL / "modern.apkg").read_bytes(), "AI interviews.apkg")
    as_alice.post(PREVIEW, {"import": "1", "collect": "1", "title": "AI interviews"})

    assert Question.objects.filter(owner=alice).count() == 4
    assert not KeyPoint.objects.filter(question__owner=alice, text="").exists()


def test_an_upload_beyond_the_bound_is_refused_and_never_kept_whole(as_alice, bank):
    response = upload(as_alice, b"a" * (MOST_BYTES + 1_000_000))

    assert said(response) == "This file is larger than 5 MB."


def test_without_a_csrf_token_nothing_is_read(alice, bank):
    client = cast.client_of(alice, checks_csrf=True)

    assert upload(client, GOOD).status_code == 403
    assert not PendingImport.objects.exists()


def test_with_its_csrf_token_the_form_works(alice, bank):
    client = cast.client_of(alice, checks_csrf=True)
    token = client.get(IMPORT).context["csrf_token"]

    assert upload(client, GOOD, csrfmiddlewaretoken=str(token))["Location"] == PREVIEW


def test_too_many_files_in_a_row_must_wait(as_alice, bank, monkeypatch):
    monkeypatch.setattr(importing, "FILES_A_PERIOD", 2)

    assert [upload(as_alice, GOOD).status_code for _ in range(3)] == [302, 302, 429]


def test_a_strangers_file_is_not_seen(as_alice, as_bob, bank):
    upload(as_alice, GOOD)

    assert as_bob.get(PREVIEW)["Location"] == IMPORT
    as_bob.post(PREVIEW, {"import": "1"})
    assert PendingImport.objects.count() == 1
    assert not Question.objects.exclude(owner=None).exists()


def test_a_file_that_waits_for_a_day_is_forgotten(as_alice, bank):
    upload(as_alice, GOOD)
    PendingImport.objects.update(created_at=cast.NOW)
    clear_ledgers()

    assert not PendingImport.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        '- {title: "x", prompt: "y", reference: "z", "a\\0b": 1}',
        '- {title: "x", prompt: "y", reference: "z", category: "a\\0b"}',
    ],
    ids=["field", "category"],
)
def test_a_nul_in_a_name_is_no_fault_of_ours(as_alice, bank, text):
    response = upload(as_alice, text, "mine.yaml")

    assert response.status_code in {302, 400}
    assert as_alice.get(PREVIEW).status_code in {200, 302}
