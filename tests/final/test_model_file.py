"""model.py: the same outputs as the network that it was written from, without lrsearch."""

import runpy
import sys

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from lrsearch.final.model_file import model_source
from lrsearch.networks import make_model
from lrsearch.spec.sections import make_choice


def written(network, shape, folder):
    """The names that model.py defines, with the weights of the network beside it."""
    source = model_source(network.eval(), title="t", shape=shape, mean=[0.0] * shape[0], std=[1.0] * shape[0], batch=8)
    assert source is not None
    (folder / "model.py").write_text(source)
    save_file(network.state_dict(), folder / "weights.safetensors")
    before = set(sys.modules)
    names = runpy.run_path(str(folder / "model.py"))
    assert not any(name.startswith("lrsearch") for name in set(sys.modules) - before)
    return names


@pytest.mark.parametrize(
    ("name", "shape", "options"),
    [
        ("mlp", (1, 8, 8), {"hidden": [8, 4], "norm": "batch", "dropout": 0.5}),
        ("cnn", (1, 8, 8), {"norm": "group", "dropout": 0.1}),
        ("convnet", (3, 16, 16), {"depth": 2, "width": 0.25}),
        ("resnet18", (3, 16, 16), {"dropout": 0.1}),
    ],
)
def test_every_network_is_rebuilt(name, shape, options, tmp_path):
    """Bit for bit the same logits, for sequences and for the residual network, which is traced."""
    network = make_model(name, make_choice("model", name, **options).options, shape, 5, 0)
    images = torch.randint(0, 256, (4, *shape), dtype=torch.uint8)
    names = written(network, shape, tmp_path)
    with torch.inference_mode():
        assert torch.equal(names["load"]()(names["preprocess"](images)), network(images.float()))


def test_images_are_normalised_by_channel(tmp_path):
    """(x - mean) / std, with the numbers of each channel."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(8, 2))
    source = model_source(network, title="t", shape=(2, 2, 2), mean=[10.0, 20.0], std=[2.0, 4.0], batch=8)
    (tmp_path / "model.py").write_text(source)
    made = runpy.run_path(str(tmp_path / "model.py"))["preprocess"](torch.full((1, 2, 2, 2), 30, dtype=torch.uint8))
    assert made[0, :, 0, 0].tolist() == [10.0, 2.5]


@pytest.mark.parametrize(
    ("name", "options"),
    [("lstm", {"layers": 2, "dropout": 0.3}), ("gru", {"bidirectional": True}), ("bow", {"dropout": 0.5})],
)
def test_texts_are_numbered_by_the_vocabulary(name, options, tmp_path):
    """Texts as words in the case of the spec; unknown words, padding and an empty text as in training."""
    network = make_model(name, make_choice("model", name, **options).options, (3,), 2, 0, n_words=4).eval()
    source = model_source(network, title="t", shape=(3,), batch=8, lower=True, classes=("neg", "pos"))
    assert source is not None
    (tmp_path / "model.py").write_text(source)
    (tmp_path / "vocabulary.txt").write_text("don't\ngr\u00fc\u00dfe")
    save_file(network.state_dict(), tmp_path / "weights.safetensors")
    names = runpy.run_path(str(tmp_path / "model.py"))
    numbers = names["preprocess"](["Gone: I DON'T.", "Gr\u00fc\u00dfe", ""])
    assert numbers.tolist() == [[1, 1, 2], [3, 0, 0], [0, 0, 0]]
    assert names["preprocess"](numbers) is numbers
    with torch.inference_mode():
        torch.testing.assert_close(names["load"]()(numbers), network(numbers))


class Typed(nn.Module):
    """A network whose types have names that need an import, and that names a device."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add zeros."""
        return x.flatten(1) + torch.zeros_like(x, device=torch.device("cpu")).flatten(1)


def test_types_are_left_out(tmp_path):
    """The file needs no import for them, and has the import for a device."""
    names = written(Typed(), (1, 2, 2), tmp_path)
    assert names["build"]()(torch.zeros(1, 1, 2, 2)).tolist() == [[0.0] * 4]


class Counting(nn.Module):
    """A network whose steps depend on the values, which no tracing can follow."""

    def forward(self, x):
        """Branch on a value."""
        return x if x.sum() > 0 else -x


class Constant(nn.Module):
    """A network with a tensor that is neither a parameter nor a buffer."""

    def forward(self, x):
        """Add ones."""
        return x.flatten(1) + torch.ones(4)


def test_a_network_that_cannot_be_written_gives_nothing():
    """No wrong file in place of none, also where a tensor belongs to no layer."""
    network = Constant()
    assert model_source(network, title="t", shape=(1, 2, 2), mean=[0.0], std=[1.0], batch=8) is None
    assert model_source(Counting(), title="t", shape=(1, 2, 2), mean=[0.0], std=[1.0], batch=8) is None


def test_a_title_cannot_end_the_text_of_the_file():
    """Quotes in a name stay text."""
    title = 'x"""\nimport os\n"""'
    source = model_source(nn.Sequential(nn.Flatten()), title=title, shape=(1, 2, 2), mean=[0.0], std=[1.0], batch=8)
    compile(source, "model.py", "exec")
    assert "\nimport os" not in source.split("from pathlib")[1]


def test_examples_that_are_taken_as_they_are(tmp_path):
    """No normalisation, the names of the classes, and a clear line where there is nothing to test on."""
    network = nn.Sequential(nn.Linear(3, 2))
    source = model_source(network.eval(), title="t", shape=(3,), batch=8, classes=("cat", "o'dog"))
    (tmp_path / "model.py").write_text(source)
    save_file(network.state_dict(), tmp_path / "weights.safetensors")
    names = runpy.run_path(str(tmp_path / "model.py"))
    x = torch.rand(4, 3, dtype=torch.float64)
    assert names["CLASSES"] == ["cat", "o'dog"]
    assert torch.equal(names["load"]()(names["preprocess"](x)), network(x.float()))
    with pytest.raises(SystemExit, match=r"no test\.safetensors beside this file"):
        runpy.run_path(str(tmp_path / "model.py"), run_name="__main__")
