"""Runs any program as the training of a trial: its command, its metrics, its processes."""

from __future__ import annotations

from lrsearch.command.program import Program, as_program
from lrsearch.command.recorded import Consent, Recorded, digest_of, program_to_resume, record
from lrsearch.command.secrets import without_secrets
from lrsearch.command.setup import check_program, remarks

__all__ = ["Consent", "Program", "Recorded", "as_program", "check_program", "digest_of", "program_to_resume", "record", "remarks", "without_secrets"]
