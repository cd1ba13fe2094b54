"""Fixtures of the data room: a web server on this machine, MNIST-like files, specs."""

from __future__ import annotations

import gzip
import hashlib
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from factories import save_image
from lrsearch.spec import DataSpec, make_spec


@dataclass
class Site:
    """What the server answers, and what it was asked.

    A body that is shorter than its `announced` length is a connection that ends early; None announces no length.
    """

    address: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict)
    announced: dict[str, int | None] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def site() -> Iterator[Site]:
    """A real web server on the loopback address; answers wait for `gate`, which is open unless a test closes it."""
    content = Site()
    content.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content.asked.append(self.path)
            content.gate.wait(timeout=20)
            if self.path in content.redirects:
                self.send_response(302)
                self.send_header("Location", content.redirects[self.path])
                self.end_headers()
                return
            body = content.bodies.get(self.path)
            if body is None:
                self.send_error(404)
                return
            self.send_response(200)
            length = content.announced.get(self.path, len(body))
            if length is not None:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        content.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield content
        content.gate.set()
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def idx() -> Callable[[np.ndarray], bytes]:
    """Makes the bytes of an idx file from an array of uint8."""

    def make(values: np.ndarray) -> bytes:
        return struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()

    return make


@pytest.fixture(scope="session")
def mnist_like(idx) -> tuple[np.ndarray, np.ndarray, dict[str, bytes]]:
    """200 random images, their labels, and both as the packed files that MNIST has."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (200, 28, 28), dtype=np.uint8)
    y = (np.arange(200) % 10).astype(np.uint8)
    files = {"train-images-idx3-ubyte.gz": gzip.compress(idx(x)), "train-labels-idx1-ubyte.gz": gzip.compress(idx(y))}
    return x, y, files


@pytest.fixture(scope="session")
def md5() -> Callable[[bytes], str]:
    """The checksum in torchvision's form."""
    return lambda content: hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.fixture(scope="session")
def data_spec() -> Callable[..., DataSpec]:
    """Makes a data section of the spec from its keys."""
    return lambda **keys: make_spec({"data": keys}).data


@pytest.fixture
def pets(tmp_path):
    """Three red cats and two blue dogs, in several formats, and what is no image."""
    top = tmp_path / "pets"
    for name in ("a.png", "b.JPG", "c.webp"):
        save_image(top / "cats" / name, (200, 0, 0))
    for name in ("a.bmp", "b.gif"):
        save_image(top / "dogs" / name, (0, 0, 200))
    (top / "dogs" / "notes.txt").write_text("good dogs", encoding="utf-8")
    (top / ".cache").mkdir()
    (top / "dogs" / "._a.png").write_bytes(b"what macOS leaves")
    return top
