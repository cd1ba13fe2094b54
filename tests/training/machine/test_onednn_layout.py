"""Networks that compute in oneDNN's own memory layout."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lrsearch.interfaces import Given
from lrsearch.networks import make_model
from lrsearch.plans import Worker
from lrsearch.spec import make_spec
from lrsearch.training import workload
from lrsearch.training.machine.onednn_layout import TAME, blocked_forward, may_block
from lrsearch.training.torch_trainer import prepare

CPU = torch.device("cpu")
IMAGES = {"dataset": {"name": "synthetic", "shape": [1, 12, 12], "size": 300, "classes": 4}, "batch_size": 50}

PLACES = [
    ("none", "0.weight"),
    ("none", "0.bias"),
    ("none", "3.weight"),
    ("batch", "0.weight"),
    ("batch", "1.weight"),
    ("batch", "1.bias"),
    ("batch", "1.running_mean"),
    ("batch", "5.running_var"),
]

needs_onednn = pytest.mark.skipif(not may_block(make_spec({}), CPU, torch.float32), reason="another processor")


def make_cnn(norm="none", name="cnn", **options):
    """A network and a twin of equal weights, both channels-last, as `open_workload` makes them."""
    options = {"norm": norm, "dropout": 0.0, "width": 1.0} | options
    made = [make_model(name, options, (1, 12, 12), 4, seed=0) for _ in range(2)]
    return [model.to(memory_format=torch.channels_last) for model in made]


def losses_and_gradients(model, forward, seed=1):
    """What two steps' forward and backward passes and an evaluation give."""
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for step in range(2):
        x = torch.randn(30, 1, 12, 12, generator=generator).contiguous(memory_format=torch.channels_last)
        y = torch.randint(0, 4, (30,), generator=generator)
        model.zero_grad()
        loss = cross_entropy(forward(x), y)
        loss.backward()
        found |= {f"{step} {name}": p.grad.clone() for name, p in model.named_parameters()} | {f"{step} loss": loss}
    model.eval()
    with torch.inference_mode():
        found["logits"] = forward(x)
    model.train()
    return found | {name: buffer.float() for name, buffer in model.named_buffers()}


@needs_onednn
@pytest.mark.parametrize("norm", ["none", "batch"])
def test_equals_the_plain_layout(norm):
    """Losses, gradients, running statistics and evaluations, but for rounding."""
    plain, blocked = make_cnn(norm)
    forward = blocked_forward(blocked)
    assert forward is not blocked
    expected, found = losses_and_gradients(plain, plain), losses_and_gradients(blocked, forward)
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert torch.allclose(found[name], tensor, rtol=1e-4, atol=1e-5), name


@needs_onednn
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 1e38, -1e38, 2 * TAME])
@pytest.mark.parametrize(("norm", "place"), PLACES)
@pytest.mark.parametrize("training", [True, False])
def test_hides_no_overflow(bad, norm, place, training):
    """A number that is not finite, or too large, gives what torch's own kernels give."""
    plain, blocked = make_cnn(norm)
    forward = blocked_forward(blocked)
    for model in (plain, blocked):
        tensor = model.train(training).state_dict()[place]
        tensor[(0,) * tensor.dim()] = bad
    x = torch.randn(5, 1, 12, 12, generator=torch.Generator().manual_seed(0))
    x = x.contiguous(memory_format=torch.channels_last)
    assert torch.allclose(forward(x), plain(x), rtol=1e-4, atol=1e-5, equal_nan=True)


@needs_onednn
@pytest.mark.filterwarnings("ignore:TF32 acceleration on top of oneDNN")
def test_computes_without_onednn_where_it_is_switched_off():
    """Torch lets a caller do so, for a part of a program too."""
    plain, blocked = make_cnn()
    forward = blocked_forward(blocked)
    x = torch.ones(5, 1, 12, 12).contiguous(memory_format=torch.channels_last)
    with torch.backends.mkldnn.flags(enabled=False):
        assert torch.equal(forward(x), plain(x))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("cnn", {"norm": "group"}),
        ("cnn", {"width": 0.5}),
        ("convnet", {"norm": "batch", "depth": 3}),
        ("convnet", {"norm": "none", "depth": 3, "width": 2.0}),
        ("mlp", {"hidden": (16,)}),
    ],
    ids=["a norm that it lacks", "half a block", "24 channels", "deep enough to overflow", "no convolution"],
)
def test_leaves_others_as_they_are(name, options):
    """Where the layout has no use, the network computes as it stands."""
    model, _ = make_cnn(name=name, **options)
    assert blocked_forward(model) is model


def test_leaves_a_class_of_ones_own_as_it_is():
    """Of a layer that it does not know, nothing is known."""

    class Doubled(nn.ReLU):
        def forward(self, x):
            return super().forward(2 * x)

    model = nn.Sequential(nn.Conv2d(1, 16, 3), Doubled(), nn.Flatten(), nn.Linear(16, 4))
    assert blocked_forward(model) is model


@needs_onednn
@pytest.mark.parametrize(
    ("values", "blocked"),
    [({}, True), ({"train": {"precision": "bf16"}}, False), ({"model": "mlp"}, False)],
)
def test_used_in_float32_by_built_in_convolutions(values, blocked):
    """And by nothing else."""
    spec = prepare(make_spec({"data": IMAGES, "model": "cnn", **values})).spec
    assert workload.open_workload(spec, Worker(threads=1)).blocked is blocked
    assert not workload.open_workload(spec, Worker(threads=1), dtype=torch.float64).blocked


@needs_onednn
def test_leaves_a_network_of_ones_own_as_it_is():
    """Its layers may be watched by hooks that want plain tensors."""

    def model():
        return nn.Sequential(nn.Conv2d(1, 16, 3), nn.Flatten(), nn.Linear(1600, 4))

    spec = prepare(make_spec({"data": IMAGES}), given=Given(model=model)).spec
    assert not workload.open_workload(spec, Worker(threads=1), given=Given(model=model)).blocked


@needs_onednn
@pytest.mark.parametrize("lr", [0.05, 30.0, 1e6, 1e20])
def test_trials_end_alike_in_both_layouts(train, monkeypatch, lr):
    """A rate that trains trains in both, one that diverges does so in both at one step."""

    def ending():
        result = train(lr, data=IMAGES, model_options="cnn", epochs=3)
        return result.state, result.message

    blocked = ending()
    monkeypatch.setattr(workload, "may_block", lambda *_: False)
    assert ending() == blocked
