"""The reference trainer: one trial at a time, in plain torch. What every faster engine is held to."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lrsearch.analysis.learned import has_learned
from lrsearch.chance import seed_for
from lrsearch.data.augment import crop_pad, draw_flip_crop
from lrsearch.data.resident import Resident
from lrsearch.models import make_model
from lrsearch.optim.optimizers import make_optimizer
from lrsearch.optim.schedules import spec_schedule, steps_per_epoch
from lrsearch.records import Batch, DataFacts, Point, Result, Trial, Worker
from lrsearch.seams import Context, Trainer
from lrsearch.spec import Spec
from lrsearch.training.keeper import Keeper
from lrsearch.training.setup import ModelMaker, is_convolutional, open_data, prepare

__all__ = ["make_trainer", "prepare"]

EVAL_BATCH = 1000
"""Images in a batch of the validation."""

LOOK_EVERY = 50
"""Steps between two looks at whether the loss is still finite: a look makes a GPU wait."""


def make_trainer(
    spec: Spec, worker: Worker, *, model: ModelMaker | None = None, arrays: Mapping[str, Any] | None = None
) -> Trainer:
    """Open the data on the worker's device and answer the function that trains.

    Args:
        spec: A spec that `prepare` has resolved.
        worker: Device and threads.
        model: A network of one's own in place of `spec.model`.
        arrays: Data of one's own in place of `spec.data`.
    """
    if worker.device == "cpu":
        torch.set_num_threads(worker.threads)
    split, data_facts = open_data(spec, arrays)
    channels_last = is_convolutional(spec, model)
    data = Resident(split, worker.device, channels_last=channels_last)
    layout = torch.channels_last if channels_last else torch.contiguous_format

    def build(repeat: int) -> nn.Module:
        seed = seed_for(spec.seed, "weights", repeat)
        if model is None:
            built = make_model(spec.model.name, spec.model.options, data_facts.shape, data_facts.n_classes, seed)
        else:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                built = model()
        return built.to(data.device).to(memory_format=layout)

    def train(batch: Batch, context: Context) -> Iterator[Point | Result]:
        for trial in batch:
            try:
                yield from _Training(spec, trial, data, data_facts, build).run(context)
            except torch.OutOfMemoryError as error:
                message = f"out of memory at batch_size {spec.data.batch_size}: {str(error).splitlines()[0]}"
                yield Result(trial=trial, state="oom", message=message)

    return train


@dataclass(frozen=True)
class _Evaluation:
    loss: float
    accuracy: float
    correct: Tensor  # (n_val,) bool


class _Diverged(Exception):
    """The loss is not finite any more."""


class _Training:
    """One trial on its way: network, optimizer, schedule, and the running sums of the epoch."""

    def __init__(
        self, spec: Spec, trial: Trial, data: Resident, data_facts: DataFacts, build: Callable[[int], nn.Module]
    ) -> None:
        self.spec, self.trial, self.data, self.facts = spec, trial, data, data_facts
        self.model = build(trial.repeat)
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        optimizer = spec.train.optimizer
        self.optimizer = make_optimizer(optimizer.name, optimizer.options, self.parameters, trial.lr)
        self.n_steps = steps_per_epoch(data_facts.n_train, spec.data.batch_size)
        self.scale = spec_schedule(spec, trial.horizon, self.n_steps)
        self.bf16 = spec.train.precision == "bf16"
        # Sums live on the device, and are read once an epoch.
        self.loss_sum = torch.zeros((), device=data.device)
        self.right = torch.zeros((), device=data.device, dtype=torch.int64)
        self.grad_norm_sum = torch.zeros((), device=data.device)
        self.bad_step = torch.full((), -1, device=data.device, dtype=torch.int64)
        self.step = 0

    def run(self, context: Context) -> Iterator[Point | Result]:
        """Train to `trial.until`; ends without a Result when told to stop."""
        started = time.perf_counter()
        points: list[Point] = []
        keeper = Keeper(self.spec.search.score, self.spec.train.early_stopping)
        result: Result | None = None
        try:
            for epoch in range(1, self.trial.until + 1):
                epoch_started = time.perf_counter()
                if not self._train_epoch(epoch, context):
                    return
                evaluation = self._evaluate(epoch)
                point = self._point(epoch, evaluation, time.perf_counter() - epoch_started)
                points.append(point)
                yield point
                keeper.offer(point, evaluation.correct)
                if keeper.out_of_patience:
                    break
        except _Diverged as diverged:
            result = Result(trial=self.trial, state="diverged", message=str(diverged))
        yield self._finished(result, tuple(points), keeper, time.perf_counter() - started)

    def _train_epoch(self, epoch: int, context: Context) -> bool:
        spec, data, seed = self.spec, self.data, self.spec.seed
        self.model.train()
        for total in (self.loss_sum, self.right, self.grad_norm_sum):
            total.zero_()
        generator = torch.Generator().manual_seed(seed_for(seed, "order", self.trial.repeat, epoch))
        order = torch.randperm(self.facts.n_train, generator=generator).to(data.device)
        draws = None
        if spec.data.augment == "flip-crop":
            generator.manual_seed(seed_for(seed, "augment", self.trial.repeat, epoch))
            draws = draw_flip_crop(self.facts.n_train, crop_pad(self.facts.shape), generator).to(data.device)
        # Dropout draws from torch's global generator: one seed an epoch, whatever the rate.
        torch.manual_seed(seed_for(seed, "dropout", self.trial.repeat, epoch))
        for batch in range(self.n_steps):
            if context.should_stop():
                return False
            start = batch * spec.data.batch_size
            indices = order[start : start + spec.data.batch_size]
            crops = None if draws is None else draws[start : start + spec.data.batch_size]
            self._train_step(data.batch(indices, crops), data.y_train[indices])
            if self.step % LOOK_EVERY == 0:
                self._look()
        self._look()
        return True

    def _train_step(self, x: Tensor, y: Tensor) -> None:
        spec = self.spec.train
        self.lr = self.trial.lr * self.scale(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr
        with torch.autocast(self.data.device.type, torch.bfloat16, enabled=self.bf16):
            logits = self.model(x)  # (B, n_classes)
        logits = logits.float()
        loss = cross_entropy(logits, y, label_smoothing=spec.label_smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        if spec.clip_norm is not None:
            torch.nn.utils.clip_grads_with_norm_(self.parameters, spec.clip_norm, norm)
        self.optimizer.step()
        with torch.no_grad():
            self.loss_sum += loss * len(y)
            self.right += (logits.argmax(1) == y).sum()
            self.grad_norm_sum += norm
            is_first_bad = (self.bad_step < 0) & ~torch.isfinite(loss)
            self.bad_step.masked_fill_(is_first_bad, self.step)
        self.step += 1

    def _look(self) -> None:
        bad_step = int(self.bad_step)
        if bad_step >= 0:
            raise _Diverged(f"the loss was not finite at step {bad_step} (epoch {bad_step // self.n_steps + 1})")

    @torch.inference_mode()
    def _evaluate(self, epoch: int) -> _Evaluation:
        self.model.eval()
        loss_sum = torch.zeros((), device=self.data.device)
        correct = []
        for x, y in self.data.val_batches(EVAL_BATCH):
            with torch.autocast(self.data.device.type, torch.bfloat16, enabled=self.bf16):
                logits = self.model(x)
            loss_sum += cross_entropy(logits.float(), y, reduction="sum")
            correct.append(logits.argmax(1) == y)
        right = torch.cat(correct)
        loss = float(loss_sum) / self.facts.n_val
        if not math.isfinite(loss):
            raise _Diverged(f"the validation loss was not finite after epoch {epoch}")
        return _Evaluation(loss, int(right.sum()) / self.facts.n_val, right)

    def _point(self, epoch: int, evaluation: _Evaluation, seconds: float) -> Point:
        n_seen = min(self.facts.n_train, self.n_steps * self.spec.data.batch_size)
        return Point(
            trial=self.trial.number,
            epoch=epoch,
            train_loss=float(self.loss_sum) / n_seen,
            train_accuracy=int(self.right) / n_seen,
            val_loss=evaluation.loss,
            val_accuracy=evaluation.accuracy,
            lr=self.lr,
            grad_norm=float(self.grad_norm_sum) / self.n_steps,
            seconds=seconds,
        )

    def _finished(self, result: Result | None, points: tuple[Point, ...], keeper: Keeper, seconds: float) -> Result:
        if result is not None:
            return Result(
                trial=result.trial, state=result.state, message=result.message, points=points, seconds=seconds
            )
        kept, correct = keeper.kept()
        return Result(
            trial=self.trial,
            state="ok",
            points=points,
            score=kept.val_accuracy,
            scored_epoch=kept.epoch,
            learned=has_learned(points[-1].train_loss, kept.val_accuracy, self.facts),
            seconds=seconds,
            correct=correct,
        )
