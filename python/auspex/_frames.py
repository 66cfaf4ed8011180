# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of pandas and polars, and arrays of numpy: their columns, stamps and names, and frames like them.

Nothing here imports pandas or polars unless a frame of theirs is given."""
from __future__ import annotations

import sys

import numpy as np

from auspex._call import Error

DAY = 86_400_000_000  # microseconds


def library_of(data):
    """'pandas', 'polars', 'numpy', or None."""
    for kind in type(data).__mro__:
        library = kind.__module__.split('.')[0]
        if library in ('pandas', 'polars', 'numpy'):
            return library
    return None


# --- stamps ---

class Clock:
    """Stamps as microseconds since 1970, or as whole numbers (``counted``), and back to what they were."""

    def __init__(self, micros, back, counted=False):
        self.micros = np.ascontiguousarray(micros, np.int64)
        self.back, self.counted = back, counted


def stamps(values, column):
    """datetime64 as microseconds."""
    if np.isnat(values).any():
        raise Error(f"'{column}' has a row without a stamp", 'data')
    return values.astype('M8[us]').view(np.int64)


def whole_clock(values, column):
    """Whole numbers; of years (1700 to 2300) dates are made."""
    dtype = values.dtype
    numbers = values.astype(np.int64)
    if len(numbers) and numbers.min() >= 1700 and numbers.max() <= 2300:
        years = (numbers - 1970).astype('M8[Y]').astype('M8[us]').view(np.int64)
        return Clock(years, lambda t: t.view('M8[us]').astype('M8[Y]').astype(np.int64).astype(dtype) + 1970)
    return Clock(numbers, lambda t: t.astype(dtype), counted=True)


def is_local(utc, local):
    """Whether rows follow the zone's own clock: fewer times of the day are seen by it than by UTC."""
    here, there = len(np.unique(local % DAY)), len(np.unique(utc % DAY))
    return here < there or (here == 1 and not (local % DAY).any())


def date_clock(values, column):
    """Of datetime.date and datetime.datetime objects."""
    import datetime
    if isinstance(values[0], datetime.datetime):
        if any(v.tzinfo for v in values):
            raise Error(f"'{column}' holds objects with time zones; give it a dtype of datetimes", 'data')
        return Clock(stamps(np.array(values, 'M8[us]'), column), lambda t: t.view('M8[us]').astype(object))
    return Clock(stamps(np.array(values, 'M8[D]'), column), lambda t: t.view('M8[us]').astype('M8[D]').astype(object))


def numpy_clock(values, column='time'):
    values = np.asarray(values)
    if values.dtype.kind == 'M':
        dtype = values.dtype
        return Clock(stamps(values, column), lambda t: t.view('M8[us]').astype(dtype))
    if values.dtype.kind in 'iu':
        return whole_clock(values, column)
    if values.dtype.kind == 'O' and len(values) and hasattr(values[0], 'year'):
        return date_clock(list(values), column)
    raise Error(f"'{column}' holds {values.dtype}, not stamps; make datetimes of it, such as by pandas.to_datetime",
                'data')


# --- pandas ---

