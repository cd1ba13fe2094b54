"""Computes the predictions of trained networks for the test part. Imports torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lrsearch.catalog import Metric
from lrsearch.data import Split, TestPart
from lrsearch.data.resident import Resident, make_resident
from lrsearch.errors import DataError
from lrsearch.interfaces import Given
from lrsearch.plans import Worker
from lrsearch.spec import Spec
from lrsearch.training.criterion import answers_of, example_losses
from lrsearch.training.machine import eval_batch
from lrsearch.training.setup import open_data
from lrsearch.training.workload import open_workload


@dataclass(frozen=True)
class Trained:
    """The networks of a final training, and the data that they were trained on.

    Attributes:
        networks: One network for each seed, with its final weights, in evaluation mode.
        split: The training and the validation part.
        data: Both parts on the device.
    """

    networks: tuple[nn.Module, ...]
    split: Split
    data: Resident


def load_networks(spec: Spec, given: Given, worker: Worker, weights: list[Mapping[str, Tensor]]) -> Trained:
    """Build the networks of a final training with their final weights.

    Args:
        spec: A spec that `prepare` has resolved.
        given: The user's own model and data, if any.
        worker: Device and threads.
        weights: The parameters and buffers of the network of each seed.

    Raises:
        DataError: The data have changed since the training began, or the weights are those of another network.
    """
    workload = open_workload(spec, worker, given=given)
    networks = []
    for repeat, tensors in enumerate(weights):
        network = workload.build(repeat)
        try:
            network.load_state_dict({name: tensor.to(workload.device) for name, tensor in tensors.items()})
        except RuntimeError:
            raise DataError(f"the saved weights of seed {repeat} are not those of this network (copied?)") from None
        networks.append(network.eval())
    split, _ = open_data(spec, given)
    return Trained(tuple(networks), split, workload.data)


@torch.inference_mode()
def score_on(trained: Trained, spec: Spec, part: TestPart, metric: Metric) -> tuple[list[float], float | None]:
    """Score networks on the test part, in float32.

    Args:
        trained: The networks.
        spec: Their spec.
        part: The test part.
        metric: The metric of the search.

    Returns:
        The score of each network, and the standard deviation of the score of a single example, averaged over the
        networks; None if the metric is no mean over examples.
    """
    as_split = replace(trained.split, x_val=part.x, y_val=part.y)
    data = make_resident(spec.data, as_split, str(trained.data.device))
    size = eval_batch(spec, data.shape, data.device.type)
    scores, variances = [], []
    for network in trained.networks:
        answers, losses = _predict(network, data, size)
        if data.target_scale is not None:
            mean, deviation = data.target_scale
            answers = answers.astype(float) * deviation + mean
        values = None if metric.examples is None else metric.examples(part.y, answers, losses)
        if values is not None:
            scores.append(float(np.mean(values)))
            variances.append(float(np.var(values)))
        elif metric.of_all is not None:
            scores.append(float(metric.of_all(part.y, answers, losses)))
        elif metric.plugin and metric.build is not None:
            scores.append(float(metric.build(part.y, answers)))
    return scores, float(np.sqrt(np.mean(variances))) if variances else None


def _predict(network: nn.Module, data: Resident, size: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the answer and the loss of each example of the validation part of `data`; see `training.criterion`."""
    answers, losses = [], []
    for x, y in data.val_batches(size):
        outputs = network(x)
        answers.append(answers_of(outputs, y))
        losses.append(example_losses(outputs, y))
    return torch.cat(answers).cpu().numpy(), torch.cat(losses).double().cpu().numpy()
