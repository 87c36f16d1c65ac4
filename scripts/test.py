#!/usr/bin/env python3
"""Builds and runs everything that CI checks. Stages, in order (name some to run only those):

  asan         one build with AddressSanitizer and UndefinedBehaviorSanitizer, which the next stages use
  unit         the *_test program of every room
  rules        the house rules on the tree (tests/rules)
  fuzz         the fuzz targets replay their corpora
  sim          the simulator (tests/sim): 200 seeds, half of them of logs and half of whole servers, or --seeds; a
               release build, since threads in lockstep and sanitizers do not go together
  scenario     whole-program tests against the built binary (tests/scenario)
  faults       agents in network namespaces, killed, cut off, out of disk and out of time (tests/faults): 5 rounds;
               wants root
  conformance  recorded answers replayed against the built binary (tests/conformance)
  tsan         a build with ThreadSanitizer of the rooms that have threads, and their tests

--long adds: 2,000 seeds instead of 200, 200 rounds of faults instead of 5, format (clang-format), release (everything above on
the release build, for its own sake), figures (bench/run.py).

A stage is made of programs whose last line is `N passed, N failed`. The last line of all is their sum; exit status 0 only
when nothing failed.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
JOBS = os.environ.get("DROVER_JOBS") or str(os.cpu_count())
THREADED_ROOMS = ["base", "codec", "net", "state", "raft", "scheduler", "server", "client"]
PROGRAM_LIMIT_S = 900
SEEDS, SEEDS_LONG = 200, 2000
ROUNDS, ROUNDS_LONG = 5, 200
SANITIZERS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:handle_abort=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=0:second_deadlock_stack=1",
}


class Score:
    def __init__(self):
        self.passed = self.failed = 0
        self.lines = []

    def add(self, name, passed, failed, seconds):
        self.passed += passed
        self.failed += failed
        self.lines.append("%-34s %5d passed %4d failed %7.1f s" % (name, passed, failed, seconds))
        print(self.lines[-1], flush=True)

    def check(self, name, command, env=None):
        """Runs a command that is one case by itself."""
        began = time.monotonic()
        good = subprocess.run(command, cwd=ROOT, env=environment(env)).returncode == 0
        self.add(name, int(good), int(not good), time.monotonic() - began)
        return good

    def suite(self, name, command, env=None, quiet=False):
        """Runs a program that ends with `N passed, N failed`. Quiet: its output is shown only where something failed."""
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, env=environment(env), stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, errors="replace")
        last, kept = "", []
        for line in process.stdout:
            if quiet:
                kept.append(line)
            else:
                print(line, end="", flush=True)
            last = line.strip() or last
        code = process.wait()
        found = re.fullmatch(r"(\d+) passed, (\d+) failed", last)
        passed, failed = (int(found[1]), int(found[2])) if found else (0, 1)
        if code != 0 and failed == 0:
            failed = 1
        if failed:
            print("".join(kept[-200:]), "exit status %d" % code)
        self.add(name, passed, failed, time.monotonic() - began)


def environment(extra):
    symbolizer = "/usr/lib/llvm-19/bin/llvm-symbolizer"
    env = dict(os.environ, **SANITIZERS, **(extra or {}))
    if os.path.exists(symbolizer):
        env.update(ASAN_SYMBOLIZER_PATH=symbolizer, TSAN_SYMBOLIZER_PATH=symbolizer)
    return env


def heading(text):
    print("\n== " + text, flush=True)


def build(score, preset, targets):
    command = ["cmake", "--preset", preset]
    if subprocess.run(["sh", "-c", "command -v ccache"], stdout=subprocess.DEVNULL).returncode != 0:
        command += ["-DCMAKE_C_COMPILER_LAUNCHER=", "-DCMAKE_CXX_COMPILER_LAUNCHER="]
    return (score.check("build/%s: configure" % preset, command)
            and score.check("build/%s: build" % preset, ["ninja", "-j", JOBS, "-C", "build/" + preset, "--quiet"] + targets))


def gtest(score, label, program):
    """One line per program; the output of a program is shown only where something failed."""
    with tempfile.TemporaryDirectory() as scratch:
        report = os.path.join(scratch, "report.json")
        began = time.monotonic()
        try:
            run = subprocess.run([str(program), "--gtest_output=json:" + report, "--gtest_brief=1"], cwd=ROOT,
                                 env=environment(None), timeout=PROGRAM_LIMIT_S, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, errors="replace")
            code, output = run.returncode, run.stdout
        except subprocess.TimeoutExpired as late:
            code, output = -1, "%s\nno end after %d s" % (late.stdout or "", PROGRAM_LIMIT_S)
        passed = failed = 0
        if os.path.exists(report):
            with open(report) as file:
                counts = json.load(file)
            failed = counts["failures"]
            passed = counts["tests"] - failed - counts["disabled"]
        if code != 0 and failed == 0:
            failed = 1
        if failed:
            print(output[-20000:])
            print("exit status %d" % code)
        score.add("%s %s" % (label, program.name), passed, failed, time.monotonic() - began)


def unit(score, preset, rooms=None):
    for program in sorted((ROOT / "build" / preset).glob("*_test")):
        if rooms is None or program.name[:-len("_test")] in rooms:
            gtest(score, preset, program)


def fuzz(score, preset):
    for program in sorted((ROOT / "build" / preset / "tests" / "fuzz").glob("*_fuzz")):
        corpus = ROOT / "tests" / "fuzz" / "corpus" / program.name[:-len("_fuzz")]
        score.suite("%s %s" % (preset, program.name), [str(program), str(corpus)], quiet=True)


def against_binary(score, preset, stage, env=None):
    if not (ROOT / "src" / "cli" / "main.cc").exists():
        print("%s %s: skipped, the rooms are not wired into a program yet" % (preset, stage), flush=True)
        return
    binary = ROOT / "build" / preset / "drover"
    if not binary.exists():
        score.add("%s %s: no binary" % (preset, stage), 0, 1, 0)
        return
    command = {"scenario": ["tests/suite.py", "tests/scenario"], "faults": ["tests/suite.py", "tests/faults"],
               "conformance": ["tests/conformance/run.py"]}[stage]
    score.suite("%s %s" % (preset, stage), [sys.executable] + command, dict(env or {}, DROVER_BIN=str(binary)))


def simulate(score, seeds):
    # Benchmarks are built and not run, so that they keep pace with what they measure.
    if build(score, "release", ["sim", "benches"]):
        score.suite("sim", ["build/release/tests/sim/sim", "--from", "1", "--to", str(seeds), "--jobs", JOBS])


def threaded_targets():
    return [room for room in THREADED_ROOMS if list((ROOT / "src" / room).glob("*_test.cc"))]


def run_stage(score, stage, seeds, rounds):
    if stage == "asan":
        build(score, "asan", ["all", "fuzz_targets"])
    elif stage == "unit":
        unit(score, "asan")
    elif stage == "rules":
        score.suite("rules", [sys.executable, "tests/suite.py", "tests/rules"])
    elif stage == "fuzz":
        fuzz(score, "asan")
    elif stage in ("scenario", "conformance"):
        against_binary(score, "asan", stage)
    elif stage == "faults":
        against_binary(score, "asan", stage, {"DROVER_FAULT_ROUNDS": str(rounds)})
    elif stage == "sim":
        simulate(score, seeds)
    elif stage == "tsan":
        rooms = threaded_targets()
        if build(score, "tsan", [room + "_test" for room in rooms]):
            unit(score, "tsan", rooms)
    elif stage == "format":
        score.check("format", ["scripts/dev", "format", "--check"])
    elif stage == "release":
        if build(score, "release", ["all", "benches"]):
            unit(score, "release")
            against_binary(score, "release", "scenario")
            against_binary(score, "release", "conformance")
    elif stage == "figures":
        score.check("figures", [sys.executable, "bench/run.py"])


def main():
    quick = ["asan", "unit", "rules", "fuzz", "sim", "scenario", "faults", "conformance", "tsan"]
    extra = ["format", "release", "figures"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--seeds", type=int, help="run only the stage sim, with that many seeds")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=", ".join(quick + extra))
    args = parser.parse_args()
    for stage in args.stages:
        if stage not in quick + extra:
            parser.error("there is no stage " + stage)
    score = Score()
    if args.seeds and not args.stages:
        args.stages = ["sim"]
    for stage in args.stages or quick + (extra if args.long else []):
        heading(stage)
        run_stage(score, stage, args.seeds or (SEEDS_LONG if args.long else SEEDS), ROUNDS_LONG if args.long else ROUNDS)
    heading("summary")
    print("\n".join(score.lines))
    print("%d passed, %d failed" % (score.passed, score.failed))
    return 1 if score.failed or not score.passed else 0


if __name__ == "__main__":
    sys.exit(main())
