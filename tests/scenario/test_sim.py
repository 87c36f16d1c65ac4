"""What the simulator tells of a small fleet and trace, by the built program."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import harness

FLEET = """Name,Count,CPU,Memory,Class
small,4,1000,2000,s
large,1,8000,16000,l
"""
TRACE = """At,Event,ID,Type,Count,CPU,Memory,RunFor,Node,Deadline,Class
0,register,web,service,4,600,500,,,,s
10m,register,crunch,batch,5,2000,1000,20m,,,l
15m,fail,,,,,,,small-0,,
20m,drain,,,,,,,small-1,1m,
30m,return,,,,,,,small-0,,
40m,undrain,,,,,,,small-1,,
50m,scale,web,,3,,,,,,
"""


class Sim(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.write("fleet.csv", FLEET)
        self.write("trace.csv", TRACE)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def sim(self, *args):
        env = dict(os.environ, NOMAD_CLI_NO_COLOR="1")
        return subprocess.run([str(harness.BINARY), "sim", *args], env=env, capture_output=True, text=True, cwd=self.folder,
                              timeout=harness.PATIENCE_S)

    def played(self, *args):
        run = self.sim("-fleet", "fleet.csv", "-trace", "trace.csv", "-until", "1h", "-sample", "5m", *args)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        return run.stdout

    def report(self, *args):
        return json.loads(self.played("-json", *args))

    def test_figures_of_a_small_trace(self):
        report = self.report()
        at = {s["AtSeconds"] // 60: s for s in report["Samples"]}
        self.assertEqual((report["Nodes"], report["Events"], report["RefusedEvents"]), (5, 7, 0))
        # web on the four small nodes alone; then four of crunch's five fit the large one, which is full with them.
        self.assertEqual([at[5][k] for k in ("NodesReady", "NodesUsed", "Allocations", "WaitingJobs")], [5, 4, 4, 0])
        self.assertEqual(at[5]["CPU"], 2400 / 12000)
        self.assertEqual([at[15][k] for k in ("NodesUsed", "Allocations", "WaitingJobs")], [5, 8, 1])
        # Nothing of web fits beside itself, so what lost its node waits for one to come back.
        self.assertEqual([at[20][k] for k in ("NodesReady", "Allocations", "WaitingJobs")], [4, 7, 2])
        # After the first four the fifth of crunch ran, and web was whole again when both nodes were back.
        self.assertEqual([at[45][k] for k in ("NodesReady", "Allocations", "WaitingJobs")], [5, 5, 0])
        self.assertEqual([at[60][k] for k in ("NodesUsed", "Allocations")], [3, 3])
        # Placed: 4 and 5, and two of web anew.
        self.assertEqual((report["Placed"], report["Lost"], report["Preempted"]), (11, 1, 0))
        self.assertEqual(report["PlacementMilliseconds"]["Most"], 20 * 60 * 1000 + 1000)
        self.assertEqual(report["Outcome"]["JobsComplete"], report["Outcome"]["Jobs"])
        self.assertEqual((report["Outcome"]["BrokerEvaluations"], report["Outcome"]["BlockedEvaluations"]), (0, 0))

    def test_the_same_seed_gives_the_same_output(self):
        def without_measures(text):
            return re.sub(r"Measured here: .*", "", text)
        first, second = (self.played("-seed", "7", "-svg", "%d.svg" % i, "-html", "%d.html" % i) for i in (1, 2))
        self.assertEqual(without_measures(first), without_measures(second))
        for kind in ("svg", "html"):
            texts = [(self.folder / ("%d.%s" % (i, kind))).read_text() for i in (1, 2)]
            self.assertEqual(*texts)
            self.assertIn("<polyline", texts[0])

    def test_what_if_less_urgent_jobs_had_to_make_room(self):
        self.write("trace.csv", "At,ID,CPU,Priority,Count\n0,low,700,10,4\n10m,high,900,90,2\n")
        self.write("fleet.csv", "Name,Count,CPU\nn,4,1000\n")
        self.assertEqual((self.report()["Preempted"], self.report()["Outcome"]["BlockedEvaluations"]), (0, 1))
        self.assertEqual(self.report("-preempt", "service")["Preempted"], 2)

    def test_a_snapshot_goes_on(self):
        with harness.Agent() as agent:
            harness.wait_for("the node is ready", lambda: [n["Status"] for n in agent.get("/v1/nodes").json] == ["ready"])
            agent.put("/v1/jobs", harness.job("kept", count=2))
            agent.wait_for_allocations("kept", "running", 2)
            saved = agent.cli("operator", "snapshot", "save", str(self.folder / "state.snap"))
            self.assertEqual(saved.returncode, 0, saved.stderr)
        self.write("trace.csv", "At,Event,ID,CPU\n0,register,new,10\n30m,stop,kept,\n")
        run = self.sim("-snapshot", "state.snap", "-trace", "trace.csv", "-until", "1h", "-sample", "10m", "-json")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        report = json.loads(run.stdout)
        self.assertEqual((report["Nodes"], report["RefusedEvents"], report["Placed"]), (1, 0, 1))
        self.assertEqual([s["Allocations"] for s in report["Samples"]], [2, 3, 3, 3, 1, 1, 1])

    def test_a_short_churn_ends_with_every_job_as_wanted(self):
        command = [sys.executable, str(harness.ROOT / "bench" / "churn.py"), "--nodes", "50", "--hours", "1", "--jobs", "40",
                   "--any-size"]
        run = subprocess.run(command, env=dict(os.environ, DROVER_BIN=str(harness.BINARY)), capture_output=True, text=True,
                             timeout=3 * harness.PATIENCE_S)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertEqual(run.stdout.splitlines()[-1], "held")

    def test_mistakes_are_told_with_their_place(self):
        def complaint(fleet, trace, *args):
            self.write("f", fleet)
            self.write("t", trace)
            run = self.sim("-fleet", "f", "-trace", "t", *args)
            self.assertEqual(run.returncode, 1, run.stdout)
            return run.stderr.strip()
        self.assertEqual(complaint("Name,CPU\na,1\nb,x\n", ""), 'f:3: field CPU: "x" is not a whole number')
        self.assertEqual(complaint(FLEET, "At,Event\n0,explode\n"),
                         't:2: field Event: "explode" is none of register, stop, scale, fail, return, drain, undrain')
        self.assertEqual(complaint(FLEET, '[{"At": 1, "Job": {"ID": "x"}}]').split(":")[:2], ["t", "1"])
        self.assertEqual(complaint(FLEET, TRACE, "-algorithm", "guess"), '-algorithm: "guess" is neither binpack nor spread')
        for flag in ("-until", "-sample", "-heartbeat"):
            self.assertEqual(complaint(FLEET, TRACE, flag, "2000000h"), "-until, -sample and -heartbeat must be ten years at most")
        run = self.sim("-trace", "trace.csv")
        self.assertEqual((run.returncode, run.stderr.strip()), (1, "there are no nodes: -snapshot or -fleet is needed"))
        self.assertEqual(self.sim("-fleet", ".").stderr.strip(), 'cannot read "."')
        self.assertEqual(self.sim("-fleet", "fleet.csv", "-trace", ".").stderr.strip(), 'cannot read "."')
        self.assertIn('cannot read "."', self.sim("-snapshot", ".").stderr)
        self.assertEqual(self.sim("-fleet", "nowhere.csv").stderr.strip(), 'cannot open "nowhere.csv"')


if __name__ == "__main__":
    unittest.main()
