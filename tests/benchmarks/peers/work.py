"""The work of every peer: the same model, data, batches and epochs, in the training loop of PyTorch's documentation."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from lrsearch.data import open_split
from lrsearch.networks import make_model
from lrsearch.spec import Spec, make_spec

LOW, HIGH = 1e-4, 3.0
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
LOADING = {"pin_memory": True, "persistent_workers": True} if DEVICE.type == "cuda" else {}
"""Further options of loaders with workers, as PyTorch's performance guide says for a GPU."""


@dataclass(frozen=True)
class Work:
    """A case: what to train, at how many rates, for how many epochs."""

    spec: Spec
    rates: int
    epochs: int


def given_work() -> Work:
    """The case that the benchmark passes as JSON on the command line."""
    values = json.loads(sys.argv[1])
    return Work(make_spec(values["spec"]), values["rates"], values["epochs"])


class Pictures(Dataset[Any]):
    """A data set that gives images one by one through torchvision's transforms, as torchvision's own data sets do."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, transform: Any) -> None:
        """Store (N, C, H, W) images as (N, H, W, C), from which pictures are made."""
        self.images, self.labels = np.ascontiguousarray(images.transpose(0, 2, 3, 1)), labels
        self.transform = transform

    def __len__(self) -> int:
        """Number of images."""
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        """One image, transformed, and its class."""
        from PIL import Image

        return self.transform(Image.fromarray(self.images[index])), int(self.labels[index])


def make_loaders(spec: Spec, gpu_share: float = 1.0) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """A loader of the training part and one of the validation part; `gpu_share` is the trial's share of a GPU."""
    split = open_split(spec.data)
    size = spec.data.batch_size
    scaled = torch.tensor(split.x_train).float() / 255
    mean, std = scaled.mean((0, 2, 3)), scaled.std((0, 2, 3))
    if spec.data.augment == "none":
        parts = [
            TensorDataset((torch.tensor(x).float() / 255 - mean[:, None, None]) / std[:, None, None], torch.tensor(y))
            for x, y in ((split.x_train, split.y_train), (split.x_val, split.y_val))
        ]
        pinned = {"pin_memory": DEVICE.type == "cuda"}
        return (
            DataLoader(parts[0], batch_size=size, shuffle=True, **pinned),
            DataLoader(parts[1], batch_size=1000, **pinned),
        )
    from torchvision import transforms

    finish = [transforms.ToTensor(), transforms.Normalize(mean.tolist(), std.tolist())]
    augment = [
        transforms.RandomCrop(split.shape[1], padding=4, padding_mode="reflect"),
        transforms.RandomHorizontalFlip(),
    ]
    train = Pictures(split.x_train, split.y_train, transforms.Compose([*augment, *finish]))
    val = Pictures(split.x_val, split.y_val, transforms.Compose(finish))
    # Two loading processes, as in PyTorch's CIFAR-10 tutorial; without them it took as long on two cores. A GPU waits
    # for them: there, one on each core of the trial's share.
    workers = {"num_workers": 2 if DEVICE.type == "cpu" else int(gpu_share * (os.cpu_count() or 1))}
    return (
        DataLoader(train, batch_size=size, shuffle=True, **workers, **LOADING),
        DataLoader(val, batch_size=1000, **workers, **LOADING),
    )


def train(spec: Spec, lr: float, epochs: int, seed: int, loaders: Any, report: Any = lambda _: None) -> float:
    """Train at one rate; returns the validation accuracy, in [0, 1]."""
    train_loader, val_loader = loaders
    shape, n_classes = _facts(spec)
    model = make_model(spec.model.name, spec.model.options, shape, n_classes, seed).to(DEVICE)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    accuracy = 0.0
    for _ in range(epochs):
        model.train()
        for images, labels in _on_device(train_loader):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            right = [int((model(images).argmax(1) == labels).sum()) for images, labels in _on_device(val_loader)]
        accuracy = sum(right) / len(val_loader.dataset)
        report(accuracy)
    return accuracy


def _on_device(loader: DataLoader[Any]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    for images, labels in loader:
        yield images.to(DEVICE, non_blocking=True), labels.to(DEVICE, non_blocking=True)


def _facts(spec: Spec) -> tuple[tuple[int, int, int], int]:
    split = open_split(spec.data)  # cached since the loaders were made
    return split.shape, split.n_classes
