"""A model file unpacked once, on disk, instead of in the memory of every process.

Unpacking the 8-bit weights takes a process to 330 MB for a moment; loading the unpacked copy stays far below and takes
a tenth of a second. The copy is made by a child process, which also runs this file as a script.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import onnxruntime

logger = logging.getLogger(__name__)

MODEL, WEIGHTS = "model.onnx", "weights.bin"
SECONDS = 120


def unpacked(model: Path, *, key: str, folder: Path) -> Path:
    """The unpacked copy of `model` under `folder`, made if it is not there; `model` itself where that fails."""
    home = folder / f"{key}-onnxruntime-{onnxruntime.__version__}"
    if not (home / MODEL).is_file():
        try:
            _make(model, home)
        except (OSError, subprocess.SubprocessError) as error:
            logger.warning("The embedding model could not be unpacked into %s: %s", folder, error)
            return model
    return home / MODEL


def _make(model: Path, home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=home.parent))
    try:
        command = [sys.executable, "-P", __file__, str(model), str(draft)]
        # Our own interpreter and file, no shell.
        subprocess.run(command, check=True, timeout=SECONDS, stdin=subprocess.DEVNULL, capture_output=True)
        try:
            draft.rename(home)
        except OSError:
            if not (home / MODEL).is_file():  # else another process was faster, and its copy is the same
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write(model: Path, folder: Path) -> None:
    """`model` with its constants computed, the weights in a file of their own."""
    runtime: Any = onnxruntime
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_BASIC  # runs on any processor
    options.optimized_model_filepath = str(folder / MODEL)
    options.add_session_config_entry("session.optimized_model_external_initializers_file_name", WEIGHTS)
    options.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", "1024")
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
