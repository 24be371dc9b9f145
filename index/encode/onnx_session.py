"""ONNX networks on the CPU: loaded and run. The only onnxruntime import."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.environment import NO_TELEMETRY, set_environment
from index.per_process import PerProcess

Arrays = Mapping[str, npt.NDArray[Any]]

_LOG_ERRORS = 3
"""onnxruntime's log level for errors, without warnings."""


class OnnxSession:
    """A loaded network. Several threads may run it at once; each run uses one of them.

    `initializers` are weights that the file names but does not hold.
    """

    def __init__(self, path: Path, initializers: Arrays | None = None):
        with set_environment(NO_TELEMETRY):
            import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = _LOG_ERRORS
        # Two texts on a thread each take less time than one after the other on two threads.
        options.intra_op_num_threads = 1
        # A memory plan would be kept for every length of input.
        options.enable_mem_pattern = False
        self._weights = {  # Kept: the session reads from them.
            name: onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values))
            for name, values in (initializers or {}).items()
        }
        if self._weights:
            options.add_external_initializers(list(self._weights), list(self._weights.values()))
        self._session = PerProcess(
            lambda: onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        )
        self._session.get()  # Raises here what is wrong with the file.

    def run(self, outputs: list[str], inputs: Arrays) -> list[npt.NDArray[np.float32]]:
        """Return the outputs of these names, in this order."""
        return list(self._session.get().run(outputs, dict(inputs)))
