# SPDX-License-Identifier: GPL-3.0-or-later
"""Trained models, the scores of models, and what was chosen for a series."""
from __future__ import annotations

import os
from typing import Any

from auspex._call import Error, run


class Model:
    """A trained model, the same file that the program reads and writes.

    ``Model.load(path)`` opens one and ``save(path)`` writes it; :func:`auspex.train` makes one. A model is not changed
    by its use, and several threads may use it at once.

    Attributes
    ----------
    bytes : bytes
        The content of the file.
    name : str
        The file's name, as messages have it.
    stopped : bool
        Whether its training was stopped before its end.
    record : list of str
        What was said of its training; empty for a model from a file.
    """

    def __init__(self, content: bytes, name: str = 'model.safetensors'):
        self.bytes, self.name = bytes(content), name
        self.stopped = False
        self.record: list[str] = []
        self._info: dict | None = None

    @classmethod
    def load(cls, path: str | os.PathLike | Model) -> 'Model':
        """Opens a model's file. :class:`auspex.Error` where it is none."""
        if isinstance(path, Model):
            return path
        path = os.fspath(path)
        try:
            with open(path, 'rb') as file:
                model = cls(file.read(), path)
        except OSError as error:
            raise Error(f'{path}: cannot be opened: {error.strerror}', 'data') from error
        model.kind  # a file that is no model is told at once
        return model

    def save(self, path: str | os.PathLike) -> None:
        """Writes the file, whole or not at all."""
        path = os.fspath(path)
        beside = f'{path}.{os.getpid()}.tmp'
        try:
            with open(beside, 'wb') as file:
                file.write(self.bytes)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except OSError as error:
            if os.path.exists(beside):
                os.remove(beside)
            raise Error(f'{path}: cannot be written: {error.strerror}') from error

    @property
    def info(self) -> dict:
        """All that the program knows of it: the document of ``auspex inspect MODEL --json``."""
        if self._info is None:
            self._info = run('inspect', [self.name], [], files={self.name: self.bytes}).document
        return self._info

    @property
    def kind(self) -> str:
        """Its kind, such as ``'itransformer'``."""
        return self.info['model']

    @property
    def lookback(self) -> int:
        """Rows that a forecast looks back over."""
        return self.info['lookback']

    @property
    def horizon(self) -> int:
        """Rows that it forecasts in one go."""
        return self.info['horizon']

    @property
    def frequency(self) -> str:
        """The step between rows, such as ``'15min'``, ``'h'``, ``'d'``, ``'m'``; ``'step'``: rows are numbered."""
        return self.info['frequency']

    @property
    def columns(self) -> list[str]:
        """Names of its columns, as in the table that it was trained on."""
        return self.info['columns']

    @property
    def targets(self) -> list[str]:
        """Those that it forecasts."""
        return self.info['targets']

    @property
    def classes(self) -> list[str]:
        """Of a classifier the names of its classes."""
        from auspex._classify import handle_of
        return handle_of(self).classes

    def roles(self) -> dict:
        """Columns of values that a long frame has for it, beside the one to forecast."""
        columns = self.info.get('columns') or []
        values = {name.rpartition('/')[2]: None for name in columns if '/' in name} if all(
            '/' in name for name in columns) else {}
        return {'model_columns': list(values), 'static': self.info.get('static')}

    def forecast(self, df: Any, horizon: int | None = None, level: Any = None, **settings: Any) -> Any:
        """:func:`auspex.forecast` by this model."""
        from auspex._work import forecast
        return forecast(df, horizon, level, self, **settings)

    def evaluate(self, df: Any, **settings: Any) -> 'Scores':
        """:func:`auspex.evaluate` of this model."""
        from auspex._work import evaluate
        return evaluate(df, self, **settings)

    def classify(self, df: Any, **settings: Any) -> Any:
        """:func:`auspex.classify` by this model."""
        from auspex._classify import classify
        return classify(df, self, **settings)

    def update(self, df: Any, *, progress: Any = None, **settings: Any) -> 'Model':
        """A model that has gone on to learn from data that have become longer; this one stays as it is."""
        from auspex._work import Inputs, listed, split_roles
        own = dict(settings)
        roles = split_roles(own)
        known = self.roles()
        roles['past'] = [*listed(roles.get('past')), *known['model_columns']]
        inputs = Inputs(df, own, **{'static': known['static'], **roles})
        chosen = [(n, v) for n, v in inputs.options if n not in ('target', 'future', 'static')]
        files = {**inputs.files, self.name: self.bytes, 'the updated model': None}
        result = run('update', [self.name, inputs.data.name], [*chosen, ('output', 'the updated model')],
                     inputs.tables, files, progress)
        model = Model(result.files['the updated model'], self.name)
        model.record = result.lines
        return model

    def __getstate__(self):
        return {'bytes': self.bytes, 'name': self.name, 'stopped': self.stopped, 'record': self.record}

    def __setstate__(self, state):
        self.__dict__.update(state, _info=None)

    def __repr__(self):
        return f'<auspex.Model {self.kind} {self.name!r}, {len(self.bytes)} bytes>'


class Scores(dict):
    """The document of ``auspex evaluate --json`` or ``backtest --json``.

    ``scores`` is its list of one dict per forecaster, the model first; ``forecasts`` the frame of all forecasts that
    were scored, where they were asked for, else None.
    """

    def __init__(self, document, forecasts):
        super().__init__(document)
        self.forecasts = forecasts

    @property
    def scores(self) -> list[dict]:
        return self['scores']

    def score(self, name: str, metric: str = 'mse') -> float:
        """One number, such as ``score('naive', 'mase')``."""
        return next(one for one in self.scores if one['name'] == name)[metric]

    def table(self, library: str = 'pandas') -> Any:
        """The scores as a frame of ``'pandas'`` or ``'polars'``: a row per forecaster."""
        rows = [{k: v for k, v in one.items() if not isinstance(v, (dict, list))} for one in self.scores]
        if library == 'polars':
            import polars
            return polars.DataFrame(rows)
        import pandas
        return pandas.DataFrame(rows)


class Choice(dict):
    """What is forecast of a series, and why: the entry of ``auspex select --json``."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None
