# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions of the package: each is a command of the program on data in memory."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Callable, Iterable, Optional, Sequence, Union

from auspex._call import Error, run
from auspex._frames import library_of, open_frame
from auspex._tables import Data, Table
from auspex._words import frequency, options

if TYPE_CHECKING:
    from auspex._model import Choice, Model, Scores

Names = Union[str, Sequence[str], None]
Numbers = Union[float, Iterable[float], None]
Progress = Optional[Callable[[str], object]]

ROLES = ('id_col', 'time_col', 'target_col')


def listed(value):
    """A name, or several."""
    return [] if value is None else [value] if isinstance(value, str) else list(value)


class Inputs:
    """The data of a command: frames by the names that its words call them by, files in memory, options."""

    def __init__(self, df, settings, target=None, future=None, past=None, static=None, future_df=None, holidays=None,
                 freq=None, name='data', id_col='unique_id', time_col='ds', target_col='y', time=None):
        others = [*listed(future), *listed(past), *listed(static)]
        self.files = {}
        self.data = data = Data(df, name, id_col, time_col, target_col, others, time)
        self.tables = [data.table]
        more = {'target': target, 'future': future, 'static': static, 'frequency': frequency(freq)}
        if data.long and data.values > 1 and target is None:
            more['target'] = target_col
        if data.long and id_col != 'unique_id':
            more['id'] = id_col
        if future_df is not None:
            more['future-file'] = self.add_future(future_df, others, id_col, time_col)
        if holidays is not None:
            more['holidays'] = self.add_holidays(holidays)
        self.options = options({**more, **settings})

    def add_future(self, frame, others, id_col, time_col):
        """What is known of the rows to come: the columns that the frame has."""
        known = open_frame(frame).with_column(id_col)
        names = [c for c in known.columns if c not in (id_col, time_col)] if self.data.long else others
        more = Data(frame, 'what is known beforehand', id_col, time_col, (names or ['y'])[0], names)
        table = more.table
        self.tables.append(Table('what is known beforehand', table.rows, table.columns, table.time,
                                 self.data.table.time_name, table.counted))
        return 'what is known beforehand'

    def add_holidays(self, holidays):
        """Dates, or a frame of them, as the file that the library reads."""
        if isinstance(holidays, (str, os.PathLike)):
            return os.fspath(holidays)
        library = library_of(holidays)
        if library in ('pandas', 'polars') and hasattr(holidays, 'columns'):
            text = holidays.to_csv(index=False) if library == 'pandas' else holidays.write_csv()
        else:
            import numpy as np
            text = 'date\n' + ''.join(f'{day}\n' for day in np.array(list(holidays), 'M8[D]'))
        self.files['the holidays'] = text.encode('utf-8')
        return 'the holidays'


def split_roles(settings):
    """What Inputs takes, out of all keyword arguments."""
    names = ('target', 'future', 'past', 'static', 'future_df', 'holidays', 'freq', 'name', 'time', *ROLES)
    return {name: settings.pop(name) for name in names if name in settings}


def path_or_bytes(model, files):
    """The word that a model goes by in a command."""
    from auspex._model import Model
    if isinstance(model, Model):
        files[model.name] = model.bytes
        return model.name
    return os.fspath(model)


def is_model(model):
    """A model of its own or of a file, rather than the name of a kind."""
    from auspex._model import Model
    return isinstance(model, (Model, os.PathLike)) or (isinstance(model, str) and os.sep in model) or (
        isinstance(model, str) and model.endswith('.safetensors'))


