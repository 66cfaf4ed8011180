# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames as tables of the library, and forecasts back as the frames came."""
from __future__ import annotations

import numpy as np

from auspex._call import Error
from auspex._frames import open_frame


class Column:
    """Numbers, or texts by their codes in ``words``."""

    def __init__(self, name, values, words=None):
        self.name, self.values, self.words = str(name), values, words


class Table:
    """What the library reads in place of a file."""

    def __init__(self, name, rows, columns, time=None, time_name=None, counted=False):
        self.name, self.rows, self.columns = name, rows, columns
        self.time, self.time_name, self.counted = time, time_name, counted


class Data:
    """A frame, its table for the library, and forecasts of it back in the frame's own form.

    A frame is long where it has the column ``id_col``: then ``target_col`` holds the values, and of the other columns
    those are looked at that are named. Else it is wide: every column of numbers is a series."""

    def __init__(self, frame, name='data', id_col='unique_id', time_col='ds', target_col='y', others=(), time=None):
        self.frame = open_frame(frame, time).with_column(id_col)
        if id_col in self.frame.columns:
            self.frame = self.frame.with_column(time_col)
        self.id_col, self.time_col, self.target_col, self.name = id_col, time_col, target_col, name
        self.long = id_col in self.frame.columns
        self.clock = None
        time_name = self.find_time()
        self.time_name = time_name
        columns = self.long_columns(others) if self.long else self.wide_columns()
        self.table = Table(name, self.frame.rows, columns, self.clock.micros if self.clock else None,
                           self.name_of_time() if self.clock else None, self.clock.counted if self.clock else False)

    def find_time(self):
        """The column of stamps; None: the index, or there are none."""
        frame = self.frame
        if self.time_col in frame.columns:
            self.clock = frame.clock(self.time_col)
            return self.time_col
        self.clock = frame.own_clock()
        if self.clock is None:
            for column in frame.columns:
                if frame.is_dated(column):
                    self.clock = frame.clock(column)
                    return column
        if self.clock is None and self.long:
            raise Error(f"there is no column '{self.time_col}' of stamps; time_col names it", 'usage')
        return None

    def name_of_time(self):
        if self.time_name is not None:
            return str(self.time_name)
        taken = {str(column) for column in self.frame.columns}
        return next(name for name in ('ds', 'date', 'time', 'stamp', 'index', 'the index') if name not in taken)

    def column(self, name):
        if self.frame.is_number(name):
            return Column(name, self.frame.numbers(name))
        codes, words = self.frame.texts(name)
        return Column(name, codes, [str(word) for word in words])

    def values_of(self, name):
        """The column to forecast: numbers, also as objects such as decimals."""
        try:
            return Column(name, self.frame.numbers(name))
        except (TypeError, ValueError) as error:
            raise Error(f"'{name}' holds {self.frame.data[name].dtype}, not numbers", 'data') from error

    def need(self, name):
        if name not in self.frame.columns:
            raise Error(f"there is no column '{name}'; the columns are {', '.join(map(str, self.frame.columns))}", 'usage')

    def long_columns(self, others):
        codes, self.ids = self.frame.texts(self.id_col)
        if len(codes) and codes.min() < 0:
            raise Error(f"'{self.id_col}' has a row without a name", 'data')
        words = [str(word) for word in self.ids]
        if len(set(words)) < len(words):
            raise Error(f"'{self.id_col}' has names that differ in their types alone, such as 1 and '1'", 'data')
        self.place = {word: i for i, word in enumerate(words)}
        columns = [Column(self.id_col, codes, words)]
        for name in [self.target_col, *(other for other in others if other != self.target_col)]:
            if name in self.frame.columns or name == self.target_col:
                self.need(name)
                columns.append(self.values_of(name) if name == self.target_col else self.column(name))
        self.values = len(columns) - 1
        return columns

    def wide_columns(self):
        names = [str(name) for name in self.frame.columns]
        if len(set(names)) < len(names):
            raise Error('two columns have one name', 'data')
        return [self.column(name) for name in self.frame.columns if name != self.time_name]

    # --- forecasts ---

    def back(self, result):
        """The forecast as the frame came."""
        if self.long:
            return self.back_long(result)
        if self.frame.name == 'numpy':
            return self.back_array(result)
        return self.back_wide(result)

    def id_of(self, name):
        if name in self.place:
            return self.place[name]
        return self.place[name[:-len(self.target_col) - 1]]

    def back_long(self, result):
        steps, series = result.time.shape
        rows = np.repeat(np.array([self.id_of(name) for name in result.names], np.int64), steps)
        columns = {self.id_col: self.frame.take(self.ids, rows),
                   self.time_name or self.time_col: self.clock.back(result.time.T.reshape(-1))}
        for band, values in zip(result.bands, result.values):
            columns[result.kind + band] = values.T.reshape(-1)
        return self.frame.frame(columns)

    def cells(self, result):
        """Rows of all series' stamps together, and a block of bands x rows x series."""
        micros, place = np.unique(result.time, return_inverse=True)
        place = place.reshape(result.time.shape)
        block = np.full((len(result.bands), len(micros), len(result.names)), np.nan)
        block[:, place, np.arange(len(result.names))] = result.values
        return micros, block

    def back_wide(self, result):
        micros, block = self.cells(result)
        originals = {str(name): name for name in self.frame.columns}
        columns = {}
        for j, name in enumerate(result.names):
            for i, band in enumerate(result.bands):
                columns[originals[name] if not band else name + band] = block[i, :, j]
        if self.frame.series is not None and len(columns) == 1:
            name = self.frame.series.name
            return self.frame.indexed(self.clock, micros, columns).iloc[:, 0].rename(name)
        if self.time_name is None and self.frame.name == 'pandas':
            return self.frame.indexed(self.clock, micros, columns)
        if self.time_name is None:
            return self.frame.frame(columns)
        return self.frame.frame({self.time_name: self.clock.back(micros), **columns})

    def back_array(self, result):
        one = self.frame.data.ndim == 1
        bands = {band[1:] or 'forecast': values[:, 0] if one else values
                 for band, values in zip(result.bands, result.values)}
        return bands['forecast'] if len(bands) == 1 else bands

    # --- forecasts that were scored ---

    def back_rows(self, text):
        """The rows of --forecasts: unique_id, ds, cutoff, y and the forecasters, in the frame's library."""
        import csv
        import io
        rows = list(csv.reader(io.StringIO(text.decode('utf-8'))))
        heads, rows = rows[0], rows[1:]
        columns = dict(zip(heads, zip(*rows))) if rows else {head: () for head in heads}
        out = {}
        for head, values in columns.items():
            if head == 'unique_id' and self.long:
                out[self.id_col] = self.frame.take(self.ids, np.array([self.id_of(v) for v in values], np.int64))
            elif head == 'unique_id':
                out[head] = np.array(values, dtype=object if self.frame.name == 'pandas' else None)
            elif head in ('ds', 'cutoff'):
                out[head if head == 'cutoff' else self.time_name or 'ds'] = self.back_stamps(values)
            else:
                name = self.target_col if head == 'y' and self.long else head
                out[name] = np.array([float(v) if v else np.nan for v in values])
        return out if self.frame.name == 'numpy' else self.frame.frame(out)

    def back_stamps(self, values):
        if self.clock is None:
            return np.array(values, np.int64) - 1
        if self.clock.counted:
            return self.clock.back(np.array(values, np.int64))
        return self.clock.back(np.array(values, 'M8[us]').view(np.int64))
