"""Runs range tests: alone, with their own result folder, or before a search with `search.lr: auto`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lrsearch.analysis.range import Finding, Suggestion
from lrsearch.errors import UsageError
from lrsearch.executors import leave_if_imported_again
from lrsearch.interfaces import Given, Limits, Listener
from lrsearch.plans import Plan, auto
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
from lrsearch.reporting.terminal import shows_progress
from lrsearch.spec import AUTO, Spec, arm_specs, spec_values, spec_yaml
from lrsearch.store import (
    RANGE_FILE,
    RunFolder,
    create_folder,
    files,
    package_versions,
    utc_now,
)
from lrsearch.training import kept_torch_state
from lrsearch.wording import counted, distinct_rates

__all__ = ["RangeOptions", "RangeTest", "run_range"]

FOUND_SPEC = "found.yaml"
"""Name of a file in the folder of a range test: the tested spec with the suggested ranges."""


@dataclass(frozen=True)
class RangeTest:
    """A finished range test and its folder.

    Attributes:
        path: The folder, which holds range.json, the pictures and the tested spec (spec.yaml). If every arm has a
            suggestion, the folder also holds `FOUND_SPEC`.
        findings: The result of each arm, by name. A spec without arms has one result, with the name "".
        searched: The spec with the suggested ranges; None if an arm has no suggestion.
    """

    path: Path
    findings: Mapping[str, Finding]
    searched: Spec | None

    @property
    def suggestion(self) -> Suggestion | None:
        """The suggested rate and range; None if the test suggests nothing.

        Use this property for a spec without arms or with one arm.

        Raises:
            UsageError: The spec has several arms. Use `findings[ARM].suggestion`.
        """
        if len(self.findings) > 1:
            raise UsageError(f"the range test has {len(self.findings)} arms; use findings[ARM].suggestion for one arm")
        return next(iter(self.findings.values())).suggestion

    def __repr__(self) -> str:
        """Show the folder's name and the suggestion in one line."""
        if len(self.findings) > 1:
            n_clear = sum(finding.suggestion is not None for finding in self.findings.values())
            found = f"{counted(len(self.findings), 'arm')}, {n_clear} with a suggested lr"
        elif self.suggestion is None:
            found = "no suggestion"
        else:
            low, lr, high = distinct_rates([self.suggestion.low, self.suggestion.lr, self.suggestion.high])
            found = f"suggested lr {lr}, search {low} .. {high}"
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
    plugins: Sequence[str | Path] = (),
    limits: Limits = Limits(),
    listener: Listener = Listener(),
    report: bool = True,
    progress: bool = True,  # noqa: ARG001  (`shows_progress` reads it)
) -> RangeTest:
    """Find the range in which to search for the learning rate. The test takes seconds.

    The results are written to a new folder. Its name is `<spec name>-range-<number>` unless you give one.

    Args:
        spec: What to test, as for `run_search`.
        options: The ramp and the number of seeds.
        name: The exact name of the new folder.
        runs_dir: The folder of all runs.
        model: A network of your own in place of `spec.model`.
        data: Arrays of your own in place of `spec.data.dataset`.
        plugins: Files of Python whose networks, data sets and the like the spec names.
        limits: Only its stop switch is used, which ends the test early. The time limit has no effect.
        listener: Callbacks during the test. With a listener, no progress is shown.
        report: Whether to write the pictures too.
        progress: Whether to show progress on stderr, as the command line does.

    Raises:
        LrSearchError: See `lrsearch.errors`. After an error, no folder is written.
        Interrupted: The stop switch of `limits` ended the test.
    """
    leave_if_imported_again()
    check_options(options)
    request = make_request(spec, Given(model, data), runs_dir, name, plugins=plugins)
    checked = request.spec
    with kept_torch_state():
        tested = run_tests(
            arm_specs(checked),
            options,
            given=request.given,
            stop=limits.stop,
            download=listener.download,
            observe=listener.saw,
        )
    findings = {arm: test.finding for arm, test in tested.items()}
    contents = {"spec.yaml": spec_yaml(checked).encode(), **range_files(tested, checked, pictures=report)}
    searched = None
    if all(finding.suggestion is not None for finding in findings.values()):
        searched = with_suggestions(checked, findings)
        contents[FOUND_SPEC] = spec_yaml(searched).encode()
    path = create_folder(request.runs_dir, f"{checked.name}-range", lambda _: contents, name)
    return RangeTest(path, findings, searched)


@dataclass(frozen=True)
class FoundRanges:
    """The results of the range tests that ran before a search.

    Attributes:
        spec: The spec with the ranges that were found.
        tested: The tests, by arm; empty if no arm has `search.lr: auto`.
        limits: The limits of the search. The time limit is shorter by the duration of the tests.
    """

    spec: Spec
    tested: Mapping[str, Tested]
    limits: Limits


def find_ranges(spec: Spec, strategy: str, given: Given, limits: Limits, listener: Listener) -> FoundRanges:
    """Test the arms with `search.lr: auto`, and write the ranges that were found into the spec.

    Args:
        spec: A checked spec.
        strategy: Name of the strategy.
        given: The user's own model and data, if any.
        limits: The limits of the search. The tests use up part of the time limit.
        listener: Its `note` is called with a line for each stage of a test and for each suggestion.

    Raises:
        RangeUnclear: A test suggests no range.
        Interrupted: The stop switch of `limits` ended a test.
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
            low, lr, high = distinct_rates([suggestion.low, suggestion.lr, suggestion.high])
            listener.note(f"  {of_arm}suggested lr {lr}, searching {low} .. {high}")
    return tested


def add_range_files(run: RunFolder, tested: Mapping[str, Tested], spec: Spec, *, pictures: bool) -> None:
    """Add the range tests of new arms to the files of a run.

    Raises:
        StorageError: A file cannot be written.
    """
    for name, contents in range_files(tested, spec, pictures=pictures).items():
        path = run.path / name
        files.replace_file(path, with_earlier(path, contents) if name == RANGE_FILE else contents)


def with_tested_range(plan: Plan, test: Tested | None) -> Plan:
    """Name the range test as the reason for the plan's range. Return the plan unchanged if there is no suggestion."""
    if test is None or plan.range is None or (suggestion := test.finding.suggestion) is None:
        return plan
    reason = f"a range test, which suggested {suggestion.lr!r}; see {RANGE_FILE}"
    return replace(plan, range=auto(plan.range.value, reason))


def range_files(tested: Mapping[str, Tested], spec: Spec, *, pictures: bool) -> dict[str, bytes]:
    """Build the files of range tests: the contents by file name."""
    contents = {
        RANGE_FILE: range_file(
            {arm: test.finding for arm, test in tested.items()},
            spec=spec_values(spec),
            tasks={arm: test.setup.task for arm, test in tested.items()},
            decisions={arm: test.setup.plan.decisions for arm, test in tested.items()},
            versions=package_versions(),
            created=utc_now(),
        )
    }
    if pictures:
        from lrsearch.range_test.plot import range_pictures  # loads matplotlib

        contents |= range_pictures({arm: test.finding for arm, test in tested.items()}, spec.name)
    return contents
