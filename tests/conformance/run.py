#!/usr/bin/env python3
"""Replays the answers recorded from Nomad 2.0.5 against the built program and compares with what passed before.

  run.py                       replay all; fails when a case of passing.txt fails
  run.py --update              then add to passing.txt what passes now (nothing is ever taken off by this)
  run.py http --scenario '020-*' -v      only some, with the differences; passing.txt is compared for these only
  run.py jobspec --only '^00'

A case is `http/<scenario>/<step>` or `jobspec/<mode>/<name>`. The recordings are in DROVER_ORACLE (default ../shared/oracle
beside this tree); without them nothing is replayed. The program is DROVER_BIN (default build/dev/drover). It runs in a
temporary folder on free ports, which are put into a copy of the recordings in place of those that were used when
recording. A listed case that fails is tried once more: one that then passes is called flaky and does not fail the run.

Jobspec cases with `placed` in their name wait until their tasks run; some need what no node of ours offers yet (services,
system jobs) and wait for minutes. They are replayed only when --only asks for them.

The last line is `N passed, N failed`: all cases that pass, and the listed ones that do not.
"""
import argparse
import fnmatch
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "scenario"))
import harness  # noqa: E402

ORACLE = pathlib.Path(os.environ.get("DROVER_ORACLE") or ROOT.parent / "shared" / "oracle")
PASSING = HERE / "passing.txt"
# The ports of the agent when the answers were recorded.
RECORDED_PORTS = {"24646": "http", "24647": "rpc", "24648": "serf"}
SCRIPT_LIMIT_S = 2400


def read_passing():
    return PASSING.read_text().split() if PASSING.exists() else []


