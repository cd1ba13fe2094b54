"""The accuracy of each class in the report."""

import re
from dataclasses import replace

import numpy as np

from lrsearch.packing import MOST_PACKED, pack_classes, unpack_classes
from lrsearch.reporting.page.classes import class_accuracies
from lrsearch.reporting.page.page import report_page


def known(run, classes, right):
    """The run, whose log knows which validation examples each training of the best rate had right."""
    task = replace(run.manifest.task, n_val=len(classes), val_classes=pack_classes(classes))
    bits = iter(right)
    log = tuple(
        replace(result, correct=np.packbits(next(bits)).tobytes(), values=None)
        if result.trial.lr == run.best.lr
        else replace(result, correct=None, values=None)
        for result in run.log
    )
    return replace(run, manifest=replace(run.manifest, task=task), log=log)


def test_the_accuracy_of_each_class_is_the_mean_over_seeds(run_of):
    """The worst class comes first, and a class without validation examples is left out."""
    run = run_of(points=4, repeats=2)
    classes = [0, 0, 1, 1, 3, 3, 3, 3, 0, 0]
    right = [[1, 1, 0, 1, 1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 1, 1, 1, 1, 1, 0]]
    found = class_accuracies(known(run, classes, right))
    assert [(each.number, each.n, each.accuracy) for each in found] == [(1, 2, 0.25), (0, 4, 0.875), (3, 4, 1.0)]
    page = report_page(known(run, classes, right), {})
    table = page.partition("Accuracy by class")[2].partition("</table>")[0]
    assert re.findall(r"<td>([^<]*)</td>", table) == ["1", "0.2500", "2", "0", "0.8750", "4", "3", "1.0000", "4"]


def test_a_run_without_classes_shows_no_table(run_of):
    """The formula knows none, nor does an older run."""
    run = run_of(points=4)
    task = replace(run.manifest.task, val_classes=None)
    assert class_accuracies(replace(run, manifest=replace(run.manifest, task=task))) == []


def test_what_is_packed_is_unpacked():
    """Of any size up to a limit; a damaged text, or the classes of another number of examples, are None."""
    classes = np.random.default_rng(0).integers(0, 70_000, 500)
    packed = pack_classes(classes)
    assert unpack_classes(packed, 500).tolist() == classes.tolist()
    assert unpack_classes(packed, 499) is None
    assert unpack_classes(packed[:-200], 500) is None
    assert unpack_classes("?", 500) is None
    assert unpack_classes(None, 500) is None
    assert pack_classes(np.zeros(MOST_PACKED + 1, int)) is None
