"""Rounds of faults against a cluster of real agents: processes killed and stopped, networks cut, clocks stepped, disks filled and
damaged, while jobs are registered. After each round everything that was acknowledged must be there, everywhere, and the tasks
that were running must run on as the same processes.

Each fault alone first, then rounds of faults on top of each other: DROVER_FAULT_ROUNDS (5) and DROVER_FAULT_SEED (1) choose them.
The steps of a test that fails are printed; DROVER_FAULT_LOGS names a folder for the logs of its agents.
"""
import os
import pathlib
import random
import shutil
import time
import unittest

import cluster as clusters
import faults
import lab as laboratory

ROUNDS = int(os.environ.get("DROVER_FAULT_ROUNDS") or 5)
SEED = int(os.environ.get("DROVER_FAULT_SEED") or 1)
FAULTS_A_ROUND = 3


def deal(rounds, seed):
    """The faults of each round, off a deck that is shuffled anew when it is used up."""
    rng, deck, dealt = random.Random(seed), [], []
    for _ in range(rounds):
        hand = []
        while len(hand) < FAULTS_A_ROUND:
            if all(card in hand for card in deck):
                deck += rng.sample(faults.ALL, len(faults.ALL))
            card = next(c for c in deck if c not in hand)
            deck.remove(card)
            hand.append(card)
        dealt.append(hand)
    return dealt


class Case(unittest.TestCase):
    """Tests share a cluster until one fails; then the next begins with a new one."""
    lab = cluster = None

    @classmethod
    def close_lab(cls):
        lab, cls.lab, cls.cluster = cls.lab, None, None
        if lab:
            lab.__exit__(None, None, None)

    @classmethod
    def tearDownClass(cls):
        cls.close_lab()

    def play(self, name, acts):
        """acts(rng) injects faults and heals them, while jobs are registered; then all must be well."""
        self.steps, self.began = [], time.monotonic()
        rng = random.Random("%d %s" % (SEED, name))
        try:
            if self.lab is None:
                type(self).lab = laboratory.Lab().__enter__()
                type(self).cluster = clusters.Cluster(self.lab, rng)
                self.cluster.place_lasting()
            self.cluster.rng = rng
            self.cluster.remove()
            self.cluster.start_load()
            acts(rng)
            self.cluster.stop_load()
            self.step("%d jobs acknowledged, %d without an answer" % (len(self.cluster.acknowledged), len(self.cluster.unknown)))
            self.cluster.check()
        except unittest.SkipTest:
            raise
        except BaseException:
            self.tell(name)
            if self.cluster:
                self.cluster.stop_load()
            self.close_lab()
            raise

    def step(self, text):
        self.steps.append("%6.1f s  %s" % (time.monotonic() - self.began, text))

    def tell(self, name):
        print("%s, seed %d:\n  %s" % (name, SEED, "\n  ".join(self.steps)), flush=True)
        kept = os.environ.get("DROVER_FAULT_LOGS")
        for machine in self.lab.machines if self.lab else []:
            if kept:
                place = pathlib.Path(kept) / ("seed-%d-%s" % (SEED, name.replace(" ", "-")))
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(machine.log, place / (machine.name + ".log"))
            elif machine.is_server:
                print("--- the end of the log of %s:\n%s" % (machine.name, machine.log_tail(3000)), flush=True)

    def inject(self, fault, active):
        fault.held = [machine for other in active for machine in other.holds()]
        fault.inject()
        self.step("%s begins" % fault)

    def heal(self, fault):
        fault.heal()
        self.step("%s ends" % fault)


class Alone(Case):
    """One fault, and what must be true while it lasts."""

    def alone(self, kind):
        def acts(rng):
            fault = kind(self.lab, rng)
            self.inject(fault, [])
            fault.meanwhile(self.cluster)
            self.step("%s is borne" % fault)
            self.cluster.let_it_work()
            self.heal(fault)
            fault.recovered(self.cluster)
        self.play(kind.__name__, acts)


class Rounds(Case):
    """Faults on top of each other, in any order."""

    def together(self, number, hand):
        def acts(rng):
            faults_, active = [kind(self.lab, rng) for kind in hand], []
            # Who finds nobody alive has no victim.
            for fault in sorted(faults_, key=lambda f: not f.leaves_majority):
                self.inject(fault, active)
                active.append(fault)
                self.cluster.let_it_work()
                if rng.random() < 0.3:
                    self.heal(active.pop(rng.randrange(len(active))))
            rng.shuffle(active)
            for fault in active:
                self.heal(fault)
            for fault in faults_:
                fault.recovered(self.cluster)
        self.play("round %d" % number, acts)


def add_tests():
    for kind in faults.ALL:
        setattr(Alone, "test_" + kind.__name__, lambda self, k=kind: self.alone(k))
    for number, hand in enumerate(deal(ROUNDS, SEED), 1):
        name = "test_round_%03d_%s" % (number, "_".join(kind.__name__ for kind in hand))
        setattr(Rounds, name, lambda self, n=number, h=hand: self.together(n, h))


add_tests()

if __name__ == "__main__":
    unittest.main()
