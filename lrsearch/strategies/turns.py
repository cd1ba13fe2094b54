"""The strategy of a search with several arms. Each arm has its own strategy, and the arms take turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from lrsearch.interfaces import Answer, Strategy
from lrsearch.records import Result, Trial


class ArmTurns:
    """Asks one arm for the trials of its turn, then the next arm, and starts again after the last arm.

    The strategy of an arm sees only its own trials, numbered from 0, and their results. So the search of an arm does
    not depend on the other arms. Only the trial numbers in the run depend on the other arms.

    If the current arm waits for results, the other arms wait too. So the trial numbers do not depend on the time at
    which results arrive. Without stages, waiting costs no time: results are told in the order of trial numbers, so no
    other arm could continue earlier. With stages, workers may be idle while an arm waits for its next stage.
    """

    def __init__(self, strategies: Mapping[str, Strategy], turns: Mapping[str, int | None]) -> None:
        """Start with the first arm.

        Args:
            strategies: The strategy of each arm, in the order of their turns.
            turns: Number of trials in a turn, by arm; None if one turn takes all trials of the arm.
        """
        self._strategies = dict(strategies)
        self._turns = dict(turns)
        self._arms = deque(strategies)
        self._n_in_turn = 0
        self._asked: dict[int, Trial] = {}
        self._n_asked = 0

    @property
    def doing(self) -> str:
        """What the arm does whose turn it is."""
        doing = self._strategies[self._arms[0]].doing if self._arms else ""
        return f"{self._arms[0]}: {doing}" if doing else ""

    def ask(self) -> Trial | Answer:
        """Return the next trial with its number in the run; WAIT if the current arm waits; DONE after the last arm."""
        while self._arms:
            arm = self._arms[0]
            if self._n_in_turn == self._turns[arm]:
                self._arms.rotate(-1)
                self._n_in_turn = 0
                continue
            answer = self._strategies[arm].ask()
            if isinstance(answer, Trial):
                self._n_in_turn += 1
                return self._number(arm, answer)
            if answer is Answer.WAIT:
                return answer
            self._arms.popleft()
            self._n_in_turn = 0
        return Answer.DONE

    def tell(self, result: Result) -> None:
        """Pass a result to the strategy of its arm, with the trial number of that strategy."""
        trial = self._asked.pop(result.trial.number)
        self._strategies[result.trial.arm].tell(replace(result, trial=trial))

    def may_continue(self, trial: Trial) -> bool:
        """Whether a later trial of the same arm may continue this trial."""
        return self._strategies[trial.arm].may_continue(trial)

    def _number(self, arm: str, trial: Trial) -> Trial:
        number, self._n_asked = self._n_asked, self._n_asked + 1
        self._asked[number] = trial
        return replace(trial, number=number, arm=arm)
