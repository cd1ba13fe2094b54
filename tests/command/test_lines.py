"""Metrics are read from what programs print, as the tutorials of their frameworks have it."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsearch.command.lines import MOST_CHARACTERS, LineReader


def read(text):
    """Name, value and epoch of each reading."""
    reader = LineReader()
    return [(each.name, each.value, each.epoch) for each in [*reader.feed(text), *reader.end()]]


PRINTED = {
    "PyTorch's MNIST example": (
        "Train Epoch: 1 [64/600 (1%)]\tLoss: 1.73\n\nTest set: Average loss: 0.0501, Accuracy: 9834/10000 (98%)\n\n",
        [("Loss", 1.73, 1), ("Average loss", 0.0501, 1), ("Accuracy", 0.9834, 1)],
    ),
    "numbers with commas": (
        "val_acc=0.91 loss: 1,950.5 f1=1,234,567\nacc=0.5, auc=0.25,loss=2\nval loss 1,234.5, val acc 0.5\n",
        [
            ("val_acc", 0.91, None),
            ("loss", 1950.5, None),
            ("f1", 1234567.0, None),
            ("acc", 0.5, None),
            ("auc", 0.25, None),
            ("loss", 2.0, None),
            ("val loss", 1234.5, None),
            ("val acc", 0.5, None),
        ],
    ),
    "names of any alphabet": (
        "époque=1 pre\u0301cision: 0.5, точность=0.25\n准确率\uff1a0.75 सटीकता 0.5\n★loss=2 → acc=1\n",
        [
            ("époque", 1, None),
            ("précision", 0.5, None),
            ("точность", 0.25, None),
            ("准确率", 0.75, None),
            ("loss", 2, None),
            ("acc", 1, None),
        ],
    ),
    "settings behind the metrics": (
        "epoch 2 val_acc=0.9 {'lr': 0.1, 'model': {'width': 3}}\n",
        [("val_acc", 0.9, 2), ("lr", 0.1, 2), ("model.width", 3.0, 2)],
    ),
    "Keras, verbose=2": (
        "Epoch 2/5\n10/10 - 1s - 5ms/step - accuracy: 0.95 - loss: 0.2 - val_accuracy: 0.93 - val_loss: 1.0000e-03\n",
        [("accuracy", 0.95, 2), ("loss", 0.2, 2), ("val_accuracy", 0.93, 2), ("val_loss", 0.001, 2)],
    ),
    "Keras, a bar": (
        "Epoch 1/5\n\x1b[1m 1/10\x1b[0m 1s - loss: 2.3\r\x1b[32m9/9\x1b[0m 5ms/step - loss: 0.3 - val_accuracy: 0.9\n",
        [("loss", 2.3, 1), ("loss", 0.3, 1), ("val_accuracy", 0.9, 1)],
    ),
    "Lightning, a bar": (
        "Epoch 0: 100%|██████████| 10/10 [00:00<00:00, 55.04it/s, v_num=3, val_loss=0.443, val_acc=0.912]\n",
        [("v_num", 3, 0), ("val_loss", 0.443, 0), ("val_acc", 0.912, 0)],
    ),
    "Lightning, a table": (
        "┃  Test metric  ┃  DataLoader 0  ┃\n│   test_acc    │    0.9123000144958496     │\n",
        [("test_acc", 0.9123000144958496, None)],
    ),
    "Hugging Face": (
        "{'loss': 0.51, 'lr': 5e-05, 'epoch': 1.0}\n{'eval_loss': nan, 'epoch': 1.0}\n{'eval_loss': '0.41'}\n",
        [("loss", 0.51, 1), ("lr", 5e-5, 1), ("eval_loss", math.nan, 1), ("eval_loss", 0.41, 1)],
    ),
    "JSON behind a time stamp": (
        '2026-01-01 INFO {"epoch": 3, "val": {"acc": 0.91}, "ok": true, "note": "x"}\n',
        [("val.acc", 0.91, 3)],
    ),
    "fields with bars": (
        "Epoch 3 | train loss: 0.51 | val acc: 88% | time: 12.3s\n",
        [("train loss", 0.51, 3), ("val acc", 88, 3)],
    ),
    "a tensor": ("acc: tensor(0.9123, device='cuda:0')\n", [("acc", 0.9123, None)]),
    "a logger": ("INFO:root:loss=0.25\n", [("loss", 0.25, None)]),
    "the end of a sentence": ("Step 100, loss: 0.5.\n", [("loss", 0.5, None)]),
    "brackets": ("[epoch 4] valid_loss = .33\n", [("valid_loss", 0.33, 4)]),
    "JAX's tutorial": (
        "Epoch 0 in 2.43 sec\nTraining set accuracy 0.325\nTest set accuracy 0.3125\n",
        [("Training set accuracy", 0.325, 0), ("Test set accuracy", 0.3125, 0)],
    ),
    "nanoGPT": (
        "step 250: train loss 4.28, val loss 4.29\niter 250: loss 4.27, time 31.00ms, mfu 3.10%\n",
        [("train loss", 4.28, None), ("val loss", 4.29, None), ("loss", 4.27, None), ("mfu", 3.1, None)],
    ),
    "PyTorch's ImageNet example": (
        "Epoch: [3][10/99]\tTime  0.1 ( 0.2)\tAcc@1  78.12 ( 76.30)\n *   Acc@1 70.125 Acc@5 89.5\n",
        [("Acc@1", 70.125, 3), ("Acc@5", 89.5, 3)],
    ),
    "a table with columns of spaces, as fastai and skorch have it": (
        "epoch     train_loss  valid_acc  time    \n0         2.5         0.25       00:05\n1    2.0   nan   00:05\n",
        [("train_loss", 2.5, 0), ("valid_acc", 0.25, 0), ("train_loss", 2.0, 1), ("valid_acc", math.nan, 1)],
    ),
    "a rate before the first metric of a bar": ("Epoch 2 7.49it/s val_acc: 0.5\n", [("val_acc", 0.5, 2)]),
    "no end of line": ("val_acc=0.5", [("val_acc", 0.5, None)]),
    "a large whole number": ('{"n": 1' + 400 * "0" + "}\n", [("n", math.inf, None)]),
}


@pytest.mark.parametrize("what", PRINTED)
def test_what_frameworks_print(what):
    """Names, values and epochs."""
    text, expected = PRINTED[what]
    assert read(text) == [(name, pytest.approx(value, nan_ok=True), epoch) for name, value, epoch in expected]


@pytest.mark.parametrize(
    "line",
    [
        "at 12:30:05",
        "1 2",
        "loss 3 times",
        "the epoch ends",
        "eta: 0:12:03",
        "time: 12.3s",
        "550.0it/s",
        "a = b",
        "http://x:80/y",
        "{}",
    ],
)
def test_what_is_no_metric(line):
    """Times, rates and addresses are not taken for metrics."""
    assert read(f"{line}\n") == []


@given(st.text(), st.integers(1, 7))
def test_pieces_give_what_the_whole_gives(text, size):
    """Wherever the output is cut into pieces; and no text is an error."""
    reader = LineReader()
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    found = [reading for piece in pieces for reading in reader.feed(piece)] + reader.end()
    assert repr([(each.name, each.value, each.epoch) for each in found]) == repr(read(text))


@settings(max_examples=30)
@given(st.floats(), st.integers(0, 10**6))
def test_numbers_as_python_prints_them(value, epoch):
    """To the bit, in three forms."""
    for text in (f"epoch={epoch} val_acc={value!r}\n", f"{{'epoch': {epoch}, 'val_acc': {value!r}}}\n"):
        ((name, read_value, read_epoch),) = read(text)
        assert (name, read_epoch) == ("val_acc", epoch)
        assert repr(read_value) == repr(value)


def test_a_line_of_megabytes_is_read_at_its_end():
    """In time that grows no faster than the line."""
    started = time.process_time()
    assert read(30 * MOST_CHARACTERS * "=a" + ", val_acc=0.5\n")[-1] == ("val_acc", 0.5, None)
    for words in ("nan ", "\t", "a 1 ", "epoch "):
        assert read(30 * MOST_CHARACTERS * words + "\nval_acc=0.5\n")[-1] == ("val_acc", 0.5, None)
    assert read("{" * 2 * MOST_CHARACTERS + " val_acc=0.5}\n")[-1] == ("val_acc", 0.5, None)
    assert time.process_time() - started < 20
