"""The log: exact, append-only, and never silently wrong."""

from __future__ import annotations

import json
import math
import tempfile
import time
import zlib
from codecs import BOM_UTF8
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_result
from lrsearch.errors import LogDamaged, StorageError
from lrsearch.records import EPOCH_METRICS, Point, Result, Trial
from lrsearch.store import TrialLog, read_log
from lrsearch.store.log_lines import FORMAT, format_line
from lrsearch.store.records_json import result_to_json

FLOATS = st.floats()
SHARES = st.floats(0, 1) | st.just(math.nan)
SECONDS = st.floats(0, 1e9)
COUNTS = st.integers(0, 10**6)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
TRIALS = st.builds(
    Trial,
    number=COUNTS,
    proposal=COUNTS,
    lr=st.floats(1e-39, 1e39),
    horizon=st.integers(1, 10**6),
    until=st.integers(1, 10**6),
    repeat=COUNTS,
    arm=TEXTS,
    overrides=st.dictionaries(TEXTS, st.none() | st.booleans() | COUNTS | TEXTS, max_size=2),
)


@st.composite
def results(draw):
    """Any result at all."""
    trial = draw(TRIALS)
    points = st.builds(
        Point,
        trial=st.just(trial.number),
        epoch=st.integers(1, 10**6),
        lr=FLOATS,
        seconds=SECONDS,
        metrics=st.builds(
            dict.__or__,
            st.dictionaries(TEXTS, FLOATS, max_size=2),
            st.fixed_dictionaries({name: SHARES if "accuracy" in name else FLOATS for name in EPOCH_METRICS}),
        ),
    )
    state = draw(st.sampled_from(["ok", "diverged", "pruned", "failed", "oom", "killed"]))
    epochs = draw(st.lists(points, max_size=3, unique_by=lambda point: point.epoch))
    return Result(
        trial=trial,
        state=state,
        points=tuple(sorted(epochs, key=lambda point: point.epoch)),
        score=draw(st.floats(0, 1) if state == "ok" else st.none() | st.floats(0, 1)),
        scored_epoch=draw(st.none() | st.integers(1, 10**6)),
        learned=draw(st.none() | st.booleans()),
        seconds=draw(SECONDS),
        message=draw(TEXTS),
        correct=draw(st.none() | st.binary(max_size=20)),
        values=draw(st.none() | st.binary(max_size=20)),
    )


def write_log(folder, recorded):
    """A log of these results, by its two files."""
    paths = Path(folder) / "trials.jsonl", Path(folder) / "correct.bin"
    with TrialLog(*paths) as log:
        for result in recorded:
            log.append(result)
    return paths


@pytest.fixture
def three():
    """Three results with bits."""
    return tuple(make_result(number=number, correct=bytes([number] * 5)) for number in range(3))


@settings(deadline=None, max_examples=60)
@given(st.lists(results(), max_size=4))
def test_any_result_comes_back(recorded):
    """Every float to the bit, every text, every bit; repr tells NaN from NaN where == cannot."""
    with tempfile.TemporaryDirectory() as folder:
        contents = read_log(*write_log(folder, recorded))
    assert list(map(repr_sorted, contents.results)) == list(map(repr_sorted, recorded))
    assert not contents.torn


def repr_sorted(result):
    """The repr of a result whose metrics stand in order of name, but for when it was recorded."""
    points = tuple(replace(point, metrics=dict(sorted(point.metrics.items()))) for point in result.points)
    return repr(replace(result, points=points, ended=None))


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_log_cut_anywhere_reads_as_a_prefix(data):
    """A power failure leaves the earlier results; the next writer goes on after them."""
    recorded = tuple(make_result(number=number, correct=bytes([number])) for number in range(3))
    with tempfile.TemporaryDirectory() as folder:
        paths = write_log(folder, recorded)
        whole = paths[0].read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        paths[0].write_bytes(whole[:cut])
        contents = read_log(*paths)
        n_left = len(contents.results)
        assert contents.results == recorded[:n_left]
        assert n_left == max(0, whole[:cut].count(b"\n") - 1)
        assert contents.torn == bool(cut and whole[cut - 1 : cut] != b"\n")
        assert bool(contents.warnings) == contents.torn
        assert paths[0].read_bytes() == whole[:cut]
        with TrialLog(*paths) as log:
            assert log.contents == contents
            for result in recorded[n_left:]:
                log.append(result)
        assert paths[0].read_bytes() == whole
        assert read_log(*paths).results == recorded


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_a_flipped_byte_is_found(data):
    """Any other byte anywhere before the last line is damage: the line is named and nothing is changed."""
    with tempfile.TemporaryDirectory() as folder:
        paths = write_log(folder, [make_result(number=number, correct=b"abc") for number in range(3)])
        whole = paths[0].read_bytes()
        place = data.draw(st.integers(0, whole.rindex(b"\n", 0, -1)))
        flipped = bytearray(whole)
        flipped[place] ^= data.draw(st.integers(1, 255))
        paths[0].write_bytes(flipped)
        line = whole[:place].count(b"\n") + 1
        with pytest.raises(LogDamaged, match=rf"trials\.jsonl:{line}: "):
            read_log(*paths)
        with pytest.raises(LogDamaged):
            TrialLog(*paths)
        assert paths[0].read_bytes() == flipped


