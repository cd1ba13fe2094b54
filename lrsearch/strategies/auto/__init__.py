"""The strategy `auto`, which finds a reliable rate with few trainings. The statistics are in `analysis.auto`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lrsearch.interfaces import Strategy
from lrsearch.records import Result, Task
from lrsearch.spec import Spec
from lrsearch.strategies.auto.plan import n_further, ready, remarks, scan_epochs, scan_rates
from lrsearch.strategies.method import Method, SamplerScore

if TYPE_CHECKING:
    from lrsearch.analysis.evidence import AutoFinding


def _make(spec: Spec, _: SamplerScore, __: Mapping[int, float], task: Task) -> Strategy:
    from lrsearch.strategies.auto.strategy import Auto, auto_settings  # they need the statistics

    return Auto(auto_settings(spec, task))


def _find(spec: Spec, task: Task, results: Sequence[Result]) -> AutoFinding:
    from lrsearch.strategies.auto.strategy import find

    return find(spec, task, results)


METHOD = Method(
    rates=scan_rates,
    n_rates=lambda spec: len(scan_rates(spec)),
    n_trials=lambda spec: len(scan_rates(spec)),
    round_size=lambda spec: len(scan_rates(spec)),
    words=lambda _: None,
    make=_make,
    epochs=scan_epochs,
    budget=lambda spec: spec.search.budget,
    n_further=n_further,
    ready=ready,
    remarks=remarks,
    find=_find,
)
