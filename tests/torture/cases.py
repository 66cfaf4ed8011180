# SPDX-License-Identifier: GPL-3.0-or-later
"""Small data of every family, and the commands that the tortures train on them."""
import datetime
import math
import os
import random
import tempfile


def write(name, lines):
    with open(name, 'w', encoding='ascii') as file:
        file.write('\n'.join(lines) + '\n')


def stamp(hours):
    return (datetime.datetime(2020, 1, 1) + datetime.timedelta(hours=hours)).strftime('%Y-%m-%d %H:%M:%S')


def new_folder():
    """In memory where there is such a place: hundreds of runs, each of which saves to the disk, would wait for it most of the time."""
    memory = '/dev/shm'
    return tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None)


def make_data(folder):
    """table.csv, farm.csv with stations.csv, sky.csv with meta.csv: the same bytes every time."""
    draw = random.Random(7)
    os.chdir(folder)
    write('table.csv', ['date,a,b'] + [f'{stamp(t)},{math.sin(t / 4) + draw.random() / 5:.4f},{t % 24}' for t in range(700)])
    write('many.csv', ['date,' + ','.join(f's{k}' for k in range(20))] +
          [f'{stamp(24 * t)},' + ','.join(f'{5 + math.sin(t / (1 + k % 9)) + draw.random():.3f}' for k in range(20)) for t in range(90)])
    rows = []
    for t in range(300):
        for s in range(3):
            rows.append(f'{stamp(t)},s{s},{math.sin((t + s) / 5) + draw.random() / 5:.4f},{t % 7}')
    write('farm.csv', ['date,station,power,wind'] + rows)
    write('stations.csv', ['station,latitude,longitude'] + [f's{s},{50 + s},{4 + s}' for s in range(3)])
    sky, meta = ['object_id,mjd,passband,flux,flux_err'], ['object_id,type']
    for n in range(40):
        meta.append(f'o{n},{"ab"[n % 2]}')
        for i in range(24):
            day, band = 2.5 * i, i % 2
            height = 100 * math.exp(-((day - 30) / (8 if n % 2 else 16)) ** 2)
            sky.append(f'o{n},{59000 + day},{"gr"[band]},{height + 5 * draw.random():.3f},2')
    write('sky.csv', sky)
    write('meta.csv', meta)


# Name, command without what it writes, the option that names its output.
COMMANDS = {
    'itransformer': ('train table.csv --model itransformer --lookback 24 --horizon 4 --d-model 16 --heads 2 --layers 1 '
                     '--batch 32 --epochs 30 --patience 0', '-o'),
    'time2vec': ('train table.csv --model time2vec --lookback 24 --horizon 4 --batch 32 --epochs 20 --patience 0', '-o'),
    'hsttn': ('train farm.csv --id station --model hsttn --stations stations.csv --target power --future wind --lookback 8 '
              '--horizon 4 --d-model 8 --heads 2 --epochs 4 --patience 0', '-o'),
    'stid': ('train farm.csv --id station --model stid --stations stations.csv --target power --lookback 8 --horizon 4 '
             '--epochs 12 --patience 0', '-o'),
    't2': ('train sky.csv --metadata meta.csv --model t2 --label type --redshift none --grid 16 --d-model 8 --heads 2 --d-ff 8 '
           '--batch 8 --epochs 40 --patience 0', '-o'),
    't2-points': ('train sky.csv --metadata meta.csv --model t2-points --label type --redshift none --d-model 8 --heads 2 '
                  '--d-ff 8 --batch 8 --epochs 15 --patience 0', '-o'),
    'backtest': ('backtest table.csv --model itransformer --lookback 24 --horizon 4 --d-model 8 --heads 2 --layers 1 '
                 '--batch 32 --epochs 6 --patience 0 --folds 3 --seeds 2', '--csv'),
    'search': ('search table.csv --model itransformer --lookback 24 --horizon 4 --d-model 8 --heads 2 --layers 1 '
               '--batch 32 --epochs 9 --patience 0 --candidates 4', '-o'),
    'select': ('select many.csv --horizon 7', '--csv'),
}