def forecast(df: Any, horizon: int | None = None, level: Numbers = None, model: str | os.PathLike | Model = 'auto', *,
             quantiles: Numbers = None, season: int | None = None, freq: Any = None, future: Names = None, future_df: Any = None,
             holidays: Any = None, samples: int | None = None, floor: float | str | None = None, round: bool | None = None,
             threads: int = 0, progress: Progress = None, **settings: Any) -> Any:
    """Forecasts the rows after the end of each series.

    Parameters
    ----------
    df
        A frame of pandas or polars, long (columns ``unique_id``, ``ds``, ``y``; ``id_col``, ``time_col``,
        ``target_col`` name others) or wide (a column per series, stamps in the index or in a column), a Series, or an
        array of numpy of shape (rows,) or (rows, series), with ``time=`` stamps of shape (rows,) where there are some.
        Missing values are NaN; rows may stand in any order.
    horizon
        Rows to forecast, in steps between rows; None: one season, or the model's own horizon.
    level
        Percentages of intervals, such as ``[80, 95]``: columns ``-lo-80``, ``-hi-80`` and so on, in the data's units.
    model
        ``'auto'`` (a mixture by evidence), another kind that needs no training (``'ets'``, ``'theta'``, ``'arima'``,
        ``'linear'`` ...), a :class:`Model`, or the path of a model's file.
    quantiles
        Shares of what may come that lie below, such as ``[.1, .5, .9]``: columns ``-0.1`` and so on.
    season
        Rows of a season; None: by the step between rows, or found.
    freq
        Step between rows as pandas or the program name it; None: found.
    future, future_df, holidays
        Names of columns that are known beforehand, a frame that goes on with them behind the past, and dates that
        differ (a list, a frame with a column of dates, or the path of a CSV file).
    samples
        Number of paths that the future may take: columns ``-sample-1`` and so on.
    floor
        Value below which forecasts do not fall; ``'none'``: they may.
    threads
        0: all cores. Results are the same for any number.
    progress
        Called with a text now and then; a true result stops the work with :class:`Error` of code ``'stopped'``.
    **settings
        Further options of ``auspex forecast``, and settings of the kind, with underscores for dashes.

    Returns
    -------
    As the data came: the same library, ids and stamps. Long frames have a column named by the kind of model, wide ones
    the series' names. Of an array shape (horizon,) or (horizon, series); with intervals a dict of such arrays by
    ``'forecast'``, ``'lo-80'``, ``'hi-80'`` ...

    Raises
    ------
    Error
        With the program's text. Its notes are warnings of :class:`AuspexWarning`.
    """
    own = {'horizon': horizon, 'level': level, 'quantiles': quantiles, 'samples': samples, 'floor': floor,
           'round': round, 'threads': threads or None, 'season': season, **settings}
    roles = {**split_roles(own), 'freq': freq, 'holidays': holidays, 'future_df': future_df, 'future': future}
    files: dict[str, bytes] = {}
    if is_model(model):
        operand = [path_or_bytes(model, files)]
        roles = {**model_roles(model), **{k: v for k, v in roles.items() if v is not None}}
        past = listed(roles.pop('model_columns', None))
        roles['past'] = [*listed(roles.get('past')), *past]
        return _forecast(df, own, roles, operand, files, progress, trained=True)
    if model != 'auto':
        own['model'] = model
    return _forecast(df, own, roles, [], files, progress)


def _forecast(df, own, roles, operand, files, progress, trained=False):
    inputs = Inputs(df, own, **roles)
    chosen = inputs.options
    if trained:  # which columns are what, the model knows itself
        chosen = [(n, v) for n, v in chosen if n not in ('target', 'future', 'static')]
    result = run('forecast', [inputs.data.name, *operand], chosen, inputs.tables, {**inputs.files, **files}, progress)
    return inputs.data.back(result)


def model_roles(model):
    """Columns that a long frame needs for a model beside its values."""
    from auspex._model import Model
    return model.roles() if isinstance(model, Model) else Model.load(model).roles()


