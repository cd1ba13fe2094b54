"""runs: every run in a table."""


def test_runs_lists_them_newest_last(lrsearch, tmp_path):
    """A line for each run; what cannot be read is said, and hides nothing else."""
    assert "no runs under runs/ yet" in lrsearch("runs").stderr
    lrsearch("grid", "--points", "3")
    lrsearch("random", "--trials", "6")
    (tmp_path / "runs/digits-grid-001/run.json").write_text("{")
    out = lrsearch("runs").stdout
    assert "cannot be read" in out
    assert "digits-random-001" in out
