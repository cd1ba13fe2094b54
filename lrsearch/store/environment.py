"""Describes where a run takes place: package versions, the machine, the git commit of the working folder."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

PACKAGES = ("lrsearch", "torch", "torchvision", "optuna", "numpy", "scipy", "scikit-learn")
"""Packages whose version can change results."""


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the installed `PACKAGES`, without importing them."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def machine() -> dict[str, str | int]:
    """Return the operating system, the processor's name and the number of cores."""
    return {"os": platform.platform(), "processor": _processor_name(), "cores": os.cpu_count() or 1}


def git_commit(folder: Path) -> str | None:
    """Return the current git commit of a folder; None if it has no commit, or if git takes more than two seconds."""
    command = ["git", "-C", str(folder), "rev-parse", "--verify", "HEAD"]
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed command; the folder is one argument of it
            command, capture_output=True, text=True, timeout=2, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None


def version_warnings(then: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Return a warning for each package whose version has changed since a run began.

    Args:
        then: Versions in the run's manifest.
        now: Versions that are installed now.
    """
    return tuple(
        f"this run began with {name} {version}, now it is {now.get(name, 'not installed')}: "
        "results may differ in their last digits"
        for name, version in then.items()
        if now.get(name) != version
    )


def _processor_name() -> str:
    # platform.processor() is empty on most Linux systems.
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()
