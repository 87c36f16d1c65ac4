#!/usr/bin/env python3
"""A day of churn in virtual time: jobs come, grow, shrink, change, fail and go, on nodes that fail, return and are drained.

  churn.py [--nodes 1000] [--hours 24] [--jobs 400] [--seed 1] [--keep FOLDER]

Writes a fleet and a trace, plays them with `drover sim`, and checks what must hold in the end: at least half as many jobs as were
asked for are there and every one has its count, nothing is left in the broker or blocked, no evaluation failed, at most one event
in a thousand was refused (or 5), and the process is no larger than 1.05 times what it was after a sixth of the time. The last half
hour is quiet. The last line says whether all of it held; so does the exit status.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import openb
from measure import BINARY

COLUMNS = ("At", "Event", "ID", "Type", "Count", "CPU", "Memory", "RunFor", "FailPercent", "Priority", "Node", "Deadline")
QUIET_S = 1800
MOST_GROWTH = 1.05
FEW_REFUSED, EVENTS_OF_ONE_REFUSED = 5, 1000  # a job may be scaled in the instant in which it is stopped
BATCH_EVERY_S, SCALE_EVERY_S, REPLACE_EVERY_S, FAILURE_EVERY_S, DRAIN_EVERY_S = 20, 30, 120, 150, 300


def fleet(nodes):
    return [{"Name": "n", "Count": nodes, "CPU": 16000, "Memory": 32768}]


class Story:
    def __init__(self, args):
        self.args, self.chance, self.rows, self.next = args, random.Random(args.seed), [], 0
        self.end = args.hours * 3600 - QUIET_S
        self.services, self.to_come = [], []
        self.away_until = {}  # node -> when it may be troubled again

    def add(self, at, event, **fields):
        self.rows.append(dict(dict.fromkeys(COLUMNS, ""), At=round(at), Event=event, **fields))

    def register(self, at, kind, count, **fields):
        self.next += 1
        name = "%s-%d" % (kind, self.next)
        self.add(at, "register", ID=name, Type=kind, Count=count, CPU=self.chance.randrange(100, 1500, 50),
                 Memory=self.chance.randrange(100, 3000, 100), Priority=self.chance.choice((30, 50, 70)), **fields)
        return name

    def service(self, at):
        fails = {"FailPercent": 5} if self.chance.random() < 0.1 else {}
        self.services.append(self.register(at, "service", self.chance.randint(1, 20), **fails))

    def node(self, at, away):
        """One that is as it should be, and will be again after that."""
        while True:
            number = self.chance.randrange(self.args.nodes)
            if self.away_until.get(number, 0) <= at:
                self.away_until[number] = at + away + 600
                return "n-%d" % number

    def every(self, seconds, call):
        """The times at which it is called; who is chosen then depends on what was told before."""
        at = 600 + self.chance.expovariate(1 / seconds)
        while at < self.end:
            self.to_come.append((at, call))
            at += self.chance.expovariate(1 / seconds)

    def tell(self):
        for _ in range(self.args.jobs):
            self.service(self.chance.uniform(0, 600))
        self.every(BATCH_EVERY_S, lambda at: self.register(
            at, "batch", self.chance.randint(1, 10), FailPercent=self.chance.choice(("", 5)),
            RunFor=min(self.chance.randint(60, 3600), round(self.args.hours * 3600 - at) - 600)))
        self.every(SCALE_EVERY_S, lambda at: self.add(at, "scale", ID=self.chance.choice(self.services),
                                                      Count=self.chance.randint(1, 20)))
        self.every(REPLACE_EVERY_S, self.replace)
        self.every(FAILURE_EVERY_S, self.failure)
        self.every(DRAIN_EVERY_S, self.drain)
        for at, call in sorted(self.to_come, key=lambda one: one[0]):
            call(at)
        return sorted(self.rows, key=lambda row: row["At"])

    def replace(self, at):
        self.add(at, "stop", ID=self.services.pop(self.chance.randrange(len(self.services))))
        self.service(at)

    def failure(self, at):
        away = self.chance.randint(60, 1200)
        node = self.node(at, away)
        self.add(at, "fail", Node=node)
        self.add(at + away, "return", Node=node)

    def drain(self, at):
        away = self.chance.randint(600, 1200)
        node = self.node(at, away)
        self.add(at, "drain", Node=node, Deadline="5m")
        self.add(at + away, "undrain", Node=node)


def play(folder, args):
    command = [str(BINARY), "sim", "-fleet", str(folder / "fleet.csv"), "-trace", str(folder / "trace.csv"), "-json", "-progress",
               "-until", "%dh" % args.hours, "-sample", "10m", "-seed", str(args.seed), "-html", str(folder / "churn.html")]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def resident(report, seconds):
    at = [sample["AtSeconds"] for sample in report["Samples"]]
    return report["Measured"]["ResidentKB"][at.index(seconds)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--jobs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", metavar="FOLDER")
    parser.add_argument("--any-size", action="store_true", help="do not judge the growth of the process")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(args.keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        openb.write(folder / "fleet.csv", fleet(args.nodes))
        openb.write(folder / "trace.csv", Story(args).tell())
        report = play(folder, args)
        (folder / "report.json").write_text(json.dumps(report, indent=1))
    outcome, measured = report["Outcome"], report["Measured"]
    begin, early, late = (resident(report, seconds) for seconds in (0, args.hours * 600, args.hours * 3600))
    for name in ("Events", "RefusedEvents", "Evaluations", "FailedEvaluations", "Placed", "Completed", "Failed", "Lost"):
        print("%-20s %d" % (name, report[name]))
    for text in report["Refused"] + outcome["Short"]:
        print("  " + text)
    print("%-20s %d of %d" % ("jobs at their count", outcome["JobsComplete"], outcome["Jobs"]))
    print("%-20s %d, %d" % ("broker, blocked", outcome["BrokerEvaluations"], outcome["BlockedEvaluations"]))
    print("%-20s %.1f MB at hour 0, %.1f at hour %g, %.1f at hour %d: %.3f (%.3f without what was there at hour 0)"
          % ("RSS", begin / 1024, early / 1024, args.hours / 6, late / 1024, args.hours, late / early,
             (late - begin) / max(1, early - begin)))
    print("%-20s %.0f s, %.0f us an evaluation" % ("real time", measured["Seconds"], measured["EvaluationMicroseconds"]))
    held = (outcome["JobsComplete"] == outcome["Jobs"] and 2 * outcome["Jobs"] >= args.jobs and report["Placed"] > 0
            and outcome["BrokerEvaluations"] == 0 and outcome["BlockedEvaluations"] == 0 and report["FailedEvaluations"] == 0
            and report["RefusedEvents"] <= max(FEW_REFUSED, report["Events"] // EVENTS_OF_ONE_REFUSED)
            and (args.any_size or late <= MOST_GROWTH * early))
    print("held" if held else "DID NOT HOLD")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
