# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls the library: commands with tables and files in memory, their reports, results and errors."""
from __future__ import annotations

import os
import sys
import warnings

import numpy as np


def _load():
    """The extension module. Its OpenBLAS starts no threads of its own: the library has its own."""
    name = 'OPENBLAS_NUM_THREADS'
    alone = name not in os.environ
    if alone:
        os.environ[name] = '1'
    try:
        from auspex import _auspex
    finally:
        if alone:
            del os.environ[name]
    return _auspex.ffi, _auspex.lib


ffi, lib = _load()


class Error(Exception):
    """What went wrong, in the words of the program.

    ``code`` is one of ``'failed'`` (memory, disk, a network that diverged), ``'usage'`` (arguments that make no
    sense), ``'data'`` (data that cannot be used) and ``'stopped'`` (the progress callback asked for it).
    """

    def __init__(self, text: str, code: str = 'failed'):
        super().__init__(text)
        self.code = code


class AuspexWarning(UserWarning):
    """A note of the program: something to know of the data or of what was made of them."""


CODES = {lib.AUSPEX_FAILED: 'failed', lib.AUSPEX_USAGE: 'usage', lib.AUSPEX_BAD_DATA: 'data',
         lib.AUSPEX_STOPPED: 'stopped'}


def check(code, error):
    """Raises what the library failed with."""
    if code:
        raise Error(text_of(error.text), CODES.get(code, 'failed'))


def text_of(pointer):
    return ffi.string(pointer).decode('utf-8', 'replace') if pointer else None


# --- reports on the way ---

class Watch:
    """Takes what a command reports: notes become warnings, lines are kept, progress goes to the caller's callback.
    The callback's true result, or an exception in it such as KeyboardInterrupt, stops the command."""

    def __init__(self, progress=None):
        self.progress = progress
        self.notes, self.lines, self.exception = [], [], None

    def report(self, what, text):
        if self.exception is not None:
            return 1
        if what == lib.AUSPEX_NOTE:
            self.notes.append(text)
        elif what == lib.AUSPEX_LINE:
            self.lines.append(text)
            if self.progress and self.progress(text):
                return 1
        elif self.progress and text and self.progress(text):
            return 1
        return 0

    def warn(self):
        """Once the command is done: warnings may be made into exceptions."""
        log = sys.modules.get('logging')
        if log:
            for line in self.lines:
                log.getLogger('auspex').info(line)
        for note in self.notes:
            warnings.warn(note, AuspexWarning, stacklevel=_depth())


def _depth():
    """Stack levels up to the first frame outside the package."""
    frame, depth = sys._getframe(1), 1
    while frame and frame.f_globals.get('__name__', '').split('.')[0] == 'auspex':
        frame, depth = frame.f_back, depth + 1
    return depth


def _failed(kind, exception, traceback):
    context = traceback.tb_frame.f_locals.get('context') if traceback else None
    if context:
        ffi.from_handle(context).exception = exception


@ffi.def_extern(error=1, onerror=_failed)
def auspex_python_report(context, what, text):
    return ffi.from_handle(context).report(what, text_of(text))


# --- arguments ---

