"""Reads the metrics of one training from where the program reports them: files, calls of `report`, or the output."""

from __future__ import annotations

from functools import partial

from lrsearch.command.files import file_stamps, read_files
from lrsearch.command.lines import LineReader
from lrsearch.command.metrics import Series
from lrsearch.command.pattern import PatternReader
from lrsearch.command.program import Call, Program
from lrsearch.command.reported import Reported


class Sources:
    """The source of the metrics: the files of the pattern; without a pattern, calls of `report`, or else the output.

    The source does not change any more once two epochs are known, because the first epoch is then shown.
    """

    def __init__(self, program: Program, metric: str, call: Call) -> None:
        self._call = call
        new = partial(PatternReader, program.metric_regex, metric) if program.metric_regex else LineReader
        self._lines: LineReader | PatternReader = new()
        self._reports, self._read_to = LineReader(), 0
        self._of_lines, self._of_reports = Reported(metric), Reported(metric)
        self._chosen = Reported(metric) if call.metric_files else None  # files are read at the end
        # With --keep-dir, what an earlier attempt at the trial wrote counts.
        self._before = file_stamps(call.metric_files) if call.metric_files and not program.keep_dir else {}

    @property
    def reported(self) -> Reported:
        """The metrics that the program has reported so far."""
        if self._chosen is not None:
            return self._chosen
        of_reports = self._of_reports.series()
        best = self._of_reports if isinstance(of_reports, Series) else self._of_lines
        series = best.series()
        if isinstance(series, Series) and len(series.values) > 1:
            self._chosen = best
        return best

    def feed(self, text: str) -> bool:
        """Take the next piece of the output and the new lines from `report`. Return whether there are new readings."""
        lines, reports = self._lines.feed(text), self._reports.feed(self._new_reports())
        self._of_lines.add(lines)
        self._of_reports.add(reports)
        return bool(lines or reports)

    def end(self) -> Reported:
        """Read the rest, and the files.

        Raises:
            DataError: A file does not have the format that its name says.
        """
        self.feed("")
        self._of_lines.add(self._lines.end())
        self._of_reports.add(self._reports.end())
        if self._call.metric_files:
            self.reported.add(read_files(self._call.metric_files, self._before))
        return self.reported

    def _new_reports(self) -> str:
        try:
            with self._call.reports.open("rb") as file:
                file.seek(self._read_to)
                added = file.read()
        except FileNotFoundError:
            return ""
        whole = added[: added.rfind(b"\n") + 1]  # the last line may be half written
        self._read_to += len(whole)
        return whole.decode("utf-8", errors="replace")
