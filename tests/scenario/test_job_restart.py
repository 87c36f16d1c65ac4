"""`job restart`: allocations of a job, restarted where they are or moved, some at a time."""
import unittest

import harness


class JobRestart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = harness.Agent().start()
        job = harness.job("web", count=3)
        job["Job"]["TaskGroups"][0]["Update"] = {"MaxParallel": 0}
        cls.agent.put("/v1/jobs", job)
        cls.agent.wait_for_allocations("web", "running", 3)

    @classmethod
    def tearDownClass(cls):
        cls.agent.close()

    def restart(self, *words, code=0, stdin=""):
        run = self.agent.cli("job", "restart", *words, stdin=stdin)
        self.assertEqual(run.returncode, code, run.stdout + run.stderr)
        return run

    def live(self):
        return {a["ID"]: a["TaskStates"]["task"]["Restarts"] for a in self.agent.allocations("web")
                if a["DesiredStatus"] == "run"}

    def test_tasks_are_restarted_where_they_are(self):
        before = self.live()
        out = self.restart("-batch-size", "50%", "-batch-wait", "10ms", "web").stdout
        self.assertIn(": Restarting 3 allocations\n", out)
        self.assertEqual(out.count("Restarting running tasks in allocation"), 3)
        self.assertEqual(out.count("Waiting 10ms"), 1)
        self.assertTrue(out.endswith("\nAll allocations restarted successfully!\n"))
        harness.wait_for("each restarted once", lambda: self.live() == {i: n + 1 for i, n in before.items()})

    def test_allocations_are_moved(self):
        before = self.live()
        out = self.restart("-reschedule", "-group", "group", "web").stdout
        self.assertEqual(out.count("is replaced by"), 3)
        self.assertEqual(len(self.live()), 3)
        self.assertEqual(set(self.live()) & set(before), set())

    def test_the_user_is_asked_between_batches(self):
        before = self.live()
        run = self.restart("-batch-wait", "ask", "-task", "task", "web", stdin="n\n", code=1)
        self.assertIn("Go on with the next batch?", run.stdout)
        self.assertIn("Job restart was stopped", run.stderr)
        harness.wait_for("one restarted", lambda: sum(self.live().values()) == sum(before.values()) + 1)

    def test_what_makes_no_sense_is_refused(self):
        for words, error in ((("-all-tasks", "-task", "task", "web"), "-task cannot be used together with -all-tasks"),
                             (("-reschedule", "-task", "task", "web"), "-task cannot be used together with -reschedule"),
                             (("-group", "none", "web"), 'The job has no group "none"'),
                             (("-task", "none", "web"), 'The job has no task "none"'),
                             (("-batch-size", "0", "web"), 'Invalid -batch-size "0"'),
                             (("-on-error", "cry", "web"), "-on-error must be ask or fail"),
                             (("none",), "No job")):
            self.assertIn(error, self.restart(*words, code=1).stderr)


if __name__ == "__main__":
    unittest.main()
