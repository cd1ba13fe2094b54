"""Examples that a Dataset loads while the network trains, in this process or in processes that only load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from lrsearch.data.arrays import Split
from lrsearch.data.listed import ListedExamples
from lrsearch.data.targets import resident_targets
from lrsearch.errors import DataError, LrSearchError
from lrsearch.plugins import PluginError, load_plugins, loaded_places


class _Failure:
    """An error of a loading process, which the training process raises."""

    def __init__(self, error: LrSearchError) -> None:
        self.is_of_plugin, self.lines = isinstance(error, PluginError), error.lines

    def error(self) -> LrSearchError:
        return (PluginError if self.is_of_plugin else DataError)(*self.lines)


class _Items(Dataset[Any]):
    """The examples by keys (seed, position), so that random changes do not depend on the process that loads."""

    def __init__(self, listed: ListedExamples) -> None:
        self._listed = listed

    def __reduce__(self) -> tuple[Any, tuple[_Plugins, ListedExamples]]:
        """Let a loading process that is not forked load the plugins first, whose classes pickle would not find."""
        return _items_after, (_Plugins(), self._listed)

    def __getitem__(self, key: tuple[int, int]) -> Any:  # noqa: ANN401  (a pair, or a failure)
        seed, position = key
        try:
            return self._listed.load(int(self._listed.indices[position]), seed)
        except LrSearchError as error:
            return _Failure(error)


class _Plugins:
    """Loads the plugins of this process in the process that unpickles it."""

    def __reduce__(self) -> tuple[Any, tuple[tuple[str, ...]]]:
        return load_plugins, (loaded_places(),)


def _items_after(_: object, listed: ListedExamples) -> _Items:
    """Make the items. Pickle has made the first argument, and so loaded the plugins, before it comes to the second."""
    return _Items(listed)


def _collated(items: Sequence[Any]) -> Any:  # noqa: ANN401  (two tensors, or a failure)
    failure = next((item for item in items if isinstance(item, _Failure)), None)
    if failure is not None:
        return failure
    try:
        x, y = default_collate([(torch.as_tensor(x), y) for x, y in items])
    except (RuntimeError, TypeError) as error:
        reason = str(error).splitlines()[0]
        return _Failure(DataError(f"the examples of a batch do not fit together: {reason}"))
    return x, y


class _Keys:
    """The keys of the examples of each batch. They change from epoch to epoch, and the loader stays the same."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[int, int]]] = []

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        return iter(self.batches)

    def __len__(self) -> int:
        return len(self.batches)


class _Feed:
    """The batches of one part, loaded in the order that is asked for."""

    def __init__(self, listed: ListedExamples, n_loaders: int, *, pinned: bool) -> None:
        self._keys = _Keys()
        more: dict[str, Any] = {"persistent_workers": True, "prefetch_factor": 2} if n_loaders else {}
        self._loader: DataLoader[Any] = DataLoader(
            _Items(listed),
            batch_sampler=self._keys,
            num_workers=n_loaders,
            collate_fn=_collated,
            pin_memory=pinned,
            generator=torch.Generator(),  # leaves torch's own generator alone, by which dropout draws
            **more,
        )

    def batches(self, positions: Sequence[Sequence[int]], seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the examples at some positions and their classes, batch by batch."""
        self._keys.batches = [[(seed, position) for position in batch] for batch in positions]
        for loaded in self._loader:
            if isinstance(loaded, _Failure):
                raise loaded.error()
            yield loaded


class LoadedData:
    """The training and the validation part of a Dataset; see `data.resident.Resident`.

    An engine asks for whole epochs (`epoch`), so that the next batches are loaded while a step is computed.
    """

    def __init__(self, split: Split, device: torch.device | str, *, dtype: torch.dtype, n_loaders: int = 0) -> None:
        """Load nothing yet.

        Args:
            split: The data; its examples are listed.
            device: Device of the batches.
            dtype: Type of examples that are floating-point numbers; whole numbers stay whole numbers.
            n_loaders: Number of processes that load each part; 0 to load in this process.
        """
        self._dtype, self.device = dtype, torch.device(device)
        self.sizes = split.sizes
        self.shape, self.n_classes = self.sizes.shape, self.sizes.n_classes
        self.n_train, self.n_val = self.sizes.n_train, self.sizes.n_val
        targets = resident_targets(split, self.device, dtype)
        self.y_train, self.y_val, self.target_scale = targets.train, targets.val, targets.scale
        self._x_train: Any = split.x_train
        pinned = self.device.type == "cuda"
        self._train, self._val = (
            _Feed(x, n_loaders, pinned=pinned)  # type: ignore[arg-type]  # listed examples
            for x in (split.x_train, split.x_val)
        )

    def epoch(self, batches: Sequence[Tensor], seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the training batches of an epoch.

        Args:
            batches: Indices of the training examples of each batch.
            seed: Seed of the random changes that the Dataset makes.
        """
        for x, y in self._train.batches([batch.tolist() for batch in batches], seed):
            yield self._placed(x), self._standardised(y)

    def val_batches(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the validation part in order."""
        starts = range(0, self.n_val, size)
        for x, y in self._val.batches([range(start, min(start + size, self.n_val)) for start in starts], 0):
            yield self._placed(x), self._standardised(y)

    def _standardised(self, y: Tensor) -> Tensor:
        """Place classes on the device, or numbers, standardised by the training part."""
        if self.target_scale is not None:
            mean, deviation = self.target_scale
            y = ((y - mean) / deviation).to(self._dtype)
        return y.to(self.device, non_blocking=True)

    def _placed(self, x: Tensor) -> Tensor:
        x = x.to(self.device, non_blocking=True)
        return x.to(self._dtype) if x.is_floating_point() else x

    def draw_changes(self, augment: str, generator: torch.Generator) -> None:
        """Draw nothing, because the Dataset makes its own changes."""

    def batch(self, indices: Tensor, changes: Tensor | None = None) -> Tensor:  # noqa: ARG002  (as all residents)
        """Load some training examples in this process."""
        x = self._x_train
        items = [x.load(index, 0)[0] for index in x.indices[indices.cpu()].tolist()]
        return self._placed(torch.stack([torch.as_tensor(item) for item in items]))

    def rows(self, indices: Tensor, changes: Tensor | None = None) -> Tensor:
        """Load some training examples in this process."""
        return self.batch(indices, changes)

    def inputs(self, rows: Tensor) -> Tensor:
        """Return the examples as they are."""
        return rows

    def empty_rows(self, n: int) -> Tensor:
        """Allocate memory for n examples."""
        return self.batch(torch.zeros(1, dtype=torch.int64)).new_empty(n, *self.shape)
