"""Runs other learning-rate finders with their defaults on one case and seed, and prints their suggestions as JSON.

Called by `range_finders.py` with a spec and a seed, as JSON. pytorch-lr-finder starts at 1e-7, as its README does.
"""

from __future__ import annotations

import io
import json
import logging
import math
import sys
import tempfile
import warnings
from contextlib import redirect_stdout
from typing import Any

import matplotlib as mpl
import torch
from torch import nn
from work import make_loaders

from lrsearch.data import open_split
from lrsearch.networks import make_model
from lrsearch.spec import Spec, make_spec

OPTIMIZERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}


def fresh_model(spec: Spec, seed: int) -> nn.Module:
    """A new network of the case; the seed also seeds torch itself."""
    torch.manual_seed(seed)
    split = open_split(spec.data)
    return make_model(spec.model.name, spec.model.options, split.shape, split.n_classes, seed)


def of_optimizer(spec: Spec) -> tuple[Any, dict[str, float]]:
    """The optimizer class of a spec, and its options."""
    options = {"momentum": 0.9} if spec.train.optimizer.name == "sgd" else {}
    return OPTIMIZERS[spec.train.optimizer.name], options


def by_lr_finder(spec: Spec, seed: int) -> dict[str, float | None]:
    """The suggestion of pytorch-lr-finder."""
    from torch_lr_finder import LRFinder

    model, (make, options) = fresh_model(spec, seed), of_optimizer(spec)
    finder = LRFinder(model, make(model.parameters(), lr=1e-7, **options), nn.CrossEntropyLoss(), device="cpu")
    finder.range_test(make_loaders(spec)[0], end_lr=10, num_iter=100)
    return {"pytorch-lr-finder": finder.plot(suggest_lr=True)[1]}


def by_lightning(spec: Spec, seed: int) -> dict[str, float | None]:
    """The suggestion of Lightning's Tuner."""
    import lightning
    from lightning.pytorch.tuner import Tuner

    model, (make, options) = fresh_model(spec, seed), of_optimizer(spec)

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model, self.lr = model, 1e-3

        def training_step(self, batch: Any, _: int) -> torch.Tensor:
            images, labels = batch
            return nn.functional.cross_entropy(self.model(images), labels)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return make(self.parameters(), lr=self.lr, **options)

    with tempfile.TemporaryDirectory() as folder:
        trainer = lightning.Trainer(
            accelerator="cpu",
            max_epochs=10,
            default_root_dir=folder,
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        found = Tuner(trainer).lr_find(Module(), train_dataloaders=make_loaders(spec)[0])
    return {"Lightning": found.suggestion()}


def by_fastai(spec: Spec, seed: int) -> dict[str, float | None]:
    """The four suggestions of fastai."""
    from fastai.callback.schedule import minimum, slide, steep, valley
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import OptimWrapper

    model, (make, options) = fresh_model(spec, seed), of_optimizer(spec)
    with tempfile.TemporaryDirectory() as folder:

        def opt_func(params: Any, **kwargs: Any) -> OptimWrapper:
            return OptimWrapper(params, make, **options, **kwargs)

        learner = Learner(
            DataLoaders(*make_loaders(spec)), model, loss_func=nn.CrossEntropyLoss(), opt_func=opt_func, path=folder
        )
        with learner.no_bar(), learner.no_logging():
            found = learner.lr_find(suggest_funcs=(valley, slide, minimum, steep), show_plot=False)
    return {f"fastai {name}": float(getattr(found, name)) for name in ("valley", "slide", "minimum", "steep")}


def main() -> None:
    """Run all finders; a finder that raises has no answer."""
    values = json.loads(sys.argv[1])
    spec, seed = make_spec(values["spec"]), values["seed"]
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    mpl.use("agg")
    torch.set_num_threads(values.get("threads", 2))
    found: dict[str, float | None] = {}
    with redirect_stdout(io.StringIO()):
        for names, finder in (
            (("pytorch-lr-finder",), by_lr_finder),
            (("Lightning",), by_lightning),
            (tuple(f"fastai {name}" for name in ("valley", "slide", "minimum", "steep")), by_fastai),
        ):
            try:
                found |= finder(spec, seed)
            except (ValueError, IndexError, RuntimeError) as error:  # it has no suggestion
                print(f"{names[0]}: {error}", file=sys.stderr)
                found |= dict.fromkeys(names)
    print(json.dumps({name: lr if lr and math.isfinite(lr) else None for name, lr in found.items()}))


if __name__ == "__main__":
    main()
