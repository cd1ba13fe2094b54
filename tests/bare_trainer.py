"""A trainer that knows as little as a program of the user's would: it reports val_accuracy, and nothing else.

It trains by the formula of `lrsearch.training.analytic`. A test chooses it with the fixture `bare_trainer`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lrsearch.interfaces import Context, Setup, Trainer
from lrsearch.plans import Worker
from lrsearch.records import Baseline, Point, Result, Stack, Task
from lrsearch.spec import Spec
from lrsearch.training import analytic

TASK = Task(name="train.py", metrics={"val_accuracy": Baseline()})


def prepare(spec: Spec, n_at_once: int = 1, **given: object) -> Setup:
    """Plan as the formula does, for a task of which nothing is known."""
    return replace(analytic.prepare(spec, n_at_once, **given), task=TASK)


def make_trainer(spec: Spec, worker: Worker, **given: object) -> Trainer:
    """Train by the formula, and keep nothing but the accuracy."""
    train_all = analytic.make_trainer(spec, worker, **given)

    def train(stack: Stack, context: Context) -> Iterator[Point | Result]:
        for event in train_all(stack, context):
            if isinstance(event, Point):
                yield bare(event)
            else:
                points = tuple(map(bare, event.points))
                yield replace(event, points=points, learned=None, untrained_loss=None, correct=None)

    return train


def bare(point: Point) -> Point:
    """Return a point with the accuracy alone."""
    return replace(point, metrics={"val_accuracy": point.val_accuracy})