def test_a_log_that_was_not_begun(tmp_path):
    """No file, or an empty one, is a log without results; reading makes none."""
    paths = tmp_path / "trials.jsonl", tmp_path / "correct.bin"
    assert read_log(*paths).results == ()
    assert [path.name for path in tmp_path.iterdir()] == []
    paths[0].touch()
    assert read_log(*paths) == read_log(tmp_path / "none", tmp_path / "none")


def test_a_line_is_there_at_once(tmp_path, three):
    """Another process can read a result as soon as it is recorded, long before the log is closed."""
    paths = tmp_path / "trials.jsonl", tmp_path / "correct.bin"
    with TrialLog(*paths) as log:
        for n_done, result in enumerate(three, start=1):
            log.append(result)
            assert read_log(*paths).results == three[:n_done]


def test_syncs_at_most_once_a_second(tmp_path, three, monkeypatch):
    """Storage stays off the hot path: one sync for many results, one more when a second has gone, one at the end."""
    now, n_syncs = [100.0], []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr("lrsearch.store.files.sync", lambda *_: n_syncs.append(now[0]))
    log = TrialLog(tmp_path / "trials.jsonl", tmp_path / "correct.bin")
    for result in three:
        log.append(result)
    log.sync_when_due()
    assert n_syncs == []
    now[0] += 1.0
    log.sync_when_due()
    log.sync_when_due()
    assert n_syncs == [101.0, 101.0]  # the bits, then the lines
    log.append(three[0])
    log.close()
    log.close()
    assert len(n_syncs) == 4


def test_lost_bits_do_not_stop_a_run(tmp_path, three):
    """Without the side file, or with a damaged one, the results are all there, and it is said what is missing."""
    paths = write_log(tmp_path, three)
    paths[1].write_bytes(b"\x00" * 5 + b"\xff" * 5)
    contents = read_log(*paths)
    assert [result.correct for result in contents.results] == [b"\x00" * 5, None, None]
    assert "2 results" in contents.warnings[0]
    paths[1].unlink()
    with TrialLog(*paths) as log:
        assert [result.correct for result in log.contents.results] == [None] * 3
        log.append(three[2])
    assert read_log(*paths).results[-1] == three[2]


def test_bits_without_a_line_are_cut(tmp_path, three):
    """A process killed between the bits and their line leaves bits that nothing points to."""
    paths = write_log(tmp_path, three[:2])
    with paths[1].open("ab") as side_file:
        side_file.write(b"orphan")
    with TrialLog(*paths) as log:
        log.append(three[2])
    assert paths[1].read_bytes() == b"".join(result.correct for result in three)


def test_a_log_of_format_1_is_read_and_continued(tmp_path, three):
    """It has the main metrics beside the others, and keeps its format to the last line."""
    path, correct = tmp_path / "trials.jsonl", tmp_path / "correct.bin"
    first = result_to_json(replace(three[0], correct=None), 1)
    assert set(first["points"]) == {"epoch", *EPOCH_METRICS, "lr", "seconds"}
    path.write_bytes(format_line({"log": "lrsearch trials", "format": 1}) + format_line(first))
    with TrialLog(path, correct) as log:
        log.append(three[1])
    contents = read_log(path, correct)
    assert (contents.format, contents.results) == (1, (replace(three[0], correct=None), three[1]))
    assert set(json.loads(path.read_bytes().splitlines()[2])["points"]) == set(first["points"])


