"""Hides passwords and keys in a command before it is written down."""

from __future__ import annotations

import re
from collections.abc import Sequence

HIDDEN = "***"

_NAME = r"(?:[A-Za-z0-9_.-]*(?:KEY|TOKEN|PASSWORD|PASSWD|SECRET))"
_ASSIGNED = re.compile(rf"^(?P<name>-{{0,2}}{_NAME})=(?P<value>.*)$", re.IGNORECASE | re.DOTALL)
_FLAG = re.compile(rf"^--?{_NAME}$", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(?P<before>[a-z][a-z0-9+.-]*://[^/\s:@]*:)[^/\s@]+(?=@)", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\w+(?::[^{}]*)?\}")


def hide_secrets(text: str, command: Sequence[str]) -> str:
    """Replace by `***` each secret of a command that stands in a text, such as an error message of the program.

    Example:
        >>> hide_secrets("unknown argument: --api-key abc", ["train.py", "--api-key", "abc"])
        'unknown argument: --api-key ***'
    """
    for part, shown in zip(command, without_secrets(command), strict=True):
        if part != shown:
            text = text.replace(part, shown)
            before, _, after = shown.partition(HIDDEN)
            secret = part.removeprefix(before).removesuffix(after)
            text = text.replace(secret, HIDDEN) if secret else text
    return text


def without_secrets(command: Sequence[str]) -> tuple[str, ...]:
    """Return a command in which each value of a secret is replaced by `***`.

    A secret is the value after a name that ends in KEY, TOKEN, PASSWORD, PASSWD or SECRET (upper or lower case), or a
    password in a URL. A value that is one of our placeholders is not replaced.

    Example:
        >>> without_secrets(["train.py", "--api-key", "x", "HF_TOKEN=y", "--db=https://me:z@host/", "--key={seed}"])
        ('train.py', '--api-key', '***', 'HF_TOKEN=***', '--db=https://me:***@host/', '--key={seed}')
    """
    shown: list[str] = []
    follows = False
    for part in command:
        if follows and not part.startswith("-") and not _PLACEHOLDER.fullmatch(part):
            shown.append(HIDDEN)
        elif (found := _ASSIGNED.match(part)) and found["value"] and not _PLACEHOLDER.fullmatch(found["value"]):
            shown.append(f"{found['name']}={HIDDEN}")
        else:
            shown.append(_URL_PASSWORD.sub(rf"\g<before>{HIDDEN}", part))
        follows = _FLAG.match(part) is not None
    return tuple(shown)
