"""Finishes a final training: tests the networks once, and writes the weights, the network, the card and the result."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lrsearch.catalog import DATASETS
from lrsearch.data import Progress, TestPart, count_shared, open_test
from lrsearch.data.words import text_options
from lrsearch.errors import LrSearchError, StorageError
from lrsearch.final.card import card_md
from lrsearch.final.record import FinalTest, expected_interval, write_final
from lrsearch.interfaces import Given
from lrsearch.plans import FinalPlan
from lrsearch.records import Result
from lrsearch.spec import Spec, search_metric
from lrsearch.store import CheckpointFolder, Manifest, RunFolder, is_run, run_argument, run_id, utc_now
from lrsearch.store.files import read_file, replace_file
from lrsearch.training import worker_of

if TYPE_CHECKING:
    from torch import Tensor

    from lrsearch.final.testing import Trained
    from lrsearch.plugins import Plugin

LOOKS_FILE = "test-looks.json"
"""Name of the file, in the folder of a search, with the final trainings that have looked at the test part."""

MOST_TEST_BYTES = 64 << 20
"""The test examples are written beside the network if they take at most this much."""


def finish_training(
    folder: RunFolder,
    manifest: Manifest,
    plan: FinalPlan,
    spec: Spec,
    results: Sequence[Result],
    given: Given,
    progress: Progress | None = None,
) -> FinalTest:
    """Test the networks of a final training whose trials have all ended, and write its files.

    Args:
        folder: The folder of the training.
        manifest: Its manifest.
        plan: What the training does beside its spec.
        spec: Its spec.
        results: The result of each seed.
        given: The user's own model and data, if any.
        progress: Called as the bytes of a download arrive.

    Returns:
        The result, which is also in final.json. The network of the seed with the best validation score is kept as
        `weights.safetensors`; with `with_validation`, that of the first seed.

    Raises:
        LrSearchError: The training failed with every seed, the test part cannot be read, or a file cannot be written.
    """
    trained = [result for result in results if result.state == "ok"]
    if not trained:
        raise LrSearchError(
            f"{folder.name}: the training ended without a network: {results[0].message or results[0].state}"
        )
    if given.program is not None:
        test = FinalTest(files=tuple(f"trials/{result.trial.number:03d}" for result in trained))
        write_final(folder.path, test, run_id(manifest))
        return test
    seed = _kept_seed(trained, spec, plan)
    weights = [_weights(folder, result, _weights_file(i, seed), plan) for i, result in enumerate(trained)]
    from lrsearch.final.testing import load_networks, score_on  # loads torch

    networks = load_networks(spec, given, worker_of(manifest.plan, manifest.task), weights)
    part = open_test(spec.data, given.data, progress)
    files = _write_weights(folder, weights, seed)
    files += _write_model(folder, networks, spec, manifest, part, seed)
    files += _copy_plugins(folder, given.plugins)
    scores: list[float] = []
    interval, n_looks = None, 1
    if part is not None:
        scores, spread = score_on(networks, spec, part, search_metric(spec))
        interval = expected_interval(
            plan, spread=spread, n_val=manifest.task.n_val, n_test=len(part.y), n_seeds=len(scores)
        )
        n_looks = _record_look(plan, folder, scores)
    test = FinalTest(
        scores=tuple(scores),
        n_test=None if part is None else len(part.y),
        low=None if interval is None else interval[0],
        high=None if interval is None else interval[1],
        seed=seed,
        n_looks=n_looks,
        files=(*files, "card.md"),
        n_shared=0 if part is None else count_shared(part.x, networks.split.x_train),
    )
    replace_file(folder.path / "card.md", card_md(manifest, plan, spec, test, networks).encode())
    write_final(folder.path, test, run_id(manifest))
    CheckpointFolder(folder.checkpoints, 0.0).clear()
    return test


def _weights(folder: RunFolder, result: Result, name: str, plan: FinalPlan) -> Mapping[str, Tensor]:
    """Return the parameters and buffers of the network of a seed after its last epoch.

    They come from its checkpoint, or from the file of the finished training, if only final.json is missing.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    for content, state in CheckpointFolder(folder.checkpoints, 0.0).load(result.trial):
        if state["epoch"] == len(result.points):
            return {name.removeprefix("model."): of for name, of in load(content).items() if name.startswith("model.")}
    try:
        return load(read_file(folder.path / name))
    except (SafetensorError, StorageError):
        search = Path(plan.search)
        is_there = plan.search and is_run(RunFolder(search))
        again = f"`lrsearch train {run_argument(search)}`" if is_there else "`lrsearch train SPEC --lr LR`"
        raise StorageError(
            f"{folder.path}: the weights of seed {result.trial.repeat} are missing or damaged (neither in checkpoints/ "
            f"nor in {name}), so the network cannot be tested; {again} trains a new one"
        ) from None