def test_line_ends_and_a_mark_of_windows_are_read(tmp_path, three):
    """A log that an editor has saved again is whole; new lines are appended to it, and damage in it is named."""
    paths = write_log(tmp_path, three[:2])
    paths[0].write_bytes(BOM_UTF8 + paths[0].read_bytes().replace(b"\n", b"\r\n"))
    assert read_log(*paths).results == tuple(three[:2])
    with TrialLog(*paths) as log:
        log.append(three[2])
    assert read_log(*paths).results == tuple(three)
    paths[0].write_bytes(paths[0].read_bytes()[:-9])
    assert read_log(*paths).torn


def test_damage_says_what_to_do(tmp_path, three):
    """A line may be deleted, but not the first."""
    paths = write_log(tmp_path, three)
    lines = paths[0].read_bytes().splitlines()
    for number, remedy in (
        (0, "move it away to train all trials again"),
        (1, "delete the line to train its trial again"),
    ):
        dumped = json.dumps(json.loads(lines[number])).encode()
        paths[0].write_bytes(b"\n".join([*lines[:number], dumped, *lines[number + 1 :], b""]))
        with pytest.raises(LogDamaged) as caught:
            read_log(*paths)
        assert str(caught.value) == (
            f"{paths[0]}:{number + 1}: line {number + 1} is damaged: its checksum does not match; nothing was changed. "
            f"Restore the file, or {remedy}"
        )


def test_lines_of_another_run_are_refused(tmp_path, three):
    """Whether the first line names the run or not; a log without a name is continued without one."""
    begun = {"run": "12ab", "settings": {"seed": 0}}
    mine, old = (tmp_path / "mine", tmp_path / "c"), (tmp_path / "old", tmp_path / "d")
    for paths, what in ((mine, begun), (old, None)):
        with TrialLog(*paths, what) as log:
            log.append(three[0])
    with TrialLog(*mine) as log:
        log.append(three[1])
    assert {json.loads(line)["run"] for line in mine[0].read_bytes().splitlines()} == {"12ab"}
    contents = read_log(*mine)
    assert {key: contents.begun[key] for key in begun} == begun
    assert len(contents.results) == 2
    assert b"run" not in old[0].read_bytes()
    added = mine[0].read_bytes().splitlines(keepends=True)[1]
    old[0].write_bytes(old[0].read_bytes() + added)
    with pytest.raises(LogDamaged, match=r"line 3 is damaged: it was written by another run"):
        read_log(*old)
    mine[0].write_bytes(mine[0].read_bytes() + format_line({"state": "ok", "run": "34cd"}))
    with pytest.raises(LogDamaged, match=r"line 4 is damaged: it was written by another run"):
        read_log(*mine)


def test_a_newer_format_is_refused(tmp_path):
    """What a newer version wrote is not guessed at."""
    path = tmp_path / "trials.jsonl"
    path.write_bytes(format_line({"log": "lrsearch trials", "format": FORMAT + 1}))
    with pytest.raises(StorageError, match=r"newer lrsearch.*upgrade"):
        read_log(path, tmp_path / "correct.bin")


def test_whole_lines_that_hold_nothing_known(tmp_path):
    """A line with a right checksum and wrong contents is damage too."""
    path = tmp_path / "trials.jsonl"
    path.write_bytes(format_line({"log": "lrsearch trials", "format": 1}) + format_line({"state": "ok"}))
    with pytest.raises(LogDamaged, match=r":2: line 2 is damaged: trial: is missing"):
        read_log(path, tmp_path / "correct.bin")
    path.write_bytes(format_line({"log": "something else"}))
    with pytest.raises(LogDamaged, match=":1: "):
        read_log(path, tmp_path / "correct.bin")


def test_a_deleted_folder_is_noticed(tmp_path, three):
    """Appending to a log that was deleted under the run is an error, not a loss."""
    folder = tmp_path / "run"
    folder.mkdir()
    log = TrialLog(folder / "trials.jsonl", folder / "correct.bin")
    log.append(three[0])
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    with pytest.raises(StorageError, match="does not exist"):
        log.append(three[1])
    log.close()


