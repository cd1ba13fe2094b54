"""The population engine: trains K trials in one pass over the data, each with its own rate.

Weights are stacked to (K, ...) and the network is mapped over them (`stacked_forward`). The optimizer of `torch.optim`
steps the stack with lr = 1, and the step is then scaled for each member: p = before + lr[k] (after - before). This is
exact if the step is linear in the rate (`catalog.OptimizerEntry.linear_in_lr`). A member that has ended stays in the
stack as padding. A smaller stack would run other kernels, and change the last digits of the remaining members.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor

from lrsearch.interfaces import Checkpoints, Context
from lrsearch.optim.optimizers import spec_optimizer, take_step
from lrsearch.optim.schedules import spec_schedule
from lrsearch.records import Point, Result, Stack
from lrsearch.seeds import seed_for
from lrsearch.training.checkpoint_state import CheckpointState, optimizer_tensors, restore_optimizer
from lrsearch.training.criterion import answers_of, example_losses, n_right
from lrsearch.training.epoch_loop import train_epochs
from lrsearch.training.machine import STACK_EVAL_IMAGES
from lrsearch.training.stacked_forward import DropoutMasks, stacked_forward
from lrsearch.training.step_metrics import StepMetrics
from lrsearch.training.trial_progress import EpochSums, Evaluation
from lrsearch.training.workload import EpochBatches, MiniBatches, Workload


def train_stacked(
    workload: Workload, stack: Stack, size: int, context: Context, checkpoints: Checkpoints | None = None
) -> Iterator[Point | Result]:
    """Train trials as one stack. Yield Points after each epoch, and a Result when a member ends.

    If the context says to stop, nothing more is yielded.

    Args:
        workload: The data, and the function that builds networks.
        stack: Trials that differ only in rate and repeat, at most `size`; padding fills the rest.
        size: Members of the stack, >= 2.
        context: Says at every step whether to stop.
        checkpoints: Loads checkpoints of one epoch at the start, and saves new checkpoints; None for no checkpoints.
    """
    return train_epochs(workload, stack, lambda: StackedTraining(workload, stack, size), context, checkpoints)


class StackedTraining:
    """An `Engine` with K members: networks, their optimizer and the sums of the epoch so far, all of shape (K, ...).

    Attributes:
        loss_sum: Sum of the cross-entropy over the images of the epoch so far; (K,).
    """

    def __init__(
        self, workload: Workload, stack: Stack, size: int, scale: Callable[[int], float] | None = None
    ) -> None:
        """Build the networks, each with the initial weights of its repeat.

        Args:
            workload: The data, and the function that builds networks.
            stack: The trials.
            size: Members of the stack, >= 2; padding repeats the last trial.
            scale: Returns the factor of all rates at a step, counted from 0; None for the schedule of the spec.
        """
        spec, device = workload.spec, workload.device
        self.workload, self.size = workload, size
        members = [*stack, *[stack[-1]] * (size - len(stack))]
        repeats = sorted({trial.repeat for trial in members})
        self.repeats = repeats
        row_of = [repeats.index(trial.repeat) for trial in members]
        # Index of the repeat whose images a member sees; None if all members see the same images.
        self.rows = torch.tensor(row_of, device=device) if len(repeats) > 1 else None
        models = [workload.build(repeat) for repeat in repeats]
        self.model = models[0]
        self.parameters = _stacked([dict(model.named_parameters()) for model in models], row_of)
        self.buffers = _stacked([dict(model.named_buffers()) for model in models], row_of)
        self.weights = [parameter.requires_grad_() for parameter in self.parameters.values()]
        self.rates = torch.tensor([trial.lr for trial in members], device=device, dtype=workload.dtype)  # (K,)
        self.optimizer = spec_optimizer(spec, self.weights, lr=1.0, stacked=True)
        self.step_metrics = StepMetrics(self.weights, workload.n_steps, size)
        self.scale = scale or spec_schedule(spec, stack[0].horizon, workload.n_steps)
        self.peak_rates = [trial.lr for trial in members]
        self.plateaus = [1.0] * size
        self.step = self.n_steps = self.n_seen = 0
        self.batches: list[EpochBatches] = []
        self.generators = [torch.Generator(device) for _ in repeats]
        self.loss_sum = torch.zeros(size, device=device, dtype=workload.dtype)
        self.right = torch.zeros(size, device=device, dtype=torch.int64)
        self.bad_step = torch.full((size,), -1, device=device, dtype=torch.int64)

    def checkpoint_tensors(self, k: int) -> dict[str, Tensor]:
        """Return the parameters, the buffers and the optimizer's state of member k."""
        tensors = {f"model.{name}": tensor[k] for name, tensor in {**self.parameters, **self.buffers}.items()}
        for name, tensor in optimizer_tensors(self.optimizer).items():
            tensors[name] = tensor[k] if tensor.dim() else tensor  # a count of steps is the same for all
        return tensors

    def restore(self, states: Sequence[CheckpointState]) -> None:
        """Continue from checkpoints of the same epoch; padding repeats the last checkpoint."""
        members = [*states, *[states[-1]] * (self.size - len(states))]

        def stacked(name: str) -> Tensor:
            own = [member.tensors[name] for member in members]
            return own[0] if name.startswith("optimizer.") and not own[0].dim() else torch.stack(own)

        with torch.no_grad():
            for name, tensor in {**self.parameters, **self.buffers}.items():
                tensor.copy_(stacked(f"model.{name}"))
        restore_optimizer(self.optimizer, {name: stacked(name) for name in members[0].tensors})
        self.step = members[0].step

    def set_plateaus(self, plateaus: Sequence[float]) -> None:
        """Multiply the rates of the next epoch by one factor for each trial. Padding gets the last factor."""
        factors = [*plateaus, *[plateaus[-1]] * (self.size - len(plateaus))]
        if factors != self.plateaus:
            self.plateaus = factors
            rates = [rate * factor for rate, factor in zip(self.peak_rates, factors, strict=True)]
            self.rates.copy_(self.rates.new_tensor(rates))

    def end(self, k: int) -> None:
        """Do nothing, because a member that has ended stays as padding."""

    def begin_epoch(self, epoch: int) -> None:
        """Set all sums to zero, and draw the order of the images."""
        self.model.train()
        for total in (self.loss_sum, self.right):
            total.zero_()
        self.step_metrics.begin()
        self.n_seen = self.n_steps = 0
        self.batches = [self.workload.epoch(repeat, epoch) for repeat in self.repeats]
        for repeat, generator in zip(self.repeats, self.generators, strict=True):
            generator.manual_seed(seed_for(self.workload.spec.seed, "dropout", repeat, epoch))

    def _batches_of(self, number: int) -> MiniBatches:
        """Return images (B, C, H, W), or (K, B, C, H, W) if members see different images, and their classes."""
        steps = [batches.step(number) for batches in self.batches]
        return steps[0] if self.rows is None else self._spread_images(steps, self.rows)

    @staticmethod
    def _spread_images(steps: Sequence[MiniBatches], rows: Tensor) -> MiniBatches:
        """Give each member the mini-batches of its repeat: images (K, B, C, H, W), classes (K, B)."""
        pairs = [zip(*batches, strict=True) for batches in zip(*steps, strict=True)]
        return [(torch.stack(x)[rows], torch.stack(y)[rows]) for x, y in pairs]

    def train_step(self, number: int) -> None:
        """Take one optimizer step."""
        batches = self._batches_of(number)
        for weight in self.weights:
            weight.grad = None
        n_images = sum(y.shape[-1] for _, y in batches)
        for x, y in batches:
            self._add_gradients(x, y, share=y.shape[-1] / n_images)
        with torch.no_grad():
            self._clip(number)
            before = [weight.clone() for weight in self.weights]
            take_step(self.optimizer)
            rates = self.rates * self.scale(self.step)
            for weight, start in zip(self.weights, before, strict=True):
                torch.lerp(start, weight, _spread(rates, weight), out=weight)
            if self.step_metrics.wants_update(number):
                self.step_metrics.see_update(before, self.weights)
        self.step += 1
        self.n_steps += 1
        self.n_seen += n_images

    def _add_gradients(self, x: Tensor, y: Tensor, share: float) -> None:
        """Add the gradients of one mini-batch. `share` is its share of the images of the step."""
        smoothing, n_images = self.workload.spec.train.label_smoothing, y.shape[-1]
        masks = DropoutMasks(self.generators, self.rows)
        logits = self._logits(x, own_images=self.rows is not None, masks=masks)  # (K, B, n_classes)
        y = y.expand(self.size, n_images)
        losses = self._mean_losses(logits, y, smoothing)
        total = losses.sum()  # gives each member its own gradient: its loss depends on its own weights only
        torch.autograd.backward(total if share == 1.0 else total * share)
        with torch.no_grad():
            plain = (
                losses if self.workload.class_weights is None and not smoothing else example_losses(logits, y).mean(1)
            )
            self.loss_sum += plain * n_images
            self.right += n_right(logits, y)
            self.bad_step.masked_fill_((self.bad_step < 0) & ~torch.isfinite(losses), self.step)

    def _mean_losses(self, logits: Tensor, y: Tensor, smoothing: float) -> Tensor:
        """Compute the mean training loss of each member, (K,); with class weights, the weighted mean."""
        weights = self.workload.class_weights
        losses = example_losses(logits, y, weight=weights, smoothing=smoothing)
        return losses.mean(1) if weights is None else losses.sum(1) / weights[y].sum(1)

    def _logits(self, x: Tensor, *, own_images: bool, masks: DropoutMasks | None = None) -> Tensor:
        bf16 = self.workload.spec.train.precision == "bf16"
        with torch.autocast(self.workload.device.type, torch.bfloat16, enabled=bf16):
            logits = stacked_forward(self.model, self.parameters, self.buffers, x, own_images=own_images, masks=masks)
        return logits.to(self.workload.dtype)

    def _clip(self, number: int) -> None:
        """Measure each member's gradients, and clip them if the spec says so."""
        train = self.workload.spec.train
        norms = self.step_metrics.see_gradients(self._gradient_norms(2.0), number)
        if train.clip_norm is not None:
            self.step_metrics.see_clipping(norms > train.clip_norm)
            self._scale_gradients((train.clip_norm / (norms + 1e-6)).clamp(max=1.0))
        if train.clip_value is not None:
            self.step_metrics.see_clipping(self._gradient_norms(math.inf).amax(0) > train.clip_value)
            torch.nn.utils.clip_grad_value_(self.weights, train.clip_value)

    def _gradient_norms(self, order: float) -> Tensor:
        """Return the norm of the gradient of each parameter and member; (P, K)."""
        gradients = [weight.grad for weight in self.weights if weight.grad is not None]  # all of them have one
        return torch.stack([torch.linalg.vector_norm(each.flatten(1), order, dim=1) for each in gradients])

    def _scale_gradients(self, factors: Tensor) -> None:
        for weight in self.weights:
            if weight.grad is not None:
                weight.grad *= _spread(factors, weight)

    def bad_steps(self) -> list[int | None]:
        """Return, for each member, the first step (from 0) whose loss was not finite; None if there is none."""
        return [None if step < 0 else step for step in self.bad_step.tolist()]

    def sums(self) -> list[EpochSums]:
        """Return, for each member, the `EpochSums` of the epoch so far."""
        scale = self.scale(self.step - 1)
        rates = [rate * scale * plateau for rate, plateau in zip(self.peak_rates, self.plateaus, strict=True)]
        columns = (
            self.loss_sum.tolist(),
            self.right.tolist(),
            rates,
            self.step_metrics.read(self.weights, self.n_steps),
        )
        return [
            EpochSums(loss, right, self.n_seen, rate, steps) for loss, right, rate, steps in zip(*columns, strict=True)
        ]

    @torch.no_grad()
    def evaluate(self) -> list[Evaluation]:
        """Compute, for each member, the answer and the loss for each validation example."""
        self.model.eval()
        answers, losses = [], []
        for x, labels in self.workload.data.val_batches(max(1, STACK_EVAL_IMAGES // self.size)):
            logits, y = self._logits(x, own_images=False), labels.expand(self.size, len(labels))
            answers.append(answers_of(logits, y))
            losses.append(example_losses(logits, y))
        pairs = zip(torch.cat(answers, dim=1).cpu(), torch.cat(losses, dim=1).cpu(), strict=True)
        return [Evaluation(*pair) for pair in pairs]


def _stacked(named: Sequence[Mapping[str, Tensor]], rows: Sequence[int]) -> dict[str, Tensor]:
    """Stack the tensors of the repeats' networks to (K, ...). Member k gets the tensors of network `rows[k]`."""
    return {name: torch.stack([named[row][name].detach() for row in rows]) for name in named[0]}


def _spread(values: Tensor, like: Tensor) -> Tensor:
    """Reshape (K,) to (K, 1, ..., 1), so that it broadcasts over a stacked tensor."""
    return values.view(-1, *[1] * (like.dim() - 1))