def _weights_file(i: int, seed: int) -> str:
    """Return the name of the file with the weights of the network with index `i`, if `seed` is the index to keep."""
    return "weights.safetensors" if i == seed else f"weights-seed-{i}.safetensors"


def _kept_seed(trained: Sequence[Result], spec: Spec, plan: FinalPlan) -> int:
    """Return the index of the network to keep as `weights.safetensors`."""
    if plan.with_validation:
        return 0
    metric = search_metric(spec)
    scores = [metric.oriented(result.score) if result.score is not None else float("-inf") for result in trained]
    return scores.index(max(scores))


def _write_weights(folder: RunFolder, weights: Sequence[Mapping[str, Tensor]], seed: int) -> list[str]:
    from safetensors.torch import save

    names = [_weights_file(i, seed) for i in range(len(weights))]
    for name, tensors in zip(names, weights, strict=True):
        replace_file(folder.path / name, save({key: of.contiguous() for key, of in tensors.items()}))
    return sorted(names, key=len)


def _write_model(
    folder: RunFolder, networks: Trained, spec: Spec, manifest: Manifest, part: TestPart | None, seed: int
) -> list[str]:
    """Write model.py and the test examples.

    It is written for a classifier that can be written as plain torch: of images, of texts (with their vocabulary), or
    of examples that it takes as they are. A row of a table would need its columns.
    """
    from lrsearch.final.model_file import model_source
    from lrsearch.training.machine import eval_batch

    data, kind = networks.data, DATASETS[spec.data.dataset.name].kind
    if data.n_classes is None or kind not in {"images", "texts", ""}:
        return []
    words = networks.split.words
    mean, std = getattr(data, "mean", None), getattr(data, "std", None)  # of images in memory
    source = model_source(
        networks.networks[seed],
        title=manifest.name,
        shape=data.shape,
        batch=eval_batch(spec, data.shape, data.device.type),
        mean=None if mean is None else mean.tolist(),
        std=None if std is None else std.tolist(),
        lower=text_options(spec.data)[1] if words else None,
        classes=networks.split.class_names,
    )
    if source is None:
        return []
    written = ["model.py"]
    replace_file(folder.path / "model.py", source.encode())
    if words:
        replace_file(folder.path / "vocabulary.txt", "\n".join(words).encode())
        written.append("vocabulary.txt")
    import numpy as np
    from safetensors.numpy import save

    # A Dataset loads its examples one by one.
    if part is None or not isinstance(part.x, np.ndarray) or part.x.nbytes > MOST_TEST_BYTES:
        return written
    replace_file(folder.path / "test.safetensors", save({"examples": np.ascontiguousarray(part.x), "labels": part.y}))
    return [*written, "test.safetensors"]


def _copy_plugins(folder: RunFolder, plugins: Sequence[Plugin]) -> list[str]:
    """Copy the files of plugins beside the weights, because a network may be of no use without its code."""
    written = []
    for plugin in plugins:
        top = Path(plugin.place).parent
        for file in sorted(plugin.files):
            if Path(file).is_relative_to(top) and Path(file).is_file():
                name = f"plugins/{Path(file).relative_to(top).as_posix()}"
                (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
                replace_file(folder.path / name, read_file(Path(file)))
                written.append(name)
    return written


def _record_look(plan: FinalPlan, folder: RunFolder, scores: Sequence[float]) -> int:
    """Record in the folder of the search that its test part was looked at. Return how often it was, this time included.

    A search that is gone, or whose folder cannot be written, is no reason to lose the training.
    """
    path = Path(plan.search) / LOOKS_FILE
    if not plan.search or not path.parent.is_dir():
        return 1
    try:
        looks = json.loads(path.read_bytes())["looks"] if path.exists() else []
        looks = [look for look in looks if look["training"] != str(folder.path)]
    except (OSError, ValueError, KeyError, TypeError):
        looks = []
    looks.append({"training": str(folder.path), "time": utc_now(), "scores": list(scores)})
    try:
        replace_file(path, (json.dumps({"format": 1, "looks": looks}, indent=2) + "\n").encode())
    except StorageError:
        return len(looks)
    return len(looks)
