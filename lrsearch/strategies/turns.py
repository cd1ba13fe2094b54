"""Several searches in one: each arm has a strategy of its own, and they take turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from lrsearch.interfaces import Answer, Strategy
from lrsearch.records import Result, Trial


class Rounds:
    """Asks one arm for as many trials as it proposes at a time, then the next, round after round.

    An arm's strategy sees its own trials, numbered from 0, and its own results: it is the same search whatever arms
    there are beside it. Only the numbers that trials have in the run depend on the others; they do not depend on when
    results come, since no arm that waits is passed over. Nothing is lost by that: results are told in order, so that
    none of the others could go on before it.
    """

    def __init__(self, strategies: Mapping[str, Strategy], turns: Mapping[str, int | None]) -> None:
        """Begin with the first arm.

        Args:
            strategies: The strategy of each arm, in the order of their turns.
            turns: How many trials each arm proposes before it needs results; None: all of them.
        """
        self._strategies = dict(strategies)
        self._turns = dict(turns)
        self._arms = deque(strategies)
        self._n_in_turn = 0
        self._asked: dict[int, Trial] = {}
        self._n_asked = 0

    def ask(self) -> Trial | Answer:
        """The next trial, under its number in the run; WAIT where the arm whose turn it is waits."""
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
        """Tell a result to its arm, under the number that the arm gave the trial."""
        trial = self._asked.pop(result.trial.number)
        self._strategies[result.trial.arm].tell(replace(result, trial=trial))

    def _number(self, arm: str, trial: Trial) -> Trial:
        number, self._n_asked = self._n_asked, self._n_asked + 1
        self._asked[number] = trial
        return replace(trial, number=number, arm=arm)
