"""The schedules that a spec can name.

In the formulas t is the step from 0, T the number of steps of the run, n the steps of an epoch; with a warm-up in front
t starts behind it and T is what it leaves. Each gives the scale of the peak rate, which is the rate that is searched.
"""

from __future__ import annotations

from lrsearch.catalog.entries import Option, ScheduleEntry, table

_END = Option("number", 0.0, "scale of the peak rate at the end of the run", 0.0, 1.0)
_FACTOR = Option("number", 0.1, "what is left of the rate after a drop", 0.0, 1.0, above_low=True)
_UNIT = "what `{}` counts: epochs or steps"


def _unit(what: str) -> Option:
    return Option("word", "epochs", _UNIT.format(what), words=("epochs", "steps"))


SCHEDULES: dict[str, ScheduleEntry] = table(
    ScheduleEntry(
        name="constant",
        aliases=("fixed",),
        about="the same rate throughout",
        formula="1",
        source="",
        use="short runs, first comparisons; under Adam and its kin",
        strengths="nothing to choose; what is found holds for a run of any length",
        weaknesses="the noise of large steps stays to the end: usually some accuracy short of a schedule that falls",
    ),
    ScheduleEntry(
        name="step",
        about="a drop by a factor every few epochs",
        formula="factor^floor(t / every)",
        source="He et al. 2016, section 3.4 (by 10 where the error no longer falls)",
        use="long runs with sgd, recipes of the ResNet age",
        strengths="plain; the high rate is kept as long as it helps",
        weaknesses="two more numbers to choose, which belong to one length of run",
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
        about="a drop by a factor at each milestone",
        formula="factor^(number of milestones <= t)",
        source="He et al. 2016, section 4.2 (CIFAR-10: at a half and three quarters of the run)",
        use="published recipes that name the epochs of their drops",
        strengths="as step, with drops where the run needs them",
        weaknesses="milestones have to be found anew for each length of run",
        options={
            "milestones": Option(
                "numbers",
                None,
                "epochs (or steps) at which it drops; null: a half and three quarters of the run",
                0.0,
                above_low=True,
            ),
            "unit": _unit("milestones"),
            "factor": _FACTOR,
        },
    ),
    ScheduleEntry(
        name="exponential",
        about="the same share of the rate lost in every epoch, a little at each step",
        formula="factor^(t / n) in epochs, factor^t in steps",
        source="torch.optim.lr_scheduler.ExponentialLR, moved at every step",
        use="runs whose length is not known beforehand",
        strengths="one number; smooth; does not need the length of the run",
        weaknesses="falls fastest at the start, where a high rate helps; hardly moves at the end",
        options={
            "factor": Option("number", 0.9, "what is left of the rate after an epoch (or step)", 0.0, 1.0, True),
            "unit": _unit("factor"),
        },
    ),
    ScheduleEntry(
        name="polynomial",
        about="a power of the share of the run that is left",
        formula="end + (1 - end) (1 - t / T)^power",
        source="Liu et al. 2015 (ParseNet); Chen et al. 2018 (DeepLab), section 4.1, with power 0.9",
        use="segmentation (power 0.9); large batches (power 2)",
        strengths="one number between a straight line (1) and a fast fall (2 and more)",
        weaknesses="one more number than linear or cosine, which are seldom worse",
        options={
            "power": Option("number", 2.0, "1 is a straight line; more falls faster at the start", 0.0, above_low=True),
            "end": _END,
        },
    ),
    ScheduleEntry(
        name="linear",
        about="a straight line down to the end of the run",
        formula="1 - (1 - end) t / T",
        source="Defazio et al. 2023 (why a line to 0 is a good default)",
        use="a first schedule for anything: with warm-up for transformers",
        strengths="nothing to choose; as good as cosine or better in most comparisons",
        weaknesses="needs the length of the run: half a run is not a run of half the length",
        options={"end": _END},
    ),
    ScheduleEntry(
        name="inverse-time",
        aliases=("time-based",),
        about="a rate that falls as one over time",
        formula="1 / (1 + decay t / n)",
        source="Robbins & Monro 1951 (rates whose sum is infinite and whose squares' is not); Bottou 2010, section 2",
        use="convex problems, runs without an end",
        strengths="converges by theory; does not need the length of the run",
        weaknesses="far from 0 at the end of a run of common length: less accurate than linear or cosine",
        options={"decay": Option("number", 0.1, "fall for each epoch; at 1 the rate has halved after one", low=0.0)},
    ),
    ScheduleEntry(
        name="cosine",
        about="half a cosine down to the end of the run",
        formula="end + (1 - end) (1 + cos(pi t / T)) / 2",
        source="Loshchilov & Hutter 2017, equation 5, without restarts",
        use="a first schedule for vision networks; with warm-up for transformers",
        strengths="high for long, gentle at the end; nothing to choose",
        weaknesses="needs the length of the run; the last tenth is spent at rates near 0",
        options={"end": _END},
    ),
    ScheduleEntry(
        name="cosine-restarts",
        aliases=("sgdr",),
        about="cosines that start again at the peak, each longer than the last",
        formula="end + (1 - end) (1 + cos(pi c / P)) / 2, c steps into a cycle of P; P grows by mult",
        source="Loshchilov & Hutter 2017 (SGDR), equation 5",
        use="ensembles of one training (a snapshot before each restart); good networks before the end",
        strengths="a usable network at the end of each cycle",
        weaknesses="a restart costs accuracy for a while; the last cycle should end with the run",
        options={
            "period": Option(
                "number",
                None,
                "epochs of the first cycle; null: such that three cycles end with the run",
                0.0,
                above_low=True,
            ),
            "mult": Option("whole", 2, "how many times as long each cycle is as the one before", 1, 1000),
            "end": Option("number", 0.0, "scale of the peak rate at the end of a cycle", 0.0, 1.0),
        },
    ),
    ScheduleEntry(
        name="one-cycle",
        aliases=("onecycle",),
        about="up from a low rate to the peak, then down to almost nothing; momentum is left as it is",
        formula="1 / div_factor -> 1 in pct_start T steps -> 1 / (div_factor final_div_factor) at the last step",
        source="Smith & Topin 2018, section 3; as torch's OneCycleLR(cycle_momentum=False): the rate alone is moved, "
        "where the paper (and torch by default) lowers momentum as the rate rises",
        use="short runs with a high peak rate, sgd with momentum",
        strengths="high rates are reached safely; brings its own warm-up",
        weaknesses="three numbers to choose; a warm-up in front of it only ends in a fall",
        options={
            "pct_start": Option("number", 0.3, "share of the run in which the rate rises", 0.0, 1.0, True, True),
            "div_factor": Option("number", 25.0, "peak rate over the first rate", low=1.0),
            "final_div_factor": Option("number", 1e4, "first rate over the last", low=1.0),
            "anneal": Option("word", "cos", "form of the rise and of the fall", words=("cos", "linear")),
        },
    ),
    ScheduleEntry(
        name="cyclic",
        aliases=("clr",),
        about="up and down between a low rate and the peak",
        formula="low + (1 - low) max(0, 1 - x) h;  x = |t / S - 2 cycle + 1|, cycle = floor(1 + t / (2 S)), "
        "S the steps of a rise;  h = 1, 2^(1 - cycle) or gamma^t",
        source="Smith 2017, section 3.1",
        use="where a good range of rates is known, and not the best rate or length of run",
        strengths="forgiving of the exact rate; usable networks at the end of each cycle",
        weaknesses="ends at `low`, not near 0; triangular never settles (take triangular2)",
        options={
            "mode": Option(
                "word",
                "triangular",
                "height of the cycles: the same, halved each time, or times gamma a step",
                words=("triangular", "triangular2", "exp_range"),
            ),
            "step_size": Option(
                "number", None, "epochs from low to peak; null: an eighth of the run", 0.0, above_low=True
            ),
            "low": Option("number", 0.25, "scale of the peak rate between two cycles", 0.0, 1.0),
            "gamma": Option("number", 1.0, "exp_range: what is left of the height after a step", 0.0, 1.0, True),
        },
    ),
    ScheduleEntry(
        name="plateau",
        about="a drop by a factor where the validation loss no longer falls",
        formula="1, times factor each time that patience + 1 epochs in a row have not lowered the best loss",
        source="torch.optim.lr_scheduler.ReduceLROnPlateau; He et al. 2016, section 3.4 (there by hand)",
        use="runs that may be long, where nobody knows when to drop",
        strengths="drops where they are needed; does not need the length of the run",
        weaknesses="follows the noise of the validation loss; loses patience + 1 epochs before each drop",
        options={
            "factor": Option("number", 0.1, _FACTOR.about, 0.0, 1.0, True, True),
            "patience": Option("whole", 3, "epochs without a better validation loss that are borne", 0),
            "threshold": Option("number", 1e-4, "least fall that counts, as a share of the best loss", 0.0, 1.0),
            "floor": Option("number", 0.0, "scale of the peak rate that it never goes below", 0.0, 1.0),
        },
    ),
)
