#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""iTransformer (arXiv 2310.06625) in PyTorch, timed as `auspex bench --only models` times ours.

Usage: peer_itransformer.py SHAPE THREADS [SECONDS [fused|plain]]
fused: attention by scaled_dot_product_attention; plain: by its formula. Which is faster depends on the shape.
Prints one JSON object: medians in milliseconds, peak memory of training in MB, and what torch's own sgemm reaches on one
thread, at 2048^3 and at the shape of the network's maps.
"""
import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional

# variates, time tokens, batch, width, layers; look-back and horizon are 96, 8 heads, dropout 0.1
SHAPES = {
    "etth1": (7, 4, 32, 128, 2),
    "ett256": (7, 4, 32, 256, 2),
    "weather": (21, 4, 32, 512, 3),
    "ecl": (321, 4, 16, 512, 3),
    "traffic": (862, 4, 16, 512, 4),
}
LENGTH = HORIZON = 96
HEADS = 8
RATE = 0.1


class Block(nn.Module):
    """Attention over tokens, then a feed-forward of the same width; normalised after each sum."""

    def __init__(self, width, fused):
        super().__init__()
        self.fused = fused
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.back = nn.Linear(width, width)
        self.widen = nn.Linear(width, width)
        self.narrow = nn.Linear(width, width)
        self.first = nn.LayerNorm(width)
        self.second = nn.LayerNorm(width)

    def mix(self, q, k, v):
        if self.fused:
            return functional.scaled_dot_product_attention(q, k, v, dropout_p=RATE if self.training else 0.0)
        weights = torch.softmax(torch.matmul(q, k.mT) * q.shape[-1] ** -0.5, dim=-1)
        return torch.matmul(functional.dropout(weights, RATE, self.training), v)

    def forward(self, x):
        heads = [part(x).unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in (self.query, self.key, self.value)]
        mixed = self.back(self.mix(*heads).transpose(1, 2).flatten(2))
        x = self.first(x + functional.dropout(mixed, RATE, self.training))
        hidden = functional.dropout(functional.gelu(self.widen(x)), RATE, self.training)
        return self.second(x + functional.dropout(self.narrow(hidden), RATE, self.training))


class Forecaster(nn.Module):
    """Each variate's past is a token; so is each time feature's."""

    def __init__(self, width, layers, fused):
        super().__init__()
        self.embed = nn.Linear(LENGTH, width)
        self.blocks = nn.Sequential(*(Block(width, fused) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, HORIZON)

    def forward(self, series, features):
        mean = series.mean(1, keepdim=True)
        spread = (series.var(1, keepdim=True, unbiased=False) + 1e-5).sqrt()
        tokens = torch.cat(((series - mean) / spread, features), dim=2).mT
        tokens = self.blocks(functional.dropout(self.embed(tokens), RATE, self.training))
        future = self.head(self.norm(tokens)[:, : series.shape[2]]).mT
        return future * spread + mean


def median_ms(work, seconds):
    """The first two calls are not counted."""
    work()
    work()
    times, begin = [], time.perf_counter()
    least = 3 if seconds < 1 else 5
    while len(times) < least or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def peak_mb():
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    return float("nan")


def product_gflops(rows, width, seconds):
    """Of the sgemm behind torch (MKL in its own builds): X (rows,width) times a transposed square."""
    x, w = torch.randn(rows, width), torch.randn(width, width)
    out = torch.empty(rows, width)
    with torch.inference_mode():
        return 2e-6 * rows * width * width / median_ms(lambda: torch.mm(x, w.mT, out=out), seconds)


def measure(shape, threads, seconds, fused):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    variates, extra, batch, width, layers = SHAPES[shape]
    model = Forecaster(width, layers, fused)
    series, features = torch.randn(batch, LENGTH, variates), torch.randn(batch, LENGTH, extra)
    target = torch.randn(batch, HORIZON, variates)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-4)

    def step():
        optimiser.zero_grad()
        functional.mse_loss(model(series, features), target).backward()
        optimiser.step()

    result = {"step ms": median_ms(step, seconds), "training peak MB": peak_mb()}
    model.eval()
    with torch.inference_mode():
        result["batch ms"] = median_ms(lambda: model(series, features), seconds)
        result["one ms"] = median_ms(lambda: model(series[:1], features[:1]), seconds)
        assert torch.isfinite(model(series, features)).all()
    torch.set_num_threads(1)
    result["same shape sgemm GFLOP/s"] = product_gflops(batch * (variates + extra), width, seconds)
    result["sgemm GFLOP/s"] = product_gflops(2048, 2048, seconds)
    result["blas"] = "MKL" if torch.backends.mkl.is_available() else "the BLAS of PyTorch"
    return result


if __name__ == "__main__":
    name, count = sys.argv[1], int(sys.argv[2])
    limit = float(sys.argv[3]) if len(sys.argv) > 3 else 3.0
    fused_attention = len(sys.argv) <= 4 or sys.argv[4] != "plain"
    print(json.dumps({"version": torch.__version__} | measure(name, count, limit, fused_attention)))
