"""Downloads a file over https and checks its checksum. The file appears only when the download is complete."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urljoin, urlsplit

from lrsearch.errors import DownloadError

if TYPE_CHECKING:
    import requests

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called as bytes arrive, with the file's name, the bytes so far and the bytes in total (0 if unknown)."""

_CHUNK_BYTES = 1 << 16
_TIMEOUT_SECONDS = 30
_LEAST_SPEED, _WINDOW_SECONDS = 1000, 60
"""A download is stopped if, on average over this many seconds, fewer than this many bytes a second arrive."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file that can be downloaded.

    Attributes:
        name: Its name in the folder that stores it.
        md5: Its checksum in hexadecimal, as torchvision lists it.
        max_bytes: Upper limit of its size; a larger download is stopped and refused.
        urls: Addresses to try, in order; https, or http on this machine.
    """

    name: str
    md5: str
    max_bytes: int
    urls: tuple[str, ...]


def fetch(file: RemoteFile, folder: Path, progress: Progress | None = None) -> Path:
    """Download a file into a folder, if it is not there yet.

    Args:
        file: What to download.
        folder: Folder to store it in; made if it is missing. Nothing is written if the file is already there.
        progress: Called as bytes arrive.

    Returns:
        The file's path. The file is complete: it is written under a temporary name, checked and then renamed. If
        several processes need the same file, one process downloads and the other processes wait.

    Raises:
        DownloadError: No address has the right file, or the folder cannot be written to.
    """
    target = folder / file.name
    if target.is_file():
        return target
    # Import the heavy modules here and below, when something is downloaded: most data sets are already there.
    from filelock import FileLock

    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Keep the empty lock file: deleting one that others wait for would let two of them in.
        with FileLock(folder / ".lrsearch.lock"):
            if not target.is_file():
                _fetch_from_any(file, target, progress)
    except OSError as error:
        raise DownloadError(
            *_advice(file, target, [f"{folder}: cannot be written to ({error.strerror or error})"])
        ) from error
    return target


def _fetch_from_any(file: RemoteFile, target: Path, progress: Progress | None) -> None:
    # Use one name for every try, under the lock, so that a try overwrites what a killed process left.
    partial = target.with_name(f".{file.name}.part")
    problems = []
    try:
        for url in file.urls:
            problem = _fetch_from(url, file, partial, progress)
            if problem is None:
                partial.replace(target)
                return
            problems.append(f"{url}: {problem}")
    finally:
        partial.unlink(missing_ok=True)
    raise DownloadError(*_advice(file, target, problems))


def _fetch_from(url: str, file: RemoteFile, partial: Path, progress: Progress | None) -> str | None:
    """Download from one address. Returns what went wrong, or None."""
    import requests
    import urllib3

    try:
        _refuse_plain(url)
        with requests.get(
            url,
            stream=True,
            timeout=_TIMEOUT_SECONDS,
            headers={"Accept-Encoding": "identity"},  # a server that unpacks the .gz would change the checksum
            hooks={"response": _refuse_plain_redirect},
        ) as response:
            response.raise_for_status()
            found = _write(response, file, partial, progress)
    except _RefusedError as error:
        return str(error)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        return _words_for(error)
    except ValueError as error:  # an invalid address or header
        return f"the server's answer cannot be used ({error})"
    return None if found == file.md5 else f"md5 checksum {found}, expected {file.md5}"


def _write(response: requests.Response, file: RemoteFile, partial: Path, progress: Progress | None) -> str:
    """Write what a server sends into a file, as it arrives. Returns the md5 checksum."""
    length = response.headers.get("content-length", "")
    total = int(length) if length.isdecimal() and length.isascii() else 0
    digest, n_done, pace = hashlib.md5(usedforsecurity=False), 0, _Pace()
    _refuse_large(total, file)
    with partial.open("wb") as stream:
        # `read1` returns what has arrived, so that a server that sends little at a time is noticed.
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=False):
            n_done += len(chunk)
            _refuse_large(n_done, file)
            pace.check(len(chunk))
            stream.write(chunk)
            digest.update(chunk)
            if progress:
                progress(file.name, min(n_done, total or n_done), total)
    return digest.hexdigest()


class _Pace:
    """Stops a download that is too slow."""

    def __init__(self) -> None:
        self._since, self._n_bytes = time.monotonic(), 0

    def check(self, n_bytes: int) -> None:
        """Take the number of bytes that have arrived.

        Raises:
            _RefusedError: In the last `_WINDOW_SECONDS` there were fewer than `_LEAST_SPEED` bytes a second.
        """
        self._n_bytes += n_bytes
        now = time.monotonic()
        if now - self._since >= _WINDOW_SECONDS:
            if self._n_bytes < _LEAST_SPEED * (now - self._since):
                raise _RefusedError(
                    f"the download is too slow: under {_LEAST_SPEED:,} bytes a second for {_WINDOW_SECONDS} seconds"
                )
            self._since, self._n_bytes = now, 0


def _words_for(error: Exception) -> str:
    from requests import exceptions as kinds
    from urllib3 import exceptions as raw_kinds

    if isinstance(error, kinds.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code}"
    slow = f"no answer within {_TIMEOUT_SECONDS} seconds"
    cut = "the connection ended before the file was complete"
    words: dict[type[Exception], str] = {
        kinds.Timeout: slow,
        kinds.SSLError: "the server's certificate could not be verified",
        kinds.ConnectionError: "no connection; is there a network?",  # the base class of some others, so it comes last
        raw_kinds.TimeoutError: slow,
        raw_kinds.ProtocolError: cut,
    }
    return next((text for kind, text in words.items() if isinstance(error, kind)), str(error))


def _advice(file: RemoteFile, target: Path, problems: list[str]) -> list[str]:
    return [
        f"cannot download {file.name}",
        *(f"  {problem}" for problem in problems),
        f"download the file yourself and save it as {target} (md5 {file.md5}),",
        "or set data.root or LRSEARCH_DATA to a folder that has the data set",
    ]


class _RefusedError(Exception):
    """An address or its file is refused, for example because the file is too large."""


def _refuse_large(n_bytes: int, file: RemoteFile) -> None:
    if n_bytes > file.max_bytes:
        raise _RefusedError(f"the download is too large: the limit for this file is {file.max_bytes:,} bytes")


def _refuse_plain(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise _RefusedError(f"{parts.scheme}://{parts.hostname} is refused: the address does not begin with https")


def _refuse_plain_redirect(response: requests.Response, **_: object) -> None:
    if response.is_redirect:
        _refuse_plain(urljoin(response.url, response.headers["location"]))
