# SPDX-License-Identifier: GPL-3.0-or-later
"""The package beside the program, and frames in and out. AUSPEX_PROGRAM names the program, AUSPEX_SAMPLES the folder of the
bundled data; without them the tests that need them are skipped. Run by unittest or pytest."""
import importlib.util
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import warnings

import numpy as np

import auspex

PROGRAM, SAMPLES = os.environ.get('AUSPEX_PROGRAM'), os.environ.get('AUSPEX_SAMPLES')
pandas = __import__('pandas') if importlib.util.find_spec('pandas') else None
polars = __import__('polars') if importlib.util.find_spec('polars') else None
needs_pandas = unittest.skipUnless(pandas, 'pandas is not installed')
needs_polars = unittest.skipUnless(polars, 'polars is not installed')
needs_program = unittest.skipUnless(PROGRAM, 'AUSPEX_PROGRAM names no program')
needs_samples = unittest.skipUnless(SAMPLES, 'AUSPEX_SAMPLES names no folder')


def monthly(names=('A', 'B', 'C'), rows=60):
    """Nixtla's columns, values that no binary fraction is."""
    draw = np.random.default_rng(5)
    stamps = (np.datetime64('2015-01') + np.arange(rows)).astype('M8[ns]')
    return {'unique_id': np.repeat(np.array(names, object), rows), 'ds': np.tile(stamps, len(names)),
            'y': np.concatenate([100 * (k + 1) + 10 * np.sin(np.arange(rows) * np.pi / 6) + draw.normal(size=rows)
                                 for k in range(len(names))])}


def frame(**more):
    return pandas.DataFrame({**monthly(), **more})


