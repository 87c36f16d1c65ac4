"""Services whose allocations come, and are replaced, a few at a time: as soon as those before are healthy."""
import unittest

import harness

MS = 10**6


def service(name, **env):
    job = harness.job(name, count=3, Env=env or None)
    job["Job"]["TaskGroups"][0]["Update"] = {"MaxParallel": 1, "MinHealthyTime": 50 * MS, "HealthyDeadline": 20000 * MS,
                                             "ProgressDeadline": 30000 * MS}
    return job


class Deployments(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = harness.Agent().start()

    @classmethod
    def tearDownClass(cls):
        cls.agent.close()

    def successful(self, job, version):
        def reached():
            deployment = self.agent.get("/v1/job/%s/deployment" % job).json
            good = deployment and deployment["JobVersion"] == version and deployment["Status"] == "successful"
            return deployment if good else None
        return harness.wait_for("the deployment of version %d is successful" % version, reached)

    def test_a_deployment_ends_when_all_are_healthy(self):
        self.assertEqual(self.agent.put("/v1/jobs", service("first")).status, 200)
        state = self.successful("first", 0)["TaskGroups"]["group"]
        self.assertEqual((state["DesiredTotal"], state["PlacedAllocs"], state["HealthyAllocs"]), (3, 3, 3))
        self.assertTrue(self.agent.get("/v1/job/first").json["Stable"])

    def test_an_update_replaces_one_after_another(self):
        self.agent.put("/v1/jobs", service("rolling"))
        self.successful("rolling", 0)
        self.agent.put("/v1/jobs", service("rolling", CHANGED="yes"))
        self.successful("rolling", 1)
        stubs = self.agent.get("/v1/job/rolling/allocations").json
        now = sorted((a for a in stubs if a["JobVersion"] == 1), key=lambda a: a["CreateIndex"])
        self.assertEqual([a["DesiredStatus"] for a in now], ["run"] * 3)
        self.assertEqual({a["DesiredStatus"] for a in stubs if a["JobVersion"] == 0}, {"stop"})
        # Three plans, one allocation each: none came before the one before it was healthy.
        self.assertEqual(len({a["CreateIndex"] for a in now}), 3)
        evaluations = self.agent.get("/v1/job/rolling/evaluations").json
        self.assertIn("deployment-watcher", {e["TriggeredBy"] for e in evaluations})

    def test_job_run_returns_when_its_deployment_has_ended(self):
        file = self.agent.folder / "watched.nomad.hcl"
        file.write_text('''job "watched" {
  group "g" {
    update {
      min_healthy_time = "50ms"
    }
    task "t" {
      driver = "raw_exec"
      config {
        command = "/bin/sleep"
        args    = ["300"]
      }
      resources {
        cpu    = 50
        memory = 16
      }
    }
  }
}
''')
        run = self.agent.cli("job", "run", str(file))
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("successful", run.stdout)