def train(df: Any, model: str = 'auto', horizon: int | None = None, *, output: str | os.PathLike | None = None,
          metadata: Any = None, progress: Progress = None, threads: int = 0, **settings: Any) -> Model:
    """Trains a model on all of a frame's series, and scores it on rows that it has not learnt from.

    Parameters
    ----------
    df
        As for :func:`forecast`; for a classifier of light curves (``model='t2'``, ``'t2-points'``, ``'forest'``) a frame
        of points: columns ``object_id``, ``mjd`` (days), ``passband`` or ``band``, ``flux``, ``flux_err`` (zero point
        27.5) and, where known, ``detected``.
    model
        Kind of model: ``'auto'``, ``'itransformer'``, ``'linear'``, ``'hsttn'``, ``'t2'`` ... A setting of networks, such
        as ``lookback=96``, makes it the iTransformer where none is named.
    horizon
        Rows that it forecasts; None: by the kind and the rows.
    output
        Path of the model's file; None: the model is kept in memory, and :meth:`Model.save` writes it.
    metadata
        Of light curves: a frame of objects with their ids, labels (``label=`` names the column, ``class``) and
        redshifts, or the path of such a file.
    progress
        Called with a text after epochs and now and then between; a true result, or KeyboardInterrupt, stops after the
        step. When it was the callback's wish, the best model so far is returned with ``model.stopped`` true.
    **settings
        Further options of ``auspex train``, and settings of the kind, with underscores for dashes: ``lookback``,
        ``epochs``, ``learning_rate``, ``batch``, ``split``, ``seed``, ``target``, ``future`` ...

    Returns
    -------
    Model
    """
    from auspex._classify import CLASSIFIERS, object_inputs
    from auspex._model import Model
    own = {'horizon': horizon, 'threads': threads or None, **settings}
    if model is not None and model != 'auto':
        own['model'] = model
    name = 'model.safetensors' if output is None else os.fspath(output)
    files = {name: None} if output is None else {}
    if model in CLASSIFIERS:
        operand, chosen, more = object_inputs(df, metadata, own)
        tables = []
        files.update(more)
    else:
        inputs = Inputs(df, own, **split_roles(own))
        operand, chosen, tables = inputs.data.name, inputs.options, inputs.tables
        files.update(inputs.files)
    chosen = [*chosen, ('output', name), *([('force', None)] if output is None else [])]
    result = run('train', [operand], chosen, tables, files, progress)
    trained = Model(result.files[name], name) if output is None else Model.load(output)
    trained.stopped, trained.record = result.stopped, result.lines
    return trained


def _scored(command, df, model, settings, progress, forecasts, metadata):
    """What evaluate and backtest share: scores, and on request the forecasts behind them."""
    from auspex._classify import CLASSIFIERS, object_inputs
    from auspex._model import Model, Scores
    own, files, operand = dict(settings), {}, []
    kind = None
    if command == 'evaluate':
        model = model if isinstance(model, Model) else Model.load(model)
        operand, kind = [path_or_bytes(model, files)], model.kind
    elif model is not None and model != 'auto':
        own['model'] = kind = model
    if kind in CLASSIFIERS:
        name, chosen, more = object_inputs(df, metadata, own)
        files.update(more)
        return Scores(run(command, [name, *operand], chosen, [], files, progress).document, None)
    roles = split_roles(own)
    if command == 'evaluate':
        own_roles = model.roles()
        roles = {**own_roles, **roles, 'past': [*listed(roles.get('past')), *own_roles.get('model_columns', [])]}
        roles.pop('model_columns', None)
    inputs = Inputs(df, own, **roles)
    chosen = inputs.options
    if command == 'evaluate':
        chosen = [(n, v) for n, v in chosen if n not in ('target', 'future', 'static')]
    if forecasts:
        files['the forecasts'] = None
        chosen = [*chosen, ('forecasts', 'the forecasts')]
    result = run(command, [inputs.data.name, *operand], chosen, inputs.tables, {**inputs.files, **files}, progress)
    rows = inputs.data.back_rows(result.files['the forecasts']) if forecasts else None
    return Scores(result.document, rows)


