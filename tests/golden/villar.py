# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes villar.txt: fits of made-up transients by light-curve's VillarFit. villar.py FILE"""
import importlib.metadata
import sys

import light_curve as lc
import numpy as np

rng = np.random.default_rng(5)
# amplitude, base, t0, rise, fall, plateau's share that is lost and its days, as VillarFit has them
KNOWN = {"plateau": (120, 3, 7, 4, 9, .3, 80), "swift": (300, -2, -5, 1.5, 12, .5, 25), "level": (60, 0, 12, 6, 30, .1, 45)}


def villar(t, a, c, t0, rise, fall, nu, gamma):
    x = t - t0
    after = (1 - nu) * np.exp(-np.maximum(x - gamma, 0) / fall)
    return c + a / (1 + np.exp(-x / rise)) * np.where(x < gamma, 1 - nu * x / gamma, after)


out = [f"# Fits of three made-up curves by VillarFit of light-curve {importlib.metadata.version('light-curve')}",
       "# (https://pypi.org/project/light-curve/): a curve's name, its number of points and the numbers that it was made of;",
       "# its points as time, flux and error; the same numbers as fitted, and the reduced chi^2."]
for name, known in KNOWN.items():
    t = np.round(np.sort(rng.uniform(-40, 180, 160)), 4)
    e = np.round(rng.uniform(.01, .02, 160) * known[0], 4)
    f = np.round(villar(t, *known) + e * rng.normal(size=160), 4)
    fit = lc.VillarFit("mcmc-ceres", mcmc_niter=1, ceres_niter=200, init=list(known))
    out.append(f"curve {name} 160 " + " ".join(f"{x:g}" for x in known))
    out += [f"{a:.4f} {b:.4f} {c:.4f}" for a, b, c in zip(t, f, e)]
    out.append("fit " + " ".join(f"{x:.6g}" for x in fit(t, f, e)))
open(sys.argv[1], "w", encoding="utf-8").write("\n".join(out) + "\n")
