# SPDX-License-Identifier: GPL-3.0-or-later
"""The small files that the fence's commands read: the same bytes on every machine."""
import datetime
import json
import math
import os
import struct

SAMPLES = ("irish_wind.csv", "simulated_lightcurves.csv.gz", "simulated_lightcurves_metadata.csv", "simulated_t2.safetensors",
           "simulated_wind.csv.gz", "simulated_wind_stations.csv")


class Chance:
    """Numbers between -0.5 and 0.5, whatever the version of Python."""

    def __init__(self, seed):
        self.state = seed

    def __call__(self):
        self.state = (self.state * 1664525 + 1013904223) & 0xffffffff
        return (self.state >> 8) / (1 << 24) - 0.5


def day(n, start=datetime.date(2020, 1, 1)):
    return start + datetime.timedelta(n)


def waves():
    """Two weekly waves, their sum and a walk, daily."""
    chance, walk, lines = Chance(12345), 0.0, ["date,a,b,sum,walk"]
    for i in range(260):
        walk += chance()
        a, b = 10 + 3 * math.sin(2 * math.pi * i / 7) + 0.3 * chance(), 5 + 2 * math.cos(2 * math.pi * i / 7)
        lines.append(f"{day(i)},{a:.4f},{b:.4f},{a + b:.4f},{walk:.4f}")
    return lines


def walks(noise):
    """Two walks seen through noise: the more of it, the worse is the last value as a forecast."""
    chance, a, b, lines = Chance(12345), 0.0, 0.0, ["date,a,b"]
    for i in range(400):
        a += chance()
        b += chance()
        lines.append(f"{day(i)},{a + noise * chance():.4f},{b + noise * chance():.4f}")
    return lines


