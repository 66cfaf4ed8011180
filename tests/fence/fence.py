#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fence: what the program prints and writes, command after command, so that a rebuilding changes none of it.

Usage: fence.py PROGRAM                    compares with what is written down in expected/
       fence.py PROGRAM --against OTHER    compares two programs on this machine, byte for byte
       fence.py PROGRAM --update           writes anew what differs from expected/
       --allow FILE    names whose change is meant, one a line: reported, but no failure
       --only PATTERN  runs everything, since commands need the models of earlier ones, but compares only names
                       that match (as in a shell, such as 'train-*')
       --pictures      with the real gnuplot; otherwise a picture is the script that gnuplot was sent
       --keep FOLDER   leaves the files that were read and written there
       --times         says which commands take longest

The commands stand in the file `commands` beside this one, which says how. All run in one fresh folder that holds the
samples and the small files that inputs.py makes.

Comparing with expected/ allows for processors: trained numbers differ in their last digits between AVX2 and AVX-512,
so numbers may differ by 0.5 % or by one in the last digit that is printed, while whole numbers and words must be the
same. Only the beginning of a long result is kept. Comparing two programs allows for nothing but the time that things
took, and holds for model files too.
"""
import argparse
import difflib
import fnmatch
import gzip
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the sources stay as they are
import inputs  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
EXPECTED = HERE / "expected"
RELATIVE, LOOSE, ABSOLUTE = 5e-3, 0.1, 2e-6
LONG = 4096  # bytes of a result that is kept whole; of a file LONG_FILE
LONG_FILE = 2000
KEPT, KEPT_END = 700, 300  # bytes of the begin and the end of a longer one
MOST_LINES = 20  # of a difference
LIMIT_S = 240  # for one command, under sanitizers too

# A number that is not a part of a word; a sign belongs to it unless it follows a number, as in dates.
NUMBER = re.compile(r"(?<![\w.])(?:(?<![\d)])[-+])?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]*[A-Za-z_])")
PIECE = re.compile(r"(\s+)")
DURATION = re.compile(r" *(?<![\w.])(?:\d+ h \d+ min|\d+ min \d+ s|\d+(?:\.\d+)? s)\b")
SECONDS = re.compile(r'("seconds": ?)[-+.\deE]+')
RATE = re.compile(r" *(?<![\w.])[\d. ]*\d (windows|objects|MB)/s\b")
FREE = re.compile(r"^[\d.]+ [kMGT]?B are free\n", re.MULTILINE)
VERSION = re.compile(r'(\bauspex |"auspex |version"?:? "?)\d+\.\d+\.\d+')


class Command:
    def __init__(self, line):
        head, _, rest = line.partition(":")
        found = re.fullmatch(r"([a-z0-9-]+)(?: \[([a-z, -]+)\])?", head.strip())
        if not found:
            raise SystemExit(f"fence: no name of a command: {line}")
        self.name, self.text = found[1], rest.strip()
        self.flags = set((found[2] or "").replace(" ", "").split(",")) - {""}
        if self.flags - {"only-exit", "exact", "loose"}:
            raise SystemExit(f"fence: unknown mark in: {line}")
        self.environment, self.words, self.input, self.output = {}, [], None, None
        words = shlex.split(rest)
        while words and re.match(r"[A-Z_]+=", words[0]):
            name, _, value = words.pop(0).partition("=")
            self.environment[name] = value
        while words:
            word = words.pop(0)
            if word in ("<", ">"):
                setattr(self, "input" if word == "<" else "output", words.pop(0))
            else:
                self.words.append(word)


def read_commands():
    lines = (HERE / "commands").read_text(encoding="utf-8").splitlines()
    commands = [Command(line) for line in lines if line.strip() and not line.startswith("#")]
    names = [c.name for c in commands]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise SystemExit(f"fence: two commands of one name: {', '.join(sorted(twice))}")
    return commands


class Place:
    """A folder in which a program runs."""

    def __init__(self, program, folder, pictures):
        self.program = os.path.realpath(program)
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        inputs.make(self.folder, HERE.parents[1])
        # What a terminal, a language or a user would change.
        self.environment = {k: v for k, v in os.environ.items()
                            if k not in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "AUSPEX_GNUPLOT") and not k.startswith("LC_")}
        # Without a second place to keep models in: its name would have the number of the process.
        self.environment.update(TERM="dumb", LC_ALL="C", TZ="UTC", OPENBLAS_NUM_THREADS="1", TMPDIR="/nowhere")
        if not pictures:
            self.environment["AUSPEX_GNUPLOT"] = str(self.folder / "gnuplot")
        self.before = self.stamps()

    def stamps(self):
        found = {}
        for entry in os.scandir(self.folder):
            s = entry.stat(follow_symlinks=False)
            found[entry.name] = (s.st_mtime_ns, s.st_ino, s.st_size)
        return found

    def run(self, command):
        out = open(command.output if os.path.isabs(command.output or "") else self.folder / command.output, "wb") \
            if command.output else subprocess.PIPE
        said_in = open(self.folder / command.input, "rb") if command.input else subprocess.DEVNULL
        try:
            done = subprocess.run([self.program] + command.words, cwd=self.folder, stdin=said_in, stdout=out,
                                  stderr=subprocess.PIPE, env={**self.environment, **command.environment}, timeout=LIMIT_S,
                                  check=False)
        except subprocess.TimeoutExpired:
            return Result(f"none within {LIMIT_S} s", b"", b"", {})
        finally:
            for stream in (out, said_in):
                if hasattr(stream, "close"):
                    stream.close()
        after = self.stamps()
        written = sorted(name for name in after if self.before.get(name) != after[name])
        removed = sorted(set(self.before) - set(after))
        self.before = after
        files = {name: (self.folder / name).read_bytes() for name in written}
        files.update({name: b"(removed)" for name in removed})
        return Result(done.returncode, done.stdout or b"", done.stderr, files)


class Result:
    def __init__(self, status, out, err, files):
        self.status = status
        self.parts = {"stdout": out, "stderr": err}
        self.parts.update({f"file {name}": data for name, data in files.items()})


def as_text(data):
    """The text of a result, unpacked where it is packed; None where it is none."""
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if b"\0" in data:
        return None
    return data.decode("utf-8", "backslashreplace")


def mask_times(text):
    text = RATE.sub(r" # \1/s", text)
    text = DURATION.sub(" # s", text)
    return SECONDS.sub(r"\1#", text)


def mask(text):
    return FREE.sub("", VERSION.sub(r"\g<1>#", mask_times(text)))


def model_text(data):
    """What a model file says of itself; None where it is no model file."""
    try:
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + length])
    except (struct.error, ValueError):
        return None
    said = header.pop("__metadata__", {})
    lines = ["safetensors"]
    for key in sorted(said):
        # The hash is of trained numbers, which differ between processors.
        value = "#" if key in ("auspex.version", "auspex.hash") else said[key]
        if key == "auspex.uncertainty":  # mostly long lists
            value = f"{len(json.loads(value)['quantile'])} quantiles"
        lines.append(f"{key}: {value}".replace(",\"", ",\n  \""))
    shapes = ", ".join(f"{name} {t['dtype']}{t['shape']}" for name, t in header.items())
    lines.append(f"{len(header)} tensors: {hashlib.sha256(shapes.encode()).hexdigest()[:16]}")
    return "\n".join(lines) + "\n"


def shortened(text, most, exact):
    """The begin and the end of a text that is too long, by whole lines, the same ones however long its numbers are."""
    text = mask(text)
    lines = text.splitlines(keepends=True)
    sizes = [len(NUMBER.sub("12345678", line)) for line in lines]
    if sum(sizes) <= (KEPT + KEPT_END if exact else most):
        return text
    begin, end = 0, len(lines)
    while begin < end - 1 and (begin == 0 or sum(sizes[:begin + 1]) <= KEPT):
        begin += 1
    while end > begin and sum(sizes[end - 1:]) <= KEPT_END:
        end -= 1
    whole = f", sha256 {hashlib.sha256(text.encode()).hexdigest()}" if exact else ""
    return "".join(lines[:begin]) + f"... ({len(lines)} lines altogether{whole})\n" + "".join(lines[end:])


def written_down(command, result):
    """A result as expected/ holds it."""
    text = f"$ auspex {command.text}\nexit code {result.status}\n"
    for name, data in result.parts.items():
        if name in ("stdout", "stderr") and not data:
            continue
        text += f"--- {name}\n"
        if "only-exit" in command.flags:
            text += "(not compared)\n"
            continue
        body = model_text(data) if name.endswith(".safetensors") else None
        if body is None:
            body = as_text(data)
        if body is None:
            text += "(binary)\n"
            continue
        text += shortened(body, LONG if name.startswith("std") else LONG_FILE, "exact" in command.flags)
        if not text.endswith("\n"):
            text += "\n(no newline at the end)\n"
    return text


# --- comparing ---

def last_place(number):
    """One in the last digit of a number as it is printed."""
    digits, _, power = number.lower().partition("e")
    places = len(digits.partition(".")[2])
    return 10.0 ** (int(power or 0) - places)


def same_number(a, b, relative):
    if a == b:
        return True
    if re.fullmatch(r"[-+]?\d+", a) and re.fullmatch(r"[-+]?\d+", b):
        return False  # counts, dates, ids
    x, y = float(a), float(b)
    place = min(max(last_place(a), last_place(b)), 0.1)
    return abs(x - y) <= relative * max(abs(x), abs(y)) + 1.001 * place + ABSOLUTE


def same_line(a, b, relative):
    if a == b:
        return True
    # Blanks may give way to a digit more.
    a, b = " ".join(a.split()), " ".join(b.split())
    if NUMBER.split(a) != NUMBER.split(b):
        return False
    return all(same_number(x, y, relative) for x, y in zip(NUMBER.findall(a), NUMBER.findall(b)))


def same_text(a, b, relative):
    a, b = a.split("\n"), b.split("\n")
    return len(a) == len(b) and all(same_line(x, y, relative) for x, y in zip(a, b))


def difference(a, b, name_a, name_b, relative=None):
    """A unified difference of lines; relative: lines within this tolerance are taken for the same."""
    a, b = a.split("\n"), b.split("\n")
    if relative is not None and len(a) == len(b):
        b = [x if same_line(x, y, relative) else y for x, y in zip(a, b)]
    lines = list(difflib.unified_diff(a, b, name_a, name_b, n=1, lineterm=""))
    if len(lines) > MOST_LINES:
        lines = lines[:MOST_LINES] + [f"... ({len(lines) - MOST_LINES} lines more)"]
    return "\n".join("    " + line[:200] for line in lines)


def against(mine, other):
    """What differs between two programs' results, as lines; none: nothing."""
    said = []
    if mine.status != other.status:
        said.append(f"    exit code {other.status}, now {mine.status}")
    for name in sorted(set(mine.parts) | set(other.parts)):
        if name not in mine.parts or name not in other.parts:
            said.append(f"    {name}: written by {'this' if name in mine.parts else 'the other'} program only")
            continue
        a, b = other.parts[name], mine.parts[name]
        if a == b:
            continue
        text_a, text_b = (None, None) if name.endswith(".safetensors") else (as_text(a), as_text(b))
        if text_a is None or text_b is None:
            sums = [hashlib.sha256(x).hexdigest()[:16] for x in (a, b)]
            said.append(f"    {name}: {len(a)} bytes {sums[0]}, now {len(b)} bytes {sums[1]}")
            text_a, text_b = model_text(a), model_text(b)
            if text_a is None or text_b is None or text_a == text_b:
                continue
        text_a, text_b = mask_times(text_a), mask_times(text_b)
        if text_a != text_b:
            said.append(difference(text_a, text_b, f"other {name}", f"this {name}"))
    return said


