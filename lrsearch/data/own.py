"""The data set `own`: a name for arrays that only a Python program can pass to lrsearch."""

from __future__ import annotations

from typing import NoReturn

from lrsearch.data.loader import Loader
from lrsearch.errors import DataError


def _refuse(*_: object) -> NoReturn:
    raise DataError("data.dataset: 'own' means arrays given from Python; call run_search(spec, data=...)")


LOADERS = {"own": Loader(load=_refuse, state=_refuse, check=_refuse)}
