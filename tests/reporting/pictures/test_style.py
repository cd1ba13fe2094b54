"""What all pictures share: they need no display and no backend, and text stays text."""

import os
import subprocess
import sys

import pytest

from lrsearch.reporting.pictures import plain

DRAW = """
from lrsearch.reporting.pictures import new_figure, save_figure
with new_figure(2, 2) as figure:
    figure.subplots().plot([1, 2])
    print(save_figure(figure, "png")[1:4], save_figure(figure, "svg")[:5])
import os, matplotlib
print(os.environ["MPLBACKEND"], matplotlib.rcParams["backend"])
"""


@pytest.mark.parametrize(
    ("backend", "kept"),
    [("module://matplotlib_inline.backend_inline", None), ("nonsense", False), ("svg", True)],
)
def test_a_backend_that_the_environment_names_is_not_needed(tmp_path, backend, kept):
    """A notebook's shell names the notebook's own; one that exists here stays the caller's choice."""
    environment = {**os.environ, "MPLBACKEND": backend, "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-c", DRAW], env=environment, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    drawn, named = done.stdout.splitlines()
    assert drawn == "b'PNG' b'<?xml'"
    assert named.split()[0] == backend
    assert kept is None or (named.split()[-1] == backend) is kept


def test_text_in_pictures_is_plain():
    """No formula, no hidden label, no character that breaks an SVG or a font."""
    assert plain("$x$ a\x1bb\udcff") == r"\$x\$ a\x1bb\udcff"
    assert plain("_a") == " _a"
