"""Replaces placeholders such as `{lr}` in a command and in a template file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lrsearch.errors import UsageError
from lrsearch.wording import closest, visible

_FIELD = re.compile(r"\{(?P<name>[A-Za-z_]\w*)(?::(?P<format>[^{}]*))?\}")
_LOOSE = re.compile(r"\{\s*(?P<name>[A-Za-z_][\w .-]*?)\s*(?::[^{}]*)?\}")


def render(text: str, values: Mapping[str, object]) -> str:
    """Replace each known placeholder by its value. All other braces stay as they are.

    Args:
        text: A part of a command, or the text of a template.
        values: The value of each placeholder. A floating-point number is written by `number_text`, unless the
            placeholder has a format of its own, as in Python: `{lr:.3e}`.

    Raises:
        UsageError: The format does not fit the value.

    Example:
        >>> render("--lr={lr} --name=run-{lr:.0e} {x}", {"lr": 1e-05})
        '--lr=1.0e-05 --name=run-1e-05 {x}'
    """

    def replaced(field: re.Match[str]) -> str:
        name, style = field["name"], field["format"]
        if name not in values:
            return field[0]
        value = values[name]
        if style is None:
            return number_text(value) if isinstance(value, float) else str(value)
        try:
            return format(value, style)
        except (ValueError, TypeError) as error:
            raise UsageError(
                f"{visible(field[0])}: {error}; write the format as in Python, such as {{lr:.3e}}"
            ) from None

    return _FIELD.sub(replaced, text)


def number_text(value: float) -> str:
    """Write a number so that YAML 1.1 reads it as a number: with a point, and with a sign in the exponent.

    Example:
        >>> [number_text(value) for value in (1e-05, 0.1, 1e16, 2.5e-07)]
        ['1.0e-05', '0.1', '1.0e+16', '2.5e-07']
    """
    text = repr(float(value))
    mantissa, e, exponent = text.partition("e")
    return text if "." in mantissa or not e else f"{mantissa}.0e{exponent}"


def named_in(texts: Iterable[str]) -> frozenset[str]:
    """Return all identifiers in braces in some texts.

    Example:
        >>> sorted(named_in(["--lr={lr:.3e}", "{opt} {'a': 1}"]))
        ['lr', 'opt']
    """
    return frozenset(field["name"] for text in texts for field in _FIELD.finditer(text))


def near_misses(texts: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return a line for each unknown placeholder that looks like a known placeholder.

    Example:
        >>> near_misses(["--lr={LR}", "{'a': 1}", "{x}"], ["lr", "seed"])
        ['{LR} is passed on as it is; did you mean {lr}?']
    """
    names = list(known)
    lines = []
    for text in texts:
        for field in _LOOSE.finditer(text):
            name = field["name"]
            if name in names and _FIELD.fullmatch(field[0]):
                continue
            meant = _ALIASES.get(name.casefold()) or closest(name.casefold(), names)
            if meant in names:
                lines.append(f"{visible(field[0])} is passed on as it is; did you mean {{{meant}}}?")
    return lines


_ALIASES = {"learning_rate": "lr", "learning-rate": "lr", "rate": "lr", "output_dir": "dir", "epoch": "epochs"}
"""Wrong names that users may write, and the placeholder that each one means."""
