# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes features.txt: features of made-up light curves by the package light-curve. features.py FILE"""
import importlib.metadata
import sys

import light_curve as lc
import numpy as np

rng=np.random.default_rng(20)
def curves():
    t=np.sort(rng.uniform(0,300,61)); e=rng.uniform(0.01,0.06,61)
    yield "sawtooth", t, 14+0.8*((t/0.57)%1)+rng.normal(size=61)*e, e
    t=np.sort(rng.uniform(0,900,40)); e=rng.uniform(0.02,0.2,40)
    m=15+rng.normal(size=40)*e; m[7]-=1.9; m[23]+=1.4
    yield "outliers", t, m, e
    t=np.sort(rng.uniform(-40,120,33)); e=rng.uniform(1,3,33)
    f=90*np.exp(-(t-6)/25)/(1+np.exp(-(t-6)/4))+5+rng.normal(size=33)*e
    yield "transient", t, f, e
F=[("median",lc.Median()),("amplitude",lc.Amplitude()),("standard_deviation",lc.StandardDeviation()),
("median_absolute_deviation",lc.MedianAbsoluteDeviation()),("percent_amplitude",lc.PercentAmplitude()),
("inter_percentile_range_2",lc.InterPercentileRange(0.02)),("inter_percentile_range_10",lc.InterPercentileRange(0.1)),("inter_percentile_range_25",lc.InterPercentileRange(0.25)),
("magnitude_percentage_ratio_40_5",lc.MagnitudePercentageRatio(0.4,0.05)),("magnitude_percentage_ratio_20_5",lc.MagnitudePercentageRatio(0.2,0.05)),
("median_buffer_range_percentage_10",lc.MedianBufferRangePercentage(0.1)),("beyond_1_std",lc.BeyondNStd(1)),("beyond_2_std",lc.BeyondNStd(2)),
("skew",lc.Skew()),("kurtosis",lc.Kurtosis()),("stetson_k",lc.StetsonK()),("reduced_chi2",lc.ReducedChi2()),("excess_variance",lc.ExcessVariance()),
("roms",lc.Roms()),("mean_variance",lc.MeanVariance()),("eta",lc.Eta()),("eta_e",lc.EtaE()),("cusum",lc.Cusum()),("maximum_slope",lc.MaximumSlope()),
("linear_trend",lc.LinearTrend(),0),("linear_trend_sigma",lc.LinearTrend(),1),("linear_trend_noise",lc.LinearTrend(),2)]
F+=[("weighted_mean",lc.WeightedMean()),("anderson_darling",lc.AndersonDarlingNormal()),("biweight_scale",lc.BiweightScale()),
("string_length",lc.LaflerKinmanStringLength()),
("linear_fit",lc.LinearFit(),0),("linear_fit_sigma",lc.LinearFit(),1),("linear_fit_chi2",lc.LinearFit(),2),
("otsu_difference",lc.OtsuSplit(),0),("otsu_deviation_low",lc.OtsuSplit(),1),("otsu_deviation_high",lc.OtsuSplit(),2),("otsu_share_low",lc.OtsuSplit(),3)]
out=[f"# Features of three made-up curves by light-curve {importlib.metadata.version('light-curve')} (https://pypi.org/project/light-curve/),",
"# with the quantiles at the shares that the names say. A curve: its name, its points as time, value and error,",
"# then the features. The values are magnitudes, those of the transient fluxes."]
for name,t,m,e in curves():
    t=np.round(t,6);m=np.round(m,6);e=np.round(e,6)
    out.append(f"curve {name} {len(t)}")
    out+= [f"{a:.6f} {b:.6f} {c:.6f}" for a,b,c in zip(t,m,e)]
    for f in F:
        v=f[1](t,m,e); v=v[f[2]] if len(f)>2 else v[0]
        out.append(f"{f[0]} {v!r}".replace("np.float64(","").replace(")",""))
open(sys.argv[1],"w").write("\n".join(out)+"\n")