def evaluate(df: Any, model: str | os.PathLike | Model, *, level: Numbers = None, quantiles: Numbers = None,
             part: str | None = None, forecasts: bool = False, metadata: Any = None, progress: Progress = None,
             threads: int = 0, **settings: Any) -> Scores:
    """Scores a model on the test part of a frame beside naive forecasts, and says whether it beats them.

    ``model`` is a :class:`Model` or a path. ``part``: ``'test'`` (the default), ``'validation'``, ``'train'``.
    ``forecasts=True`` also gives every forecast that was scored as a frame. Further options are those of
    ``auspex evaluate``. Returns :class:`Scores`, the document of ``auspex evaluate --json``: scores of the scaled
    values (``mse``, ``mae``, ``rmse``), in the data's units, and relative ones (``mase``, ``smape`` in percent).
    """
    return _scored('evaluate', df, model, {'level': level, 'quantiles': quantiles, 'part': part,
                                           'threads': threads or None, **settings}, progress, forecasts, metadata)


def backtest(df: Any, model: str = 'auto', horizon: int | None = None, *, folds: int | None = None, level: Numbers = None,
             quantiles: Numbers = None, forecasts: bool = True, metadata: Any = None, progress: Progress = None,
             threads: int = 0, **settings: Any) -> Scores:
    """Walk-forward evaluation: fold after fold everything is fitted anew on the rows before, and scored behind.

    ``model`` is a kind. Further options are those of ``auspex backtest``, such as ``folds``, ``start``, ``seeds``,
    ``sliding``, ``stride``, ``refit_every`` (rows or a time such as ``'28d'``). Returns :class:`Scores`; its
    ``forecasts`` are a frame of the data's library with columns ``unique_id``, ``ds``, ``cutoff``, ``y`` and one for
    each forecaster, and the intervals of ``level``.
    """
    return _scored('backtest', df, model, {'horizon': horizon, 'folds': folds, 'level': level, 'quantiles': quantiles,
                                           'threads': threads or None, **settings}, progress, forecasts, metadata)


def select(df: Any, horizon: int | None = None, *, season: int | None = None, progress: Progress = None, threads: int = 0,
           **settings: Any) -> list[Choice]:
    """Which forecaster suits each series, and why: candidates, their shares and errors at rolling origins.

    Returns a :class:`Choice` for each series in order, with ``name``, ``chosen``, ``error`` (in the series' units, a
    mean absolute error unless ``measure`` is ``'rmse'``), ``naive_error`` and ``candidates``.
    """
    from auspex._model import Choice
    own = {'horizon': horizon, 'season': season, 'threads': threads or None, **settings}
    inputs = Inputs(df, own, **split_roles(own))
    result = run('select', [inputs.data.name], inputs.options, inputs.tables, inputs.files, progress)
    return [Choice(one) for one in result.document['series']]


def compare(df: Any, *models: str | os.PathLike | Model, horizon: int | None = None, progress: Progress = None,
            threads: int = 0, **settings: Any) -> Scores:
    """Several models, and kinds that are fitted at once, over the same rows beside naive forecasts, with Holm's
    correction for their number: the document of ``auspex compare --json``."""
    own = {'horizon': horizon, 'threads': threads or None, **settings}
    files: dict[str, bytes] = {}
    words = []
    for model in models:
        if is_model(model):
            from auspex._model import Model
            model = model if isinstance(model, Model) else Model.load(model)
            name = f'{len(files) + 1}-{model.name}' if model.name in files else model.name
            files[name] = model.bytes
            words.append(name)
        else:
            words.append(str(model))
    inputs = Inputs(df, own, **split_roles(own))
    from auspex._model import Scores
    result = run('compare', [inputs.data.name, *words], inputs.options, inputs.tables, {**inputs.files, **files}, progress)
    return Scores(result.document, None)


def anomalies(df: Any, *, progress: Progress = None, **settings: Any) -> dict:
    """Values that lie outside the conformal interval of a forecast made without them: the document of
    ``auspex anomalies --json``."""
    own = dict(settings)
    inputs = Inputs(df, own, **split_roles(own))
    return run('anomalies', [inputs.data.name], inputs.options, inputs.tables, inputs.files, progress).document


__all__ = ['Error', 'anomalies', 'backtest', 'compare', 'evaluate', 'forecast', 'select', 'train']
