"""The graph engine: a GPU trains several trials at the same time, and replays their steps as CUDA graphs.

For a small network, Python takes ten times as long to start the kernels of a step as the GPU takes to run them. A CUDA
graph starts all kernels of a step at once. Each trial has a lane: its own network on its own CUDA stream. There are
several kinds of steps. The first step of a kind runs without a graph. The second step is captured as a graph, which all
later steps of the kind replay. A captured step must not read from the host. So the device itself counts the steps, and
reads the rate and the images of each step from its own memory.

Source: PyTorch's notes on CUDA graphs. The arithmetic is the same as in the reference engine (`single`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

import torch
from torch import Tensor

from lrsearch.garbage import collector_paused
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
    """Train trials at the same time. Yield Points after each epoch, and a Result when a trial ends.

    If the context says to stop, nothing more is yielded.

    Args:
        workload: The data, and the function that builds networks.
        stack: Trials that differ only in rate and repeat.
        _size: Not used; the trials need no padding.
        context: Says at every step whether to stop.
        checkpoints: Loads checkpoints of one epoch at the start, and saves new checkpoints; None for no checkpoints.
    """
    return train_epochs(workload, stack, lambda: GraphedTraining(workload, stack), context, checkpoints)


class GraphedTraining:
    """An `Engine` in which each member has its own lane. On a CPU, tests run the same steps without graphs."""

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
        """Return, for each member, the first step (from 0) whose loss was not finite; None if there is none."""
        self._join()
        steps: list[int] = torch.stack([lane.training.bad_step for lane in self._lanes]).tolist()
        return [None if step < 0 else step for step in steps]

    def sums(self) -> list[EpochSums]:
        """Return, for each member, the `EpochSums` of the epoch so far."""
        self._join()
        return [lane.training.sums()[0] for lane in self._lanes]

    def evaluate(self) -> list[Evaluation]:
        """Compute, for each member, the answer and the loss for each validation example."""
        for lane in self._running:
            lane.evaluate()
        self._join()
        answers = torch.stack([lane.answers for lane in self._lanes]).cpu()
        losses = torch.stack([lane.losses for lane in self._lanes]).cpu()
        return [Evaluation(*pair) for pair in zip(answers, losses, strict=True)]

    def _join(self) -> None:
        """Make the current stream wait for all lanes."""
        for lane in self._lanes:
            lane.join()


class _Lane:
    """One trial: its network and optimizer, its stream, and the graphs of its steps.

    Attributes:
        training: The arithmetic of a step, as in the reference engine.
        answers: The answer for each validation example at the last evaluation; (n_val,).
        losses: The loss of each validation example at the last evaluation; (n_val,).
    """

    def __init__(self, workload: Workload, trial: Trial, rows: EpochRows) -> None:
        self._on_gpu = workload.device.type == "cuda"
        self.training = SingleTraining(workload, trial, capturable=self._on_gpu)
        self._workload, self._rows = workload, rows
        device, long = workload.device, torch.int64
        # The fused optimizers of a GPU read the rate as float32.
        self._rate = torch.zeros((), device=device, dtype=torch.float32 if self._on_gpu else torch.float64)
        self._rates = torch.zeros(
            workload.n_steps, device=device, dtype=self._rate.dtype
        )  # one for each step of the epoch
        self._step, self._number = (torch.zeros(1, device=device, dtype=long) for _ in range(2))
        self.answers = torch.zeros(workload.data.n_val, device=device, dtype=workload.data.y_val.dtype)
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
        """Make the current stream wait for this lane."""
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
        """Run a step: replay the graph of its kind, or capture it first.

        The first step of a kind runs without a graph. This step allocates the memory that the graph needs.
        """
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
        """Capture the kernels that a function starts as a CUDA graph, without running them."""
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self._generator)
        with collector_paused():  # CUDA does not allow deleting a graph during a capture
            graph.capture_begin(pool=self._pool, capture_error_mode="thread_local")
            try:
                work()
            except RuntimeError:
                with suppress(RuntimeError):  # the error says only that the graph is invalid
                    graph.capture_end()
                raise
            graph.capture_end()
        return graph

    def _in_stream(self) -> AbstractContextManager[object]:
        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)


@contextmanager
def _fastest_convolutions() -> Iterator[None]:
    """In the `with` block, let cuDNN measure its algorithms for each new convolution and use the fastest one."""
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before
