"""Where files of the machine that searches are on this machine, if they were sent to another one."""

from __future__ import annotations

from collections.abc import Mapping

_MOVED: dict[str, str] = {}


def move(places: Mapping[str, str]) -> None:
    """Tell this process where files and folders are that were sent here.

    Args:
        places: Absolute paths on this machine, by the absolute paths on the machine that searches.
    """
    _MOVED.update(places)


def here(path: str) -> str:
    """Return where a file or a folder of the machine that searches is on this machine.

    Example:
        >>> move({"/home/me/net": "/tmp/ray/net"})
        >>> here("/home/me/net"), here("/data")
        ('/tmp/ray/net', '/data')
    """
    return _MOVED.get(path, path)