def run_script(command, echo=False):
    run = subprocess.run([sys.executable, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         errors="replace", timeout=SCRIPT_LIMIT_S)
    if echo:
        print(run.stdout, flush=True)
    return run.stdout


class RecordedAgent(harness.Agent):
    """The program, started as the agent was when the answers were recorded, but on free ports."""

    def __init__(self, config_file):
        super().__init__()
        text = config_file.read_text()
        for port, name in RECORDED_PORTS.items():
            text = text.replace(port, str(self.ports[name]))
        (self.folder / "agent.json").write_text(text)
        self.args = ["agent", "-dev", "-bind", "127.0.0.1", "-config", str(self.folder / "agent.json")]


class Http:
    """Scenarios of requests. Steps have names where the scenario gives one, numbers elsewhere."""

    def __init__(self, scratch, options):
        self.options = options
        self.dir = scratch / "http"
        self.names = {}
        for file in sorted((ORACLE / "http" / "scenarios").glob("*.json")):
            scenario = json.loads(file.read_text())
            wanted = not options.scenario or any(fnmatch.fnmatch(file.stem, p) for p in options.scenario)
            recorded = (ORACLE / "http" / "expected" / file.name).exists()
            if wanted and recorded and scenario.get("needs", "dev") == "dev":
                self.names[file.stem] = self.step_names(scenario)

    @staticmethod
    def step_names(scenario):
        ids = [str(step.get("id", "")).replace(" ", "_") for step in scenario["steps"]]
        return [name if name and ids.count(name) == 1 else "%s%03d" % (name and name + "#", number)
                for number, name in enumerate(ids, 1)]

    def cases(self):
        return {"http/%s/%s" % (scenario, step) for scenario, steps in self.names.items() for step in steps}

    def prepare(self, agent):
        for kind in ("scenarios", "expected"):
            (self.dir / kind).mkdir(parents=True, exist_ok=True)
            for name in self.names:
                text = (ORACLE / "http" / kind / (name + ".json")).read_text()
                for port, of in RECORDED_PORTS.items():
                    text = text.replace(port, str(agent.ports[of]))
                (self.dir / kind / (name + ".json")).write_text(text)

    def replay(self, agent, only=None):
        """The cases that pass, of the scenarios in `only` or of all."""
        self.prepare(agent)
        names = sorted(only or self.names)
        result = self.dir / "result.json"
        result.unlink(missing_ok=True)
        command = [ORACLE / "http" / "check.py", "--addr", agent.address, "--dir", self.dir, "--json", result,
                   "--max-wait", self.options.max_wait, "-v" if self.options.verbose else "-q"]
        for name in names:
            command += ["--scenario", name]
        out = run_script(command, echo=self.options.verbose)
        if not result.exists():
            print(out[-4000:])
            return set()
        differing = {(d["scenario"], d["step"]) for d in json.loads(result.read_text())["differences"]}
        return {"http/%s/%s" % (name, step) for name in names for number, step in enumerate(self.names[name], 1)
                if (name, number) not in differing}

    def again(self, agent, failing):
        return self.replay(agent, {case.split("/")[1] for case in failing})


class Jobspec:
    """Job files: parsed, validated, planned, formatted."""

    MODES = {"parse": [], "validate": ["--validate"], "plan": ["--plan"], "fmt": ["--fmt", harness.BINARY]}
    UNLESS_ASKED = "^(?!.*-placed-)"

    def __init__(self, options):
        self.options = options
        self.seen = set()

    def cases(self):
        return self.seen

    def replay_mode(self, agent, mode, only):
        out = run_script([ORACLE / "jobspec" / "check.py", "--addr", agent.address, *self.MODES[mode], "-v", "--only", only],
                         echo=self.options.verbose)
        if not re.search(r"^\d+ passed, \d+ failed$", out, re.M):
            print("jobspec/%s did not end:\n%s" % (mode, out[-4000:]))
        found = re.findall(r"^(ok  |FAIL) (\S+?):?(?:\s|$)", out, re.M)
        self.seen |= {"jobspec/%s/%s" % (mode, name) for _, name in found}
        return {"jobspec/%s/%s" % (mode, name) for verdict, name in found if verdict == "ok  "}

    def replay(self, agent):
        return set().union(*(self.replay_mode(agent, mode, self.options.only or self.UNLESS_ASKED) for mode in self.MODES))

    def again(self, agent, failing):
        good = set()
        for mode in self.MODES:
            names = [re.escape(case.split("/")[2]) for case in failing if case.split("/")[1] == mode]
            if names:
                good |= self.replay_mode(agent, mode, "^(%s)$" % "|".join(names))
        return good


def replay(name, suite, listed):
    """-> (cases that pass, all cases, flaky ones, failures of the agent itself)."""
    print("-- " + name, flush=True)
    flaky, broken = set(), 0
    agent = RecordedAgent(ORACLE / "http" / "agents" / "dev.json")
    try:
        agent.start()
        good = suite.replay(agent)
        failing = (listed & suite.cases()) - good
        if failing and agent.alive():
            flaky = suite.again(agent, failing) & failing
    except AssertionError as problem:
        print(problem)
        good, broken = set(), 1
    try:
        agent.close()
    except AssertionError as problem:
        print(problem)
        broken = 1
    return good | flaky, suite.cases(), flaky, broken


def score(good, cases):
    families = sorted({case.split("/")[0] if case.startswith("http") else "/".join(case.split("/")[:2]) for case in cases})
    for family in families:
        of = {case for case in cases if case.startswith(family + "/")}
        print("score %-18s %5d of %5d  (%.1f %%)" % (family, len(of & good), len(of), 100 * len(of & good) / len(of)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", help="http, jobspec (default: both)")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--scenario", action="append", metavar="PATTERN", help="only these http scenarios")
    parser.add_argument("--only", metavar="REGEX", help="only these jobspec cases")
    parser.add_argument("--max-wait", default="20", help="seconds that a step of a scenario may wait (20)")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    if not (ORACLE / "http" / "check.py").exists():
        print("skipped: there are no recorded answers in %s (DROVER_ORACLE)" % ORACLE)
        print("0 passed, 0 failed")
        return 0
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="drover-conformance-"))
    listed = set(read_passing())
    good, cases, flaky, broken = set(), set(), set(), 0
    try:
        suites = {"http": Http(scratch, options), "jobspec": Jobspec(options)}
        for name in options.suites or suites:
            more = replay(name, suites[name], listed)
            good, cases, flaky, broken = good | more[0], cases | more[1], flaky | more[2], broken + more[3]
    finally:
        shutil.rmtree(scratch)
    whole = not (options.suites or options.scenario or options.only)
    missing = (listed - good) if whole else (listed & cases) - good
    for case in sorted(flaky):
        print("flaky: " + case)
    for case in sorted(missing):
        print("passed before, fails now: " + case)
    score(good, cases)
    if options.update:
        PASSING.write_text("".join(case + "\n" for case in sorted(listed | (good - flaky))))
        print("passing.txt: %d cases, %d of them new" % (len(listed | good), len(good - listed)))
    print("%d passed, %d failed" % (len(good), len(missing) + broken))
    return 1 if missing or broken else 0


if __name__ == "__main__":
    sys.exit(main())