class Arguments:
    """A job of the library, and all that it points to."""

    def __init__(self, command):
        self.job = ffi.new('auspex_job *')
        self.kept = []
        self.job.command = self.text(command)

    def keep(self, thing):
        self.kept.append(thing)
        return thing

    def text(self, text):
        raw = text.encode('utf-8')
        if b'\0' in raw:
            raise Error(f'{text!r} has a character 0', 'usage')
        return self.keep(ffi.new('char[]', raw))

    def array(self, kind, items):
        return self.keep(ffi.new(kind, items))

    def numbers(self, kind, array):
        return self.keep(ffi.from_buffer(kind, array)) if len(array) else self.keep(ffi.new(kind, 1))

    def operands(self, names):
        self.job.operand = self.array('const char *[]', [self.text(name) for name in names])
        self.job.operands = len(names)

    def options(self, options):
        self.job.option = self.array('auspex_option[]', [
            {'name': self.text(name), 'value': ffi.NULL if value is None else self.text(value)}
            for name, value in options])
        self.job.options = len(options)

    def files(self, files):
        """A content of None is to be written."""
        self.job.file = self.array('auspex_file[]', [
            {'name': self.text(name), 'bytes': ffi.NULL if content is None else self.numbers('char[]', content),
             'size': 0 if content is None else len(content)} for name, content in files.items()])
        self.job.files = len(files)

    def column(self, column):
        if column.words is None:
            values = column.values
            return {'name': self.text(column.name), 'value': self.pointer(values), 'stride': stride_of(values)}
        words = self.array('const char *[]', [self.text(word) for word in column.words])
        return {'name': self.text(column.name), 'code': self.numbers('int[]', column.values), 'word': words,
                'words': len(column.words)}

    def pointer(self, values):
        """To the first value; without a copy also where an array is not contiguous, or not to be written to."""
        self.keep(values)
        if not len(values):
            return self.keep(ffi.new('double[1]'))
        return ffi.cast('double *', values.__array_interface__['data'][0])

    def frames(self, tables):
        frames = []
        for table in tables:
            frame = {'name': self.text(table.name), 'rows': table.rows, 'columns': len(table.columns),
                     'column': self.array('auspex_column[]', [self.column(c) for c in table.columns])}
            if table.time is not None:
                frame['time_name'] = self.text(table.time_name)
                frame['time_us'] = self.numbers('int64_t[]', table.time)
                frame['counted'] = table.counted
            frames.append(frame)
        self.job.frame = self.array('auspex_frame[]', frames)
        self.job.frames = len(frames)


def stride_of(values):
    """Doubles from one value to the next, or 1 where there is no next."""
    return values.strides[0] // values.itemsize if len(values) > 1 else 1


# --- results ---

class Result:
    """What a command gave: ``document`` (its JSON), ``files``, and of a forecast its arrays."""

    def __init__(self, result, files):
        raw = lib.auspex_result_json(result)
        self.json = text_of(raw)
        self.files = {}
        size = ffi.new('size_t *')
        for name in files:
            content = lib.auspex_result_file(result, name.encode('utf-8'), size)
            if content:
                self.files[name] = bytes(ffi.buffer(ffi.cast('char *', content), size[0]))
        self.kind = text_of(lib.auspex_result_kind(result))
        if self.kind is not None:
            self._take_forecast(result)

    def _take_forecast(self, result):
        steps, series = lib.auspex_result_steps(result), lib.auspex_result_series(result)
        bands = lib.auspex_result_bands(result)
        self.frequency = text_of(lib.auspex_result_frequency(result))
        self.names = [text_of(lib.auspex_result_series_name(result, i)) for i in range(series)]
        self.bands = [text_of(lib.auspex_result_band_name(result, i)) for i in range(bands)]
        self.time = array_of(lib.auspex_result_time_us(result), np.int64, (steps, series))
        # The bands lie one after the other.
        self.values = array_of(lib.auspex_result_values(result, 0), np.float64, (bands, steps, series))

    @property
    def document(self):
        import json
        return json.loads(self.json)


def array_of(pointer, dtype, shape):
    """A copy of an array of the library's, which ends with its result."""
    array = np.empty(shape, dtype)
    if array.size:
        ffi.memmove(ffi.from_buffer(array, require_writable=True), pointer, array.nbytes)
    return array


def run(command, operands, options, frames=(), files=None, progress=None):
    """One command of the library, with the interpreter's lock released."""
    files = files or {}
    arguments = Arguments(command)
    arguments.operands(list(operands))
    arguments.options(list(options))
    arguments.frames(list(frames))
    arguments.files(files)
    watch = Watch(progress)
    context = ffi.new_handle(watch)
    arguments.job.report = lib.auspex_python_report
    arguments.job.context = context
    result, error = ffi.new('auspex_result **'), ffi.new('auspex_error *')
    code = lib.auspex_run(result, arguments.job, error)
    try:
        taken = Result(result[0], [name for name, content in files.items() if content is None]) if result[0] else None
    finally:
        lib.auspex_result_free(result[0])
    if watch.exception is not None:
        raise watch.exception
    watch.warn()
    if code != lib.AUSPEX_STOPPED or taken is None:
        check(code, error)
    taken.stopped = code == lib.AUSPEX_STOPPED
    taken.lines = watch.lines
    return taken
