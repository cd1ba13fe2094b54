"""The search of `auto`: scans the range, brackets the best rate, and fills the top of the curve.

The scan tries rates with short trainings. The bracket trains the best of these rates and its neighbours to the end.
Then rates at the top of the curve are trained until no other rate can be better by more than the margin. A rate is
given as x = log10 of the rate.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import replace

import numpy as np

from lrsearch.analysis.auto import AutoRun, in_points, judge, leader_of, near_runs
from lrsearch.analysis.ranking import Scale
from lrsearch.strategies.auto.plan import scan_places
from lrsearch.strategies.auto.proposals import propose_rates
from lrsearch.strategies.auto.records import AutoSettings, Request, Standing, Step
from lrsearch.strategies.auto.trainings import Trainings, is_quiet
from lrsearch.wording import counted

_FEWEST_GOOD = 5
"""Minimum number of whole trainings behind a settled answer."""


def auto_search(settings: AutoSettings) -> Generator[Step, Sequence[AutoRun], Standing]:
    """Yield steps, receive the runs of each step's trainings in the same order, and return the answer."""
    return (yield from _Search(settings).run())


class _Search:
    """The state of one search."""

    def __init__(self, settings: AutoSettings) -> None:
        self.settings = settings
        self.done = Trainings(settings)
        self.n_new = 0
        self.places, self.width = scan_places(settings.low, settings.high, settings.suggested)
        self.standing = Standing(scale=settings.scale_of({}))

    def run(self) -> Generator[Step, Sequence[AutoRun], Standing]:
        """Scan, bracket, and fill the top."""
        if (yield from self._scan()):
            yield from self._bracket()
            yield from self._fill()
        return self._now()

    def _now(self) -> Standing:
        return replace(self.standing, spent=self.done.spent, scanned=tuple(self.done.scanned))

    def _train(
        self, stage: str, why: str, requests: Sequence[Request]
    ) -> Generator[Step, Sequence[AutoRun], list[AutoRun]]:
        done = {(run.x, run.repeat, run.horizon, run.until): run for run in self.done.runs}
        wanted = [
            each for each in dict.fromkeys(requests) if (each.x, each.repeat, each.horizon, each.until) not in done
        ]
        if wanted:
            got = yield Step(stage, why, tuple(wanted), self._now())
            self.done.runs += got
            done |= {(run.x, run.repeat, run.horizon, run.until): run for run in got}
        return [done[each.x, each.repeat, each.horizon, each.until] for each in dict.fromkeys(requests)]

    def _scan(self) -> Generator[Step, Sequence[AutoRun], bool]:
        """Find rates that learn, and extend the scan while the best rate is at an end.

        Return whether any rate learned.
        """
        settings, width = self.settings, self.width
        epochs = settings.epochs
        until = settings.scan_epochs or max(1, round(epochs / 8))
        reach = min(3.0, 4.5 * width)
        bottom, top = settings.low - reach, settings.high + reach
        yield from self._scan_at(self.places, until, "")
        while not any(run.learned for run in self.done.scanned):
            lowest, *_, highest = sorted(self.done.scanned, key=lambda run: run.x)
            if is_quiet(highest, settings.untrained_loss) and highest.x + width <= top:
                more = [x for x in (highest.x + width, highest.x + 2 * width) if x <= top]
                yield from self._scan_at(
                    more, until, "no rate has learned, and the highest changed nothing: higher ones"
                )
            elif lowest.x in self.done.broken and lowest.x - width >= bottom:
                more = [x for x in (lowest.x - width, lowest.x - 2 * width) if x >= bottom]
                yield from self._scan_at(more, until, "training breaks at the lowest rate")
            elif until == epochs or self.done.spent >= 6:
                return False
            else:
                until = min(epochs, 2 * until)
                n = max(3, round(len(self.done.scanned) / 3))
                furthest = sorted(self.done.scanned, key=lambda run: (_last(run), run.x))[:n]
                yield from self._scan_at(
                    [run.x for run in furthest], until, "no rate has learned yet: those with the lowest loss, longer"
                )
        while True:
            learned = sorted((run for run in self.done.scanned if run.learned), key=lambda run: run.x)
            ordered = sorted(self.done.scanned, key=lambda run: run.x)
            best = max(learned, key=self._scanned_score)
            if best.x == ordered[-1].x and best.x + width <= settings.high + 3.0:
                yield from self._scan_at([best.x + width, best.x + 2 * width], until, "the highest rate is the best")
            elif best.x == ordered[0].x and best.x - width >= settings.low - 3.0:
                yield from self._scan_at([best.x - width, best.x - 2 * width], until, "the lowest rate is the best")
            else:
                return True

    def _scan_at(self, places: Sequence[float], until: int, reason: str) -> Generator[Step, Sequence[AutoRun], None]:
        epochs = self.settings.epochs
        horizon = epochs if self.settings.constant else until
        length = counted(epochs, "epoch") if until == epochs else f"{until} of {counted(epochs, 'epoch')}"
        more = "more " if self.done.scanned and reason and until == self.done.scanned[0].until else ""
        why = f"{len(places)} {more}rates for {length}{f' ({reason})' if reason else ''}"
        got = yield from self._train("scan", why, [Request(x, 0, horizon, until) for x in places])
        new = {run.x for run in got}
        self.done.scanned = [run for run in self.done.scanned if run.x not in new] + got

    def _scanned_score(self, run: AutoRun) -> float:
        """Return the score of a run, with its sign changed if lower is better."""
        return self.standing.scale.metric.oriented(run.score)

    def _bracket(self) -> Generator[Step, Sequence[AutoRun], None]:
        """Train the best rate of the scan and the rates beside it to the end."""
        learned = sorted((run for run in self.done.scanned if run.learned), key=lambda run: run.x)
        scores = [self._scanned_score(run) for run in learned]
        smooth = [
            (scores[max(i - 1, 0)] + 2 * scores[i] + scores[min(i + 1, len(scores) - 1)]) / 4
            for i in range(len(scores))
        ]
        c = int(np.argmax(smooth))
        yield from self._whole(
            "bracket", "the best rate of the scan and its neighbours", [run.x for run in learned[max(c - 1, 0) : c + 2]]
        )

    def _whole(self, stage: str, why: str, places: Sequence[float]) -> Generator[Step, Sequence[AutoRun], None]:
        epochs = self.settings.epochs
        yield from self._train(stage, why, [Request(x, 0, epochs, epochs) for x in places])

    def _fill(self) -> Generator[Step, Sequence[AutoRun], None]:
        """Train more rates near the top until the answer is settled or the budget is spent."""
        settings = self.settings
        while True:
            good = self.done.good
            if not good:
                lowest = min(run.x for run in self.done.full)
                scanned = [run.x for run in self.done.scanned if run.x < lowest and run.x not in self.done.broken]
                below = sorted(scanned, reverse=True)[:2]
                if not below or self.done.spent >= settings.budget + 2:
                    return
                yield from self._whole("bracket", "no rate of the bracket trained to the end: lower ones", below)
                continue
            near = self._judge(good)
            if self.standing.settled or self.done.spent >= settings.budget - 0.5:
                return
            n = max(1, min(2, round(settings.budget - self.done.spent)))
            places, why = propose_rates(self.done, self.standing, near, n, self.width)
            requests: list[Request] = []
            for x in places:
                requests.append(self._request(x, requests))
            yield from self._train("fill", why, requests)

    def _judge(self, good: Sequence[AutoRun]) -> list[AutoRun]:
        """Judge the whole runs that learned. Return the runs near the top, with scores in points."""
        settings = self.settings
        scores: dict[float, list[float]] = {}
        for run in good:
            scores.setdefault(run.x, []).append(run.score)
        scale = settings.scale_of(scores)
        near = near_runs(in_points(good, scale))
        cliff = self._cliff(near)
        is_averaged = settings.constant and settings.epochs > 1 and settings.scores_last
        judgement = judge(near, cliff=cliff, constant=is_averaged)
        margin = margin_points(settings.margin, scale)
        self.standing = Standing(
            rec=leader_of(near) if judgement is None else judgement.rec,
            settled=judgement is not None and judgement.bound <= margin and len(good) >= _FEWEST_GOOD,
            judgement=judgement,
            margin=margin,
            scale=scale,
            cliff=cliff,
            n_good=len(good),
        )
        return near

    def _cliff(self, near: Sequence[AutoRun]) -> float | None:
        """Return the lowest rate that failed, at any length, above all near rates."""
        highest = max(run.x for run in near)
        return min((x for x in self.done.broken if x > highest), default=None)

    def _request(self, x: float, asked: Sequence[Request]) -> Request:
        """Turn a rate into a training: a new seed of a tried rate, the rest of a scanned training, or a new rate."""
        epochs = self.settings.epochs
        whole = [run for run in self.done.full if abs(run.x - x) <= 0.02]
        if whole:
            at = min(whole, key=lambda run: abs(run.x - x)).x
            used = {run.repeat for run in self.done.full if run.x == at} | {
                each.repeat for each in asked if each.x == at
            }
            return Request(at, min(set(range(len(used) + 1)) - used), epochs, epochs)
        begun = [run for run in self.done.scanned if abs(run.x - x) <= 0.02]
        if begun:
            return Request(min(begun, key=lambda run: abs(run.x - x)).x, 0, epochs, epochs)
        self.n_new += 1
        return Request(x, 1 + (self.n_new - 1) % 2, epochs, epochs)


def _last(run: AutoRun) -> float:
    return run.losses[-1] if run.losses and math.isfinite(run.losses[-1]) else math.inf


def margin_points(margin: float | None, scale: Scale) -> float:
    """Convert `search.margin` to points of a scale. None stands for twice the metric's own margin."""
    return 200 * scale.metric.margin if margin is None else 100 * scale.margin_level(margin)
