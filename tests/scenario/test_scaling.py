"""Counts that are set from outside, and what is kept about it."""
import unittest

import harness


def scalable(name, kind="service"):
    job = harness.job(name, kind=kind)
    group = job["Job"]["TaskGroups"][0]
    group["Update"] = {"MaxParallel": 0}
    group["Scaling"] = {"Min": 1, "Max": 3, "Enabled": True, "Policy": {"target": "cpu"}}
    return job


class Scaling(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = harness.Agent().start()
        cls.agent.put("/v1/jobs", scalable("web"))
        cls.agent.wait_for_allocations("web", "running")

    @classmethod
    def tearDownClass(cls):
        cls.agent.close()

    def status(self):
        return self.agent.get("/v1/job/web/scale").json["TaskGroups"]["group"]

    def test_a_command_scales_and_lists_what_was_scaled(self):
        run = self.agent.cli("job", "scale", "web", "2")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.agent.wait_for_allocations("web", "running", 2)
        harness.wait_for("two run", lambda: (self.status()["Placed"], self.status()["Running"]) == (2, 2))
        run = self.agent.cli("job", "scale", "-detach", "web", "group", "1")
        self.assertRegex(run.stdout, r"^Job scale successful\nEvaluation ID: [0-9a-f-]{36}\n$")
        harness.wait_for("one runs", lambda: self.status()["Placed"] == 1)
        rows = [line.split() for line in self.agent.cli("job", "scaling-events", "web").stdout.splitlines()]
        self.assertEqual(rows[0], ["Task", "Group", "Count", "PrevCount", "Date"])
        self.assertEqual([row[:3] for row in rows[1:3]], [["group", "1", "2"], ["group", "2", "1"]])
        for words, error in ((("web", "9"), "greater than scaling policy maximum: 9 > 3"),
                             (("web", "0"), "less than scaling policy minimum: 0 < 1"),
                             (("web", "nosuch", "1"), "does not exist in job"),
                             (("-check-index", "1", "web", "2"), "Enforcing job modify index 1"),
                             (("web", "two"), "must be a number")):
            run = self.agent.cli("job", "scale", *words)
            self.assertEqual(run.returncode, 1, run.stdout)
            self.assertIn(error, run.stderr)

    def test_policies_are_found_by_job_and_by_the_beginning_of_their_id(self):
        rows = self.agent.cli("scaling", "policy", "list", "-job", "web").stdout.splitlines()
        self.assertEqual(rows[0].split(), ["ID", "Enabled", "Type", "Target"])
        self.assertEqual(rows[1].split()[1:], ["true", "horizontal", "Group:group,Job:web,Namespace:default"])
        info = self.agent.cli("scaling", "policy", "info", rows[1].split()[0]).stdout
        for line in ("Min     = 1", "Max     = 3", '    "target": "cpu"'):
            self.assertIn(line, info.splitlines())
        self.assertEqual(self.agent.cli("scaling", "policy", "list", "-job", "none").stdout, "No policies found\n")
        self.assertEqual(self.agent.get("/v1/scaling/policy/none").text, "policy not found")

    def test_policies_go_with_their_job(self):
        self.agent.put("/v1/jobs", scalable("goes"))
        policy = self.agent.get("/v1/scaling/policies?job=goes").json[0]["ID"]
        self.assertEqual(self.agent.get("/v1/scaling/policy/" + policy).json["Target"]["Job"], "goes")
        self.agent.delete("/v1/job/goes?purge=true")
        self.assertEqual(self.agent.get("/v1/scaling/policies?job=goes").json, [])
        self.assertEqual(self.agent.get("/v1/scaling/policy/" + policy).status, 404)


if __name__ == "__main__":
    unittest.main()