def main():
    parser = argparse.ArgumentParser(description="Guards what the program prints and writes.")
    parser.add_argument("program")
    parser.add_argument("--against", metavar="OTHER")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--allow", metavar="FILE")
    parser.add_argument("--only", metavar="PATTERN", default="*")
    parser.add_argument("--pictures", action="store_true")
    parser.add_argument("--keep", metavar="FOLDER")
    parser.add_argument("--times", action="store_true")
    options = parser.parse_args()
    allowed = set(pathlib.Path(options.allow).read_text(encoding="utf-8").split()) if options.allow else set()
    commands = read_commands()
    root = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="auspex-fence-")).resolve()
    count = differ = forgiven = 0
    took = []
    try:
        place = Place(options.program, root / "this", options.pictures)
        other = Place(options.against, root / "other", options.pictures) if options.against else None
        if options.update:
            EXPECTED.mkdir(exist_ok=True)
            for file in EXPECTED.glob("*.txt"):
                if file.stem not in {c.name for c in commands}:
                    file.unlink()
        for command in commands:
            start = time.monotonic()
            result = place.run(command)
            took.append((time.monotonic() - start, command.name))
            twin = other.run(command) if other else None
            if not fnmatch.fnmatch(command.name, options.only):
                continue
            count += 1
            file = EXPECTED / f"{command.name}.txt"
            said = []
            if other:
                said = against(result, twin)
            else:
                text = written_down(command, result)
                wanted = file.read_text(encoding="utf-8") if file.exists() else ""
                relative = LOOSE if "loose" in command.flags else RELATIVE
                if same_text(wanted, text, relative):
                    continue
                if options.update:
                    print(f"written: {command.name}")
                    file.write_text(text, encoding="utf-8")
                else:
                    said = [difference(wanted, text, "expected", "now", relative)]
            if said:
                meant = command.name in allowed
                forgiven += meant
                differ += not meant
                print(f"{'allowed' if meant else 'DIFFERS'}: {command.name}: auspex {command.text}")
                print("\n".join(said), flush=True)
        if not other and not options.update and options.only == "*":
            for file in sorted(EXPECTED.glob("*.txt")):
                if file.stem not in {c.name for c in commands}:
                    differ += 1
                    print(f"DIFFERS: {file.name} stands in expected, but is no command")
    finally:
        if not options.keep:
            shutil.rmtree(root)
    if options.times:
        for seconds, name in sorted(took, reverse=True)[:15]:
            print(f"{seconds:8.2f} s  {name}")
        print(f"{sum(t for t, _ in took):8.2f} s  altogether")
    print(f"{count} commands, {differ} differ" + (f", {forgiven} as allowed" if forgiven else ""))
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
