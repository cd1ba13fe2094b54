"""Downloads a file over https and checks its checksum; the file appears only when it is complete."""

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
"""Called as bytes arrive, with the file's name, the bytes so far and the bytes in total (0 if unknown)."""

_CHUNK_BYTES = 1 << 16
_TIMEOUT_SECONDS = 30
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
        several processes ask for it, one downloads and the others wait.

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
        raise DownloadError(*_advice(file, target, [f"{folder}: {error.strerror or error}"])) from error
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
    from pooch import HTTPDownloader, file_hash  # type: ignore[import-untyped] # it ships no types

    download = HTTPDownloader(
        progressbar=_Meter(file, progress),
        chunk_size=_CHUNK_BYTES,
        timeout=_TIMEOUT_SECONDS,
        headers={"Accept-Encoding": "identity"},  # a server that unpacks the .gz would change the checksum
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
        kinds.ConnectionError: "no connection; is there a network?",  # the base class of some others, so it comes last
    }
    return next((text for kind, text in words.items() if isinstance(error, kind)), str(error))


def _advice(file: RemoteFile, target: Path, problems: list[str]) -> list[str]:
    return [
        f"cannot download {file.name}",
        *(f"  {problem}" for problem in problems),
        f"download it yourself and save it as {target} (md5 {file.md5}),",
        "or set data.root or LRSEARCH_DATA to a folder that has the data set",
    ]


class _RefusedError(Exception):
    """The address, or what it offers, is refused."""


class _Meter:
    """Takes the place of pooch's progress bar: reports bytes, and stops a download that is too large."""

    def __init__(self, file: RemoteFile, progress: Progress | None) -> None:
        self.total = 0  # set by pooch, from the server's answer
        self._done = 0
        self._file = file
        self._progress = progress

    def update(self, n_bytes: int) -> None:
        self._done += n_bytes
        if max(self.total, self._done - _CHUNK_BYTES) > self._file.max_bytes:  # pooch counts the last chunk as full
            raise _RefusedError(f"the download is too large: the limit for this file is {self._file.max_bytes:,} bytes")
        if self._progress:
            self._progress(self._file.name, min(self._done, self.total or self._done), self.total)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """Do nothing: pooch asks for this method."""


def _refuse_plain(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise _RefusedError(f"{parts.scheme}://{parts.hostname} is refused: the address does not begin with https")


def _refuse_plain_redirect(response: requests.Response, **_: object) -> None:
    if response.is_redirect:
        _refuse_plain(urljoin(response.url, response.headers["location"]))
