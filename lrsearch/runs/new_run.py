"""Begins a run: checks that its rates can be planned, and makes its folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lrsearch.command import Program, provenance, record, without_secrets
from lrsearch.errors import UsageError
from lrsearch.plugins import record_plugins
from lrsearch.range_test import FoundRanges, Request, range_files
from lrsearch.runs.counts import n_trials
from lrsearch.runs.preparation import Prepared
from lrsearch.spec import Spec, arm_specs, written_values, written_yaml
from lrsearch.store import RunFolder, create_run, new_manifest
from lrsearch.strategies import method_of, planned_rates


def ready(
    spec: Spec, strategy: str, program: Program | None = None, note: Callable[[str], None] = lambda _: None
) -> Spec:
    """Return the spec that a strategy searches: the user's spec with what the strategy adds, such as a range test.

    Args:
        spec: A checked spec.
        strategy: Name of the strategy.
        program: The program that trains in place of a network.
        note: Called with each warning, one line each.

    Raises:
        UsageError: There is no such strategy.
    """
    method = method_of(strategy)
    made = method.ready(spec, None if program is None else "epochs" in program.placeholders)
    for (arm, was), now in zip(arm_specs(spec).items(), arm_specs(made).values(), strict=True):
        for line in method.remarks(was if program is None else now):
            note(f"! {arm}: {line}" if arm else f"! {line}")
    return made


def check_rates(spec: Spec, strategy: str) -> None:
    """Plan the rates of each arm before any data are opened, so that a mistake costs no download.

    Args:
        spec: A checked spec.
        strategy: Name of the strategy.

    Raises:
        UsageError: The strategy cannot plan the rates of an arm.
    """
    for arm, of_arm in arm_specs(spec).items():
        try:
            planned_rates(strategy, of_arm)
        except UsageError as error:
            raise UsageError(f"arm {arm}: {error}" if arm else str(error)) from None


def make_run(
    request: Request,
    strategy: str,
    prepared: Prepared,
    ranges: FoundRanges,
    command: Sequence[str],
    *,
    pictures: bool,
) -> RunFolder:
    """Make the folder of a run, with its manifest, its spec and the range tests that came before it.

    Args:
        request: The user's request.
        strategy: Name of the strategy.
        prepared: The search, ready for this machine.
        ranges: What the range tests found.
        command: The command that `run.json` records.
        pictures: Whether to draw the range tests.

    Raises:
        StorageError: The files cannot be written.
    """
    program = request.given.program
    is_program = program is not None
    manifest = new_manifest(
        strategy=strategy,
        spec_values=written_values(prepared.spec, of_program=is_program),
        task=prepared.task,
        plan=prepared.plan,
        given=request.given.names,
        program=None if program is None else record(program),
        plugins=record_plugins(request.given.plugins),
        final=request.given.final,
        arms=prepared.arms,
        command=without_secrets(command),
        n_trials=n_trials(strategy, prepared.spec),
    )
    more = {} if program is None else provenance(program)
    if ranges.tested:
        more |= range_files(ranges.tested, ranges.spec, pictures=pictures)
    return create_run(
        request.runs_dir,
        spec_name=prepared.spec.name,
        strategy=strategy,
        name=request.name,
        spec_yaml=written_yaml(prepared.spec, of_program=is_program),
        manifest=manifest,
        more=more,
    )
