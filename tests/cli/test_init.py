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