class Pandas:
    """A frame or a series of pandas."""

    name = 'pandas'

    def __init__(self, data):
        self.pd = sys.modules['pandas']
        self.series = data if isinstance(data, self.pd.Series) else None
        self.data = data.to_frame('y' if data.name is None else data.name) if self.series is not None else data
        self.columns = list(self.data.columns)
        self.rows = len(self.data)

    def with_column(self, name):
        """The frame with a level of its index as a column, where it is none."""
        if name not in self.columns and name in list(self.data.index.names):
            return Pandas(self.data.reset_index())
        return self

    def own_clock(self):
        """That of the index; None: it counts rows."""
        index = self.data.index
        if isinstance(index, self.pd.MultiIndex) or not isinstance(
                index, (self.pd.DatetimeIndex, self.pd.PeriodIndex)):
            return None
        return self.clock_of(index, index.name or 'index')

    def is_dated(self, column):
        dtype = self.data[column].dtype
        return isinstance(dtype, (self.pd.PeriodDtype, self.pd.DatetimeTZDtype)) or dtype.kind == 'M'

    def clock(self, column):
        return self.clock_of(self.pd.Index(self.data[column]), column)

    def clock_of(self, index, column):
        pd = self.pd
        if index.hasnans:
            raise Error(f"'{column}' has a row without a stamp", 'data')
        if isinstance(index, pd.PeriodIndex):
            freq = index.freq
            inner = self.clock_of(index.to_timestamp(), column)
            return Clock(inner.micros, lambda t: pd.PeriodIndex(pd.DatetimeIndex(t.view('M8[us]')), freq=freq))
        if isinstance(index, pd.DatetimeIndex) and index.tz is not None:
            return self.zoned_clock(index, column)
        if isinstance(index, pd.DatetimeIndex):
            dtype = index.dtype
            return Clock(stamps(index.to_numpy(), column), lambda t: pd.DatetimeIndex(t.view('M8[us]').astype(dtype)))
        values = index.to_numpy()
        return numpy_clock(values, column)

    def zoned_clock(self, index, column):
        pd, tz, unit = self.pd, index.tz, index.unit
        utc = stamps(index.tz_convert('UTC').tz_localize(None).to_numpy(), column)
        local = stamps(index.tz_localize(None).to_numpy(), column)
        if is_local(utc, local):
            return Clock(local, lambda t: pd.DatetimeIndex(t.view('M8[us]')).as_unit(unit).tz_localize(
                tz, ambiguous=np.zeros(len(t), bool), nonexistent='shift_forward'))
        return Clock(utc, lambda t: pd.DatetimeIndex(t.view('M8[us]')).as_unit(unit).tz_localize('UTC').tz_convert(tz))

    def is_number(self, column):
        dtype = self.data[column].dtype
        return self.pd.api.types.is_numeric_dtype(dtype) or self.pd.api.types.is_bool_dtype(dtype)

    def numbers(self, column):
        values = self.data[column]
        if isinstance(values.dtype, np.dtype) and values.dtype == np.float64:
            return values.to_numpy()  # a view, however it lies
        return values.to_numpy(dtype=np.float64, na_value=np.nan)

    def texts(self, column):
        """Codes, and what they stand for."""
        codes, words = self.pd.factorize(self.data[column])
        return codes.astype(np.int32), words

    def floats(self, values):
        return values

    def take(self, words, rows):
        """Rows of what factorize gave, of its own type."""
        taken = words.take(rows)
        return taken if isinstance(taken, self.pd.Index) else self.pd.Series(taken)

    def frame(self, columns):
        return self.pd.DataFrame({name: np.asarray(v) if isinstance(v, np.ndarray) else v for name, v in columns.items()})

    def indexed(self, clock, micros, columns):
        """A wide forecast under an index like the frame's, which goes on."""
        index = self.data.index
        if clock is None:
            first, step = (index[-1] + 1, 1) if len(index) and isinstance(index[-1], (int, np.integer)) else (len(index), 1)
            if isinstance(index, self.pd.RangeIndex):
                first, step = index.start + index.step * len(index), index.step
            rows = micros - len(index)
            out = self.pd.Index(first + step * rows, name=index.name)
        else:
            out = self.index_like(index, clock.back(micros))
        return self.pd.DataFrame(columns, index=out)

    def index_like(self, index, out):
        out.name = index.name
        freq = getattr(index, 'freq', None)
        if freq is not None and isinstance(index, self.pd.DatetimeIndex):
            try:
                out.freq = freq
            except ValueError:
                pass
        return out


# --- polars ---

