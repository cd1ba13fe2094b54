"""show and report: the results of a run again, printed or as files."""


def test_report_writes_the_derived_files_again(lrsearch, tmp_path):
    """All that is derived comes from the log alone."""
    lrsearch("grid", "--points", "4")
    folder = tmp_path / "runs/digits-grid-001"
    names = ("results.csv", "trials.csv", "results.json", "results.md")
    before = {name: (folder / name).read_bytes() for name in names}
    for name in names:
        (folder / name).unlink()
    lrsearch("report", "latest")
    assert {name: (folder / name).read_bytes() for name in names} == before


def test_a_report_beside_the_tables(lrsearch, tmp_path):
    """`report` makes it again, and the search makes it unless it is told not to."""
    done = lrsearch("grid", "--points", "4", "--name", "one", LRSEARCH_NO_REPORT="")
    page, plots = tmp_path / "runs/one/report.html", tmp_path / "runs/one/plots"
    assert "report.html" in done.stdout
    first = page.read_text()
    page.unlink()
    assert "wrote report.html" in lrsearch("report", "one").stderr
    assert page.read_text() == first
    assert {"accuracy.svg", "accuracy.png"} <= {path.name for path in plots.iterdir()}
    lrsearch("grid", "--points", "4", "--name", "two", "--no-report", LRSEARCH_NO_REPORT="")
    assert not (tmp_path / "runs/two/report.html").exists()


def test_a_report_of_a_run_without_a_result(lrsearch, tmp_path):
    """Stopped before the first trial ended: a page all the same."""
    lrsearch("grid", "--points", "4", "--name", "one")
    folder = tmp_path / "runs/one"
    log, manifest = folder / "trials.jsonl", folder / "run.json"
    log.write_bytes(log.read_bytes().split(b"\n")[0] + b"\n")
    manifest.write_text(manifest.read_text().replace('"finished": true', '"finished": false'))
    lrsearch("report", "one")
    assert "No training has finished yet" in (folder / "report.html").read_text()
    assert "no training has finished yet" in lrsearch("show", "one").stdout


def test_a_damaged_side_file_is_said(lrsearch, tmp_path):
    """The scores stand, and the run goes on; one line says what is lost."""
    lrsearch("grid", "--points", "4", "--name", "x")
    whole = lrsearch("show", "x", "--format", "csv").stdout
    side_file = tmp_path / "runs/x/correct.bin"
    content = bytearray(side_file.read_bytes())
    content[0] ^= 1
    content[-1] ^= 1
    side_file.write_bytes(content)
    said = (
        "! runs/x/correct.bin: for 2 results, the values for single images are lost or damaged; the run can still be "
        "resumed"
    )
    assert said in lrsearch("show", "x").stdout.splitlines()
    columns = slice(0, 10)
    assert [row.split(",")[columns] for row in lrsearch("show", "x", "--format", "csv").stdout.splitlines()] == [
        row.split(",")[columns] for row in whole.splitlines()
    ]
    assert said in lrsearch("resume", "x", "--points", "7").stdout.splitlines()


def test_a_finished_run_without_its_log_is_left_alone(lrsearch, tmp_path):
    """Its tables may be the last copy of its results."""
    lrsearch("grid", "--points", "4", "--name", "one")
    folder = tmp_path / "runs/one"
    before = (folder / "results.csv").read_text()
    (folder / "trials.jsonl").unlink()
    assert "nothing was changed" in lrsearch("report", "one", code=4).stderr
    assert (folder / "results.csv").read_text() == before
