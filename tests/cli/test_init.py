"""init writes a spec to start from."""

from lrsearch.spec import load_spec


def test_init_writes_a_spec_and_overwrites_only_by_force(lrsearch, tmp_path):
    """What it writes is the built-in spec; the next command is said."""
    assert lrsearch("init").stderr == "wrote lrsearch.yaml; next: lrsearch check\n"
    assert load_spec(tmp_path / "lrsearch.yaml").train == load_spec().train
    assert "lrsearch.yaml exists; `lrsearch init lrsearch.yaml --force`" in lrsearch("init", code=2).stderr
    lrsearch("init", "--force")
    assert "is a folder; name a file in it" in lrsearch("init", ".", code=2).stderr
    assert lrsearch("init", "my spec.yaml").stderr.endswith("next: lrsearch check 'my spec.yaml'\n")


def test_a_full_disk_destroys_no_spec(lrsearch, tmp_path):
    """Exit 4; the old file stays, and there is no empty new one."""
    spec = tmp_path / "lrsearch.yaml"
    spec.write_text("seed: 7\n")
    full = {"LRSEARCH_FAILPOINT": "any:2:enospc"}  # after the unfinished file was made
    for args in (("init", "--force"), ("init", "new.yaml")):
        assert "No space left on device; make room" in lrsearch(*args, code=4, **full).stderr
    assert spec.read_text() == "seed: 7\n"
    assert [path.name for path in tmp_path.iterdir()] == ["lrsearch.yaml"]


def test_force_keeps_the_permissions(lrsearch, tmp_path):
    """Of the file that it overwrites."""
    spec = tmp_path / "lrsearch.yaml"
    spec.write_text("seed: 7\n")
    spec.chmod(0o600)
    lrsearch("init", "--force")
    assert spec.stat().st_mode & 0o777 == 0o600
