# SPDX-License-Identifier: GPL-3.0-or-later
"""Classes and Gaussian processes of light curves."""
from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Callable, Sequence

import numpy as np

from auspex._call import Error, check, ffi, lib, text_of
from auspex._frames import library_of, open_frame
from auspex._words import options

if TYPE_CHECKING:
    from auspex._model import Model

CLASSIFIERS = ('t2', 't2-points', 'forest')

# Names of the columns of points, the first that a frame has.
NAMES = {'id': ('object_id', 'id', 'oid', 'objectId', 'unique_id', 'SNID'), 'time': ('mjd', 'time', 'MJD', 'ds', 'jd'),
         'band': ('passband', 'band', 'filter', 'fid', 'FLT'), 'flux': ('flux', 'FLUXCAL', 'y'),
         'error': ('flux_err', 'flux_error', 'error', 'FLUXCALERR', 'sigma'), 'detected': ('detected', 'detected_bool')}


# What surveys call the photometric redshift, in order of preference; its error has _err, err or _error behind.
REDSHIFTS = ('photoz', 'hostgal_photoz', 'hostgal_zphot', 'photo_z', 'zphot', 'z_phot', 'z_final', 'redshift_final')


def frame_text(frame):
    """A frame as the file that the library reads, numbers with all their digits."""
    library = library_of(frame)
    if library == 'pandas':
        return frame.to_csv(index=False).encode('utf-8')
    if library == 'polars':
        return frame.write_csv().encode('utf-8')
    raise Error(f'data of {type(frame).__name__}; expected a frame of pandas or polars', 'usage')


def object_inputs(df, metadata, settings):
    """Points and objects of a command as (operand, options, files in memory)."""
    files, settings = {}, dict(settings)
    if isinstance(df, (str, os.PathLike)):
        operand = os.fspath(df)
    else:
        operand = settings.pop('name', 'light curves')
        files[operand] = frame_text(df)
    if isinstance(metadata, (str, os.PathLike)):
        settings['metadata'] = os.fspath(metadata)
    elif metadata is not None:
        settings['metadata'] = 'objects'
        files['objects'] = frame_text(metadata)
    return operand, options(settings), files


# --- classifiers ---

class Handle:
    """A classifier that is open in the library."""

    def __init__(self, model):
        error, out = ffi.new('auspex_error *'), ffi.new('auspex_classifier **')
        content = ffi.from_buffer('char[]', model.bytes)
        check(lib.auspex_classifier_open_bytes(out, model.name.encode('utf-8'), content, len(model.bytes), error), error)
        self.pointer = ffi.gc(out[0], lib.auspex_classifier_close)
        self.classes = [text_of(lib.auspex_classifier_class_name(self.pointer, i))
                        for i in range(lib.auspex_classifier_classes(self.pointer))]
        self.redshift = bool(lib.auspex_classifier_wants_redshift(self.pointer))

    def band(self, name):
        """Its index; 2.0 of a column with holes is 2."""
        name = int(name) if isinstance(name, float) and name.is_integer() else name
        return lib.auspex_classifier_find_band(self.pointer, str(name).encode('utf-8'))


_handles_lock = threading.Lock()


def handle_of(model) -> Handle:
    with _handles_lock:
        if getattr(model, '_handle', None) is None:
            model._handle = Handle(model)
    return model._handle


class Session:
    """The working memory of one thread."""

    def __init__(self, handle):
        error, out = ffi.new('auspex_error *'), ffi.new('auspex_session **')
        check(lib.auspex_session_open(out, handle.pointer, error), error)
        self.handle, self.pointer = handle, ffi.gc(out[0], lib.auspex_session_close)
        self.curve, self.result = ffi.new('auspex_lightcurve *'), ffi.new('auspex_classification *')
        self.error = error

    def classify(self, name, points, probabilities):
        """points: time, flux, error, band, detected (or None), redshift (or None) of one object."""
        time, flux, flux_error, band, detected, redshift = points
        curve, keep = self.curve, [ffi.new('char[]', str(name).encode('utf-8'))]
        curve.id, curve.points = keep[0], len(time)
        curve.time, curve.flux, curve.error = (ffi.cast('double *', ffi.from_buffer(a)) for a in (time, flux, flux_error))
        curve.band = ffi.cast('int *', ffi.from_buffer(band))
        curve.detected = ffi.NULL if detected is None else ffi.cast('unsigned char *', ffi.from_buffer(detected))
        curve.redshift = ffi.NULL if redshift is None else ffi.cast('double *', ffi.from_buffer(redshift))
        out = ffi.cast('double *', ffi.from_buffer(probabilities))
        check(lib.auspex_classify(self.pointer, curve, out, self.result, self.error), self.error)
        return self.result.class_index, self.result.novelty, self.result.status, self.result.used


def find_column(columns, part, given, needed=True):
    if given is not None:
        if given not in columns:
            raise Error(f"there is no column '{given}'", 'usage')
        return given
    for name in NAMES[part]:
        if name in columns:
            return name
    if needed:
        raise Error(f"no column of {part}s: expected one of {', '.join(NAMES[part])}, or {part}_col", 'usage')
    return None


