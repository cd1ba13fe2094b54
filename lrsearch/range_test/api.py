"""Range tests as you ask for them: with a folder of their own, or in front of a search with `search.lr: auto`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lrsearch.analysis.range import Finding, Suggestion
from lrsearch.errors import UsageError
from lrsearch.interfaces import Given, Limits, Listener
from lrsearch.range_test.progress import range_progress
from lrsearch.range_test.record import range_file, with_earlier
from lrsearch.range_test.request import make_request
from lrsearch.range_test.testing import (
    RangeOptions,
    StageNotes,
    Tested,
    check_options,
    run_tests,
    with_ranges,
    with_suggestions,
)
from lrsearch.records import Plan, auto
from lrsearch.report.terminal import shows_progress
from lrsearch.spec import AUTO, Spec, arm_specs, spec_values, spec_yaml
from lrsearch.store import (
    RANGE_FILE,
    RunFolder,
    create_folder,
    files,
    package_versions,
    utc_now,
)
from lrsearch.wording import counted, short_rate

__all__ = ["RangeOptions", "RangeTest", "run_range"]

FOUND_SPEC = "found.yaml"
"""The spec with the ranges that were found, in the folder of a range test."""


@dataclass(frozen=True)
class RangeTest:
    """A range test and its folder.

    Attributes:
        path: The folder: range.json, pictures, spec.yaml as it was tested, and `FOUND_SPEC`.
        findings: What was found, by arm; of a spec without arms as "".
        searched: The spec with the ranges that were found; None where a test cannot tell.
    """

    path: Path
    findings: Mapping[str, Finding]
    searched: Spec | None

    @property
    def suggestion(self) -> Suggestion | None:
        """Of a spec without arms, or with one; None where the test cannot tell.

        Raises:
            UsageError: There are several; `findings` has that of each.
        """
        if len(self.findings) > 1:
            raise UsageError(f"there are {len(self.findings)} arms: findings[ARM].suggestion is that of one")
        return next(iter(self.findings.values())).suggestion

    def __repr__(self) -> str:
        """The folder and what was suggested, in one line."""
        if len(self.findings) > 1:
            n_clear = sum(finding.suggestion is not None for finding in self.findings.values())
            found = f"{counted(len(self.findings), 'arm')}, {n_clear} with a suggested lr"
        elif self.suggestion is None:
            found = "no suggestion"
        else:
            span = f"{short_rate(self.suggestion.low)} .. {short_rate(self.suggestion.high)}"
            found = f"suggested lr {short_rate(self.suggestion.lr)}, search {span}"
        return f"<RangeTest {self.path.name}: {found}>"


@shows_progress(range_progress)
def run_range(
    spec: Spec | Mapping[str, object] | str | Path | None = None,
    options: RangeOptions = RangeOptions(),
    *,
    name: str | None = None,
    runs_dir: str | Path = "runs",
    model: Callable[[], Any] | None = None,
    data: Mapping[str, Any] | None = None,
    limits: Limits = Limits(),
    listener: Listener = Listener(),
    progress: bool = True,  # noqa: ARG001  (`shows_progress` reads it)
) -> RangeTest:
    """Test where to search for the learning rate, in seconds, and record it in a folder `<spec name>-range-<number>`.

    Args:
        spec: What to test, as for `run_search`.
        options: How the test is made.
        name: The folder's exact name.
        runs_dir: The folder of all runs.
        model: A network of your own in place of `spec.model`.
        data: Arrays of your own in place of `spec.data.dataset`.
        limits: Its switch stops the test; its time limit does not count here.
        listener: Callbacks while it runs; with one, no progress is shown.
        progress: Whether to show progress on stderr, as the command line does.

    Raises:
        LrSearchError: See `lrsearch.errors`; nothing is written for an error of usage.
        Interrupted: The switch of `limits` was thrown.
    """
    check_options(options)
    request = make_request(spec, model, data, runs_dir, name)
    checked = request.spec
    tested = run_tests(
        arm_specs(checked),
        options,
        given=request.given,
        stop=limits.stop,
        download=listener.download,
        observe=listener.saw,
    )
    findings = {arm: test.finding for arm, test in tested.items()}
    contents = {"spec.yaml": spec_yaml(checked).encode(), **range_files(tested, checked, pictures=True)}
    searched = None
    if all(finding.suggestion is not None for finding in findings.values()):
        searched = with_suggestions(checked, findings)
        contents[FOUND_SPEC] = spec_yaml(searched).encode()
    path = create_folder(request.runs_dir, f"{checked.name}-range", lambda _: contents, name)
    return RangeTest(path, findings, searched)


@dataclass(frozen=True)
class FoundRanges:
    """What the range tests in front of a search found.

    Attributes:
        spec: The spec with the ranges that were found.
        tested: The tests, by arm; empty where no arm leaves its rates to one.
        limits: What is left of the limits of the search.
    """

    spec: Spec
    tested: Mapping[str, Tested]
    limits: Limits


def find_ranges(spec: Spec, strategy: str, given: Given, limits: Limits, listener: Listener) -> FoundRanges:
    """Test the arms with `search.lr: auto`, and write the ranges that were found into the spec.

    Args:
        spec: A checked spec.
        strategy: grid, random or bayes.
        given: The model and the data given from Python.
        limits: What ends the search before it is done; the tests count.
        listener: Gets a note on each test.

    Raises:
        RangeUnclear: A test cannot tell.
        Interrupted: The switch of `limits` was thrown.
    """
    started = time.monotonic()
    tested = _test_where_auto(spec, given, limits, listener)
    return FoundRanges(with_ranges(spec, tested, strategy), tested, limits.less(time.monotonic() - started))


def _test_where_auto(spec: Spec, given: Given, limits: Limits, listener: Listener) -> dict[str, Tested]:
    specs = {arm: of_arm for arm, of_arm in arm_specs(spec).items() if of_arm.search.lr == AUTO}
    if not specs:
        return {}
    observe = StageNotes(listener.note).saw
    options = RangeOptions()
    tested = run_tests(specs, options, given=given, stop=limits.stop, download=listener.download, observe=observe)
    for arm, test in tested.items():
        if (suggestion := test.finding.suggestion) is not None:
            of_arm = f"{arm}: " if arm else ""
            span = f"{short_rate(suggestion.low)} .. {short_rate(suggestion.high)}"
            listener.note(f"  {of_arm}suggested lr {short_rate(suggestion.lr)}, searching {span}")
    return tested


def add_range_files(run: RunFolder, tested: Mapping[str, Tested], spec: Spec, *, pictures: bool) -> None:
    """Add the range tests of new arms to the files of a run.

    Raises:
        StorageError: The disk refuses.
    """
    for name, contents in range_files(tested, spec, pictures=pictures).items():
        path = run.path / name
        files.replace_file(path, with_earlier(path, contents) if name == RANGE_FILE else contents)


def with_tested_range(plan: Plan, test: Tested | None) -> Plan:
    """A plan that names the range test as the reason of its rates; unchanged where no test found any."""
    if test is None or plan.range is None or (suggestion := test.finding.suggestion) is None:
        return plan
    reason = f"a range test, which suggested {suggestion.lr!r}; {RANGE_FILE} holds it"
    return replace(plan, range=auto(plan.range.value, reason))


def range_files(tested: Mapping[str, Tested], spec: Spec, *, pictures: bool) -> dict[str, bytes]:
    """The files of range tests, by name."""
    contents = {
        RANGE_FILE: range_file(
            {arm: test.finding for arm, test in tested.items()},
            spec=spec_values(spec),
            facts={arm: test.setup.facts for arm, test in tested.items()},
            decisions={arm: test.setup.plan.decisions for arm, test in tested.items()},
            versions=package_versions(),
            created=utc_now(),
        )
    }
    if pictures:
        from lrsearch.range_test.plot import range_pictures  # loads matplotlib

        contents |= range_pictures({arm: test.finding for arm, test in tested.items()}, spec.name)
    return contents
