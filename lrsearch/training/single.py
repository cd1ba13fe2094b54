"""The reference engine: one trial at a time, in plain torch. What every faster engine is held to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lrsearch.interfaces import Checkpoints, Context
from lrsearch.optim.optimizers import spec_optimizer, take_step
from lrsearch.optim.schedules import spec_schedule
from lrsearch.records import Point, Result, Trial
from lrsearch.seeds import seed_for
from lrsearch.training.checkpoint_state import Progress, load_progress, optimizer_tensors, restore_optimizer
from lrsearch.training.machine import blocked_forward, eval_batch
from lrsearch.training.step_metrics import Gauges
from lrsearch.training.trial_progress import LOOK_EVERY, Course, EpochSums, Evaluation, loss_message
from lrsearch.training.workload import Bench


def train_single(
    bench: Bench, trial: Trial, context: Context, checkpoints: Checkpoints | None = None
) -> Iterator[Point | Result]:
    """Train one trial: a Point after each epoch, a Result at its end, none when told to stop.

    Args:
        bench: Data, facts and the maker of networks.
        trial: What to train.
        context: Asked at every step whether to stop.
        checkpoints: Where it may have got further already, and keeps how far it is.
    """
    course = Course(trial, bench.spec, bench.facts)
    training = Training(bench, trial)
    epoch = 0
    if progress := load_progress(checkpoints, trial):
        epoch = progress.epoch
        course.restore(progress.course)
        training.restore(progress)
        training.plateau = course.plateau
    while course.result is None:
        epoch += 1
        if not training.train_epoch(epoch, context):
            return
        bad_step = training.first_bad_step()
        if bad_step is not None:
            course.diverge(loss_message(bad_step, bench.n_steps))
        else:
            point = course.add_epoch(training.sums(), training.evaluate())
            training.plateau = course.plateau
            if point is not None:
                yield point
        if checkpoints and course.result is None and checkpoints.due():
            checkpoints.save([(trial, *training.progress(epoch, course).pack())])
    yield course.result


class Training:
    """A network, its optimizer and schedule, and the running sums of the epoch."""

    def __init__(self, bench: Bench, trial: Trial) -> None:
        spec, device = bench.spec, bench.device
        self.bench, self.trial = bench, trial
        self.model = bench.build(trial.repeat)
        self.forward = blocked_forward(self.model) if bench.blocked else self.model
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = spec_optimizer(spec, self.parameters, trial.lr)
        self.gauges = Gauges(self.parameters, bench.n_steps)
        self.scale = spec_schedule(spec, trial.horizon, bench.n_steps)
        self.bf16 = spec.train.precision == "bf16"
        self.eval_batch = eval_batch(spec, bench.facts, device.type)
        self.step = self.n_seen = 0
        self.lr, self.plateau = trial.lr, 1.0
        # Sums live on the device, and are read once an epoch.
        self.loss_sum = torch.zeros((), device=device, dtype=bench.dtype)
        self.right = torch.zeros((), device=device, dtype=torch.int64)
        self.bad_step = torch.full((), -1, device=device, dtype=torch.int64)

    def progress(self, epoch: int, course: Course) -> Progress:
        """How far it is, after an epoch."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        return Progress(epoch, self.step, course.state(), tensors | optimizer_tensors(self.optimizer))

    def restore(self, progress: Progress) -> None:
        """Go on from there."""
        with torch.no_grad():
            for name, tensor in self.model.state_dict().items():
                tensor.copy_(progress.tensors[f"model.{name}"])
        restore_optimizer(self.optimizer, progress.tensors)
        self.step = progress.step

    def train_epoch(self, epoch: int, context: Context) -> bool:
        """Go through the training part once; False when told to stop. Ends early where the loss is not finite."""
        batches_of = self.begin_epoch(epoch)
        for number in range(self.bench.n_steps):
            if context.should_stop():
                return False
            self.train_step(batches_of(number))
            if self.step % LOOK_EVERY == 0 and self.first_bad_step() is not None:
                break
        return True

    def begin_epoch(self, epoch: int) -> Callable[[int], list[tuple[Tensor, Tensor]]]:
        """Set all sums to zero, and give what answers the mini-batches of a step from 0."""
        self.model.train()
        for total in (self.loss_sum, self.right):
            total.zero_()
        self.gauges.begin()
        self.n_seen = 0
        # Dropout draws from torch's global generator: one seed an epoch, whatever the rate.
        torch.manual_seed(seed_for(self.bench.spec.seed, "dropout", self.trial.repeat, epoch))
        return self.bench.epoch(self.trial.repeat, epoch).step

    def train_step(self, batches: list[tuple[Tensor, Tensor]]) -> None:
        """One step on mini-batches of images (B, C, H, W) and classes (B,), whose gradients are added up."""
        self.lr = self.trial.lr * self.scale(self.step) * self.plateau
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr
        for parameter in self.parameters:
            parameter.grad = None
        n_images = sum(len(y) for _, y in batches)
        for x, y in batches:
            self._add_gradients(x, y, share=len(y) / n_images)
        self._clip()
        before = [p.detach().clone() for p in self.parameters] if self.gauges.wants_update else None
        take_step(self.optimizer)
        if before:
            self.gauges.see_update(before, self.parameters)
        self.gauges.end_step()
        self.step += 1
        self.n_seen += n_images

    def _add_gradients(self, x: Tensor, y: Tensor, share: float) -> None:
        """Of one mini-batch, which is a share of the step's images."""
        smoothing = self.bench.spec.train.label_smoothing
        logits = self._logits(x)  # (B, n_classes)
        loss = cross_entropy(logits, y, label_smoothing=smoothing)
        torch.autograd.backward(loss if share == 1.0 else loss * share)
        with torch.no_grad():
            plain = cross_entropy(logits, y) if smoothing else loss
            self.loss_sum += plain * len(y)
            self.right += (logits.argmax(1) == y).sum()
            self.bad_step.masked_fill_((self.bad_step < 0) & ~torch.isfinite(loss), self.step)

    @torch.no_grad()
    def _clip(self) -> None:
        """Measure the gradients, and clip them where the spec says so."""
        train = self.bench.spec.train
        norm = self.gauges.see_gradients(self._gradient_norms(2.0))
        if train.clip_norm is not None:
            self.gauges.see_clipping(norm > train.clip_norm)
            torch.nn.utils.clip_grads_with_norm_(self.parameters, train.clip_norm, norm)
        if train.clip_value is not None:
            self.gauges.see_clipping(self._gradient_norms(math.inf).amax() > train.clip_value)
            torch.nn.utils.clip_grad_value_(self.parameters, train.clip_value)

    def _gradient_norms(self, order: float) -> Tensor:
        """The norm of each parameter's gradient, 0 where it has none; (P,)."""
        gradients = [self.loss_sum.new_zeros(1) if p.grad is None else p.grad for p in self.parameters]
        return torch.stack(torch._foreach_norm(gradients, order))  # noqa: SLF001  (what torch.nn.utils calls too)

    def _logits(self, x: Tensor) -> Tensor:
        with torch.autocast(self.bench.device.type, torch.bfloat16, enabled=self.bf16):
            logits: Tensor = self.forward(x)
        return logits.to(self.bench.dtype)

    def first_bad_step(self) -> int | None:
        """The first step whose loss was not finite; a look makes a GPU wait."""
        step = int(self.bad_step)
        return None if step < 0 else step

    def sums(self) -> EpochSums:
        """What was added up since the epoch began."""
        return EpochSums(
            loss=float(self.loss_sum),
            right=int(self.right),
            n_seen=self.n_seen,
            lr=self.lr,
            readings=self.gauges.read(self.parameters)[0],
        )

    @torch.inference_mode()
    def evaluate(self) -> Evaluation:
        """Loss and right answers on the validation part."""
        self.model.eval()
        loss_sum = torch.zeros((), device=self.bench.device, dtype=self.bench.dtype)
        correct = []
        for x, y in self.bench.data.val_batches(self.eval_batch):
            logits = self._logits(x.to(self.bench.dtype))
            loss_sum += cross_entropy(logits, y, reduction="sum")
            correct.append(logits.argmax(1) == y)
        return Evaluation(loss=float(loss_sum) / self.bench.facts.n_val, correct=torch.cat(correct))