def read_redshifts(metadata, words, id_name):
    """Redshift and error by object, NaN where they are not known."""
    known = np.full((len(words), 2), np.nan)
    if metadata is None:
        return known
    frame = open_frame(metadata)
    ids = find_column(frame.columns, 'id', id_name if id_name in frame.columns else None)
    codes, names = frame.texts(ids)
    place = {str(word): i for i, word in enumerate(words)}
    rows = np.array([place.get(str(name), -1) for name in names], np.int64)[codes]
    base = next((name for name in REDSHIFTS if name in frame.columns), None)
    error = base and next((base + end for end in ('_err', 'err', '_error') if base + end in frame.columns), None)
    for k, column in enumerate((base, error)):
        if column is not None:
            values = np.asarray(frame.numbers(column))
            known[rows[rows >= 0], k] = np.where(values <= -1, np.nan, values)[rows >= 0]  # -9 stands for none
    return known


def classify(df: Any, model: str | os.PathLike | Model, *, metadata: Any = None, id_col: str | None = None,
             time_col: str | None = None, band_col: str | None = None, flux_col: str | None = None, error_col: str | None = None,
             detected_col: str | None = None, threads: int = 0, progress: Callable[[str], object] | None = None) -> Any:
    """Classifies light curves.

    Parameters
    ----------
    df
        A frame of points, one a row, those of an object in any order: its id (``object_id``), time in days (``mjd``),
        passband (``passband`` or ``band``: names, or numbers 0 to 5 for ugrizy), flux with zero point 27.5 (``flux``),
        its standard deviation (``flux_err``), and where known whether it is a detection (``detected``; else |flux| of
        5 standard deviations or more). Arguments ending in ``_col`` name other columns.
    model
        A :class:`Model`, or the path of a classifier's file.
    metadata
        A frame of objects: the ids, ``photoz`` (or ``hostgal_photoz``, ``zphot`` and the like) and its error
        (``photoz_err``); NaN: not known.
    threads
        0: all cores. Results are the same for any number.
    progress
        Called with a text now and then; a true result stops with :class:`Error` of code ``'stopped'``.

    Returns
    -------
    A frame of the same library, a row per object in order of appearance: the id, a probability per class (NaN where it
    was not classified), ``class``, ``novelty`` (near 1: unlike anything that was trained on), ``status`` and ``points``.
    """
    from auspex._model import Model
    handle = handle_of(Model.load(model))
    frame = open_frame(df)
    columns = frame.columns
    id_name = find_column(columns, 'id', id_col)
    codes, ids = frame.texts(id_name)
    order = np.argsort(codes, kind='stable')
    count = len(ids)
    begins = np.searchsorted(codes[order], np.arange(count + 1))

    def numbers(part, given):
        return np.ascontiguousarray(np.asarray(frame.numbers(find_column(columns, part, given)))[order])
    time, flux = numbers('time', time_col), numbers('flux', flux_col)
    flux_error = numbers('error', error_col)
    band_codes, bands = frame.texts(find_column(columns, 'band', band_col))
    places = np.array([handle.band(band) for band in bands] + [-1], np.int32)
    band = np.ascontiguousarray(places[band_codes][order])
    name = find_column(columns, 'detected', detected_col, needed=False)
    detected = None if name is None else np.ascontiguousarray(np.asarray(frame.numbers(name))[order] > 0).view(np.uint8)
    redshift = read_redshifts(metadata, ids, id_name) if handle.redshift else None
    probabilities = np.full((count, len(handle.classes)), np.nan)
    found = np.full(count, -1, np.int64)
    novelty, used, status = np.full(count, np.nan), np.zeros(count, np.int64), np.zeros(count, np.int64)
    words = [str(one) for one in ids]

    def work(objects):
        session = Session(handle)
        for k in objects:
            part = slice(begins[k], begins[k + 1])
            points = (time[part], flux[part], flux_error[part], band[part],
                      None if detected is None else detected[part], None if redshift is None else redshift[k])
            found[k], novelty[k], status[k], used[k] = session.classify(words[k], points, probabilities[k])
            yield k
    classify_all(work, count, threads, progress)
    names = np.array([*handle.classes, None], dtype=object)
    labels = np.array([text_of(lib.auspex_status_name(i)) for i in range(5)], dtype=object)
    out = {id_name: frame.take(ids, np.arange(count))}
    out.update({label: np.ascontiguousarray(probabilities[:, i]) for i, label in enumerate(handle.classes)})
    out.update({'class': list(names[found]), 'novelty': novelty, 'status': list(labels[status]), 'points': used})
    return frame.frame(out)


def classify_all(work, count, threads, progress):
    """Objects by threads that each have a session of their own; the first exception counts."""
    threads = min(threads or os.cpu_count() or 1, max(count, 1))
    stop, failures = threading.Event(), []
    done = [0]

    def run(first):
        try:
            for _ in work(range(first, count, threads)):
                done[0] += 1
                if stop.is_set():
                    return
        except BaseException as failure:  # noqa: B902: it is raised where the caller waits
            failures.append(failure)
            stop.set()
    workers = [threading.Thread(target=run, args=(first,), daemon=True) for first in range(threads)]
    for worker in workers:
        worker.start()
    try:
        for worker in workers:
            while worker.is_alive():
                worker.join(0.1)
                if progress and not stop.is_set() and progress(f'{done[0]} of {count} objects'):
                    failures.append(Error('stopped', 'stopped'))
                    stop.set()
    except BaseException:
        stop.set()
        for worker in workers:
            worker.join()
        raise
    if failures:
        raise failures[0]


