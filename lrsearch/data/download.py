"""Fetching a file: over https, checked against its checksum, whole at its name or not there at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urljoin, urlsplit

from lrsearch.errors import DownloadError

if TYPE_CHECKING:
    import requests

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called as bytes arrive, with the file's name, the bytes so far, and the bytes in all (0 where that is unknown)."""

_CHUNK_BYTES = 1 << 16
_TIMEOUT_SECONDS = 30
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file that can be fetched.

    Attributes:
        name: Its name, in the folder where it is kept.
        md5: Its checksum, in hexadecimal: the one that torchvision knows it by.
        max_bytes: More than it has; what is larger is cut off and refused.
        urls: Where it is had from, tried in turn; https, or http on this machine itself.
    """

    name: str
    md5: str
    max_bytes: int
    urls: tuple[str, ...]


def fetch(file: RemoteFile, folder: Path, progress: Progress | None = None) -> Path:
    """Bring a file into a folder, unless it is there.

    Args:
        file: What to fetch.
        folder: Where to keep it; made if need be. It is not written to where the file is there already.
        progress: Told of the bytes as they arrive.

    Returns:
        The file's place. The file is complete: it is written to a temporary name beside it, checked and moved. Of
        several processes one downloads, the others wait for it.

    Raises:
        DownloadError: No address gave the right file, or the folder cannot be written to.
    """
    target = folder / file.name
    if target.is_file():
        return target
    # Here and below, heavy imports wait until something is fetched: most data sets are at hand.
    from filelock import FileLock

    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The lock stays, empty: to delete a lock that others wait for would let two of them in.
        with FileLock(folder / ".lrsearch.lock"):
            if not target.is_file():
                _fetch_from_any(file, target, progress)
    except OSError as error:
        raise DownloadError(_advice(file, target, [f"{folder}: {error.strerror or error}"])) from error
    return target


def _fetch_from_any(file: RemoteFile, target: Path, progress: Progress | None) -> None:
    # One name for all tries, under the lock: what a killed process left is overwritten, never heaped up.
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
    raise DownloadError(_advice(file, target, problems))


def _fetch_from(url: str, file: RemoteFile, partial: Path, progress: Progress | None) -> str | None:
    """Download from one address; None, or what went wrong there."""
    import requests
    from pooch import HTTPDownloader, file_hash  # type: ignore[import-untyped] # it ships no types

    download = HTTPDownloader(
        progressbar=_Meter(file, progress),
        chunk_size=_CHUNK_BYTES,
        timeout=_TIMEOUT_SECONDS,
        headers={"Accept-Encoding": "identity"},  # a server that unpacks the .gz on its way would change the checksum
        hooks={"response": _refuse_plain_redirect},
    )
    try:
        _refuse_plain(url)
        download(url, str(partial), None)
    except _RefusedError as error:
        return str(error)
    except requests.RequestException as error:
        return _words_for(error)
    found = file_hash(str(partial), alg="md5")
    return None if found == file.md5 else f"md5 checksum {found}, expected {file.md5}"


def _words_for(error: requests.RequestException) -> str:
    from requests import exceptions as kinds

    if isinstance(error, kinds.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code}"
    words = {
        kinds.ChunkedEncodingError: "the connection ended before the file was complete",
        kinds.Timeout: f"no answer within {_TIMEOUT_SECONDS} seconds",
        kinds.SSLError: "the server's certificate could not be verified",
        kinds.ConnectionError: "no connection; is there a network?",  # the widest, so the last
    }
    return next((text for kind, text in words.items() if isinstance(error, kind)), str(error))


def _advice(file: RemoteFile, target: Path, problems: list[str]) -> str:
    return "\n".join(
        [
            f"cannot fetch {file.name}",
            *(f"  {problem}" for problem in problems),
            f"to place it by hand, save it as {target} (md5 {file.md5}),",
            "or set data.root or LRSEARCH_DATA to a folder that has the data set",
        ]
    )


class _RefusedError(Exception):
    """What a server offers is not taken."""


class _Meter:
    """Pooch's progress bar: tells the caller of the bytes, and stops a file that is too large."""

    def __init__(self, file: RemoteFile, progress: Progress | None) -> None:
        self.total = 0  # set by pooch, from the server's answer
        self._done = 0
        self._file = file
        self._progress = progress

    def update(self, n_bytes: int) -> None:
        self._done += n_bytes
        if max(self.total, self._done - _CHUNK_BYTES) > self._file.max_bytes:  # pooch counts the last chunk as full
            raise _RefusedError(f"larger than {self._file.max_bytes} bytes, the most that it can have")
        if self._progress:
            self._progress(self._file.name, min(self._done, self.total or self._done), self.total)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """Nothing to close: the caller knows from the bytes."""


def _refuse_plain(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise _RefusedError(f"{parts.scheme}://{parts.hostname} is not https")


def _refuse_plain_redirect(response: requests.Response, **_: object) -> None:
    if response.is_redirect:
        _refuse_plain(urljoin(response.url, response.headers["location"]))
