"""Writes the results as Markdown, to paste into an issue or a lab notebook."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from lrsearch.analysis.evidence import Evidence
from lrsearch.analysis.ranking import Ranking, Row, Saved, first_collapse
from lrsearch.catalog import Metric
from lrsearch.records import Task
from lrsearch.store.manifest import Manifest
from lrsearch.wording import counted, one_line, significant, visible

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#&])")


def results_md(
    manifest: Manifest,
    spec: Mapping[str, Any],
    ranking: Ranking,
    warnings: Sequence[str] = (),
    evidence: Mapping[str, Evidence | None] = MappingProxyType({}),
    saved: Saved | None = None,
) -> str:
    """Write the best rate, the table, the warnings and the spec as Markdown, for people.

    Args:
        manifest: The run's manifest.
        spec: The resolved spec (see `RunFolder.spec`) as plain values.
        ranking: The ranking of the rates.
        warnings: Warnings about the results.
        evidence: The evidence of each arm.
        saved: What pruning has saved.
    """
    arms = ranking.arms
    state = "finished" if manifest.finished else "not finished"
    n_arms = f"{len(arms)} arms, " if any(arms) else ""
    tried = "learning rates with overrides" if ranking.has_overrides else "learning rates"
    summary = (
        f"{markdown_text(manifest.strategy)} search over {n_arms}{len(ranking.rows)} {tried}, "
        f"{ranking.n_trials} trainings, "
        f"seed {manifest.seed}, {state}. {'Data' if manifest.program is None else 'Program'}: {_data(manifest.task)}."
    )
    parts = [
        f"# {markdown_text(manifest.name)}",
        summary,
        *(_verdict(ranking, arm, evidence.get(arm)) for arm in arms),
        *([] if saved is None else [f"{saved.words[:1].upper()}{saved.words[1:]}."]),
        _table(ranking, with_arms=any(arms)) if ranking.rows else "No training has finished yet.",
        *(["\n".join(f"- {markdown_text(warning)}" for warning in warnings)] if warnings else []),
        f"## Spec\n\n```json\n{visible(json.dumps(spec, indent=2))}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _data(task: Task) -> str:
    """Write the name of the data and, if known, the number of examples in each part."""
    kind = markdown_text(task.kind)
    known = [
        "" if task.shape is None else "x".join(map(str, task.shape)),
        "" if task.n_classes is None else f"{task.n_classes} classes",
        "" if task.n_train is None else f"{task.n_train:,} {kind} to train",
        "" if task.n_val is None else f"{task.n_val:,} to validate",
    ]
    return ", ".join([markdown_text(task.name), *filter(None, known)])


def _verdict(ranking: Ranking, arm: str, evidence: Evidence | None) -> str:
    best, limit = ranking.best_of(arm), first_collapse(ranking, arm)
    rate = _rate_words(row.lr for row in ranking.rows)
    of_arm = f" of {markdown_text(arm)}" if arm else ""
    collapse = f" Training collapses at rates from {rate(limit)} upwards." if limit is not None else ""
    if best is None:
        return f"**No recommended learning rate{of_arm}**: every rate failed with at least one seed.{collapse}"
    if evidence is not None:
        return _recommended(evidence, of_arm, rate)
    score = f"{ranking.metric.label} {_score(best, ranking.metric)} ({counted(best.n, 'seed')})"
    return f"**Best learning rate{of_arm}: {rate(best.lr)}**, {score}.{collapse}"


def _recommended(evidence: Evidence, of_arm: str, rate: Callable[[float], str]) -> str:
    found, noise, metric = evidence.recommendation, evidence.noise, evidence.scale.metric
    leader, chosen = rate(evidence.leader), rate(found.lr)
    seeds = counted(evidence.n_seeds, "seed")
    margin = metric.difference(found.margin, 2)
    plateau = f"plateau (within {margin} of the {metric.peak}): {rate(found.low)} to {rate(found.high)}"
    auto = evidence.auto
    bound = "" if auto is None or auto.bound is None else metric.difference(auto.bound)
    sentences = [
        (
            f"**Recommended learning rate{of_arm}: {chosen}**, expected {metric.label} "
            f"{metric.text(found.expected, 4)}; observed best {metric.text(evidence.observed, 4)} at {leader} ({seeds})"
        ),
        found.reason,
        *([f"another rate could be better by at most {bound}"] if bound else []),
        *_ties(evidence, leader, rate),
        *([plateau] if found.low < found.high else []),
        f"seed noise: standard deviation {metric.difference(noise.sd, 2)}"
        if noise is not None and noise.is_measured
        else "the seed noise was not measured",
        *(remark.text for remark in evidence.remarks if not remark.is_warning),
    ]
    first, *others = sentences
    return ". ".join([first, *(markdown_text(each[:1].upper() + each[1:]) for each in others)]) + "."


def _ties(evidence: Evidence, leader: str, rate: Callable[[float], str]) -> list[str]:
    if evidence.noise is None:
        return []
    if evidence.tied_low == evidence.tied_high:
        return [f"{leader} is better than every other rate tried"]
    return [f"statistically tied: {rate(evidence.tied_low)} to {rate(evidence.tied_high)}"]


def _table(ranking: Ranking, *, with_arms: bool) -> str:
    rows, metric = ranking.rows, ranking.metric
    rate = _rate_words(row.lr for row in rows)
    columns = {
        "rank": ["" if row.rank is None else str(row.rank) for row in rows],
        **({"arm": [markdown_text(row.arm) for row in rows]} if with_arms else {}),
        "lr": [rate(row.lr) for row in rows],
        **({"overrides": [markdown_text(row.overrides_words) for row in rows]} if ranking.has_overrides else {}),
        metric.head: [_score(row, metric) for row in rows],
        "n": [str(row.n) for row in rows],
        "train accuracy": [_decimals(row.train_accuracy) for row in rows],
        **_other(rows, metric),
        "epoch": ["" if row.best_epoch is None else str(row.best_epoch) for row in rows],
        "state": [row.standing for row in rows],
        "message": [markdown_text(row.message) for row in rows],
    }
    rule = ["---" if name in {"arm", "overrides", "state", "message"} else "---:" for name in columns]
    lines = [tuple(columns), rule, *zip(*columns.values(), strict=True)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _rate_words(rates: Iterable[float]) -> Callable[[float], str]:
    """Return a function that formats rates with 4 significant digits, or more where two rates would look the same."""
    different = set(rates)
    enough = (n for n in range(4, 17) if len({significant(rate, n) for rate in different}) == len(different))
    return partial(significant, digits=next(enough, 17))


def _other(rows: Sequence[Row], metric: Metric) -> dict[str, list[str]]:
    """Make the column of the validation loss, or of the validation accuracy if the loss is the score."""
    if metric.name == "val_loss":
        return {"val accuracy": [_decimals(row.val_accuracy) for row in rows]}
    return {"val loss": [_decimals(row.val_loss) for row in rows]}


def _score(row: Row, metric: Metric) -> str:
    """Format the mean score. With several seeds, add its confidence interval, or else the standard deviation."""
    if row.score is None:
        return ""
    score = metric.text(row.score, 4)
    if row.score_sd is None:
        return score
    if row.score_low is None or row.score_high is None:
        return f"{score} sd {metric.text(row.score_sd, 4)}"
    return f"{score} ({metric.text(row.score_low, 4)} to {metric.text(row.score_high, 4)})"


def _decimals(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def markdown_text(text: str) -> str:
    """Put text on one line and escape it, so that Markdown shows it unchanged. Escape invisible characters too."""
    return _SPECIAL.sub(r"\\\1", one_line(" ".join(text.split())))
