#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A published network here and in chronos-forecasting, on the same series, in turn.

zeroshot.py PROGRAM FOLDER [--rounds 5] [--threads 2]   times both; needs chronos-forecasting and its PyTorch
zeroshot.py --make FOLDER                               writes a Chronos-Bolt of the small size with random weights

100 series of 512 values, 64 rows ahead. The program's time is that of the whole command: start, weights, CSV in and out;
the other's that of the forecast alone, with the network loaded. Medians of the rounds and of their ratios; processor time
of one thread likewise."""
import argparse
import json
import math
import os
import random
import resource
import statistics
import subprocess
import tempfile
import time

SERIES, ROWS, STEPS = 100, 512, 64
SMALL = {"architectures": ["ChronosBoltModelForForecasting"], "chronos_pipeline_class": "ChronosBoltPipeline", "model_type": "t5",
         "chronos_config": {"context_length": 2048, "input_patch_size": 16, "input_patch_stride": 16, "prediction_length": 64,
                            "quantiles": [i / 10 for i in range(1, 10)], "use_reg_token": True},
         "d_model": 512, "d_kv": 64, "d_ff": 2048, "num_layers": 6, "num_decoder_layers": 6, "num_heads": 8, "vocab_size": 2,
         "relative_attention_num_buckets": 32, "relative_attention_max_distance": 128, "layer_norm_epsilon": 1e-6,
         "dropout_rate": 0.1, "dense_act_fn": "relu", "feed_forward_proj": "relu", "is_gated_act": False,
         "is_encoder_decoder": True, "decoder_start_token_id": 0, "pad_token_id": 0, "eos_token_id": 1, "reg_token_id": 1,
         "initializer_factor": 1.0}


def make(folder):
    from chronos.chronos_bolt import ChronosBoltModelForForecasting
    from safetensors.torch import save_file
    from transformers import AutoConfig
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'config.json'), 'w') as out:
        json.dump(SMALL, out, indent=1)
    weights = ChronosBoltModelForForecasting(AutoConfig.from_pretrained(folder)).state_dict()
    save_file({name: value.clone() for name, value in weights.items() if 'embed_tokens' not in name and name != 'quantiles'},
              os.path.join(folder, 'model.safetensors'), metadata={'format': 'pt'})


def write_series(path):
    random.seed(1)
    rows = [[10 * math.sin(t / (5 + s % 9)) + random.gauss(0, 2) + s for s in range(SERIES)] for t in range(ROWS)]
    with open(path, 'w') as out:
        out.write('row,' + ','.join(f's{s}' for s in range(SERIES)) + '\n')
        for t, row in enumerate(rows):
            out.write(f'{t + 1},' + ','.join(f'{x:.4f}' for x in row) + '\n')
    return rows


def compare(program, folder, rounds, threads):
    import torch
    from chronos import BaseChronosPipeline
    pipeline = BaseChronosPipeline.from_pretrained(folder, device_map='cpu', dtype=torch.float32)

    def theirs(series, count):
        torch.set_num_threads(count)
        begin, used = time.perf_counter(), time.process_time()
        pipeline.predict_quantiles(series, prediction_length=STEPS, quantile_levels=[.1, .5, .9])
        return time.perf_counter() - begin, time.process_time() - used

    def ours(path, count):
        begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, 'forecast', path, folder, '--horizon', str(STEPS), '--quantiles', '.1,.5,.9', '--threads',
                        str(count), '-o', os.devnull, '-q'], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.perf_counter() - begin, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, 'series.csv')
        series = torch.tensor(write_series(path), dtype=torch.float32).T.contiguous()
        theirs(series, threads), ours(path, threads)
        for what, count, which in (('wall time', threads, 0), ('processor time', 1, 1)):
            pairs = [(theirs(series, count)[which], ours(path, count)[which]) for _ in range(rounds)]
            ratio = statistics.median(a / b for a, b in pairs)
            print(f'{what}, {count} threads: chronos-forecasting {statistics.median(a for a, _ in pairs):.3f} s, '
                  f'auspex {statistics.median(b for _, b in pairs):.3f} s, ratio {ratio:.2f}')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('program', nargs='?')
    parser.add_argument('folder', nargs='?')
    parser.add_argument('--make')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--threads', type=int, default=2)
    options = parser.parse_args()
    if options.make:
        make(options.make)
    elif options.folder:
        compare(options.program, options.folder, options.rounds, options.threads)
    else:
        parser.error('PROGRAM and FOLDER, or --make FOLDER')


if __name__ == '__main__':
    main()
