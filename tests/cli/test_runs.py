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


def test_a_bad_folder_keeps_no_command_from_the_others(lrsearch, tmp_path):
    """It is named in one line; `latest` is the newest run that can be read, and a line says what it passes over."""
    lrsearch("grid", "--points", "3", "--name", "good")
    lrsearch("grid", "--points", "3", "--name", "bad")
    manifest = tmp_path / "runs/bad/run.json"
    manifest.write_text(manifest.read_text().replace('"n_val": 500', '"n_val": 0'))
    assert "runs/bad/run.json: task.n_val: must be at least 1, got 0 (changed by" in " ".join(
        lrsearch("show", "bad", code=4).stderr.split()
    )
    shown = lrsearch("show", "latest")
    assert "runs/good: " in shown.stdout
    assert shown.stderr == "! latest: skips bad, which cannot be read; `lrsearch runs` says why\n"
    assert "skips bad" in lrsearch("resume", "latest").stderr
    assert "cannot be read" in lrsearch("runs").stdout
    assert "skips bad" in lrsearch("compare", "latest", "bad", code=4).stderr
