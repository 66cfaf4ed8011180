# SPDX-License-Identifier: GPL-3.0-or-later
"""Estimators in the manner of scikit-learn, which is not needed for them."""
from __future__ import annotations

from typing import Any

import numpy as np

from auspex._call import Error


class Estimator:
    """Parameters by name, as ``sklearn.base.clone`` and grid searches ask for them."""

    _names: tuple = ()

    def __init__(self, settings: dict):
        self._settings = settings

    def get_params(self, deep: bool = True) -> dict:
        """The arguments of the constructor, and further settings."""
        return {**{name: getattr(self, name) for name in self._names}, **self._settings}

    def set_params(self, **params: Any):
        for name, value in params.items():
            if name in self._names:
                setattr(self, name, value)
            else:
                self._settings[name] = value
        return self

    def _fitted(self):
        if not hasattr(self, 'model_'):
            raise Error(f'{type(self).__name__} is not fitted: call fit first', 'usage')
        return self.model_

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.get_params().items() if v is not None)})"


class Forecaster(Estimator):
    """A forecaster that is fitted once and then asked.

    ``model``, ``horizon``, ``level`` and further settings are those of :func:`auspex.train`; ``fit`` keeps the frame, and
    ``predict`` goes on behind it, or behind another one of the same series. After a fit ``model_`` is its
    :class:`auspex.Model`.
    """

    _names = ('model', 'horizon', 'level')

    def __init__(self, model: str = 'auto', horizon: int | None = None, level: Any = None, **settings: Any):
        super().__init__(settings)
        self.model, self.horizon, self.level = model, horizon, level

    def fit(self, df: Any, y: Any = None) -> Forecaster:
        """df: as for :func:`auspex.forecast`. y is not looked at."""
        from auspex._work import train
        self.model_ = train(df, self.model, self.horizon, **self._settings)
        self._data = df
        return self

    def predict(self, horizon: int | None = None, df: Any = None, level: Any = None) -> Any:
        """Rows behind the frame of ``fit``, or behind df, as :func:`auspex.forecast` gives them."""
        model = self._fitted()
        names = ('id_col', 'time_col', 'target_col', 'name', 'time', 'on_missing', 'on_gap', 'on_duplicate')
        settings = {name: self._settings[name] for name in names if name in self._settings}
        return model.forecast(self._data if df is None else df, horizon, level if level is not None else self.level,
                              **settings)

    def score(self, df: Any, y: Any = None) -> float:
        """Minus the mean squared error of the scaled values over the test part of df: higher is better."""
        return -self._fitted().evaluate(df).scores[0]['mse']


class Classifier(Estimator):
    """A classifier of light curves.

    ``fit`` takes a frame of points and a frame of objects with their labels; ``predict`` and ``predict_proba`` take points
    and, where the classifier looks at redshifts, objects. ``classes_`` are the names of the classes.
    """

    _names = ('model', 'label')

    def __init__(self, model: str = 't2', label: str = 'class', **settings: Any):
        super().__init__(settings)
        self.model, self.label = model, label

    def fit(self, df: Any, metadata: Any = None) -> Classifier:
        """df, metadata: as for :func:`auspex.train`."""
        from auspex._work import train
        self.model_ = train(df, self.model, metadata=metadata, label=self.label, **self._settings)
        self.classes_ = np.array(self.model_.classes)
        return self

    def predict_proba(self, df: Any, metadata: Any = None) -> np.ndarray:
        """Probabilities of shape (objects, classes), objects in order of appearance; NaN: not classified."""
        out = self._fitted().classify(df, metadata=metadata)
        return np.column_stack([np.asarray(out[name]) for name in self.model_.classes])

    def predict(self, df: Any, metadata: Any = None) -> np.ndarray:
        """The most probable class of each object, None where it was not classified; shape (objects,)."""
        return np.asarray(self._fitted().classify(df, metadata=metadata)['class'], dtype=object)
