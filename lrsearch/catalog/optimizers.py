"""The optimizers that a spec can name, with the option names and defaults of torch."""

from __future__ import annotations

from lrsearch.catalog.entries import OptimizerEntry, Option, table

_WEIGHT_DECAY = Option("number", 0.0, "how strongly each step pulls the weights towards 0, per unit of rate", low=0.0)
_BETAS = Option(
    "numbers",
    (0.9, 0.999),
    "decay of the running means of the gradient and of its square",
    0.0,
    1.0,
    below_high=True,
    length=2,
)
_EPS = Option("number", 1e-8, "added to the denominator", low=0.0)
_AMSGRAD = Option("flag", False, "use the largest mean of squared gradients so far (Reddi et al. 2018)")
_DECOUPLED = Option("flag", False, "apply weight decay separately from the gradient, as in AdamW")

OPTIMIZERS: dict[str, OptimizerEntry] = table(
    OptimizerEntry(
        name="sgd",
        torch_name="SGD",
        about="stochastic gradient descent on mini-batches, with optional momentum",
        formula="v = momentum v + g;  w = w - lr v",
        source="Robbins & Monro 1951; momentum: Sutskever et al. 2013, equations 1 and 2",
        use="vision networks that you have time to tune, with momentum 0.9 and a schedule",
        strengths="often reaches the best final accuracy; stores at most one number per weight; a step is "
        "proportional to the rate",
        weaknesses="the best rate depends on model, batch size and scale of the loss; slow on badly scaled problems",
        low=1e-3,
        high=30.0,
        options={
            "momentum": Option(
                "number", 0.0, "share of the last step added to the next one", 0.0, 1.0, below_high=True
            ),
            "dampening": Option("number", 0.0, "share of each gradient that is left out of the momentum", 0.0, 1.0),
            "nesterov": Option("flag", False, "use Nesterov momentum, which looks one step ahead"),
            "weight_decay": _WEIGHT_DECAY,
        },
    ),
    OptimizerEntry(
        name="adagrad",
        torch_name="Adagrad",
        about="divides each step by the root of the sum of all squared gradients",
        formula="s = s + g^2;  w = w - lr g / (sqrt(s) + eps)",
        source="Duchi et al. 2011, figure 1",
        use="sparse features, such as rare words; short trainings",
        strengths="takes large steps for rare features; works over a wide range of rates",
        weaknesses="the sum only grows, so steps become very small in long trainings",
        textbook="Keras starts the sum at 0.1 (initial_accumulator_value), and torch starts the sum at 0",
        capturable=False,
        low=1e-4,
        high=3.0,
        options={
            "lr_decay": Option(
                "number", 0.0, "decay of the rate: at step t the rate is divided by 1 + lr_decay t", low=0.0
            ),
            "weight_decay": _WEIGHT_DECAY,
            "initial_accumulator_value": Option("number", 0.0, "start value of the sum of squares", low=0.0),
            "eps": Option("number", 1e-10, "added to the denominator", low=0.0),
        },
    ),
    OptimizerEntry(
        name="rmsprop",
        torch_name="RMSprop",
        about="divides each step by the root of a running mean of squared gradients",
        formula="s = alpha s + (1 - alpha) g^2;  w = w - lr g / (sqrt(s) + eps)",
        source="Tieleman & Hinton 2012, lecture 6.5",
        use="recurrent networks, reinforcement learning, published recipes that use RMSprop",
        strengths="adapts to changing gradients, while the steps of Adagrad only shrink; stores only one number per "
        "weight",
        weaknesses="has no bias correction, so the first steps are large; is seldom better than Adam",
        textbook="the lecture and Keras use alpha 0.9 (Keras calls alpha rho), and torch uses 0.99",
        low=1e-5,
        high=0.3,
        options={
            "alpha": Option(
                "number", 0.99, "decay of the running mean of the squared gradient", 0.0, 1.0, below_high=True
            ),
            "eps": _EPS,
            "weight_decay": _WEIGHT_DECAY,
            "momentum": Option(
                "number", 0.0, "share of the last step added to the next one", 0.0, 1.0, below_high=True
            ),
            "centered": Option("flag", False, "divide by the running variance (Graves 2013)"),
        },
    ),
    OptimizerEntry(
        name="adadelta",
        torch_name="Adadelta",
        about="multiplies the gradient by the size of recent steps, divided by the size of recent gradients",
        formula="s = rho s + (1 - rho) g^2;  d = sqrt(u + eps) / sqrt(s + eps) g;  "
        "u = rho u + (1 - rho) d^2;  w = w - lr d",
        source="Zeiler 2012, algorithm 1 (which has no rate: lr = 1)",
        use="when you cannot tune the rate; the paper uses 1.0",
        strengths="a step hardly depends on the scale of the loss; the rate seldom needs tuning",
        weaknesses="slow at the start, because steps grow from eps; rarely the most accurate",
        textbook="the paper and Keras use rho 0.95, and torch uses 0.9",
        low=1e-2,
        high=100.0,
        options={
            "rho": Option("number", 0.9, "decay of both running means of squares", 0.0, 1.0),
            "eps": Option(
                "number", 1e-6, "number added under both roots, which sets the size of the first steps", low=0.0
            ),
            "weight_decay": _WEIGHT_DECAY,
        },
    ),
    OptimizerEntry(
        name="adam",
        torch_name="Adam",
        about="scales each step by running means of the gradient and of its square",
        formula="m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  "
        "w = w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)",
        source="Kingma & Ba 2015, algorithm 1",
        use="a first try for any network; layers with gradients of very different sizes",
        strengths="works over a wide range of rates; fast at the start",
        weaknesses="stores two numbers per weight; weight decay is weak where gradients are large (use adamw)",
        textbook="Keras uses eps 1e-7; torch and the paper use 1e-8",
        low=1e-5,
        high=0.3,
        options={"betas": _BETAS, "eps": _EPS, "weight_decay": _WEIGHT_DECAY, "amsgrad": _AMSGRAD},
    ),
    OptimizerEntry(
        name="adamw",
        torch_name="AdamW",
        about="Adam with weight decay that is separate from the gradient",
        formula="w = w - lr weight_decay w, then Adam's step",
        source="Loshchilov & Hutter 2019, algorithm 2",
        use="transformers, and whenever you want Adam with weight decay; with warm-up and cosine",
        strengths="weight decay and rate can be tuned separately; the standard for large models",
        weaknesses="stores two numbers per weight; decay is lr x weight_decay per step, so a schedule changes the "
        "decay too",
        textbook="the paper multiplies weight decay by the schedule, and torch by the rate; the default of torch "
        "is 0.01",
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
        about="Adam with the largest recent gradient instead of the root of the mean square",
        formula="m = b1 m + (1 - b1) g;  u = max(b2 u, |g| + eps);  w = w - lr m / ((1 - b1^t) u)",
        source="Kingma & Ba 2015, algorithm 2",
        use="gradients that are rarely very large; embeddings",
        strengths="a step is hardly ever larger than lr; robust to outliers",
        weaknesses="one large gradient keeps steps small for a long time; few networks are trained with Adamax",
        low=1e-4,
        high=3.0,
        options={"betas": _BETAS, "eps": _EPS, "weight_decay": _WEIGHT_DECAY},
    ),
    OptimizerEntry(
        name="nadam",
        torch_name="NAdam",
        about="Adam with Nesterov momentum, which looks one step ahead",
        formula="Adam with (mu_{t+1} m / (1 - prod mu)) + ((1 - mu_t) g / (1 - prod mu)) in place of m / (1 - b1^t)",
        source="Dozat 2016, algorithm 2",
        use="when Adam works but starts slowly",
        strengths="often a little faster than Adam at the start",
        weaknesses="has one more option (momentum_decay), and the gain is small",
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
        about="Adam with a built-in warm-up: plain momentum until the mean of squared gradients is reliable",
        formula="Adam's step times r_t, which grows to 1; while rho_t <= 5, the step is not divided by the root of v",
        source="Liu et al. 2020, algorithm 2",
        use="when you want Adam without tuning a warm-up",
        strengths="needs no warm-up; smaller first steps than Adam",
        weaknesses="its warm-up always takes 2 / (1 - b2) steps, which is slow in a short run",
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
        about="gradient descent with a decaying rate, and an average of the weights",
        formula="eta = lr / (1 + lambd lr t)^alpha;  w = (1 - lambd eta) w - eta g;  ax = mean of w from step t0 on",
        source="Polyak & Juditsky 1992; Bottou 2010, section 2.2",
        use="convex problems, and published recipes that use ASGD (AWD-LSTM)",
        strengths="the averaged weights vary less than the last ones",
        weaknesses="validation here uses the last weights, not their average; a decay (lambd) is on by default",
        linear_in_lr=False,
        low=1e-3,
        high=30.0,
        options={
            "lambd": Option("number", 1e-4, "decay of the weights and of the rate", low=0.0),
            "alpha": Option("number", 0.75, "exponent of the rate's decay", low=0.0),
            "t0": Option("number", 1e6, "step at which the averaging starts", low=0.0),
            "weight_decay": _WEIGHT_DECAY,
        },
    ),
)


def usual_range(optimizer: str, momentum: float = 0.0) -> tuple[float, float]:
    """Return the usual range of learning rates of an optimizer. The best rate usually lies well inside the range.

    Args:
        optimizer: A key of `OPTIMIZERS`.
        momentum: Momentum of sgd or rmsprop, in [0, 1); 0 for all other optimizers. After some steps, momentum has
            multiplied the size of a step by 1 / (1 - momentum), so the range is divided by this factor.

    Returns:
        (low, high), both > 0. The best rates measured on digits, MNIST-like sets and CIFAR-10 lie well inside: sgd with
        momentum 0.9 at 0.03 to 0.3, adam and its variants at 0.0024 to 0.1.

    Example:
        >>> [round(rate, 6) for rate in usual_range("sgd", momentum=0.9)]
        [0.0001, 3.0]
    """
    entry = OPTIMIZERS[optimizer]
    return (entry.low * (1 - momentum), entry.high * (1 - momentum))
