"""The graph engine: a GPU trains several trials side by side, and repeats their steps as recorded CUDA graphs.

A small network keeps a GPU busy for a tenth of the time that Python takes to start the kernels of a step. A CUDA graph
starts them all at once. Each trial has a lane: its own network on its own stream. The first step of each kind
runs as plain code; then it is recorded, and every later step of this kind repeats the record. So a step must not read
anything from the host: the number of the step is counted on the device, and the rate and the images of each step are
looked up there.

Source: PyTorch's notes on CUDA graphs. The arithmetic is that of the reference engine (`single`).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

import torch
from torch import Tensor

from lrsearch.interfaces import Checkpoints, Context
from lrsearch.networks import Dropout
from lrsearch.optim.optimizers import set_rate
from lrsearch.records import Point, Result, Stack, Trial
from lrsearch.seeds import seed_for
from lrsearch.training.checkpoint_state import CheckpointState
from lrsearch.training.epoch_loop import train_epochs
from lrsearch.training.single import SingleTraining
from lrsearch.training.trial_progress import EpochSums, Evaluation
from lrsearch.training.workload import EpochRows, MiniBatches, Workload


def train_graphed(
    workload: Workload, stack: Stack, _size: int, context: Context, checkpoints: Checkpoints | None = None
) -> Iterator[Point | Result]:
    """Train trials side by side. Yield Points after each epoch, and a Result when a trial ends.

    If the context says to stop, nothing more is yielded.

    Args:
        workload: The data, and the function that builds networks.
        stack: Trials that differ only in rate and repeat.
        _size: Not used; the trials need no padding.
        context: Asked at every step whether to stop.
        checkpoints: Loads checkpoints at the start, all of the same epoch, and saves new ones; None to use none.
    """
    return train_epochs(workload, stack, lambda: GraphedTraining(workload, stack), context, checkpoints)


class GraphedTraining:
    """An `Engine` in which each member trains in its own lane. On a CPU the same steps run as plain code, for tests."""

    def __init__(self, workload: Workload, stack: Stack) -> None:
        """Build the networks, each with the initial weights of its repeat."""
        self.workload = workload
        self.step = 0
        # Trials of the same repeat see the same images, so they share them.
        self._rows = {repeat: EpochRows(workload) for repeat in sorted({trial.repeat for trial in stack})}
        self._lanes = [_Lane(workload, trial, self._rows[trial.repeat]) for trial in stack]
        self._running = list(self._lanes)

    def checkpoint_tensors(self, k: int) -> dict[str, Tensor]:
        """Return the parameters, the buffers and the state of the optimizer of member k."""
        return self._lanes[k].training.checkpoint_tensors(0)

    def restore(self, states: Sequence[CheckpointState]) -> None:
        """Continue from checkpoints of the same epoch."""
        for lane, state in zip(self._lanes, states, strict=True):
            lane.restore(state)
        self.step = states[0].step

    def set_plateaus(self, plateaus: Sequence[float]) -> None:
        """Scale the rates of the next epoch."""
        for lane, plateau in zip(self._lanes, plateaus, strict=True):
            lane.training.plateau = plateau

    def end(self, k: int) -> None:
        """Stop training member k."""
        self._running.remove(self._lanes[k])

    def begin_epoch(self, epoch: int) -> None:
        """Set all sums to zero, and arrange the images in the order of the epoch."""
        self._join()  # the lanes read the images of the last epoch
        running = {lane.training.trial.repeat for lane in self._running}
        for repeat in running:
            self._rows[repeat].arrange(self.workload.epoch(repeat, epoch))
        for lane in self._running:
            lane.begin_epoch(epoch)

    def train_step(self, number: int) -> None:
        """Take one optimizer step in each lane."""
        for lane in self._running:
            lane.train_step(number)
        self.step += 1

    def bad_steps(self) -> list[int | None]:
        """Return the first step of each member whose loss was not finite, or None."""
        self._join()
        steps: list[int] = torch.stack([lane.training.bad_step for lane in self._lanes]).tolist()
        return [None if step < 0 else step for step in steps]

    def sums(self) -> list[EpochSums]:
        """Return the sums of the epoch so far, for each member."""
        self._join()
        return [lane.training.sums()[0] for lane in self._lanes]

    def evaluate(self) -> list[Evaluation]:
        """Compute each member's answer and loss of each validation image."""
        for lane in self._running:
            lane.evaluate()
        self._join()
        answers = torch.stack([lane.answers for lane in self._lanes]).cpu()
        losses = torch.stack([lane.losses for lane in self._lanes]).cpu()
        return [Evaluation(*pair) for pair in zip(answers, losses, strict=True)]

    def _join(self) -> None:
        """Let the current stream wait for all lanes."""
        for lane in self._lanes:
            lane.join()


