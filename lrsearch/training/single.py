"""The reference engine: trains one trial at a time, in plain torch. Faster engines are tested against this engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from lrsearch.interfaces import Checkpoints, Context
from lrsearch.optim.optimizers import set_rate, spec_optimizer, take_step
from lrsearch.optim.schedules import spec_schedule
from lrsearch.records import Point, Result, Trial
from lrsearch.seeds import seed_for
from lrsearch.training.checkpoint_state import CheckpointState, optimizer_tensors, restore_optimizer
from lrsearch.training.criterion import answers_of, example_losses, mean_loss, n_right
from lrsearch.training.epoch_loop import train_epochs
from lrsearch.training.machine import blocked_forward, eval_batch
from lrsearch.training.plugged_groups import plugged_groups
from lrsearch.training.step_metrics import StepMetrics
from lrsearch.training.trial_progress import EpochSums, Evaluation
from lrsearch.training.workload import EpochBatches, MiniBatches, Workload


def train_single(
    workload: Workload, trial: Trial, context: Context, checkpoints: Checkpoints | None = None
) -> Iterator[Point | Result]:
    """Train one trial. Yield a Point after each epoch and a Result at the end. Stop early if the context says so.

    Args:
        workload: The data, and the function that builds networks.
        trial: What to train.
        context: Says at every step whether to stop.
        checkpoints: Loads a checkpoint at the start, and saves new checkpoints; None for no checkpoints.
    """
    return train_epochs(workload, (trial,), lambda: SingleTraining(workload, trial), context, checkpoints)


class SingleTraining:
    """An `Engine` with one member: a network, its optimizer and schedule, and the sums of the epoch so far.

    Attributes:
        loss_sum: Sum of the cross-entropy over the images of the epoch so far; ().
    """

    def __init__(
        self,
        workload: Workload,
        trial: Trial,
        scale: Callable[[int], float] | None = None,
        *,
        capturable: bool = False,
    ) -> None:
        """Build the network with the initial weights of the trial's repeat.

        Args:
            workload: The data, and the function that builds networks.
            trial: What to train.
            scale: Returns the factor of the rate at a step, counted from 0; None for the schedule of the spec.
            capturable: Whether a CUDA graph will record the steps; see `make_optimizer`.
        """
        spec, device = workload.spec, workload.device
        self.workload, self.trial = workload, trial
        self.model = workload.build(trial.repeat)
        self.forward = blocked_forward(self.model) if workload.blocked else self.model
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        groups = plugged_groups(spec.model, self.model)
        self.optimizer = spec_optimizer(spec, self.parameters, trial.lr, capturable=capturable, groups=groups)
        self.step_metrics = StepMetrics(self.parameters, workload.n_steps)
        self.scale = scale or spec_schedule(spec, trial.horizon, workload.n_steps)
        self.bf16 = spec.train.precision == "bf16"
        self.eval_batch = eval_batch(spec, workload.data.shape, device.type)
        self.step = self.n_steps = self.n_seen = 0
        self.lr, self.plateau = trial.lr, 1.0
        self.batches: EpochBatches  # the batches of the current epoch
        # Keep the sums on the device; they are read once per epoch.
        self.loss_sum = torch.zeros((), device=device, dtype=workload.dtype)
        self.right = torch.zeros((), device=device, dtype=torch.int64)
        self.bad_step = torch.full((), -1, device=device, dtype=torch.int64)

    def checkpoint_tensors(self, k: int) -> dict[str, Tensor]:  # noqa: ARG002  (there is one member)
        """Return the parameters, the buffers and the state of the optimizer."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        return tensors | optimizer_tensors(self.optimizer)

    def restore(self, states: Sequence[CheckpointState]) -> None:
        """Continue from a checkpoint; `states` has one entry."""
        (state,) = states
        with torch.no_grad():
            for name, tensor in self.model.state_dict().items():
                tensor.copy_(state.tensors[f"model.{name}"])
        restore_optimizer(self.optimizer, state.tensors)
        self.step = state.step

    def set_plateaus(self, plateaus: Sequence[float]) -> None:
        """Scale the rates of the next epoch."""
        (self.plateau,) = plateaus

    def end(self, k: int) -> None:
        """Do nothing, because the only member has ended."""

    def begin_epoch(self, epoch: int) -> None:
        """Set all sums to zero, and draw the order of the images."""
        self.begin_sums()
        # Dropout draws from torch's global generator. Its seed depends on the epoch, not on the rate.
        torch.manual_seed(seed_for(self.workload.spec.seed, "dropout", self.trial.repeat, epoch))
        self.batches = self.workload.epoch(self.trial.repeat, epoch)

    def begin_sums(self) -> None:
        """Set all sums to zero, and switch the network to training."""
        self.model.train()
        for total in (self.loss_sum, self.right):
            total.zero_()
        self.step_metrics.begin()
        self.n_seen = self.n_steps = 0

    def train_step(self, number: int) -> None:
        """Take one optimizer step."""
        self.lr = self.trial.lr * self.scale(self.step) * self.plateau
        set_rate(self.optimizer, self.lr)
        batches = self.batches.step(number)
        self.update(batches, self.step, number, measured=self.step_metrics.wants_update(number))
        self.count_step(sum(len(y) for _, y in batches))

    def count_step(self, n_images: int) -> None:
        """Count a step with this many images."""
        self.step += 1
        self.n_steps += 1
        self.n_seen += n_images

    def update(self, batches: MiniBatches, step: int | Tensor, number: int | Tensor, *, measured: bool) -> None:
        """Update the weights once, with the current rate of the optimizer. All work is done on the device.

        Args:
            batches: Images (B, C, H, W) and classes (B,); the gradients of several mini-batches are added up.
            step: Number of the step in the training, from 0; a tensor, (1,), if the device counts the steps.
            number: Number of the step in its epoch, from 0; a tensor, (1,), if the device counts the steps.
            measured: Whether to measure how far the weights move.
        """
        for parameter in self.parameters:
            parameter.grad = None
        n_images = sum(len(y) for _, y in batches)
        for x, y in batches:
            self._add_gradients(x, y, step, share=len(y) / n_images)
        self._clip(number)
        before = [p.detach().clone() for p in self.parameters] if measured else None
        self._take_step()
        if before:
            self.step_metrics.see_update(before, self.parameters)

    def _take_step(self) -> None:
        """Take the step of the optimizer. If the step is too large for the type of the weights, set all weights to NaN.

        Some optimizers of torch compute the size of a step in Python, and raise an error; the rest overflow to
        infinity.
        """
        try:
            take_step(self.optimizer)
        except RuntimeError as error:
            if "without overflow" not in str(error):
                raise
            with torch.no_grad():
                for parameter in self.parameters:
                    parameter.fill_(math.nan)

    def _add_gradients(self, x: Tensor, y: Tensor, step: int | Tensor, share: float) -> None:
        """Add the gradients of one mini-batch. `share` is its share of the images of the step."""
        smoothing, weights = self.workload.spec.train.label_smoothing, self.workload.class_weights
        logits = self._logits(x)  # (B, n_classes)
        own_loss = self.workload.loss
        loss = own_loss(logits, y) if own_loss else mean_loss(logits, y, weight=weights, smoothing=smoothing)
        torch.autograd.backward(loss if share == 1.0 else loss * share)
        with torch.no_grad():
            plain = loss if weights is None and not smoothing and not own_loss else mean_loss(logits, y)
            self.loss_sum += plain * len(y)
            self.right += n_right(logits, y)
            is_first = (self.bad_step < 0) & ~torch.isfinite(loss)
            if isinstance(step, Tensor):
                self.bad_step.copy_(torch.where(is_first, step[0], self.bad_step))
            else:
                self.bad_step.masked_fill_(is_first, step)

    @torch.no_grad()
    def _clip(self, number: int | Tensor) -> None:
        """Measure the gradients, and clip them if the spec says so."""
        train = self.workload.spec.train
        norm = self.step_metrics.see_gradients(self._gradient_norms(2.0), number)
        if train.clip_norm is not None:
            self.step_metrics.see_clipping(norm > train.clip_norm)
            torch.nn.utils.clip_grads_with_norm_(self.parameters, train.clip_norm, norm)
        if train.clip_value is not None:
            self.step_metrics.see_clipping(self._gradient_norms(math.inf).amax() > train.clip_value)
            torch.nn.utils.clip_grad_value_(self.parameters, train.clip_value)

    def _gradient_norms(self, order: float) -> Tensor:
        """Return the norm of each parameter's gradient, 0 for a parameter without a gradient; (P,)."""
        gradients = [self.loss_sum.new_zeros(1) if p.grad is None else p.grad for p in self.parameters]
        return torch.stack(torch._foreach_norm(gradients, order))  # noqa: SLF001  (what torch.nn.utils calls too)

    def _logits(self, x: Tensor) -> Tensor:
        with torch.autocast(self.workload.device.type, torch.bfloat16, enabled=self.bf16):
            logits: Tensor = self.forward(x)
        return logits.to(self.workload.dtype)

    def bad_steps(self) -> list[int | None]:
        """Return the first step (from 0) whose loss was not finite, or None; a list with one entry."""
        step = int(self.bad_step)
        return [None if step < 0 else step]

    def sums(self) -> list[EpochSums]:
        """Return the `EpochSums` of the epoch so far, in a list with one entry."""
        (steps,) = self.step_metrics.read(self.parameters, self.n_steps)
        return [EpochSums(float(self.loss_sum), int(self.right), self.n_seen, self.lr, steps)]

    def evaluate(self) -> list[Evaluation]:
        """Compute the answer and the loss for each validation example; a list with one entry."""
        return [Evaluation(*self.validate())]

    @torch.inference_mode()
    def validate(self) -> tuple[Tensor, Tensor]:
        """Return the answers, (n_val,), and the losses, (n_val,), on the validation part."""
        self.model.eval()
        answers, losses = [], []
        for x, y in self.workload.data.val_batches(self.eval_batch):
            logits = self._logits(x)
            answers.append(answers_of(logits, y))
            losses.append(example_losses(logits, y))
        return torch.cat(answers), torch.cat(losses)
