"""The run folder: manifest, append-only log, lock, checkpoints, and results (CSV, JSON, Markdown). Needs no torch."""

from __future__ import annotations

from lrsearch.store.argument import enter_folder, file_argument, run_argument, runs_dir_option, shown_path
from lrsearch.store.checkpoints import CheckpointFolder
from lrsearch.store.clock import since_epoch, utc_now
from lrsearch.store.creation import check_name, check_new, create_folder, create_run, write_spec
from lrsearch.store.environment import git_commit, machine, package_versions, version_warnings
from lrsearch.store.folder import RANGE_FILE, RunFolder
from lrsearch.store.lock import HeldLock, hold_lock
from lrsearch.store.log import LogContents, TrialLog, read_log
from lrsearch.store.log_beginning import beginning, run_id, why_not_of
from lrsearch.store.lookup import LATEST, check_runs_dir, find_run, is_run, list_runs, list_unfinished, passed_over
from lrsearch.store.manifest import ArmPlan, Manifest, Session, new_manifest, resumed_manifest
from lrsearch.store.manifest_json import read_manifest, write_manifest
from lrsearch.store.markdown import markdown_text, results_md
from lrsearch.store.os_errors import storage_errors
from lrsearch.store.results import results_csv, results_json, trials_csv, write_results
from lrsearch.store.shapes import check_range_file
from lrsearch.store.tables import RATE_COLUMNS, csv_text, rate_columns, rate_table
from lrsearch.store.task_json import task_to_json

__all__ = [
    "LATEST",
    "RANGE_FILE",
    "RATE_COLUMNS",
    "ArmPlan",
    "CheckpointFolder",
    "HeldLock",
    "LogContents",
    "Manifest",
    "RunFolder",
    "Session",
    "TrialLog",
    "beginning",
    "check_name",
    "check_new",
    "check_range_file",
    "check_runs_dir",
    "create_folder",
    "create_run",
    "csv_text",
    "enter_folder",
    "file_argument",
    "find_run",
    "git_commit",
    "hold_lock",
    "is_run",
    "list_runs",
    "list_unfinished",
    "machine",
    "markdown_text",
    "new_manifest",
    "package_versions",
    "passed_over",
    "rate_columns",
    "rate_table",
    "read_log",
    "read_manifest",
    "results_csv",
    "results_json",
    "results_md",
    "resumed_manifest",
    "run_argument",
    "run_id",
    "runs_dir_option",
    "shown_path",
    "since_epoch",
    "storage_errors",
    "task_to_json",
    "trials_csv",
    "utc_now",
    "version_warnings",
    "why_not_of",
    "write_manifest",
    "write_results",
    "write_spec",
]
