"""What the scripts in `tests/peers` printed and wrote is read as it was meant: names, epochs, values."""

from pathlib import Path

import pytest

from lrsearch.command.files import read_files
from lrsearch.command.lines import LineReader
from lrsearch.command.metrics import Series, describe
from lrsearch.command.reported import Reported, epoch_numbers

OUTPUTS = Path(__file__).with_name("outputs")
ONE_TO_THREE, NONE = (1, 2, 3), (None, None, None, None, None)

PRINTED = {  # file, wanted metric: name as printed, epochs as printed, values
    ("torch_mnist.txt", "Accuracy"): ("Accuracy", ONE_TO_THREE, (135 / 297, 233 / 297, 243 / 297)),
    ("torch_mnist.txt", "average loss"): ("Average loss", ONE_TO_THREE, (2.1732, 1.8872, 1.4137)),
    ("torch_quickstart.txt", "accuracy"): ("Accuracy", ONE_TO_THREE, (35.4, 68.0, 70.4)),
    ("torch_quickstart.txt", "Avg loss"): ("Avg loss", ONE_TO_THREE, (2.178018, 1.961595, 1.627124)),
    # Without a terminal, rich prints only the last state of its bar. `validate` then prints all digits.
    ("lightning_rich.txt", "val_acc"): ("val_acc", (2,), (0.7037037014961243,)),
    ("lightning_rich.txt", "train_loss"): ("train_loss", (2,), (1.529,)),
    ("lightning_tqdm.txt", "val_acc"): ("val_acc", (0, 1, 2), (0.354, 0.68, 0.7037037014961243)),
    ("lightning_tqdm.txt", "val_loss"): ("val_loss", (0, 1, 2), (2.18, 1.96, 1.6281135082244873)),
    ("keras_bar.txt", "val_accuracy"): ("val_accuracy", ONE_TO_THREE, (0.0976, 0.1481, 0.2525)),
    ("keras_bar.txt", "accuracy"): ("accuracy", ONE_TO_THREE, (0.096, 0.1413, 0.216)),
    ("keras_lines.txt", "val_loss"): ("val_loss", ONE_TO_THREE, (2.2847, 2.21, 2.1447)),
    ("hugging_face_trainer.txt", "eval_accuracy"): ("eval_accuracy", ONE_TO_THREE, (0.53, 0.53, 0.53)),
    ("hugging_face_trainer.txt", "accuracy"): ("eval_accuracy", ONE_TO_THREE, (0.53, 0.53, 0.53)),
    ("hugging_face_trainer.txt", "eval_loss"): ("eval_loss", ONE_TO_THREE, (0.6907, 0.6911, 0.691)),
    ("sklearn_partial_fit.txt", "accuracy"): ("accuracy", NONE, (0.744, 0.741, 0.832, 0.838, 0.815)),
    ("jax_optax.txt", "Test set accuracy"): (
        "Test set accuracy",
        (0, 1, 2),
        (0.31313130259513855, 0.6296296119689941, 0.7407407164573669),
    ),
    ("skorch_fit.txt", "valid_acc"): ("valid_acc", ONE_TO_THREE, (0.5861, 0.7583, 0.8139)),
}
WRITTEN = {
    ("lightning_metrics.csv", "val_acc"): (
        "val_acc",
        (0, 1, 2, 3),  # the last one comes from `validate` after the training
        (0.35353535413742065, 0.680134654045105, 0.7037037014961243, 0.7037037014961243),
    ),
    ("lightning_metrics.csv", "train_loss"): ("train_loss", (2,), (1.9415013790130615,)),
    ("hugging_face_trainer_state.json", "eval_loss"): (
        "eval_loss",
        ONE_TO_THREE,
        (0.6906713247299194, 0.6911314129829407, 0.6910243034362793),
    ),
}


def series_of(readings, wanted):
    """The values of a metric."""
    reported = Reported(wanted)
    reported.add(readings)
    return reported.series()


@pytest.mark.parametrize("size", [7, 1 << 20], ids=["in pieces", "at once"])
@pytest.mark.parametrize(("file", "wanted"), PRINTED)
def test_what_a_framework_prints(file, wanted, size):
    """One value for each epoch, also if the output comes in pieces."""
    reader, text = LineReader(), (OUTPUTS / file).read_bytes().decode()
    readings = [reading for at in range(0, len(text), size) for reading in reader.feed(text[at : at + size])]
    found = series_of([*readings, *reader.end()], wanted)
    assert found == Series(*PRINTED[file, wanted])
    assert epoch_numbers(found.epochs)[-1] == {"lightning_rich.txt": 2, "sklearn_partial_fit.txt": 5}.get(file, 3)


@pytest.mark.parametrize(("file", "wanted"), WRITTEN)
def test_what_a_framework_writes(file, wanted):
    """With all digits."""
    assert series_of(read_files(str(OUTPUTS / file)), wanted) == Series(*WRITTEN[file, wanted])


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("skorch_fit.txt", "no metric 'val_acc' was printed; there were train_loss, valid_acc, valid_loss, dur; did"),
        ("jax_optax.txt", "several metrics fit 'accuracy': Test set accuracy, Training set accuracy; give one name"),
        ("hugging_face_trainer.txt", "no metric 'val_acc' was printed; there were loss, grad_norm, learning_rate"),
    ],
)
def test_a_metric_that_the_framework_calls_otherwise(file, message):
    """The names that were there, or the nearest one."""
    reader = LineReader()
    wanted = message.split("'")[1]
    found = series_of([*reader.feed((OUTPUTS / file).read_bytes().decode()), *reader.end()], wanted)
    assert isinstance(found, str)
    assert found.startswith(message)


def test_what_was_read_is_said():
    """As lrsearch says it after the first trial."""
    found = series_of(LineReader().feed((OUTPUTS / "keras_bar.txt").read_bytes().decode()), "val_loss")
    line = describe(found.name, found.values, minimize=True)
    assert line == "val_loss: 3 values, last 2.1447, best 2.1447; the last one is the score"
