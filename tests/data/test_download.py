"""Fetching files, from a real server on the loopback address."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from lrsearch.data import download
from lrsearch.data.download import RemoteFile, fetch
from lrsearch.errors import DownloadError

BODY = bytes(range(256)) * 1024


@pytest.fixture
def remote(site, md5):
    """A file of 256 KiB on the server."""
    site.bodies["/data.gz"] = BODY
    return RemoteFile(name="data.gz", md5=md5(BODY), max_bytes=1 << 20, urls=(f"{site.address}/data.gz",))


def without_lock(folder):
    """Names in a folder, but for the lock that stays."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".lrsearch.lock")


def failure(remote, folder):
    """What a fetch that must fail says; nothing of it may be left."""
    with pytest.raises(DownloadError) as caught:
        fetch(remote, folder)
    assert without_lock(folder) == []
    return str(caught.value)


def changed(remote, **values):
    """The remote file, some of its fields replaced."""
    return replace(remote, **values)


def test_whole(remote, tmp_path):
    """The file comes whole, alone and with its progress told; the folder is made."""
    told = []
    path = fetch(remote, tmp_path / "deep" / "er", lambda *facts: told.append(facts))
    assert path.read_bytes() == BODY
    assert without_lock(path.parent) == ["data.gz"]
    assert {name for name, _, _ in told} == {"data.gz"}
    done = [n_bytes for _, n_bytes, _ in told]
    assert done == sorted(done)
    assert told[-1] == ("data.gz", len(BODY), len(BODY))


def test_a_file_that_is_there_is_not_asked_for(remote, site, tmp_path):
    """Neither the server nor the folder is touched."""
    (tmp_path / "data.gz").write_bytes(b"mine")
    assert fetch(remote, tmp_path).read_bytes() == b"mine"
    assert site.asked == []
    assert [path.name for path in tmp_path.iterdir()] == ["data.gz"]


