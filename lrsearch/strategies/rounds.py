"""Several searches in one: each arm has a strategy of its own, and they take turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lrsearch.records import Result, Trial
from lrsearch.seams import Answer, Strategy


class Rounds:
    """Asks one arm until it waits or is done, then the next, round after round.

    An arm's strategy sees its own trials, numbered from 0, and its own results: it is the same search whatever arms
    there are beside it. Only the numbers that trials have in the run depend on the others.
    """

    def __init__(self, strategies: Mapping[str, Strategy]) -> None:
        """Begin with the first arm.

        Args:
            strategies: The strategy of each arm, in the order of their turns; at least one.
        """
        self._strategies = dict(strategies)
        self._turn = list(strategies)
        self._has_given = False  # whether the arm whose turn it is has proposed something in it
        self._asked: dict[int, Trial] = {}
        self._n_asked = 0

    def ask(self) -> Trial | Answer:
        """The next trial, under its number in the run; WAIT where the arm whose turn it is waits."""
        while self._turn:
            arm = self._turn[0]
            answer = self._strategies[arm].ask()
            if isinstance(answer, Trial):
                self._has_given = True
                return self._number(arm, answer)
            if answer is Answer.DONE:
                self._turn.pop(0)
            elif self._has_given:
                self._turn.append(self._turn.pop(0))
            else:
                # No arm is passed over: results are told in order, so that no other could go on before this one, and
                # the numbers of trials do not depend on when results come.
                return Answer.WAIT
            self._has_given = False
        return Answer.DONE

    def tell(self, result: Result) -> None:
        """Tell a result to its arm, under the number that the arm gave the trial."""
        trial = self._asked.pop(result.trial.number)
        self._strategies[result.trial.arm].tell(replace(result, trial=trial))

    def _number(self, arm: str, trial: Trial) -> Trial:
        number, self._n_asked = self._n_asked, self._n_asked + 1
        self._asked[number] = trial
        return replace(trial, number=number, arm=arm)
