"""The optimizers that a spec can name, under torch's own option names and defaults."""

from __future__ import annotations

from lrsearch.catalog.entries import OptimizerEntry, Option, table

_WEIGHT_DECAY = Option("number", 0.0, "pull of the weights towards 0, per step and unit of rate", low=0.0)
_BETAS = Option(
    "numbers", (0.9, 0.999), "decay of the running mean and of the running square", 0.0, 1.0, below_high=True, length=2
)
_EPS = Option("number", 1e-8, "added to the denominator", low=0.0)
_AMSGRAD = Option("flag", False, "keep the largest running square (Reddi et al. 2018)")
_DECOUPLED = Option("flag", False, "weight decay apart from the gradient, as in AdamW")

OPTIMIZERS: dict[str, OptimizerEntry] = table(
    OptimizerEntry(
        name="sgd",
        torch_name="SGD",
        about="gradient descent on mini-batches, with momentum if asked",
        formula="v = momentum v + g;  w = w - lr v",
        source="Robbins & Monro 1951; momentum: Sutskever et al. 2013, equations 1 and 2",
        use="vision networks that one has the time to tune: with momentum 0.9 and a schedule",
        strengths="often the best final accuracy; one state a weight; the rate has a plain meaning",
        weaknesses="the best rate moves with model, batch size and loss scale; slow on badly scaled problems",
        low=1e-3,
        high=30.0,
        options={
            "momentum": Option("number", 0.0, "share of the last step carried on", 0.0, 1.0, below_high=True),
            "dampening": Option("number", 0.0, "share of the gradient left out of the momentum", 0.0, 1.0),
            "nesterov": Option("flag", False, "look ahead along the momentum"),
            "weight_decay": _WEIGHT_DECAY,
        },
    ),
    OptimizerEntry(
        name="adagrad",
        torch_name="Adagrad",
        about="steps divided by the root of the sum of all squared gradients",
        formula="s = s + g^2;  w = w - lr g / (sqrt(s) + eps)",
        source="Duchi et al. 2011, figure 1",
        use="sparse features, such as rare words; short trainings",
        strengths="rare features take large steps; forgiving of the rate",
        weaknesses="the sum only grows, so that steps shrink to nothing in a long training",
        textbook="Keras starts the sum at 0.1 (initial_accumulator_value); torch at 0",
        low=1e-4,
        high=3.0,
        options={
            "lr_decay": Option("number", 0.0, "fall of the rate: 1 / (1 + lr_decay t)", low=0.0),
            "weight_decay": _WEIGHT_DECAY,
            "initial_accumulator_value": Option("number", 0.0, "what the sum of squares starts at", low=0.0),
            "eps": Option("number", 1e-10, "added to the denominator", low=0.0),
        },
    ),
    OptimizerEntry(
        name="rmsprop",
        torch_name="RMSprop",
        about="steps divided by the root of a running mean of squared gradients",
        formula="s = alpha s + (1 - alpha) g^2;  w = w - lr g / (sqrt(s) + eps)",
        source="Tieleman & Hinton 2012, lecture 6.5",
        use="recurrent networks, reinforcement learning, recipes that were tuned with it",
        strengths="follows changing gradients, where Adagrad stops; one state a weight",
        weaknesses="no bias correction: the first steps are large; Adam is usually no worse",
        textbook="the lecture and Keras take alpha (there rho) 0.9, torch 0.99",
        low=1e-5,
        high=0.3,
        options={
            "alpha": Option("number", 0.99, "decay of the running square", 0.0, 1.0, below_high=True),
            "eps": _EPS,
            "weight_decay": _WEIGHT_DECAY,
            "momentum": Option("number", 0.0, "share of the last step carried on", 0.0, 1.0, below_high=True),
            "centered": Option("flag", False, "divide by the running variance (Graves 2013)"),
        },
    ),
    OptimizerEntry(
        name="adadelta",
        torch_name="Adadelta",
        about="steps as large as recent steps were, relative to recent gradients",
        formula="s = rho s + (1 - rho) g^2;  d = sqrt(u + eps) / sqrt(s + eps) g;  "
        "u = rho u + (1 - rho) d^2;  w = w - lr d",
        source="Zeiler 2012, algorithm 1 (which has no rate: lr = 1)",
        use="where no rate can be tuned: 1.0 is the paper's",
        strengths="steps have the units of the weights; hardly needs a rate",
        weaknesses="slow to start, since steps grow from eps; rarely the most accurate",
        textbook="the paper and Keras take rho 0.95, torch 0.9",
        low=1e-2,
        high=100.0,
        options={
            "rho": Option("number", 0.9, "decay of both running squares", 0.0, 1.0),
            "eps": Option("number", 1e-6, "added below both roots: the size of the first steps", low=0.0),
            "weight_decay": _WEIGHT_DECAY,
        },
    ),
    OptimizerEntry(
        name="adam",
        torch_name="Adam",
        about="steps scaled by running moments of the gradient",
        formula="m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  "
        "w = w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)",
        source="Kingma & Ba 2015, algorithm 1",
        use="a first try on anything; networks with layers of very different gradients",
        strengths="works over a wide range of rates; fast at the start",
        weaknesses="two states a weight; weight decay acts weakly where gradients are large (take adamw)",
        textbook="Keras takes eps 1e-7, torch 1e-8 as the paper",
        low=1e-5,
        high=0.3,
        options={"betas": _BETAS, "eps": _EPS, "weight_decay": _WEIGHT_DECAY, "amsgrad": _AMSGRAD},
    ),
    OptimizerEntry(
        name="adamw",
        torch_name="AdamW",
        about="Adam with weight decay apart from the gradient",
        formula="w = w - lr weight_decay w, then Adam's step",
        source="Loshchilov & Hutter 2019, algorithm 2",
        use="transformers, and wherever Adam meets weight decay; with warm-up and cosine",
        strengths="decay and rate can be tuned apart; the standard for large models",
        weaknesses="two states a weight; what decays a step is lr x weight_decay, so that both move with a schedule",
        textbook="the paper scales decay by the schedule alone; torch by the rate, with 0.01",
        low=1e-5,
        high=0.3,
        options={
            "betas": _BETAS,
            "eps": _EPS,
            "weight_decay": Option("number", 1e-2, _WEIGHT_DECAY.about, low=0.0),
            "amsgrad": _AMSGRAD,
        },
    ),
    OptimizerEntry(
        name="adamax",
        torch_name="Adamax",
        about="Adam with the largest recent gradient in place of the root of squares",
        formula="m = b1 m + (1 - b1) g;  u = max(b2 u, |g| + eps);  w = w - lr m / ((1 - b1^t) u)",
        source="Kingma & Ba 2015, algorithm 2",
        use="gradients with rare, large values; embeddings",
        strengths="the step never exceeds lr by much; robust to outliers",
        weaknesses="one large gradient keeps steps small for a long time; less used, so less known",
        low=1e-4,
        high=3.0,
        options={"betas": _BETAS, "eps": _EPS, "weight_decay": _WEIGHT_DECAY},
    ),
    OptimizerEntry(
        name="nadam",
        torch_name="NAdam",
        about="Adam that looks ahead along its momentum",
        formula="Adam with (mu_{t+1} m / (1 - prod mu)) + ((1 - mu_t) g / (1 - prod mu)) in place of m / (1 - b1^t)",
        source="Dozat 2016, algorithm 2",
        use="where Adam works and the start is slow",
        strengths="often a little faster than Adam at the start",
        weaknesses="one more option (momentum_decay); the gain is small",
        low=1e-5,
        high=0.3,
        options={
            "betas": _BETAS,
            "eps": _EPS,
            "weight_decay": _WEIGHT_DECAY,
            "momentum_decay": Option("number", 4e-3, "how fast the momentum grows to betas[0]", low=0.0),
            "decoupled_weight_decay": _DECOUPLED,
        },
    ),
    OptimizerEntry(
        name="radam",
        torch_name="RAdam",
        about="Adam with a warm-up of its own: plain momentum until the running square can be trusted",
        formula="Adam's step times r_t, which grows to 1; without the root of v as long as rho_t <= 5",
        source="Liu et al. 2020, algorithm 2",
        use="Adam without a warm-up to tune",
        strengths="needs no warm-up; calmer first steps than Adam",
        weaknesses="a warm-up of 2 / (1 - b2) steps, whatever the run: slow where the run is short",
        low=1e-5,
        high=0.3,
        options={
            "betas": _BETAS,
            "eps": _EPS,
            "weight_decay": _WEIGHT_DECAY,
            "decoupled_weight_decay": _DECOUPLED,
        },
    ),
    OptimizerEntry(
        name="asgd",
        torch_name="ASGD",
        about="gradient descent with a rate of its own decay, and an average of the weights",
        formula="eta = lr / (1 + lambd lr t)^alpha;  w = (1 - lambd eta) w - eta g;  ax = mean of w from step t0 on",
        source="Polyak & Juditsky 1992; Bottou 2010, section 2.2",
        use="convex problems, and recipes that were tuned with it (AWD-LSTM)",
        strengths="the averaged weights are calmer than the last ones",
        weaknesses="the average stands beside the network and is not what is validated here; "
        "a decay (lambd) is always on",
        linear_in_lr=False,
        low=1e-3,
        high=30.0,
        options={
            "lambd": Option("number", 1e-4, "decay of the weights, and of the rate", low=0.0),
            "alpha": Option("number", 0.75, "power of the rate's decay", low=0.0),
            "t0": Option("number", 1e6, "step at which averaging starts", low=0.0),
            "weight_decay": _WEIGHT_DECAY,
        },
    ),
)


def usual_range(optimizer: str, momentum: float = 0.0) -> tuple[float, float]:
    """The range of learning rates in which the best one usually lies well inside.

    Args:
        optimizer: A key of `OPTIMIZERS`.
        momentum: Momentum of sgd or rmsprop, in [0, 1): it multiplies the step by 1 / (1 - momentum) in the long run,
            so that the range moves down by as much. Others have none.

    Returns:
        (low, high), both > 0. The best rates measured on digits, MNIST-like sets and CIFAR-10 lie well inside: sgd with
        momentum 0.9 at 0.03 to 0.3, adam and its kin at 0.0024 to 0.1.

    Example:
        >>> [round(rate, 6) for rate in usual_range("sgd", momentum=0.9)]
        [0.0001, 3.0]
    """
    entry = OPTIMIZERS[optimizer]
    return (entry.low * (1 - momentum), entry.high * (1 - momentum))