class Polars:
    """A frame of polars."""

    name = 'polars'
    series = None

    def __init__(self, data):
        self.pl = sys.modules['polars']
        if isinstance(data, self.pl.LazyFrame):
            data = data.collect()
        self.data = data.to_frame() if isinstance(data, self.pl.Series) else data
        self.columns, self.rows = list(self.data.columns), self.data.height

    def with_column(self, name):
        return self

    def own_clock(self):
        return None

    def is_dated(self, column):
        return self.data.schema[column] in (self.pl.Date,) or isinstance(self.data.schema[column], self.pl.Datetime)

    def clock(self, column):
        pl, values = self.pl, self.data[column]
        if values.null_count():
            raise Error(f"'{column}' has a row without a stamp", 'data')
        dtype = values.dtype
        if dtype == pl.Date:
            return Clock(values.cast(pl.Int64).to_numpy() * DAY,
                         lambda t: pl.Series(column, t // DAY).cast(pl.Int32).cast(pl.Date))
        if isinstance(dtype, pl.Datetime):
            return self.datetime_clock(values, dtype, column)
        if dtype.is_integer():
            inner = whole_clock(values.to_numpy(), column)
            return Clock(inner.micros, lambda t: pl.Series(column, inner.back(t)).cast(dtype), inner.counted)
        raise Error(f"'{column}' holds {dtype}, not stamps; make datetimes of it, such as by str.to_datetime", 'data')

    def datetime_clock(self, values, dtype, column):
        pl = self.pl

        def micros(series):
            return series.dt.cast_time_unit('us').to_physical().to_numpy()

        def naive(t):
            return pl.Series(column, t).cast(pl.Datetime('us'))
        utc = micros(values)
        if dtype.time_zone is None:
            return Clock(utc, lambda t: naive(t).dt.cast_time_unit(dtype.time_unit))
        local = micros(values.dt.replace_time_zone(None))
        if is_local(utc, local):
            return Clock(local, lambda t: naive(t).dt.replace_time_zone(
                dtype.time_zone, ambiguous='latest', non_existent='null').cast(dtype))
        return Clock(utc, lambda t: naive(t).dt.replace_time_zone('UTC').dt.convert_time_zone(dtype.time_zone).cast(dtype))

    def is_number(self, column):
        dtype = self.data.schema[column]
        return dtype.is_numeric() or dtype == self.pl.Boolean

    def numbers(self, column):
        values = self.data[column]
        if values.dtype == self.pl.String:
            raise TypeError(column)
        if values.dtype != self.pl.Float64:
            values = values.cast(self.pl.Float64)
        return values.to_numpy()

    def texts(self, column):
        values = self.data[column].alias('key')
        words = values.unique(maintain_order=True)
        keys = words.to_frame().with_row_index('code')
        codes = values.to_frame().join(keys, on='key', how='left', maintain_order='left', nulls_equal=True)['code']
        codes = codes.cast(self.pl.Int32).to_numpy().copy()
        codes[values.is_null().to_numpy()] = -1
        return codes, words

    def take(self, words, rows):
        return words.gather(rows)

    def frame(self, columns):
        return self.pl.DataFrame([
            v.alias(name) if isinstance(v, self.pl.Series) else self.pl.Series(name, v) for name, v in columns.items()])


# --- numpy ---

class Numpy:
    """Rows x columns, or one series."""

    name = 'numpy'
    series = None

    def __init__(self, data, time=None):
        self.data = np.asarray(data)
        if self.data.ndim not in (1, 2):
            raise Error(f'an array of {self.data.ndim} dimensions; expected rows, or rows x columns', 'usage')
        self.rows, self.time = len(self.data), time
        self.columns = [str(i + 1) for i in range(self.data.shape[1])] if self.data.ndim == 2 else ['y']

    def with_column(self, name):
        return self

    def own_clock(self):
        return numpy_clock(self.time) if self.time is not None else None

    def is_dated(self, column):
        return False

    def is_number(self, column):
        return True

    def numbers(self, column):
        values = self.data if self.data.ndim == 1 else self.data[:, self.columns.index(column)]
        return values if values.dtype == np.float64 and aligned(values) else values.astype(np.float64)


def aligned(values):
    """Whether strides are whole doubles."""
    return values.dtype.isnative and all(stride % values.itemsize == 0 for stride in values.strides)


def open_frame(data, time=None):
    library = library_of(data)
    if library == 'pandas':
        return Pandas(data)
    if library == 'polars':
        return Polars(data)
    if library == 'numpy' or isinstance(data, (list, tuple)):
        return Numpy(data, time)
    raise Error(f'data of {type(data).__name__}; expected a frame of pandas or polars, or an array of numpy', 'usage')
