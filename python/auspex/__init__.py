# SPDX-License-Identifier: GPL-3.0-or-later
"""Forecasts of time series and classes of light curves, by the engine of the program ``auspex``.

    import auspex
    auspex.forecast(df, horizon=12, level=[80, 95])

``df`` is a frame of pandas or polars with columns ``unique_id``, ``ds``, ``y``, a wide one with a column per series, or an
array of numpy; forecasts come back as the data came. Every function is a command of the program on data in memory, with
its numbers bit for bit; keyword arguments that are not listed are the command's options.
"""
from auspex._call import AuspexWarning, Error, lib as _lib, text_of as _text_of
from auspex._classify import GaussianProcess, classify, gp
from auspex._estimators import Classifier, Forecaster
from auspex._model import Choice, Model, Scores
from auspex._work import anomalies, backtest, compare, evaluate, forecast, select, train

__version__ = _text_of(_lib.auspex_version())
__all__ = ['AuspexWarning', 'Choice', 'Classifier', 'Error', 'Forecaster', 'GaussianProcess', 'Model', 'Scores', 'anomalies',
           'backtest', 'classify', 'compare', 'evaluate', 'forecast', 'gp', 'select', 'train']