def quiet(call, *arguments, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', auspex.AuspexWarning)
        return call(*arguments, **settings)


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def program(self, *words):
        done = subprocess.run([PROGRAM, *words], capture_output=True, cwd=self.folder.name, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout


def as_printed(value, digits):
    return float(f'{value:.{digits}g}')


@needs_program
@needs_pandas
class SameAsTheProgram(Folder):
    """Every number that the program prints, to its last digit."""

    def assert_forecast(self, document, out, ids='unique_id'):
        for one in document['series']:
            rows = out[out[ids] == one['name']]
            for key, values in one.items():
                if isinstance(values, list) and key != 'time':
                    column = document['model'] + ('' if key == 'values' else '-' + key)
                    self.assertEqual([as_printed(v, 15) for v in rows[column]], values, (one['name'], key))
            self.assertEqual([str(stamp)[:10] for stamp in rows['ds']], one.get('time', document['time']))

    def test_forecasts(self):
        df = frame()
        df.to_csv(self.path('data'), index=False)
        for words, settings in (([], {}), (['--model', 'ets', '--samples', '3'], {'model': 'ets', 'samples': 3}),
                                (['--transform', 'log', '--round'], {'transform': 'log', 'round': True})):
            text = self.program('forecast', 'data', '--horizon', '6', '--level', '80,95', '--json', *words)
            self.assert_forecast(json.loads(text), auspex.forecast(df, 6, [80, 95], **settings))

    def test_known_beforehand(self):
        df = frame(price=np.tile(np.cos(np.arange(60) * 1.3), 3))
        df['y'] += 20 * df['price']
        df.to_csv(self.path('data'), index=False)
        coming = pandas.DataFrame({'unique_id': np.repeat(['A', 'B', 'C'], 6), 'price': np.tile(np.cos(np.arange(60, 66) * 1.3), 3),
                                   'ds': list(pandas.date_range('2020-01-01', periods=6, freq='MS')) * 3})
        coming.to_csv(self.path('coming.csv'), index=False)
        text = self.program('forecast', 'data', '--horizon', '6', '--future', 'price', '--target', 'y', '--model', 'linear',
                            '--future-file', 'coming.csv', '--json')
        out = quiet(auspex.forecast, df, 6, model='linear', future='price', future_df=coming)
        document = json.loads(text)
        for one in document['series']:
            one['name'] = one['name'].removesuffix('/y')
        self.assert_forecast(document, out)

    def test_models_and_scores(self):
        df = frame()
        df.to_csv(self.path('data'), index=False)
        settings = {'epochs': 3, 'lookback': 12, 'd_model': 16, 'heads': 2, 'seed': 3}
        words = [w for k, v in settings.items() for w in ('--' + k.replace('_', '-'), str(v))]
        self.program('train', 'data', '--model', 'itransformer', '--horizon', '6', '-o', 'm.safetensors', *words)
        model = quiet(auspex.train, df, 'itransformer', 6, **settings)
        theirs = json.loads(self.program('evaluate', 'data', 'm.safetensors', '--json', '--level', '80'))
        ours = quiet(auspex.evaluate, df, model, level=[80], forecasts=True)
        self.assert_scores(ours, theirs)
        self.assertEqual(len(ours.forecasts), 3 * 6 * 7)
        # Either opens what the other wrote.
        model.save(self.path('ours.safetensors'))
        self.assertEqual(json.loads(self.program('evaluate', 'data', 'ours.safetensors', '--json', '--level', '80'))['scores'],
                         theirs['scores'])
        self.assert_scores(quiet(auspex.evaluate, df, self.path('m.safetensors'), level=[80]), theirs)
        self.assert_forecast(json.loads(self.program('forecast', 'data', 'm.safetensors', '--json', '--level', '80')),
                             model.forecast(df, level=[80]))

    def test_backtest_and_select(self):
        df = frame()
        df.to_csv(self.path('data'), index=False)
        text = self.program('backtest', 'data', '--model', 'theta', '--horizon', '6', '--folds', '2', '--json')
        self.assert_scores(quiet(auspex.backtest, df, 'theta', 6, folds=2), json.loads(text))
        theirs = json.loads(self.program('select', 'data', '--horizon', '6', '--json'))['series']
        ours = auspex.select(df, 6)
        self.assertEqual([one.chosen for one in ours], [one['chosen'] for one in theirs])
        self.assertEqual([as_printed(one.error, 12) for one in ours], [one['error'] for one in theirs])

    def assert_scores(self, ours, theirs):
        compared = 0
        for one, other in zip(ours['scores'], theirs['scores']):
            for key, value in other.items():
                if isinstance(value, float):
                    self.assertEqual(as_printed(one[key], 12), value, key)
                    compared += 1
        self.assertGreater(compared, 10)


class Frames(unittest.TestCase):
    """Frames go out as they came in."""

    @needs_pandas
    def test_long_pandas(self):
        df = frame()
        for kind in ('object', 'category', 'string'):
            out = auspex.forecast(df.astype({'unique_id': kind}), 3, [80], model='theta')
            self.assertEqual(list(out), ['unique_id', 'ds', 'theta', 'theta-lo-80', 'theta-hi-80'])
            self.assertEqual(out['unique_id'].dtype, df['unique_id'].astype(kind).dtype)
            self.assertEqual(out['ds'].dtype, df['ds'].dtype)
            self.assertEqual(list(out['unique_id']), ['A'] * 3 + ['B'] * 3 + ['C'] * 3)
            self.assertEqual(str(out['ds'][0])[:10], '2020-01-01')
        whole = df.assign(unique_id=df['unique_id'].map({'A': 7, 'B': 5, 'C': 9}).astype('int32')).rename(
            columns={'unique_id': 'shop', 'ds': 'month', 'y': 'sold'})
        out = auspex.forecast(whole, 2, model='naive', id_col='shop', time_col='month', target_col='sold')
        self.assertEqual((out['shop'].dtype, list(out['shop'])), (np.int32, [7, 7, 5, 5, 9, 9]))
        self.assertEqual(list(out['naive'])[::2], list(whole['sold'][59::60]))
        shuffled = df.sample(frac=1, random_state=2)
        a = quiet(auspex.forecast, shuffled, 3, model='theta').set_index(['unique_id', 'ds']).sort_index()
        b = auspex.forecast(df, 3, model='theta').set_index(['unique_id', 'ds']).sort_index()
        self.assertTrue(a.equals(b))
        indexed = auspex.forecast(df.set_index('unique_id'), 3, model='theta')
        self.assertTrue(indexed.equals(auspex.forecast(df, 3, model='theta')))

    @needs_pandas
    def test_wide_pandas(self):
        wide = frame().pivot(index='ds', columns='unique_id', values='y')
        wide.index.freq = 'MS'
        out = auspex.forecast(wide, 3, [90], model='theta')
        self.assertEqual(list(out)[:3], ['A', 'A-lo-90', 'A-hi-90'])
        self.assertEqual((out.index.name, out.index.freqstr, out.index.dtype), ('ds', 'MS', wide.index.dtype))
        series = auspex.forecast(wide['B'], 3, model='theta')
        self.assertEqual((series.name, list(series)), ('B', list(out['B'])))
        backwards = wide.to_numpy()[:, ::-1]  # columns that lie apart, in no order that they have in memory
        self.assertEqual(auspex.forecast(backwards, 3, model='theta', season=12)[:, 0].tolist(), list(out['C']))

    @needs_pandas
    def test_stamps(self):
        values = np.arange(400) % 7 + 1.0
        for zone in ('Europe/Berlin', 'America/New_York', 'UTC'):
            for freq, steps in (('D', 'days'), ('h', 'hours')):
                index = pandas.date_range('2023-01-01', periods=400, freq=freq, tz=zone)
                out = auspex.forecast(pandas.DataFrame({'y': values}, index=index), 100, model='seasonal-naive', season=7)
                going_on = pandas.date_range(index[0], periods=500, freq=freq)[400:]
                self.assertTrue((out.index == going_on).all(), (zone, steps))
                self.assertEqual(out.index.dtype, index.dtype)
        periods = pandas.period_range('2020-01', periods=36, freq='M')
        out = auspex.forecast(pandas.Series(values[:36], periods), 2, model='naive')
        self.assertEqual(list(map(str, out.index)), ['2023-01', '2023-02'])
        long = {'unique_id': ['a'] * 40, 'y': values[:40]}
        counted = auspex.forecast(pandas.DataFrame({**long, 'ds': np.arange(5, 45)}), 2, model='naive')
        self.assertEqual(list(counted['ds']), [45, 46])
        years = auspex.forecast(pandas.DataFrame({**long, 'ds': np.arange(1980, 2020)}), 2, model='naive')
        self.assertEqual(list(years['ds']), [2020, 2021])
        import datetime
        days = [datetime.date(2024, 2, 1) + datetime.timedelta(k) for k in range(40)]
        dates = auspex.forecast(pandas.DataFrame({**long, 'ds': days}), 1, model='naive')
        self.assertEqual(dates['ds'][0], datetime.date(2024, 3, 12))
        months = pandas.date_range('2020-01-31', periods=40, freq='ME').as_unit('s')
        ends = auspex.forecast(pandas.DataFrame({**long, 'ds': months}), 2, model='naive')
        self.assertEqual(([str(d)[:10] for d in ends['ds']], ends['ds'].dtype), (['2023-05-31', '2023-06-30'], 'datetime64[s]'))

    @needs_polars
    def test_polars(self):
        data = monthly()
        df = polars.DataFrame({'unique_id': list(data['unique_id']), 'ds': data['ds'], 'y': data['y']})
        plain = auspex.forecast(df, 3, [80], model='theta')
        self.assertEqual(plain.schema['ds'], df.schema['ds'])
        for dtype in (polars.Date, polars.Datetime('ms'), polars.Datetime('us', 'Europe/Berlin'), polars.Datetime('us', 'UTC')):
            there = polars.col('ds').cast(dtype) if dtype == polars.Date else polars.col('ds').cast(
                polars.Datetime(dtype.time_unit)).dt.replace_time_zone(dtype.time_zone)
            out = auspex.forecast(df.with_columns(there), 3, [80], model='theta')
            self.assertEqual(out.schema['ds'], dtype)
            self.assertEqual([str(d)[:10] for d in out['ds'][:2]], ['2020-01-01', '2020-02-01'])
            self.assertEqual(out['theta-lo-80'].to_list(), plain['theta-lo-80'].to_list())
        for dtype in (polars.Categorical, polars.String):
            out = auspex.forecast(df.with_columns(polars.col('unique_id').cast(dtype)), 2, model='naive')
            self.assertEqual((out.schema['unique_id'], out['unique_id'].to_list()), (dtype, ['A', 'A', 'B', 'B', 'C', 'C']))
        wide = df.pivot('unique_id', index='ds', values='y')
        self.assertEqual(auspex.forecast(wide, 3, model='theta').columns, ['ds', 'A', 'B', 'C'])
        self.assertEqual(auspex.forecast(wide.lazy(), 3, model='theta')['B'].to_list(), plain['theta'][3:6].to_list())

    @needs_pandas
    def test_missing_values_and_columns(self):
        df = frame(note='x', price=1.5)
        df.loc[30, 'y'] = np.nan
        self.assertTrue(np.isfinite(quiet(auspex.forecast, df, 3)['auto']).all())
        with self.assertRaisesRegex(auspex.Error, "series 'A' has no value of 'y' at 2017-07-01"):
            auspex.train(df)
        self.assertEqual(quiet(auspex.train, df, on_missing='linear').targets, ['A', 'B', 'C'])
        with self.assertRaisesRegex(auspex.Error, "no column 'z'"):
            auspex.forecast(df, 3, target_col='z')
        for text, bad in (("without a name", df.assign(unique_id=None)), ('not stamps', df.assign(ds='soon')),
                          ('without a stamp', df.assign(ds=pandas.NaT)), ("'y' holds", df.assign(y='ten')),
                          ('no rows', df[:0]), ('a second time', pandas.concat([df, df])),
                          ('not a finite number', df.assign(y=np.inf))):
            with self.assertRaisesRegex(auspex.Error, text):
                auspex.forecast(bad, 3)

    def test_arrays(self):
        values = 10 + np.sin(np.arange(48) * np.pi / 6)
        out = auspex.forecast(values, 4, season=12)
        self.assertEqual((out.shape, out.dtype), ((4,), np.float64))
        bands = auspex.forecast(np.column_stack([values, -values]), 4, [50], season=12)
        self.assertEqual((list(bands), bands['lo-50'].shape), (['forecast', 'lo-50', 'hi-50'], (4, 2)))
        self.assertEqual(out.tolist(), auspex.forecast(list(values), 4, season=12).tolist())
        stamps = np.datetime64('2020-01') + np.arange(48)
        self.assertEqual(auspex.forecast(values, 4, time=stamps.astype('M8[D]')).shape, (4,))
        self.assertEqual(auspex.forecast(values.astype('f4').astype('>f8'), 4, season=12).shape, (4,))
        with self.assertRaises(auspex.Error):
            auspex.forecast(np.zeros((2, 2, 2)), 4)
        with self.assertRaises(auspex.Error):
            auspex.forecast({'y': values}, 4)


class Work(Folder):
    """Progress, stops, threads, errors and warnings."""

    walk = np.random.default_rng(1).normal(size=(1500, 6)).cumsum(0)
    settings = {'epochs': 500, 'patience': 500, 'lookback': 48, 'd_model': 32, 'heads': 2, 'learning_rate': 1e-4}

    def test_errors_are_the_programs(self):
        with self.assertRaises(auspex.Error) as caught:
            auspex.forecast(self.walk, 4, model='etss')
        self.assertEqual((caught.exception.code, str(caught.exception)),
                         ('usage', "--model: there is no model 'etss'; did you mean ets?"))
        with self.assertRaisesRegex(auspex.Error, 'did you mean --horizon'):
            auspex.forecast(self.walk, 4, hrizon=3)
        with self.assertRaisesRegex(auspex.Error, 'option of the program'):
            auspex.forecast(self.walk, 4, plot='x.png')
        with self.assertRaisesRegex(auspex.Error, 'cannot be opened'):
            auspex.Model.load(self.path('nothing.safetensors'))
        with open(self.path('text.safetensors'), 'w', encoding='ascii') as file:
            file.write('no model')
        with self.assertRaises(auspex.Error):
            auspex.Model.load(self.path('text.safetensors'))

    def test_notes_are_warnings(self):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter('always')
            auspex.forecast(self.walk)
        self.assertEqual({w.category for w in seen}, {auspex.AuspexWarning})
        self.assertIn('--horizon says how many', str(seen[0].message))
        self.assertEqual({os.path.basename(w.filename) for w in seen}, {os.path.basename(__file__)})

    def test_progress_stops(self):
        texts = []

        def progress(text):
            texts.append(text)
            return sum('  best' in one for one in texts) > 1
        model = quiet(auspex.train, self.walk, 'itransformer', 12, progress=progress, **self.settings)
        self.assertTrue(model.stopped)
        self.assertEqual(quiet(auspex.evaluate, self.walk, model).scores[0]['name'], 'itransformer')

        def fail(_):
            raise ZeroDivisionError
        with self.assertRaises(ZeroDivisionError):
            quiet(auspex.train, self.walk, 'itransformer', 12, progress=fail, **self.settings)
        with self.assertRaises(auspex.Error) as caught:
            auspex.forecast(np.random.default_rng(3).normal(size=(120, 100)).cumsum(0), 12, progress=lambda _: True)
        self.assertEqual(caught.exception.code, 'stopped')

    def interrupted(self, call, *arguments, **settings):
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin without it
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        began = time.monotonic()
        timer.start()
        with self.assertRaises(KeyboardInterrupt):
            quiet(call, *arguments, **settings)
        timer.join()
        self.assertLess(time.monotonic() - began, 20)

    def test_keyboard_interrupt(self):
        self.interrupted(auspex.train, self.walk, 'itransformer', 12, **self.settings)
        many = np.random.default_rng(3).normal(size=(400, 2000)).cumsum(0)
        for kind in ('auto', 'arima', 'ets'):
            self.interrupted(auspex.forecast, many, 24, model=kind, season=12)
        self.assertEqual(auspex.forecast(self.walk, 2, model='naive').shape, (2, 6))

    def test_lock_is_released(self):
        turns, done = [0], threading.Event()

        def count():
            while not done.is_set():
                turns[0] += 1
                time.sleep(0.001)
        other = threading.Thread(target=count)
        other.start()
        quiet(auspex.train, self.walk, 'itransformer', 12, **{**self.settings, 'epochs': 60})
        before = turns[0]
        done.set()
        other.join()
        self.assertGreater(before, 20)

    def test_threads_at_once(self):
        alone = auspex.forecast(self.walk[:200], 5, model='theta')
        found = {}

        def work(k):
            found[k] = auspex.forecast(self.walk[:200], 5, model='theta')
        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for k in range(4):
            self.assertEqual(found[k].tolist(), alone.tolist())

    def test_files_and_models(self):
        model = quiet(auspex.train, self.walk, 'linear', 5, output=self.path('m.safetensors'))
        self.assertEqual(sorted(os.listdir(self.folder.name)), ['m.safetensors'])
        self.assertEqual((model.kind, model.horizon, len(model.columns)), ('linear', 5, 6))
        again = pickle.loads(pickle.dumps(model))
        self.assertEqual(again.forecast(self.walk).tolist(), model.forecast(self.walk).tolist())
        self.assertEqual(auspex.forecast(self.walk, model=self.path('m.safetensors')).tolist(), again.forecast(self.walk).tolist())
        with self.assertRaises(auspex.Error):
            model.save(self.path('no folder/m.safetensors'))
        longer = quiet(model.update, np.vstack([self.walk, self.walk[-1] + self.walk[:40]]))
        self.assertEqual(longer.kind, 'linear')

    def test_nothing_is_printed(self):
        code = ('import numpy, auspex, warnings; warnings.simplefilter("ignore"); x = numpy.arange(300.) % 7;'
                'm = auspex.train(x, "itransformer", 3, epochs=2, lookback=14); auspex.evaluate(x, m); m.forecast(x);'
                'auspex.backtest(x, "naive", 3); auspex.select(x, 3); auspex.forecast(x, 3, [80])')
        done = subprocess.run([sys.executable, '-c', code], capture_output=True, check=True)
        self.assertEqual((done.stdout, done.stderr), (b'', b''))

    def test_import_is_quick(self):
        # Time of the processor: others may be at work here.
        code = ('import numpy, sys, time; t = time.process_time(); import auspex; t = time.process_time() - t;'
                'assert not {"pandas", "polars", "sklearn"} & set(sys.modules); print(t)')
        took = min(float(subprocess.run([sys.executable, '-c', code], capture_output=True, check=True).stdout) for _ in range(5))
        self.assertLess(took, 0.05)


class Estimators(unittest.TestCase):
    def test_forecaster(self):
        walk = Work.walk[:300]
        one = auspex.Forecaster(model='theta', horizon=4, season=7)
        self.assertEqual(one.get_params(), {'model': 'theta', 'horizon': 4, 'level': None, 'season': 7})
        copy = type(one)(**one.get_params(deep=False))  # as sklearn.base.clone
        self.assertIs(copy.set_params(horizon=5, season=12), copy)
        self.assertEqual((copy.horizon, copy.get_params()['season']), (5, 12))
        with self.assertRaisesRegex(auspex.Error, 'not fitted'):
            one.predict()
        self.assertEqual(quiet(one.fit, walk).predict().shape, (4, 6))
        self.assertEqual(one.predict(2).shape, (2, 6))
        self.assertLess(quiet(one.score, walk), 0)
        self.assertIn("model='theta'", repr(one))

    @needs_samples
    @needs_pandas
    def test_classifier(self):
        points = pandas.read_csv(os.path.join(SAMPLES, 'simulated_lightcurves.csv.gz'))
        objects = pandas.read_csv(os.path.join(SAMPLES, 'simulated_lightcurves_metadata.csv'))
        common = objects['class'].value_counts().index[:3]
        objects = objects[objects['class'].isin(common)]
        points = points[points['object_id'].isin(objects['object_id'])]
        one = auspex.Classifier('forest', trees=20)
        quiet(one.fit, points, objects)
        probabilities = one.predict_proba(points, objects)
        self.assertEqual(probabilities.shape, (points['object_id'].nunique(), 3))
        known = ~np.isnan(probabilities[:, 0])
        np.testing.assert_allclose(probabilities[known].sum(1), 1, rtol=1e-9)
        self.assertEqual(set(one.predict(points, objects)[known]), set(one.classes_))


@needs_samples
class LightCurves(Folder):
    def read(self, library):
        names = ('simulated_lightcurves.csv.gz', 'simulated_lightcurves_metadata.csv')
        return [library.read_csv(os.path.join(SAMPLES, name)) for name in names]

    @needs_pandas
    @needs_program
    def test_classes_are_the_programs(self):
        points, objects = self.read(pandas)
        some = points['object_id'].unique()[:40]
        points = points[points['object_id'].isin(some)]
        points.to_csv(self.path('sky.csv'), index=False)
        objects.to_csv(self.path('meta.csv'), index=False)
        model = os.path.join(SAMPLES, 'simulated_t2.safetensors')
        self.program('classify', 'sky.csv', model, '--metadata', 'meta.csv', '-o', 'out.csv')
        theirs = pandas.read_csv(self.path('out.csv'))
        ours = auspex.classify(points, model, metadata=objects)
        self.assertEqual(list(ours['object_id']), list(theirs['object_id']))
        self.assertEqual(list(ours['class']), list(theirs['class']))
        for name in auspex.Model.load(model).classes:
            printed = theirs['p_' + name] if 'p_' + name in theirs else theirs[name]
            np.testing.assert_allclose(ours[name], printed, rtol=0, atol=5e-7)
        alone = auspex.classify(points, model, metadata=objects, threads=1)
        self.assertTrue(alone.equals(ours))
        with self.assertRaises(auspex.Error) as caught:
            auspex.classify(points, model, metadata=objects, threads=1, progress=lambda _: True)
        self.assertEqual(caught.exception.code, 'stopped')

    @needs_polars
    def test_polars(self):
        points, objects = self.read(polars)
        points = points.filter(polars.col('object_id').is_in(points['object_id'].unique(maintain_order=True)[:5].to_list()))
        out = auspex.classify(points, os.path.join(SAMPLES, 'simulated_t2.safetensors'), metadata=objects)
        self.assertEqual((out.height, out.schema['object_id']), (5, points.schema['object_id']))

    def test_gaussian_process(self):
        time = np.arange(30.0)
        flux = 100 * np.exp(-(time - 12) ** 2 / 40)
        band = np.where(np.arange(30) % 2, 'r', 'g')
        process = auspex.gp(time, flux, np.full(30, 1.0), band, times=50)
        self.assertEqual((process.mean.shape, process.bands, process.settled), ((2, 50), ['g', 'r'], True))
        at = auspex.gp(time, flux, np.full(30, 1.0), band, at=time, at_bands=['g'])
        self.assertLess(np.abs(at.mean[0][::2] - flux[::2]).max(), 3)
        self.assertTrue((at.variance > 0).all())
        with self.assertRaisesRegex(auspex.Error, "wavelength of band 'q'"):
            auspex.gp(time, flux, np.ones(30), ['q'] * 30)
        with self.assertRaises(auspex.Error):
            auspex.gp(time, flux, -np.ones(30))
        with self.assertRaises(auspex.Error):
            auspex.gp(time[:3], flux, np.ones(30))


if __name__ == '__main__':
    unittest.main()
