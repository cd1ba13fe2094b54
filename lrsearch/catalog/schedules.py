"""The schedules that a spec can name."""

from __future__ import annotations

from lrsearch.catalog.entries import Option, ScheduleEntry, table

_END = Option("number", 0.0, "scale of the peak rate at the end of the run", 0.0, 1.0)

SCHEDULES: dict[str, ScheduleEntry] = table(
    ScheduleEntry(
        name="constant",
        aliases=("fixed",),
        about="the same rate throughout",
        formula="1",
        source="",
        use="",
        strengths="",
        weaknesses="",
    ),
    ScheduleEntry(
        name="step",
        about="a drop by a factor every few epochs",
        formula="factor ** floor(epoch / every)",
        source="",
        use="",
        strengths="",
        weaknesses="",
        options={
            "every": Option("number", 10.0, "epochs between two drops", low=0.0, above_low=True),
            "factor": Option("number", 0.1, "what is left of the rate after a drop", 0.0, 1.0, above_low=True),
        },
    ),
    ScheduleEntry(
        name="linear",
        about="a straight line down to the end of the run",
        formula="1 - (1 - end) t / T",
        source="",
        use="",
        strengths="",
        weaknesses="",
        options={"end": _END},
    ),
    ScheduleEntry(
        name="cosine",
        about="half a cosine down to the end of the run (Loshchilov & Hutter 2017, without restarts)",
        formula="end + (1 - end) (1 + cos(pi t / T)) / 2",
        source="",
        use="",
        strengths="",
        weaknesses="",
        options={"end": _END},
    ),
)