# --- Gaussian processes ---

# Effective wavelengths in Angstrom.
WAVELENGTHS = {'u': 3671.0, 'g': 4827.0, 'r': 6223.0, 'i': 7546.0, 'z': 8691.0, 'y': 9712.0}


class GaussianProcess:
    """A fitted process: ``time`` (days, shape (times,)), ``bands``, ``wavelength`` (Angstrom, shape (bands,)), ``mean`` and
    ``variance`` (shape (bands, times), in flux and flux^2), ``length`` (days), ``log_variance`` (ln flux^2),
    ``negative_log_likelihood`` and ``settled`` (whether the fit ended at a minimum)."""

    time: np.ndarray
    bands: list
    wavelength: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    length: float
    log_variance: float
    negative_log_likelihood: float
    settled: bool

    def __init__(self, **values):
        self.__dict__.update(values)

    def __repr__(self):
        return f'<auspex.GaussianProcess length={self.length:.4g} days, {len(self.bands)} x {len(self.time)}>'


def gp(time: Any, flux: Any, error: Any, band: Any = None, *, wavelength: Any = None, at: Any = None,
       at_bands: Sequence | None = None, times: int = 100) -> GaussianProcess:
    """The Gaussian process of one light curve in time and wavelength (Boone 2019), fitted and read on a grid.

    Parameters
    ----------
    time, flux, error : arrays of shape (points,)
        Days; any unit of flux; standard deviations in that unit. 1 to 4096 points, in any order.
    band : array of shape (points,), optional
        Names u, g, r, i, z, y, or numbers 0 to 5 for them; without it all points are of one band.
    wavelength : array of shape (points,) or dict, optional
        Effective wavelengths in Angstrom, of each point or by the name of a band.
    at : array, optional
        Days to read it at; else ``times`` equal steps from the first to the last point.
    at_bands : list, optional
        Bands, or wavelengths where there are no bands, to read it at; else those that there are.

    Returns
    -------
    GaussianProcess
    """
    time, flux, error = (np.ascontiguousarray(a, np.float64) for a in (time, flux, error))
    if not (time.ndim == 1 and time.shape == flux.shape == error.shape):
        raise Error(f'time, flux and error have shapes {time.shape}, {flux.shape}, {error.shape}; expected one', 'usage')
    table: dict[Any, float] = {**dict(enumerate(WAVELENGTHS.values())), **WAVELENGTHS}
    table.update(wavelength if isinstance(wavelength, dict) else {})
    names = None if band is None else [b.item() if hasattr(b, 'item') else b for b in np.asarray(band).ravel()]
    if names is not None and (wavelength is None or isinstance(wavelength, dict)):
        unknown = sorted({str(b) for b in names if b not in table})
        if unknown:
            raise Error(f"no wavelength of band '{unknown[0]}': wavelength={{name: Angstrom}} gives it", 'usage')
        lengths = np.array([table[b] for b in names], np.float64)
    else:
        lengths = np.broadcast_to(np.asarray(table['r'] if wavelength is None else wavelength, np.float64), time.shape)
    lengths = np.ascontiguousarray(lengths)
    if lengths.shape != time.shape:
        raise Error(f'{lengths.size} bands or wavelengths for {time.size} points', 'usage')
    bands = list(at_bands) if at_bands is not None else list(dict.fromkeys(names if names is not None else lengths.tolist()))
    own = np.array([dict(zip(names, lengths)).get(b, table.get(b, b)) if names is not None else b for b in bands], np.float64)
    grid = np.linspace(time.min(), time.max(), times) if at is None and time.size else np.asarray(
        [] if at is None else at, np.float64)
    return _fit(time, lengths, flux, error, np.ascontiguousarray(grid), bands, own)


def _fit(time, lengths, flux, error, grid, bands, own):
    where, at = np.tile(grid, len(bands)), np.repeat(own, len(grid))
    mean, variance = np.empty(where.size), np.empty(where.size)
    fit, failure = ffi.new('auspex_gp_fit *'), ffi.new('auspex_error *')

    def doubles(array):
        return ffi.cast('double *', array.__array_interface__['data'][0])
    code = lib.auspex_gp(*map(doubles, (time, lengths, flux, error)), time.size, doubles(where), doubles(at), where.size,
                         doubles(mean), doubles(variance), fit, failure)
    check(code, failure)
    shape = (len(bands), len(grid))
    return GaussianProcess(time=grid, bands=bands, wavelength=own, mean=mean.reshape(shape), variance=variance.reshape(shape),
                           length=fit.length, log_variance=fit.log_variance, settled=bool(fit.settled),
                           negative_log_likelihood=fit.negative_log_likelihood)