class _Lane:
    """One trial: its network and optimizer, its stream, and the graphs of its steps.

    Attributes:
        training: The arithmetic of a step, as in the reference engine.
        answers: The answer to each validation image at the last evaluation; (n_val,).
        losses: The loss of each validation image at the last evaluation; (n_val,).
    """

    def __init__(self, workload: Workload, trial: Trial, rows: EpochRows) -> None:
        self._on_gpu = workload.device.type == "cuda"
        self.training = SingleTraining(workload, trial, capturable=self._on_gpu)
        self._workload, self._rows = workload, rows
        device, long = workload.device, torch.int64
        # The fused optimizers of a GPU read the rate as float32.
        self._rate = torch.zeros((), device=device, dtype=torch.float32 if self._on_gpu else torch.float64)
        self._rates = torch.zeros(workload.n_steps, device=device, dtype=self._rate.dtype)  # of the steps of the epoch
        self._step, self._number = (torch.zeros(1, device=device, dtype=long) for _ in range(2))
        self.answers = torch.zeros(workload.data.n_val, device=device, dtype=long)
        self.losses = torch.zeros(workload.data.n_val, device=device, dtype=workload.dtype)
        self._generator = torch.Generator(device)
        for layer in self.training.model.modules():
            if isinstance(layer, Dropout):
                layer.generator = self._generator
        self._stream = torch.cuda.Stream(device) if self._on_gpu else None  # type: ignore[no-untyped-call]  # torch has no types for it
        self._pool = torch.cuda.graph_pool_handle() if self._on_gpu else None
        self._graphs: dict[object, torch.cuda.CUDAGraph | None] = {}
        set_rate(self.training.optimizer, self._rate)

    def restore(self, state: CheckpointState) -> None:
        """Continue from a checkpoint."""
        self.training.restore([state])
        set_rate(self.training.optimizer, self._rate)  # loading the optimizer's state has replaced it
        self._step.fill_(state.step)

    def begin_epoch(self, epoch: int) -> None:
        """Set the sums to zero, and send the rates of the epoch to the device."""
        training, n_steps = self.training, self._workload.n_steps
        training.begin_sums()
        self._generator.manual_seed(seed_for(self._workload.spec.seed, "dropout", training.trial.repeat, epoch))
        rates = [training.trial.lr * training.scale(training.step + i) * training.plateau for i in range(n_steps)]
        self._rates.copy_(torch.tensor(rates, dtype=self._rates.dtype))
        self._number.zero_()
        if self._stream is not None:
            self._stream.wait_stream(torch.cuda.current_stream())

    def train_step(self, number: int) -> None:
        """Take one optimizer step."""
        training = self.training
        sizes = tuple(end - start for start, end in self._workload.batches(number))
        measured = training.step_metrics.wants_update(number)
        self._repeat((sizes, measured), lambda: self._update(sizes, measured=measured))
        training.lr = training.trial.lr * training.scale(training.step) * training.plateau
        training.count_step(sum(sizes))

    def evaluate(self) -> None:
        """Validate; the results are in `answers` and `losses`."""
        self.training.model.eval()
        self._repeat("validation", self._validate)

    def join(self) -> None:
        """Let the current stream wait for this lane."""
        if self._stream is not None:
            torch.cuda.current_stream().wait_stream(self._stream)

    def _update(self, sizes: Sequence[int], *, measured: bool) -> None:
        torch.index_select(self._rates, 0, self._number, out=self._rate.view(1))
        self.training.update(self._batches(sizes), self._step, self._number, measured=measured)
        self._step += 1
        self._number += 1

    def _batches(self, sizes: Sequence[int]) -> MiniBatches:
        """Return the mini-batches of the step that the device counts: images (B, C, H, W) and classes (B,)."""
        start = self._number * (self._workload.spec.data.batch_size * self._workload.spec.train.accumulate)
        batches = []
        for size in sizes:
            batches.append(self._rows.batch(start + self._rows.positions[:size]))
            start = start + size
        return batches

    def _validate(self) -> None:
        answers, losses = self.training.validate()
        self.answers.copy_(answers)
        self.losses.copy_(losses)

    def _repeat(self, kind: object, work: Callable[[], None]) -> None:
        """Run a step: the first time as plain code, which also allocates what a record needs, then as a record."""
        with self._in_stream():
            if (graph := self._graphs.get(kind)) is not None:
                graph.replay()
                return
            with _fastest_convolutions():
                if not self._on_gpu or kind not in self._graphs:
                    work()
                    self._graphs[kind] = None
                else:
                    self._graphs[kind] = graph = self._record(work)
                    graph.replay()

    def _record(self, work: Callable[[], None]) -> torch.cuda.CUDAGraph:
        """Record the kernels of some work, without running them."""
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self._generator)
        with _no_garbage_collection():
            graph.capture_begin(pool=self._pool, capture_error_mode="thread_local")
            try:
                work()
            except RuntimeError:
                with suppress(RuntimeError):  # says only that the record is void
                    graph.capture_end()
                raise
            graph.capture_end()
        return graph

    def _in_stream(self) -> AbstractContextManager[object]:
        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Let Python delete no old graph meanwhile: that is not allowed while kernels are recorded."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@contextmanager
def _fastest_convolutions() -> Iterator[None]:
    """Let cuDNN time its algorithms for a convolution that is new, and take the fastest."""
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before
