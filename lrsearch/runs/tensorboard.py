"""Writes TensorBoard files during a search: the scalars of every epoch, and the rates with their scores.

The package tensorboard is an extra (`pip install lrsearch[tensorboard]`). This module opens a file for each record,
appends the record, and closes the file. TensorBoard's own writer keeps a thread for every file, which is too many for a
search with many trials.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lrsearch.errors import UsageError
from lrsearch.records import STEP_METRICS, Event, Point, Result, Started, Trial, overrides_text
from lrsearch.runs.run import Run
from lrsearch.store import files, since_epoch

FOLDER = "tensorboard"
"""Name of the subfolder of the run's folder that holds the TensorBoard files; pass its path to `tensorboard
--logdir`."""

_TAGS = {
    "train_loss": "loss/train",
    "val_loss": "loss/val",
    "train_accuracy": "accuracy/train",
    "val_accuracy": "accuracy/val",
    "lr": "lr",
    "grad_norm": "steps/grad_norm",
    "seconds": "seconds",
    **{name: f"steps/{name}" for name in STEP_METRICS},
}


def goes_on(run: Path, warn: Callable[[str], None]) -> bool:
    """Whether a resume writes TensorBoard files by itself: the run has such files, and the package is installed.

    Args:
        run: The run's folder.
        warn: Called with a message if the package is missing.
    """
    if not (run / FOLDER).is_dir():
        return False
    if find_spec("tensorboard") is None:
        warn(
            f"! {run.name} has TensorBoard files, but the package tensorboard is not installed, so no more files "
            "are written"
        )
        return False
    return True


class TensorBoard:
    """Writes the events of a search for TensorBoard. A failure is reported once and never ends the search."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        """Check that the package is installed.

        Args:
            warn: Called with a message if TensorBoard fails, at most once.

        Raises:
            UsageError: The package is not installed.
        """
        if find_spec("tensorboard") is None:
            raise UsageError("--tensorboard needs the package tensorboard: pip install 'lrsearch[tensorboard]'")
        self._warn = warn
        self._files: _Files | None = None

    def started(self, run: Run, n_trials: int) -> None:  # noqa: ARG002  (the signature of `Listener.started`)
        """Open the files of the run when training begins."""
        self._try(lambda: self._begin(run))

    def saw(self, event: Event) -> None:
        """Take an event: write the end of an epoch or of a trial."""
        files = self._files
        if files is not None:
            self._try(lambda: files.saw(event))

    def _begin(self, run: Run) -> None:
        self._files = _Files(run)

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001  (whatever fails in TensorBoard must not end the search)
            self._files = None
            self._warn(f"TensorBoard files are no longer written: {type(error).__name__}: {error}")


class _Files:
    """The TensorBoard files of one session of a run: the first search or a resume."""

    def __init__(self, run: Run) -> None:
        self._folder = run.path / FOLDER
        self._run = run
        self._stamp = f"{since_epoch():.6f}"
        self._trials: dict[int, Trial] = {}
        self._recorded: set[int] = set()
        if not self._folder.exists():
            self._write(self._folder, summary=_experiment())
        for result in run.results:
            if not self._place(result.trial).exists():  # trained while no TensorBoard files were written
                self._replay(result)

    def _replay(self, result: Result) -> None:
        events: tuple[Event, ...] = (Started(trials=(result.trial,)), *result.points, result)
        for event in events:
            self.saw(event)

    def saw(self, event: Event) -> None:
        match event:
            case Started(trials=trials):
                self._trials |= {trial.number: trial for trial in trials}
            case Point():
                trial = self._trials[event.trial]
                self._start_trial(trial, event.epoch)
                self._write(self._place(trial), step=event.epoch, summary=_scalars(_point_values(event)))
            case Result():
                trial = event.trial
                self._start_trial(trial, 1)
                if event.score is not None:
                    self._write(
                        self._place(trial), step=event.scored_epoch or 0, summary=_scalars({"score": event.score})
                    )
                self._write(self._place(trial), summary=_session_end(succeeded=event.state == "ok"))

    def _start_trial(self, trial: Trial, epoch: int) -> None:
        """Start the record of a trial. TensorBoard then hides older records of this epoch and of later epochs."""
        if trial.number not in self._recorded:
            self._recorded.add(trial.number)
            place = self._place(trial)
            self._write(place, step=epoch, restarted=True)
            self._write(place, summary=_session_start(self._hparams(trial), name=place.name))

    def _place(self, trial: Trial) -> Path:
        arm = f"{trial.arm}-" if trial.arm else ""
        overrides = overrides_text(trial.overrides)
        further = f"-{hashlib.sha256(overrides.encode()).hexdigest()[:8]}" if overrides else ""
        return self._folder / f"{arm}lr-{trial.lr!r}{further}-repeat-{trial.repeat}"

    def _hparams(self, trial: Trial) -> dict[str, Any]:
        return {"lr": trial.lr, "repeat": float(trial.repeat), "arm": trial.arm, "epochs": float(trial.until)}

    def _write(self, place: Path, *, step: int = 0, summary: Any = None, restarted: bool = False) -> None:  # noqa: ANN401  (a message of protobuf)
        from tensorboard.compat.proto.event_pb2 import Event as Record
        from tensorboard.compat.proto.event_pb2 import SessionLog
        from tensorboard.summary.writer.record_writer import RecordWriter

        path = place / f"events.out.tfevents.{self._stamp}"
        for part in (self._folder, place, path):  # a link could point outside the run's folder
            files.refuse_link(part)
        place.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        with path.open("ab") as file:
            writer = RecordWriter(file)
            if is_new:
                writer.write(Record(wall_time=since_epoch(), file_version="brain.Event:2").SerializeToString())
            record = Record(wall_time=since_epoch(), step=step, summary=summary)
            if restarted:
                record = Record(wall_time=since_epoch(), step=step, session_log=SessionLog(status=SessionLog.START))
            writer.write(record.SerializeToString())


def _point_values(point: Point) -> dict[str, float]:
    values = {"lr": point.lr, "seconds": point.seconds, **point.metrics}
    return {_TAGS.get(name, name): value for name, value in values.items()}


def _scalars(values: Mapping[str, float]) -> Any:  # noqa: ANN401  (a message of protobuf)
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])


def _experiment() -> Any:  # noqa: ANN401  (the same)
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    number, text = api_pb2.DATA_TYPE_FLOAT64, api_pb2.DATA_TYPE_STRING
    kinds = {"lr": number, "arm": text, "repeat": number, "epochs": number}
    shown = {"score": "score", "accuracy/val": "accuracy of the last epoch", "loss/val": "loss of the last epoch"}
    experiment = api_pb2.Experiment(
        hparam_infos=[api_pb2.HParamInfo(name=name, type=kind) for name, kind in kinds.items()],
        metric_infos=[
            api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag), display_name=label) for tag, label in shown.items()
        ],
    )
    return _plugin(metadata.EXPERIMENT_TAG, plugin_data_pb2.HParamsPluginData(experiment=experiment))


def _session_start(hparams: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401  (the same)
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2

    info = plugin_data_pb2.SessionStartInfo(group_name=name, start_time_secs=since_epoch())
    for key, value in hparams.items():
        kind = "string_value" if isinstance(value, str) else "number_value"
        setattr(info.hparams[key], kind, value)
    return _plugin(metadata.SESSION_START_INFO_TAG, plugin_data_pb2.HParamsPluginData(session_start_info=info))


def _session_end(*, succeeded: bool) -> Any:  # noqa: ANN401  (the same)
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    status = api_pb2.STATUS_SUCCESS if succeeded else api_pb2.STATUS_FAILURE
    info = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=since_epoch())
    return _plugin(metadata.SESSION_END_INFO_TAG, plugin_data_pb2.HParamsPluginData(session_end_info=info))


def _plugin(tag: str, data: Any) -> Any:  # noqa: ANN401  (the same)
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import metadata

    value = Summary.Value(tag=tag, metadata=metadata.create_summary_metadata(data), tensor=metadata.NULL_TENSOR)
    return Summary(value=[value])
