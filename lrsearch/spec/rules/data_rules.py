"""Rules on the data: their path, sizes and kind, and whether the network can train on them."""

from __future__ import annotations

from collections.abc import Iterator

from lrsearch.catalog import DATASETS, MODELS, smallest_image
from lrsearch.spec.rules.network_size import network_size_problem
from lrsearch.spec.rules.sizes import has_batch_norm, image_shape, reduced_training_size, training_size
from lrsearch.spec.rules.violations import Rule, Violation
from lrsearch.spec.sections import Choice, Spec, task_kind
from lrsearch.wording import one_of

_FILES = {name: entry.path for name, entry in DATASETS.items() if entry.path}
"""Data sets that are read from `data.path`, and what the path must lead to."""
_TEST_FILES = [name for name, entry in DATASETS.items() if entry.has_test_file]


def model_problem(model: Choice, shape: tuple[int, ...], dataset: str = "the data set") -> str | None:
    """Explain why a model cannot train on images of a shape; None if the model can.

    Args:
        model: The model, with its options.
        shape: (channels, height, width). Examples of any other shape are not checked.
        dataset: Name of the data set in the message.
    """
    depth = model.options.get("depth")
    least = smallest_image(model.name, depth) if isinstance(depth, int) else smallest_image(model.name)
    if len(shape) != 3 or min(shape[1:]) >= least:
        return None
    _, height, width = shape
    deep = f" of depth {depth}" if depth is not None else ""
    return f"model '{model.name}'{deep} needs images of at least {least}x{least}; {dataset} has {height}x{width}"


def batch_of_one_problem(network: str) -> str:
    """Explain why a network with batch normalisation cannot train with `data.batch_size` 1.

    Args:
        network: Name of the network in the message.
    """
    return f"{network} needs at least 2 images in a batch to compute a variance; set data.batch_size to 2 or more"


def _path(spec: Spec) -> Iterator[Violation]:
    name, path = spec.data.dataset.name, spec.data.path
    if name in _FILES and path is None:
        yield ("data", "path"), f"dataset '{name}' is read from files; set data.path to {_FILES[name]}"
    if name not in _FILES and path is not None:
        yield (
            ("data", "path"),
            f"dataset '{name}' takes no path; only {', '.join(_FILES)} take one; remove data.path",
        )


def _test_path(spec: Spec) -> Iterator[Violation]:
    name = spec.data.dataset.name
    if spec.data.test_path is not None and name not in _TEST_FILES:
        takes = f"only {' and '.join(_TEST_FILES)} take one"
        yield ("data", "test_path"), f"dataset '{name}' takes no file of test examples; {takes}; remove data.test_path"


def _channels(spec: Spec) -> Iterator[Violation]:
    shape, allowed = image_shape(spec.data.dataset), DATASETS[spec.data.dataset.name].channels
    if shape and allowed and shape[0] not in allowed:
        yield ("data", "dataset", "shape", 0), f"must be {one_of(list(map(str, allowed)))} channels, got {shape[0]}"


def _sizes(spec: Spec) -> Iterator[Violation]:
    available, wanted, batch = training_size(spec), spec.data.train_size, spec.data.batch_size
    n_train = reduced_training_size(spec)
    if available is None or n_train is None:
        return
    if wanted is not None and wanted > available:
        yield ("data", "train_size"), f"{wanted} exceeds the {available} training {_kind_of(spec)}"
    if batch > n_train:
        yield ("data", "batch_size"), f"{batch} exceeds the {n_train} training {_kind_of(spec)}"


def _batch_of_one(spec: Spec) -> Iterator[Violation]:
    if spec.data.batch_size == 1 and has_batch_norm(spec):
        problem = batch_of_one_problem(f"the batch normalisation of model '{spec.model.name}'")
        yield ("data", "batch_size"), f"{problem}, or model.norm to group"


def _image(spec: Spec) -> Iterator[Violation]:
    shape = image_shape(spec.data.dataset)
    problem = model_problem(spec.model, shape, spec.data.dataset.name) if shape else None
    if problem:
        yield ("model",), problem


def _kind(spec: Spec) -> Iterator[Violation]:
    kind, takes = _kind_of(spec), MODELS[spec.model.name].takes
    if kind and takes and kind not in takes:  # of a plugin, only the data tell
        fit = [name for name, entry in MODELS.items() if kind in entry.takes]
        advice = f"; choose {one_of(fit)}" if fit else ""
        yield (
            ("model",),
            f"model '{spec.model.name}' takes {' and '.join(takes)}; {spec.data.dataset.name} has {kind}{advice}",
        )


def _kind_of(spec: Spec) -> str:
    """Return the kind of the examples of a spec's data set, in the plural."""
    return DATASETS[spec.data.dataset.name].kind


def _augment(spec: Spec) -> Iterator[Violation]:
    if spec.data.augment != "none" and _kind_of(spec) not in {"images", ""}:
        message = f"{spec.data.augment} changes images; {spec.data.dataset.name} has {_kind_of(spec)}; set it to none"
        yield ("data", "augment"), message


def _of_classes(spec: Spec) -> Iterator[Violation]:
    if task_kind(spec.data.dataset) == "regression":
        message = f"{spec.data.dataset.name} is a regression, which has no classes; remove the key"
        if spec.train.label_smoothing:
            yield ("train", "label_smoothing"), message
        if spec.train.class_weights is not None:
            yield ("train", "class_weights"), message


def _network_size(spec: Spec) -> Iterator[Violation]:
    if problem := network_size_problem(spec):
        yield ("model",), problem


RULES: tuple[Rule, ...] = (
    (_path, "data.dataset data.path"),
    (_test_path, "data.dataset data.test_path"),
    (_channels, "data.dataset"),
    (_sizes, "data.dataset data.val_fraction data.train_size data.batch_size"),
    (_batch_of_one, "data.batch_size model"),
    (_kind, "data.dataset model"),
    (_augment, "data.dataset data.augment"),
    (_of_classes, "data.dataset train.label_smoothing train.class_weights"),
    (_image, "data.dataset model"),
    (_network_size, "data.dataset model"),
)
