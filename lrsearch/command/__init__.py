"""Runs any program as the training of a trial: its command, its metrics, its processes."""

from __future__ import annotations

from lrsearch.command.checks import check_program
from lrsearch.command.judgement import in_short, wrong_name
from lrsearch.command.metrics import describe, find_unit
from lrsearch.command.objective import Objective, program_of_objective
from lrsearch.command.program import Program, as_program
from lrsearch.command.provenance import provenance
from lrsearch.command.recorded import Consent, Recorded, program_to_resume, record
from lrsearch.command.secrets import without_secrets
from lrsearch.command.setup import planned_calls, prepare, remarks, train_once

__all__ = [
    "Consent",
    "Objective",
    "Program",
    "Recorded",
    "as_program",
    "check_program",
    "describe",
    "find_unit",
    "in_short",
    "planned_calls",
    "prepare",
    "program_of_objective",
    "program_to_resume",
    "provenance",
    "record",
    "remarks",
    "train_once",
    "without_secrets",
    "wrong_name",
]
