#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what lies beside it: `make.py PROGRAM` writes small data, trains a model of every family on it and keeps what
the models then say. README.md says with which program that was done."""
import csv
import datetime
import math
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
NETWORK = "--d-model 8 --heads 2 --layers 1 --epochs 2 --seed 1 -q"
STATIONS = "--id farm --stations places.csv --adjacency near.csv"
SKY = "sky.csv --metadata objects.csv --label type --epochs 4 --batch 8 --learning-rate 3e-3 --d-model 8 --d-ff 8 --heads 2 --seed 1 -q"
TRAINED = {
    "series": f"waves.csv --lookback 6 --horizon 3 --target a,walk --d-ff 8 {NETWORK}",
    "time2vec": "waves.csv --model time2vec --lookback 6 --horizon 2 --heads 1 --head-width 4 --d-ff 8 --blocks 1"
                " --hidden 8 --epochs 2 --seed 1 -q",
    "prices": f"FOLLOW.csv LEAD.csv --prices --target FOLLOW --merge arithmetic --lookback 5 --d-ff 8 {NETWORK}",
    "stations": f"farm.csv {STATIONS} --target power --future wind --static height --mask bad --model hsttn --lookback 8"
                " --horizon 6 --factors 2 --scale-weights 1,0.5 --d-model 4 --d-ff 4 --head-width 2 --heads 2 --shortcut own"
                " --epochs 6 --learning-rate 1e-2 --batch 16 --seed 1 -q",
    "t2": f"{SKY} --model t2 --grid 8 --layers 1",
    "t2-points": f"{SKY} --model t2-points --layers 1 --most-points 40",
}
SAID = {
    "series": "forecast waves.csv series.safetensors",
    "time2vec": "forecast waves.csv time2vec.safetensors",
    "prices": "forecast FOLLOW.csv LEAD.csv prices.safetensors",
    "stations": "forecast farm.csv stations.safetensors --id farm",
    "t2": "classify sky.csv t2.safetensors --metadata objects.csv",
    "t2-points": "classify sky.csv t2-points.safetensors --metadata objects.csv",
}


class Chance:
    """Numbers between -0.5 and 0.5, whatever the version of Python."""

    def __init__(self, seed):
        self.state = seed

    def __call__(self):
        self.state = (self.state * 1664525 + 1013904223) & 0xffffffff
        return (self.state >> 8) / (1 << 24) - 0.5


def write(name, rows):
    with open(HERE / name, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def day(n):
    return (datetime.date(2020, 1, 6) + datetime.timedelta(n)).isoformat()


def waves():
    chance, walk, rows = Chance(1), 0.0, [("date", "a", "b", "walk")]
    for i in range(90):
        walk += chance()
        rows.append((day(i), f"{10 + 3 * math.sin(i * 0.9) + chance():.2f}", f"{5 + 2 * math.cos(i * 0.9):.2f}", f"{walk:.2f}"))
    write("waves.csv", rows)


def prices():
    chance, level, rows = Chance(2), [100.0, 50.0], ([("Date", "Close")], [("Date", "Close")])
    for t in range(90):
        for k in range(2):
            level[k] *= math.exp(0.04 * chance())
            rows[k].append((day(t // 5 * 7 + t % 5), f"{level[k]:.2f}"))
    write("FOLLOW.csv", rows[0])
    write("LEAD.csv", rows[1])


def farm():
    """Power follows a wind that is known for six hours more."""
    rows = [("farm", "time", "power", "wind", "height", "bad")]
    for s in range(3):
        for t in range(96):
            wind, bad = 8 + 4 * math.sin(math.pi * t / 12 + s) + math.sin(1.7 * t + s), (t + s) % 17 == 3
            power = "" if t >= 90 else "-1" if bad else f"{wind * wind:.1f}"
            rows.append((f"f{s}", f"{day(t // 24)} {t % 24:02d}:00", power, f"{wind:.1f}", 80 + 10 * s, int(bad)))
    write("farm.csv", rows)
    write("places.csv", [("id", "x", "y"), ("f0", 0, 0), ("f1", 5, 1), ("f2", 10, 0)])
    write("near.csv", [(1, .5, 0), (.5, 1, .5), (0, .5, 1)])


def sky():
    """Brief flashes, long ones, and steady waves, in two bands."""
    points, objects = [("object_id", "mjd", "band", "flux", "flux_err", "detected")], [("object_id", "type", "photoz", "photoz_err")]
    for n in range(30):
        chance, kind = Chance(1000 + 77 * n), n % 3
        peak = 45 + 20 * chance()
        for i in range(20):
            t, error, red = 5 * i + 2 * chance() + 1, 1.5 + chance(), i % 2
            flux = (60 * (0.5 if red else 1) * math.exp(-0.5 * ((t - peak) / 6) ** 2),
                    60 * (1 if red else 0.4) * math.exp(-0.5 * ((t - peak) / 25) ** 2),
                    30 * math.sin(t / 4 + peak))[kind] + 3 * chance()
            points.append((f"toy{n}", f"{59000 + t:.2f}", "gr"[red], f"{flux:.1f}", f"{error:.1f}", int(abs(flux) > 5 * error)))
        objects.append((f"toy{n}", ("brief", "long", "wave")[kind], f"{0.2 + 0.2 * kind + 0.2 * chance():.2f}", "0.02"))
    write("sky.csv", points)
    write("objects.csv", objects)


def run(program, words, **more):
    subprocess.run([program] + words.split(), cwd=HERE, check=True,
                   env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, **more)


def main():
    program = os.path.realpath(sys.argv[1])
    for make in (waves, prices, farm, sky):
        make()
    for name, words in TRAINED.items():
        run(program, f"train {words} -o {name}.safetensors")
        run(program, f"{SAID[name]} -q -o {name}.said.csv")


main()
