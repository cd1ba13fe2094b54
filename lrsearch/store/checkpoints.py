"""Checkpoints of running trials. Each trial keeps its two latest checkpoints until the trial has a result."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lrsearch.errors import StorageError
from lrsearch.records import Trial
from lrsearch.store import files

FORMAT = 1
_SLOTS = ("a", "b")


@dataclass
class CheckpointFolder:
    """The folder of a run's checkpoints. Only the process that trains a trial writes its files.

    Attributes:
        path: The folder; the first checkpoint creates it.
        every_seconds: Shortest time between two checkpoints of one process, >= 0.
        keeps_last: Whether to save the state after the last epoch of every trial too.
    """

    path: Path
    every_seconds: float
    keeps_last: bool = False
    _last: float = field(default_factory=time.monotonic)

    def due(self) -> bool:
        """Whether the next checkpoint is due. Trainers call this method at the end of an epoch."""
        return time.monotonic() - self._last >= self.every_seconds

    def save(self, entries: Iterable[tuple[Trial, bytes, Mapping[str, Any]]]) -> None:
        """Write a checkpoint for each trial.

        The new checkpoint overwrites the older of the trial's two checkpoints. The tensors are written first, then the
        state with a checksum of the tensors, so that an incomplete checkpoint is recognised. A disk error is ignored,
        because the trial can go on without a checkpoint. If the disk still fails when the result is written, the user
        gets an error.

        Args:
            entries: Each trial with its tensors (safetensors) and its state (JSON values).
        """
        with suppress(StorageError):
            files.make_parents(self.path)
            for trial, tensors, state in entries:
                number = max((found["generation"] for _, found in self._states(trial)), default=0) + 1
                values = {"format": FORMAT, "generation": number, "key": list(_name_of(trial))}
                values |= {"crc32": zlib.crc32(tensors), "state": state}
                slot = _SLOTS[number % 2]
                files.replace_file(self._file(trial, slot, "safetensors"), tensors)
                files.replace_file(self._file(trial, slot, "json"), json.dumps(values).encode())
        self._last = time.monotonic()

    def load(self, trial: Trial) -> Iterator[tuple[bytes, Mapping[str, Any]]]:
        """Yield the tensors and the state of each complete checkpoint of a trial, the newer checkpoint first."""
        for slot, values in sorted(self._states(trial), key=lambda found: -found[1]["generation"]):
            with suppress(StorageError):
                tensors = files.read_file(self._file(trial, slot, "safetensors"))
                if zlib.crc32(tensors) == values["crc32"]:
                    yield tensors, values["state"]

    def drop(self, trial: Trial) -> None:
        """Remove the checkpoints of a trial that has a result.

        Raises:
            StorageError: A file cannot be removed.
        """
        if self.path.is_dir():
            for slot in _SLOTS:
                for suffix in ("json", "safetensors"):
                    files.remove(self._file(trial, slot, suffix))

    def clear(self) -> None:
        """Remove the folder of checkpoints. Called when the run is complete.

        Raises:
            StorageError: The folder cannot be removed.
        """
        files.remove(self.path)

    def _states(self, trial: Trial) -> Iterator[tuple[str, dict[str, Any]]]:
        for slot in _SLOTS:
            with suppress(OSError, ValueError, KeyError, TypeError):
                values = json.loads(self._file(trial, slot, "json").read_bytes())
                if (values["format"], values["key"]) == (FORMAT, list(_name_of(trial))):
                    yield slot, {"generation": int(values["generation"]), **values}

    def _file(self, trial: Trial, slot: str, suffix: str) -> Path:
        name = hashlib.blake2b(repr(_name_of(trial)).encode(), digest_size=8).hexdigest()
        return self.path / f"{name}-{slot}.{suffix}"


def _name_of(trial: Trial) -> tuple[object, ...]:
    """The key of a trial's checkpoints. A trial that continues a partial trial has the same key."""
    return (trial.arm, *(part for part in trial.configuration if part), trial.repeat, trial.horizon)