@pytest.mark.fault(13)
def test_cut_half_way(remote, site, tmp_path):
    """A connection that ends early leaves nothing and is called that."""
    site.bodies["/data.gz"] = BODY[: len(BODY) // 2]
    site.announced["/data.gz"] = len(BODY)
    assert "the connection ended before the file was complete" in failure(remote, tmp_path)


@pytest.mark.fault(13)
def test_wrong_bytes(remote, site, md5, tmp_path):
    """Both checksums are named, and how to place the file by hand."""
    site.bodies["/data.gz"] = BODY[::-1]
    message = failure(remote, tmp_path)
    assert f"md5 checksum {md5(BODY[::-1])}, expected {md5(BODY)}" in message
    assert f"save it as {tmp_path / 'data.gz'}" in message
    assert "data.root or LRSEARCH_DATA" in message


@pytest.mark.fault(13)
def test_no_server(remote, tmp_path):
    """Without a network, that is said."""
    assert "no connection; is there a network?" in failure(changed(remote, urls=("http://127.0.0.1:9/x",)), tmp_path)


def test_not_found_goes_to_the_next_address(remote, site, tmp_path):
    """Addresses are tried in turn; if all fail each is named."""
    gone = f"{site.address}/gone"
    assert fetch(changed(remote, urls=(gone, *remote.urls)), tmp_path).read_bytes() == BODY
    (tmp_path / "data.gz").unlink()
    message = failure(changed(remote, urls=(gone, "http://127.0.0.1:9/x")), tmp_path)
    assert f"{gone}: the server answered 404" in message
    assert "http://127.0.0.1:9/x: no connection" in message


@pytest.mark.parametrize("announced", [len(BODY), None])
def test_too_large(remote, site, tmp_path, announced):
    """A file beyond its limit is refused, whether or not the server says its size."""
    site.announced["/data.gz"] = announced
    assert "the limit for this file is 100,000 bytes" in failure(changed(remote, max_bytes=100_000), tmp_path)


def test_a_server_that_does_not_say_the_size(remote, site, tmp_path):
    """The file comes all the same."""
    site.announced["/data.gz"] = None
    assert fetch(remote, tmp_path, lambda *_: None).read_bytes() == BODY


@pytest.mark.parametrize("announced", ["abc", "-5", ""])
def test_a_size_that_is_no_number(remote, site, tmp_path, announced):
    """It says nothing on the size."""
    site.announced["/data.gz"] = announced
    assert fetch(remote, tmp_path, lambda *_: None).read_bytes() == BODY


@pytest.mark.parametrize("location", ["http://[::1", "https://[bad]/x", "http://127.0.0.1:port/x"])
def test_a_redirect_to_no_address_goes_to_the_next(remote, site, tmp_path, location):
    """And is told where there is no next."""
    site.redirects["/moved"] = location
    moved = f"{site.address}/moved"
    assert fetch(changed(remote, urls=(moved, *remote.urls)), tmp_path / "a").read_bytes() == BODY
    assert f"  {moved}: " in failure(changed(remote, urls=(moved,)), tmp_path / "b")


def test_a_trickle_is_ended(remote, tmp_path, monkeypatch):
    """A server that sends a byte a second would never end; one that is slow for a moment is given time."""
    seconds = iter(range(0, 100_000, 61))
    monkeypatch.setattr(download.time, "monotonic", lambda: next(seconds))
    monkeypatch.setattr(download, "_CHUNK_BYTES", 1000)
    message = failure(remote, tmp_path)
    assert "the download is too slow: under 1,000 bytes a second for 60 seconds" in message
    seconds = iter(range(100_000))
    monkeypatch.setattr(download, "_CHUNK_BYTES", 5000)
    assert fetch(remote, tmp_path).read_bytes() == BODY


def test_plain_http_is_refused(remote, site, tmp_path):
    """Anything but https is refused before it is asked, a redirect too; the loopback address is the exception."""
    plain = "http://example.invalid/data.gz"
    assert "http://example.invalid is refused: the address does not begin with https" in failure(
        changed(remote, urls=(plain,)), tmp_path
    )
    assert "file://None is refused: the address does not begin with https" in failure(
        changed(remote, urls=("file:///etc/hosts",)), tmp_path
    )
    site.redirects["/moved"] = plain
    moved = changed(remote, urls=(f"{site.address}/moved",))
    assert "http://example.invalid is refused: the address does not begin with https" in failure(moved, tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_cannot_be_written_to(remote, tmp_path):
    """It is an error of the download, with the advice, not a traceback."""
    tmp_path.chmod(0o500)
    with pytest.raises(DownloadError, match="ermission denied"):
        fetch(remote, tmp_path)


def test_a_file_in_place_of_the_folder(remote, tmp_path):
    """The system's own words are kept."""
    (tmp_path / "folder").touch()
    with pytest.raises(DownloadError, match=r"folder: cannot be written to \(File exists\)"):
        fetch(remote, tmp_path / "folder")


def test_two_threads_at_once(remote, site, tmp_path):
    """One downloads, the other waits for it and takes what it brought."""
    site.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(fetch, remote, tmp_path) for _ in range(2)]
        threading.Timer(0.3, site.gate.set).start()
        assert [future.result(timeout=20).read_bytes() for future in both] == [BODY, BODY]
    assert site.asked == ["/data.gz"]


@pytest.mark.fault(13)
def test_two_processes_at_once(remote, site, tmp_path):
    """The same between processes."""
    site.gate.clear()
    code = f"from pathlib import Path; from lrsearch.data.download import *; fetch({remote!r}, Path({str(tmp_path)!r}))"
    both = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    threading.Timer(1.0, site.gate.set).start()
    assert [process.wait(timeout=30) for process in both] == [0, 0]
    assert site.asked == ["/data.gz"]
    assert without_lock(tmp_path) == ["data.gz"]


def test_what_a_killed_process_left_is_overwritten(remote, tmp_path):
    """A partial file of before does no harm and does not stay."""
    (tmp_path / ".data.gz.part").write_bytes(b"half")
    assert fetch(remote, tmp_path).read_bytes() == BODY
    assert without_lock(tmp_path) == ["data.gz"]