def prices():
    """A follower, what leads it by two trading days, and nothing to do with either."""
    chance, level, lead, out = Chance(7), [100.0, 50.0, 20.0], [], []
    for t in range(420):
        lead.append(0.03 * chance())
        level[0] *= math.exp((0.9 * lead[t - 2] if t > 1 else 0) + 0.012 * chance())
        level[1] *= math.exp(lead[t])
        level[2] *= math.exp(0.03 * chance())
        out.append((day(t // 5 * 7 + t % 5, datetime.date(2018, 1, 1)), list(level)))
    return out


def bars(walk, k):
    lines = ["Date,Open,High,Low,Close,Adj Close,Volume"]
    for t, (date, level) in enumerate(walk):
        c = level[k]
        lines.append(f"{date},{2 * c:.6f},{2.02 * c:.6f},{1.98 * c:.6f},{2 * c:.6f},{c:.6f},{1000 + t if t % 50 else 0}")
    return lines


def farm(first, rows, open_rows, calm_rows):
    """Power that follows a wind known beforehand, hourly; power ends open_rows early, wind calm_rows early."""
    lines = ["farm,time,power,wind,height,bad"]
    for s in range(3):
        for t in range(first, rows):
            wind = 8 + 4 * math.sin(2 * math.pi * t / 24 + s) + math.sin(1.7 * t + s)
            bad = (t + s) % 17 == 3
            power = f"{-1 if bad else wind * wind:.3f}" if t < rows - open_rows else ""
            blow = f"{wind:.3f}" if t < rows - calm_rows else ""
            lines.append(f"f{s},2021-01-{1 + t // 24:02d} {t % 24:02d}:00,{power},{blow},{80 + s},{int(bad)}")
    return lines


def sky(first, count):
    """A toy survey in two bands: brief blue flashes, long red ones, and steady waves."""
    points, objects = ["object_id,mjd,band,flux,flux_err,detected"], ["object_id,type,photoz,photoz_err,sample"]
    for n in range(first, first + count):
        chance, kind = Chance(1000 + 77 * n), n % 3
        peak = 55 + 30 * chance()
        for i in range(40):
            t, error, red = 3 * i + chance() + 0.5, 1.5 + chance(), i % 2
            flux = (60 * (0.5 if red else 1) * math.exp(-0.5 * ((t - peak) / 5) ** 2),
                    60 * (1 if red else 0.4) * math.exp(-0.5 * ((t - peak) / 25) ** 2),
                    30 * math.sin(t / 4 + peak))[kind] + 3 * chance()
            points.append(f"toy{n},{59000 + t:.4f},{'gr'[red]},{flux:.4f},{error:.4f},{int(abs(flux) > 5 * error)}")
        objects.append(f"toy{n},{('brief', 'long', 'wave')[kind]},{0.2 + 0.2 * kind + 0.2 * chance():.4f},0.02,"
                       f"{'spec' if n % 2 else 'phot'}")
    return points, objects


def numbered(numbers, hole):
    lines = ["time,a,b" if numbers else "a,b"]
    for i in range(120):
        a = "" if hole and i == 100 else f"{math.sin(i / 3):.4f}"
        lines.append((f"{1000 + i}," if numbers else "") + f"{a},{2 * math.sin(i / 3):.4f}")
    return lines


def safetensors(tensors, said):
    header, body = {"__metadata__": said} if said else {}, b""
    for name, (shape, data) in tensors.items():
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def published(path):
    """The parameters in a golden file, under their published names."""
    with open(path, "rb") as file:
        data = file.read()
    length = struct.unpack("<Q", data[:8])[0]
    header, body = json.loads(data[8:8 + length]), data[8 + length:]
    return {name[6:]: (t["shape"], body[t["data_offsets"][0]:t["data_offsets"][1]]) for name, t in header.items()
            if name.startswith("param/")}


SMALL_FILES = {
    "small.csv": "date,a,b\n2020-01-01,1,2\n2020-01-02,2,4\n2020-01-03,3,6\n2020-01-04,4,8\n",
    "-x.csv": "t;a\n1;2,5\n2;3,5\n3;4,5\n",
    "broken.csv": "date,a\n2020-01-01,1\n2020-01-02,oops\n",
    "ragged.csv": "date,a,b\n2020-01-01,1,2\n2020-01-02,1\n2020-01-03,1,2,3\n",
    "empty.csv": "",
    "header.csv": "date,a,b\n",
    "evil.csv": "date,a\033[31m\n2020-01-01,1\n2020-01-02,2\n2020-01-03,2\n",
    "gaps.csv": "date,a\n2020-01-01,1\n2020-01-02,\n2020-01-05,3\n2020-01-06,4\n2020-01-07,4\n2020-01-08,1\n",
    "late.csv": "date,a\n2020-01-02,1\n2020-01-01,2\n2020-01-03,3\n",
    "twice.csv": "date,a\n2020-01-01,1\n2020-01-02,2\n2020-01-02,4\n2020-01-03,3\n2020-01-04,5\n",
    "words.csv": "date,a,b\n2020-01-01,1,none\n2020-01-02,-999,2\n2020-01-03,3,4\n2020-01-04,4,1\n",
    "german.csv": "Datum;Last;Wind\n01.02.2020 00:00;1.234,5;2,25\n01.02.2020 01:00;1.235,5;2,5\n01.02.2020 02:00;1.300,0;3\n"
                  "01.02.2020 03:00;999,5;1,75\n",
    "tabs.tsv": "when\tx\ty\n2020-01-01T00:00Z\t1\t2\n2020-01-01T00:15Z\t2\t3\n2020-01-01T00:30Z\t3\t5\n2020-01-01T00:45Z\t4\t7\n",
    "american.csv": "when,x\n12/30/2019 23:00,1\n12/31/2019 00:00,2\n12/31/2019 01:00,3\n12/31/2019 02:00,5\n",
    "clock.csv": "Day,Tmstamp,x\n1,23:30,1\n1,23:40,2\n1,23:50,3\n2,00:00,5\n",
    "months.csv": "month,x\n2020-01,1\n2020-02,2\n2020-03,3\n2020-04,2\n2020-05,1\n",
    "years.csv": "year,x\n1990,1\n1991,2\n1992,3\n1993,2\n",
    "epoch.csv": "t,x\n1577836800,1\n1577840400,2\n1577844000,3\n1577847600,4\n",
    "bare-head.csv": "1,2\n2,3\n3,5\n4,7\n",
    "long.csv": "unique_id,ds,y\nn,2020-01-01,1\nn,2020-01-02,2\nn,2020-01-03,3\ns,2020-01-01,5\ns,2020-01-02,4\ns,2020-01-03,6\n",
    "bad.csv": "Date,Close\n2020-01-02,1\n2020-01-03,0\n2020-01-06,1\n2020-01-07,1\n",
    "s.csv": "x,id,y\n10,f2,0\n0,f0,0\n5,f1,1\n",
    "geo.csv": "id,lat,lon\nf0,53.1,-6.2\nf1,53.4,-6.9\nf2,52.8,-7.5\n",
    "a.csv": "1,.5,0\n.5,1,.5\n0,.5,1\n",
    "cut.csv": "1,.5,0\n.5,1,0\n0,0,1\n",
    "few.csv": "id,x,y\nf0,0,0\nf1,1,1\n",
    "hole.csv": "id,x,y\nf0,0,0\nf1,,1\nf2,2,2\n",
    "never.csv": "farm,time,power\na,2021-01-01,1\na,2021-01-02,2\na,2021-01-03,3\nb,2021-01-01,\nb,2021-01-02,\n",
    "points.csv": "object_id,mjd,passband,flux,flux_err,detected\n1,59002,1,20,2,1\n1,59001,2,-3,1,0\n1,59003,2,nan,1,0\n"
                  "2,59000.5,5,8,1,1\n3,59000,0,1,0,0\n",
    "objects.csv": "object_id,class,photoz\n1,SN Ia,0.5\n2,RRL,0\n9,SN Ia,1\n",
    "dark.csv": "object_id,mjd,band,flux,flux_err,detected\na,1,g,1,1,0\nb,1,g,50,1,1\n",
    "loose.csv": "object_id,mjd,band,flux,flux_err\n1,1,g,1,1\n2,1,g,1,1\n1,2,g,1,1\n2,2,K,1,1\n",
    "snana.dat": "SNID: 5\nVARLIST: MJD FLT FLUXCAL FLUXCALERR\nOBS: 5 g 1 1\nOBS: 6 r 2 1\nEND:\n",
    "ztf.csv": "oid,mjd,fid,magpsf,sigmapsf,isdiffpos,diffmaglim\nZTF1,59000,1,20,0.1,t,20.5\nZTF1,59001,2,20,0.1,f,20.5\n"
               "ZTF1,59002,2,19,0.1,1,20.5\nZTF1,59004,1,,,,20\nZTF1,59005,1,null,NaN,,\n",
    "lsst.csv": "diaObjectId,visit,band,psfFlux,psfFluxErr,snr\n7,11,g,726.15610,72.615610,10\n7,12,r,526.1,72.6,7\n"
                "7,14,r,526.1,72.6,7\n",
    "visits.csv": "visitId,expMidptMJD,x\n11,59000.5,a\n12,2459001,a\n13,,a\n",
    "other-names.csv": "star,night,filter,f,df,seen\ns1,59000,g,10,1,1\ns1,59001,r,12,1,1\ns1,59003,g,-2,1,0\n",
    "not.safetensors": "this is no model\n",
}


def make(folder, root):
    for name in SAMPLES:
        os.symlink(root / "datasets/samples" / name, folder / name)

    def put(name, data):
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())

    def put_lines(name, lines):
        put(name, "\n".join(lines) + "\n")

    for name, text in SMALL_FILES.items():
        put(name, text)
    put("latin.csv", "date,Größe\n2020-01-01,1\n2020-01-02,2\n2020-01-03,4\n".encode("latin-1"))
    irish = (root / "datasets/samples/irish_wind.csv").read_text(encoding="utf-8").splitlines()
    put_lines("wind.csv", [",".join(line.split(",")[:6]) for line in irish[:701]])
    put_lines("data.csv", waves())
    put_lines("win.csv", walks(3))
    put_lines("loss.csv", walks(0))
    walk = prices()
    for k, ticker in enumerate(("FOLLOW", "LEAD", "OTHER")):
        put_lines(ticker + ".csv", bars(walk, k))
    put_lines("wide-prices.csv", ["Date,FOLLOW,LEAD,OTHER"] + [",".join([str(d)] + [f"{x:.5f}" for x in v]) for d, v in walk])
    put_lines("long-prices.csv", ["Date,Ticker,Close"] + [f"{d},{t},{v[k]:.5f}" for k, t in enumerate(("AA", "BB"))
                                                          for d, v in walk])
    put_lines("farm.csv", farm(0, 240, 0, 0))
    put_lines("open.csv", farm(0, 240, 6, 0))
    put_lines("past.csv", farm(0, 240, 6, 6))
    put_lines("weather.csv", farm(232, 240, 8, 0))
    points, objects = sky(0, 90)
    put_lines("sky.csv", points)
    put_lines("meta.csv", objects)
    put_lines("new.csv", sky(1000, 6)[0])
    for name, numbers, hole in (("numbered", True, False), ("bare", False, False), ("numbered-hole", True, True),
                                ("bare-hole", False, True)):
        put_lines(name + ".csv", numbered(numbers, hole))
    # Models that cannot be read, and weights as they are published.
    whole = (root / "datasets/samples/simulated_t2.safetensors").read_bytes()
    put("cut.safetensors", whole[:len(whole) // 2])
    put("head.safetensors", whole[:9])
    unproven = whole.replace(b"auspex.hash", b"auspex.hush")  # else the hash tells before anything is read
    put("changed.safetensors", unproven.replace(b'"d-model', b'"d-mudel').replace(b'\\"d-model', b'\\"d-mudel'))
    put("foreign.safetensors", safetensors({"w": ([2], struct.pack("<2f", 1, 2))}, {}))
    put("future.safetensors", unproven.replace(b'"auspex.format":"1"', b'"auspex.format":"9"').replace(b'"auspex.format": "1"', b'"auspex.format": "9"'))
    weights = published(root / "tests/golden/itransformer_small.safetensors")
    put("weights.safetensors", safetensors(weights, {}))
    weights.pop("projector.bias")
    put("few-weights.safetensors", safetensors(weights, {}))
    # Stands for gnuplot: the picture is the script that it is sent, whatever version of gnuplot there is.
    put("gnuplot", "#!/bin/sh\nexec cat\n")
    os.chmod(folder / "gnuplot", 0o755)
