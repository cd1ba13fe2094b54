"""The schedules that a spec can name.

In the formulas, t is the step, counted from 0, T the number of steps in the run, and n the number of steps in an epoch.
If there is a warm-up, t and T count only the steps after the warm-up. A formula gives the rate divided by the peak
rate; a search looks for the best peak rate.
"""

from __future__ import annotations

from lrsearch.catalog.entries import Option, ScheduleEntry, table

_END = Option("number", 0.0, "rate at the end of the run, as a share of the peak rate", 0.0, 1.0)
_FACTOR = Option("number", 0.1, "share of the rate that is left after a drop", 0.0, 1.0, above_low=True)
_UNIT = "what `{}` counts: epochs or steps"


def _unit(what: str) -> Option:
    return Option("word", "epochs", _UNIT.format(what), words=("epochs", "steps"))


SCHEDULES: dict[str, ScheduleEntry] = table(
    ScheduleEntry(
        name="constant",
        aliases=("fixed",),
        about="the same rate at every step",
        formula="1",
        source="",
        use="short runs and first comparisons; Adam and its variants",
        strengths="has no options to choose; does not depend on the length of the run",
        weaknesses="steps stay large and noisy until the end, so a schedule that falls is usually more accurate",
    ),
    ScheduleEntry(
        name="step",
        about="drops by a factor every few epochs",
        formula="factor^floor(t / every)",
        source="He et al. 2016, section 3.4 (by 10 when the error no longer falls)",
        use="long runs with sgd, recipes from the time of ResNet",
        strengths="is simple; keeps the high rate as long as the high rate helps",
        weaknesses="has two more numbers to choose (every, factor), and every depends on the length of the run",
        options={
            "every": Option(
                "number", None, "epochs (or steps) between two drops; null: a third of the run", 0.0, above_low=True
            ),
            "unit": _unit("every"),
            "factor": _FACTOR,
        },
    ),
    ScheduleEntry(
        name="multistep",
        aliases=("scheduled-drop",),
        about="drops by a factor at each milestone",
        formula="factor^(number of milestones <= t)",
        source="He et al. 2016, section 4.2 (CIFAR-10: at a half and three quarters of the run)",
        use="published recipes that give the epochs of the drops",
        strengths="like step, but you choose the epoch of each drop",
        weaknesses="milestones have to be chosen again for each length of run",
        options={
            "milestones": Option(
                "numbers",
                None,
                "epochs (or steps) of the drops; null: a half and three quarters of the run",
                0.0,
                above_low=True,
            ),
            "unit": _unit("milestones"),
            "factor": _FACTOR,
        },
    ),
    ScheduleEntry(
        name="exponential",
        about="falls by the same factor in every epoch, a little at each step",
        formula="factor^(t / n) in epochs, factor^t in steps",
        source="torch.optim.lr_scheduler.ExponentialLR, with a step after every batch",
        use="runs whose length is not known in advance",
        strengths="has only one option; falls smoothly; does not need the length of the run",
        weaknesses="falls fastest at the start, when a high rate helps; hardly changes at the end",
        options={
            "factor": Option("number", 0.9, "share of the rate that is left after an epoch (or step)", 0.0, 1.0, True),
            "unit": _unit("factor"),
        },
    ),
    ScheduleEntry(
        name="polynomial",
        about="falls as a power of the share of the run that is left",
        formula="end + (1 - end) (1 - t / T)^power",
        source="Liu et al. 2015 (ParseNet); Chen et al. 2018 (DeepLab), section 4.1, with power 0.9",
        use="segmentation (power 0.9); large batches (power 2)",
        strengths="one number sets the shape of the curve, from a straight line (1) to a fast fall (2 and more)",
        weaknesses="has one more number to choose than linear and cosine, which are seldom worse",
        options={
            "power": Option(
                "number", 2.0, "1 is a straight line; a larger power falls faster at the start", 0.0, above_low=True
            ),
            "end": _END,
        },
    ),
    ScheduleEntry(
        name="linear",
        about="falls in a straight line until the end of the run",
        formula="1 - (1 - end) t / T",
        source="Defazio et al. 2023 (why a line to 0 is a good default)",
        use="a first choice for any network; with warm-up for transformers",
        strengths="has no options to choose; is as good as cosine or better in most comparisons",
        weaknesses="needs the length of the run: a run that is stopped halfway gives no good network",
        options={"end": _END},
    ),
    ScheduleEntry(
        name="inverse-time",
        aliases=("time-based",),
        about="falls in inverse proportion to time",
        formula="1 / (1 + decay t / n)",
        source="Robbins & Monro 1951 (infinite sum of the rates, finite sum of their squares); Bottou 2010, section 2",
        use="convex problems; runs whose length is not fixed",
        strengths="convergence is proven for convex problems; does not need the length of the run",
        weaknesses="is still far from 0 at the end of a typical run, so less accurate than linear or cosine",
        options={
            "decay": Option(
                "number", 0.1, "speed of the fall per epoch; at 1 the rate is halved after one epoch", low=0.0
            )
        },
    ),
    ScheduleEntry(
        name="cosine",
        about="falls along half a cosine until the end of the run",
        formula="end + (1 - end) (1 + cos(pi t / T)) / 2",
        source="Loshchilov & Hutter 2017, equation 5, without restarts",
        use="a first choice for vision networks; with warm-up for transformers",
        strengths="stays high for long and ends gently; has no options to choose",
        weaknesses="needs the length of the run; the rate is near 0 in the last tenth of the run",
        options={"end": _END},
    ),
    ScheduleEntry(
        name="cosine-restarts",
        aliases=("sgdr",),
        about="falls along a cosine, then starts again at the peak; each cosine is longer than the previous cosine",
        formula="end + (1 - end) (1 + cos(pi c / P)) / 2;  c: steps since the cycle began;  "
        "P: steps of the cycle; mult times as many in each new cycle",
        source="Loshchilov & Hutter 2017 (SGDR), equation 5",
        use="ensembles from one training: keep the network before each restart",
        strengths="gives a usable network at the end of each cycle",
        weaknesses="each restart costs accuracy for a while; the last cycle should end with the run",
        options={
            "period": Option(
                "number",
                None,
                "epochs of the first cycle; null: chosen so that three cycles fill the run",
                0.0,
                above_low=True,
            ),
            "mult": Option("whole", 2, "length of each cycle divided by the length of the previous cycle", 1, 1000),
            "end": Option("number", 0.0, "rate at the end of a cycle, as a share of the peak rate", 0.0, 1.0),
        },
    ),
    ScheduleEntry(
        name="one-cycle",
        aliases=("onecycle",),
        about="rises from a low rate to the peak, then falls to almost 0; momentum does not change",
        formula="from 1 / div_factor to 1 in pct_start T steps, then to 1 / (div_factor final_div_factor) "
        "at the last step",
        source="Smith & Topin 2018, section 3; as torch's OneCycleLR(cycle_momentum=False): only the rate changes. "
        "The paper, and torch by default, also lower momentum as the rate rises",
        use="short runs with a high peak rate, sgd with momentum",
        strengths="reaches high rates safely; has its own warm-up",
        weaknesses="has three numbers to choose; if a warm-up comes first, the rate drops when the warm-up ends",
        options={
            "pct_start": Option("number", 0.3, "share of the run during which the rate rises", 0.0, 1.0, True, True),
            "div_factor": Option("number", 25.0, "peak rate divided by the first rate", low=1.0),
            "final_div_factor": Option("number", 1e4, "first rate divided by the last rate", low=1.0),
            "anneal": Option("word", "cos", "shape of the rise and of the fall", words=("cos", "linear")),
        },
    ),
    ScheduleEntry(
        name="cyclic",
        aliases=("clr",),
        about="rises and falls between a low rate and the peak",
        formula="low + (1 - low) max(0, 1 - x) h;  x = |t / S - 2 cycle + 1|, cycle = floor(1 + t / (2 S)), "
        "S the steps of a rise;  h = 1, 2^(1 - cycle) or gamma^t",
        source="Smith 2017, section 3.1",
        use="when you know a good range of rates, but not the best rate or the length of the run",
        strengths="depends less on the exact rate; gives a usable network at the end of each cycle",
        weaknesses="ends at `low`, not near 0; in mode triangular the steps stay large until the end (use triangular2)",
        options={
            "mode": Option(
                "word",
                "triangular",
                "height of the cycles: constant, halved after each cycle, or multiplied by gamma at each step",
                words=("triangular", "triangular2", "exp_range"),
            ),
            "step_size": Option(
                "number", None, "epochs from low to peak; null: an eighth of the run", 0.0, above_low=True
            ),
            "low": Option("number", 0.25, "rate between two cycles, as a share of the peak rate", 0.0, 1.0),
            "gamma": Option("number", 1.0, "exp_range only: factor on the height at each step", 0.0, 1.0, True),
        },
    ),
    ScheduleEntry(
        name="plateau",
        about="drops by a factor when the validation loss no longer falls",
        formula="factor^k;  k: drops so far, each after patience + 1 epochs in a row without a lower loss",
        source="torch.optim.lr_scheduler.ReduceLROnPlateau; He et al. 2016, section 3.4 (rate lowered by hand)",
        use="long runs when you do not know at which epochs to drop",
        strengths="drops when the loss stops falling; does not need the length of the run",
        weaknesses="reacts to noise of the validation loss; waits patience + 1 epochs before each drop",
        options={
            "factor": Option("number", 0.1, _FACTOR.about, 0.0, 1.0, True, True),
            "patience": Option(
                "whole",
                3,
                "allowed number of epochs in a row without a lower validation loss; one more epoch causes a drop",
                0,
            ),
            "threshold": Option(
                "number", 1e-4, "smallest fall of the loss that counts, as a share of the best loss", 0.0, 1.0
            ),
            "floor": Option("number", 0.0, "lowest rate, as a share of the peak rate", 0.0, 1.0),
        },
    ),
)
