# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the blocks of docs/python.md and docs/coming-from.md, page by page, and compares what they print with the block of
text behind them. AUSPEX_DOCS and AUSPEX_SAMPLES name the folders; without them, or without pandas, they are skipped."""
import contextlib
import importlib.util
import io
import os
import re
import shutil
import tempfile
import unittest
import warnings

DOCS, SAMPLES = os.environ.get('AUSPEX_DOCS'), os.environ.get('AUSPEX_SAMPLES')
BLOCK = re.compile(r'^```(python|text)\n(.*?)^```$', re.S | re.M)


def blocks(page):
    """(line, code, what it prints or None) of a page."""
    with open(os.path.join(DOCS, page), encoding='utf-8') as file:
        text = file.read()
    found = [(text[:match.start()].count('\n') + 2, *match.groups()) for match in BLOCK.finditer(text)]
    for (line, kind, code), following in zip(found, [*found[1:], (0, 'end', '')]):
        if kind == 'python':
            yield line, code, following[2] if following[1] == 'text' else None


@unittest.skipUnless(DOCS and SAMPLES, 'AUSPEX_DOCS or AUSPEX_SAMPLES names no folder')
@unittest.skipUnless(importlib.util.find_spec('pandas'), 'pandas is not installed')
class Pages(unittest.TestCase):
    def run_page(self, page):
        before = os.getcwd()
        names, count = {'__name__': 'page'}, 0
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter('ignore')
            for name in os.listdir(SAMPLES):
                shutil.copy(os.path.join(SAMPLES, name), folder)
            self.addCleanup(os.chdir, before)
            os.chdir(folder)
            for line, code, printed in blocks(page):
                if 'polars' in code and not importlib.util.find_spec('polars'):
                    continue
                out = io.StringIO()
                with self.subTest(page=page, line=line), contextlib.redirect_stdout(out):
                    exec(compile('\n' * (line - 1) + code, page, 'exec'), names)
                    self.assertEqual(out.getvalue(), printed or '', f'{page}:{line}')
                count += 1
            os.chdir(before)
        self.assertGreater(count, 5)

    def test_tutorial(self):
        self.run_page('python.md')

    def test_coming_from(self):
        self.run_page('coming-from.md')


if __name__ == '__main__':
    unittest.main()
