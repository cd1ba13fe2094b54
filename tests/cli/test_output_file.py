"""The name of a file to write, checked before anything is done."""

import pytest

from lrsearch.cli.output_file import check_output_file
from lrsearch.errors import UsageError


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (".", "--out: . is a folder; name a file in it"),
        ("nowhere/x.svg", "--out: no such folder 'nowhere'"),
        ("x.pdf", "--out: expected FILE.html, FILE.svg or FILE.png, got 'x.pdf'"),
        ("x", "--out: expected FILE.html, FILE.svg or FILE.png, got 'x'"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, monkeypatch, path, message):
    """With the flag, and what to give instead."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        check_output_file("--out", type(tmp_path)(path), (".html", ".svg", ".png"))
    assert str(caught.value) == message


def test_what_can_be_written_passes(tmp_path):
    """Whatever the case of its ending; without endings every name."""
    check_output_file("--out", tmp_path / "x.SVG", (".svg",))
    check_output_file("--write", tmp_path / "x")