def test_opening_where_nothing_can_be_written(tmp_path):
    """A missing folder is a line for people."""
    with pytest.raises(StorageError, match="does not exist"):
        TrialLog(tmp_path / "none" / "trials.jsonl", tmp_path / "none" / "correct.bin")


def test_half_of_a_surrogate_pair_comes_back(tmp_path):
    """A message may name a file whose name is not UTF-8."""
    written = make_result(state="failed", score=None, message="cannot read a\udcff.npz")
    (read,) = read_log(*write_log(tmp_path, [written])).results
    assert read.message == written.message


def with_checksum(body):
    """A line of these bytes whose checksum is right."""
    start = body.removesuffix(b"}")
    return b'%s,"crc32":"%08x"}\n' % (start, zlib.crc32(start))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{", "it is not JSON"),
        (b'{"a": }', "it is not JSON"),
        (b'{"a": "\xff"}', "it is not JSON"),
        (b'{"a": ' + b"[" * 100_000 + b"}", "it is not JSON"),
        (b'{"a": 1}', "trial: is missing"),
    ],
)
def test_a_line_that_is_no_result_has_a_right_checksum(tmp_path, three, body, problem):
    """Somebody who edits a line can compute its checksum: what it holds is checked all the same."""
    paths = write_log(tmp_path, three)
    lines = paths[0].read_bytes().splitlines(keepends=True)
    paths[0].write_bytes(b"".join([*lines[:2], with_checksum(body), *lines[2:]]))
    for read in (read_log, TrialLog):
        with pytest.raises(LogDamaged) as caught:
            read(*paths)
        assert str(caught.value).startswith(f"{paths[0]}:3: line 3 is damaged: {problem}")


def places(values, path=()):
    """The paths of all values inside of values."""
    inner = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from places(value, (*path, key))


HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 3),
    st.sampled_from([10**400, -(2**64), math.inf, math.nan, -1.0, 0.5, 7.0]),
    st.sampled_from(["", "7", "nan", "0.1", "\x1b[31m", "\ud800"]),
    st.sampled_from([[], [[]], [1, 2], {}, {"": None}]),
)
"""Values that somebody may have put in the place of another."""


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_an_edited_line_is_read_or_refused_in_one_line(data):
    """Whatever stands in the place of a value: what is read can be written and read again, the rest is named."""
    good = make_result(number=1, correct=b"abc", metrics={"weight_norm": 1.0}, message="fine", ended=5.0)
    with tempfile.TemporaryDirectory() as folder:
        paths = write_log(folder, [make_result(correct=b"x"), good])
        lines = paths[0].read_bytes().splitlines(keepends=True)
        values = json.loads(lines[2])
        del values["crc32"]
        *parents, key = data.draw(st.sampled_from(list(places(values))))
        holder = values
        for parent in parents:
            holder = holder[parent]
        if data.draw(st.booleans()):
            holder[key] = data.draw(HOSTILE)
        else:
            del holder[key]
        paths[0].write_bytes(b"".join([*lines[:2], with_checksum(json.dumps(values).encode())]))
        try:
            found = read_log(*paths).results
        except LogDamaged as error:
            message = str(error)
            assert message.startswith(f"{paths[0]}:3: line 3 is damaged: ")
            assert "\n" not in message
            assert "\x1b" not in message
        else:
            again = Path(folder) / "again"
            again.mkdir()
            assert list(map(repr_sorted, read_log(*write_log(again, found)).results)) == list(map(repr_sorted, found))


def test_values_of_single_images_stand_beside_the_bits(tmp_path):
    """Both are in the side file, and a torn value is lost alone with its result's line."""
    recorded = [make_result(number=n, correct=b"ab", values=bytes([n] * 8)) for n in range(2)]
    paths = write_log(tmp_path, recorded)
    assert paths[1].read_bytes() == b"ab" + bytes(8) + b"ab" + bytes([1] * 8)
    contents = read_log(*paths)
    assert contents.results == tuple(recorded)
    assert contents.correct_size == 20
    paths[1].write_bytes(paths[1].read_bytes()[:-1])
    torn = read_log(*paths)
    assert [result.values is None for result in torn.results] == [False, True]
    assert [result.correct for result in torn.results] == [b"ab", b"ab"]
    assert "for 1 results, the values for single images are lost" in torn.warnings[0]
