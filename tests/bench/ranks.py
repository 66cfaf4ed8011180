#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A training by one rank and by two, of one thread each, in turn: how many times as fast two are.

ranks.py PROGRAM [--mpirun mpirun] [--pairs 5] [--ranks 2] [--rows 2600] [--against PROGRAM]

iTransformer in the shape of Weather: 21 variates, look-back 96, horizon 96, d 512, 3 layers, batch 32. The time is that of the epoch,
as the program says it; medians of the pairs, the files of all runs compared, and the machine's load before and after.
--against times another program's pairs between them."""
import argparse
import hashlib
import math
import os
import random
import re
import statistics
import subprocess
import tempfile
import time

TRAIN = ("train w.csv --model itransformer --lookback 96 --horizon 96 --d-model 512 --d-ff 512 --heads 8 --layers 3 --batch 32 "
         "--epochs 1 --threads 1 --seed 1 --force -o w.safetensors --shards ")


def write_data(rows):
    random.seed(3)
    with open("w.csv", "w", encoding="ascii") as file:
        file.write("date," + ",".join(f"v{i}" for i in range(21)) + "\n")
        for t in range(rows):
            values = (math.sin(t / (10 + i)) + random.gauss(0, 0.3) for i in range(21))
            file.write(time.strftime("%Y-%m-%d %H:%M", time.gmtime(1577836800 + 600 * t)) + ","
                       + ",".join(f"{v:.4f}" for v in values) + "\n")


def seconds_of(text):
    """The time that the line of the epoch ends with."""
    line = [line for line in text.splitlines() if re.match(r" +1 ", line)][-1]
    found = re.search(r"(?:(\d+) min )?([\d.]+) s\b", line)
    return 60 * float(found.group(1) or 0) + float(found.group(2))


def one(program, mpirun, ranks, shards):
    env = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", LC_ALL="C")
    launcher = [mpirun, "-n", str(ranks), "--bind-to", "core"]
    done = subprocess.run(launcher + [program] + TRAIN.split() + [str(shards)], env=env, check=True, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    with open("w.safetensors", "rb") as file:
        return seconds_of(done.stderr.decode()), hashlib.sha256(file.read()).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--against")
    parser.add_argument("--mpirun", default="mpirun")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--rows", type=int, default=2600)
    options = parser.parse_args()
    programs = [os.path.abspath(p) for p in (options.program, options.against) if p]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write_data(options.rows)
        load, files, pairs = os.getloadavg()[0], set(), {p: [] for p in programs}
        for _ in range(options.pairs):
            for p in programs:
                pair = [one(p, options.mpirun, ranks, options.ranks) for ranks in (1, options.ranks)]
                files.update(file for _, file in pair)
                pairs[p].append([seconds for seconds, _ in pair])
        for p in programs:
            print(f"{p}: one rank {statistics.median(a for a, _ in pairs[p]):.2f} s, {options.ranks} ranks "
                  f"{statistics.median(b for _, b in pairs[p]):.2f} s, {statistics.median(a / b for a, b in pairs[p]):.2f} times as fast")
        print(f"{'the same bytes in all files' if len(files) == 1 else f'the files differ: {len(files)} kinds'}; load {load:.1f} before, {os.getloadavg()[0]:.1f} after")
        os.chdir("/")


if __name__ == "__main__":
    main()
