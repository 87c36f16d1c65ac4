#!/usr/bin/env python3
"""Nodes that one load needs: every feasible node ranked, as Drover does, against a few taken at random.

The load is that of openb.py, whose pods come one after another and stay. `drover sim` places them; the same pods are then placed
by a baseline of some forty lines that stands here for comparison only: it takes feasible nodes in random order until it has
max(2, ceil(log2 n)) of them (service) or 2 (batch), and gives the pod to the one with the best packing score. The score is the
published one: 20 less ten to the power of the free shares of CPU and memory, of eighteen. With all nodes looked at, the baseline
must need as many nodes as `drover sim` within 3 %, up to what ties decide, which shows that the two count alike. Exit status 1 when
it does not, when sampling needed fewer nodes anywhere, or when not all placed equally many pods: the nodes of unequal loads cannot
be compared.

  packing.py [--nodes 1200] [--loads 1000,2000] [--seeds 3]
"""
import argparse
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

import openb
from measure import BINARY


class Node:
    __slots__ = ("cpu", "memory", "gpu", "per_cpu", "per_memory", "model", "used")

    def __init__(self, row):
        self.cpu, self.memory = row["CPU"], row["Memory"]
        self.per_cpu, self.per_memory = 1 / self.cpu, 1 / self.memory
        self.model, _, count = row["Devices"].rpartition("/")[2].partition(":")
        self.gpu, self.used = int(count or 0), False

    def takes(self, pod):
        return (self.cpu >= pod["cores"] * 1000 and self.memory >= pod["memory"] and self.gpu >= pod["gpu"]
                and (not pod["gpu"] or pod["model"] in ("any", self.model)))

    def score(self, pod):
        cpu = (self.cpu - pod["cores"] * 1000) * self.per_cpu
        memory = (self.memory - pod["memory"]) * self.per_memory
        return min(18, max(0, 20 - 10 ** cpu - 10 ** memory))

    def place(self, pod):
        self.cpu -= pod["cores"] * 1000
        self.memory -= pod["memory"]
        self.gpu -= pod["gpu"]
        self.used = True


def candidates(nodes, pod, most, chance):
    if most is None:
        return [node for node in nodes if node.takes(pod)]
    found = []
    for i in chance.sample(range(len(nodes)), len(nodes)):
        if nodes[i].takes(pod):
            found.append(nodes[i])
            if len(found) == most:
                break
    return found


def baseline(rows, load, most, seed, marks):
    """Nodes used and pods placed when so many have come."""
    chance = random.Random(seed)
    nodes = [Node(row) for row in rows for _ in range(row["Count"])]
    figures, placed = {}, 0
    for i, pod in enumerate(load, 1):
        found = candidates(nodes, pod, most, chance)
        if found:
            max(found, key=lambda node: node.score(pod)).place(pod)
            placed += 1
        if i in marks:
            figures[i] = (sum(node.used for node in nodes), placed)
    return figures


def simulated(folder, marks):
    every = math.gcd(*marks)
    command = [str(BINARY), "sim", "-fleet", str(folder / "fleet.csv"), "-trace", str(folder / "trace.csv"), "-json",
               "-heartbeat", "10m", "-sample", "%ds" % every, "-until", "%ds" % max(marks)]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    # Pod i comes at second i - 1: at second n, n of them are there.
    return {s["AtSeconds"]: (s["NodesUsed"], s["Allocations"]) for s in report["Samples"] if s["AtSeconds"] in marks}


MOST_OFF_CONTROL = 0.03


def fault(control, theirs, ours):
    """What is wrong with the nodes used and pods placed by one arm, beside those of drover; empty: nothing."""
    used, placed = theirs
    if placed != ours[1]:
        return "places %.1f pods where drover places %.1f: the loads are not equal" % (placed, ours[1])
    if control and abs(used - ours[0]) > MOST_OFF_CONTROL * ours[0]:
        return "needs %.1f nodes where drover needs %.1f: they do not count alike" % (used, ours[0])
    if not control and used < ours[0]:
        return "needs %.1f nodes, fewer than drover's %.1f" % (used, ours[0])
    return ""


def mean(values):
    return sum(values) / len(values)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=1200)
    parser.add_argument("--loads", default="1000,2000")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    marks = sorted(int(n) for n in args.loads.split(","))
    log2 = max(2, math.ceil(math.log2(args.nodes)))
    arms = (("drover", None), ("all, control", None), ("%d at random" % log2, log2), ("2 at random", 2))
    sums = {name: {mark: [] for mark in marks} for name, _ in arms}
    for seed in range(1, args.seeds + 1):
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            rows, load = openb.fleet(args.nodes), list(openb.pods(marks[-1], seed))
            openb.write(folder / "fleet.csv", rows)
            openb.write(folder / "trace.csv", openb.trace(marks[-1], seed, 0))
            for name, most in arms:
                figures = simulated(folder, marks) if name == "drover" else baseline(rows, load, most, seed, marks)
                for mark in marks:
                    sums[name][mark].append(figures[mark])
    print("%d nodes, mean of %d loads; nodes used (of what drover needs), pods placed" % (args.nodes, args.seeds))
    print("%-14s" % "pods" + "".join("%26d" % mark for mark in marks))
    wrong = []
    for name, most in arms:
        cells = []
        for mark in marks:
            used, placed = (mean([figure[i] for figure in sums[name][mark]]) for i in (0, 1))
            ours = [mean([figure[i] for figure in sums["drover"][mark]]) for i in (0, 1)]
            what = fault(most is None, (used, placed), ours)
            wrong += ["%s, %d pods: %s" % (name, mark, what)] if what else []
            cells.append("%7.1f (%5.1f%%) %8.1f" % (used, 100 * used / ours[0], placed))
        print("%-14s" % name + "".join("%26s" % cell for cell in cells))
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
