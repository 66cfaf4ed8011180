# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's values as the words of the program's options."""
from __future__ import annotations


def word(value) -> str:
    """One item of a list: in quotes where a comma would part it."""
    text = number(value) if isinstance(value, (int, float)) else str(value)
    return '"' + text.replace('"', '""') + '"' if ',' in text or '"' in text else text


def number(value) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def value_text(value) -> str:
    if isinstance(value, str):
        return value
    if hasattr(value, 'item') and getattr(value, 'ndim', 0) == 0:  # of numpy
        value = value.item()
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, (list, tuple, set)) or hasattr(value, '__iter__'):
        return ','.join(word(one) for one in value)
    return str(value)


def options(settings) -> list[tuple[str, str | None]]:
    """Keyword arguments as options: ``learning_rate=1e-3`` is ``--learning-rate 0.001``, ``round=True`` is ``--round``,
    ``round=False`` is ``--no-round``, None is nothing."""
    listed: list[tuple[str, str | None]] = []
    for name, value in settings.items():
        name = name.rstrip('_').replace('_', '-')
        if value is None:
            continue
        if isinstance(value, bool):
            listed.append((name if value else 'no-' + name, None))
        else:
            listed.append((name, value_text(value)))
    return listed


# Steps between rows as pandas names them, where the library has other words.
FREQUENCIES = {'D': 'd', 'B': 'b', 'H': 'h', 'M': 'm', 'ME': 'm', 'MS': 'm', 'QS': 'q', 'QE': 'q', 'Q': 'q',
               'YS': 'y', 'YE': 'y', 'Y': 'y', 'A': 'y', 'AS': 'y', 'W': 'w', 'mo': 'm', 'T': 'min', 'min': 'min', 'S': 's',
               'BME': 'bme', 'BMS': 'bms', 'BM': 'bme'}


def frequency(text):
    """``'MS'`` of pandas, ``'1mo'`` of polars and ``'m'`` of the program are the same."""
    if text is None:
        return None
    text = str(getattr(text, 'freqstr', text))
    digits = len(text) - len(text.lstrip('0123456789'))
    count, unit = text[:digits], text[digits:]
    unit = FREQUENCIES.get(unit.split('-')[0], unit) if ' ' not in unit else unit
    return (count if count not in ('', '1') else '') + unit
