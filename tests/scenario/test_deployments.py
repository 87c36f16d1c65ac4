"""Services whose allocations come, and are replaced, a few at a time: as soon as those before are healthy; what people do to
such a deployment, what its failure does to the job, and the versions that one goes back to."""
import unittest

import harness

MS = 10**6


def service(name, **env):
    job = harness.job(name, count=3, Env=env or None)
    job["Job"]["TaskGroups"][0]["Update"] = {"MaxParallel": 1, "MinHealthyTime": 50 * MS, "HealthyDeadline": 20000 * MS,
                                             "ProgressDeadline": 30000 * MS}
    return job


def updated(name, update, command="/bin/sleep", args=("300",), **env):
    job = service(name, **env)
    group = job["Job"]["TaskGroups"][0]
    group["Count"] = 1
    group["Update"].update(update)
    group["Tasks"][0]["Config"] = {"command": command, "args": list(args)}
    return job


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = harness.Agent().start()

    @classmethod
    def tearDownClass(cls):
        cls.agent.close()

    def deployment(self, job, version, condition, what):
        def reached():
            deployment = self.agent.get("/v1/job/%s/deployment" % job).json
            good = deployment and deployment["JobVersion"] == version and condition(deployment)
            return deployment if good else None
        return harness.wait_for("the deployment of version %d %s" % (version, what), reached)

    def successful(self, job, version):
        return self.deployment(job, version, lambda d: d["Status"] == "successful", "is successful")

    def canary_of(self, name, **update):
        """A job whose version 1 has a healthy canary; the deployment."""
        self.agent.put("/v1/jobs", updated(name, {}))
        self.successful(name, 0)
        self.agent.put("/v1/jobs", updated(name, dict({"Canary": 1}, **update), CHANGED="yes"))
        return self.deployment(name, 1, lambda d: d["TaskGroups"]["group"]["HealthyAllocs"] == 1, "has a healthy canary")


class Deployments(Case):

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


class Interventions(Case):
    def test_a_canary_waits_for_its_promotion(self):
        deployment = self.canary_of("canary")
        self.assertEqual(deployment["StatusDescription"], "Deployment is running but requires manual promotion")
        self.assertEqual(len(self.agent.wait_for_allocations("canary", "running", 2)), 2)
        done = self.agent.cli("job", "promote", "-detach", "canary")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Evaluation ID: ", done.stdout)
        state = self.successful("canary", 1)["TaskGroups"]["group"]
        self.assertTrue(state["Promoted"])

    def test_a_canary_promotes_itself(self):
        self.canary_of("auto", AutoPromote=True)
        self.successful("auto", 1)

    def test_a_paused_deployment_goes_on_when_it_is_resumed(self):
        deployment = self.canary_of("paused")
        paused = self.agent.cli("deployment", "pause", deployment["ID"][:8])
        self.assertEqual(paused.returncode, 0, paused.stderr)
        self.assertEqual(self.agent.get("/v1/deployment/" + deployment["ID"]).json["StatusDescription"], "Deployment is paused")
        resumed = self.agent.cli("deployment", "resume", "-detach", deployment["ID"])
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertEqual(self.agent.get("/v1/deployment/" + deployment["ID"]).json["StatusDescription"],
                         "Deployment is running but requires manual promotion")
        shown = self.agent.cli("deployment", "status", "-verbose", deployment["ID"])
        self.assertIn(deployment["ID"], shown.stdout)
        self.assertRegex(shown.stdout, r"(?m)^Task Group +Promoted +Desired +Canaries +Placed")
        failed = self.agent.cli("deployment", "fail", "-detach", deployment["ID"])
        self.assertEqual(failed.returncode, 0, failed.stderr)
        again = self.agent.cli("deployment", "fail", deployment["ID"])
        self.assertEqual(again.returncode, 1)
        self.assertIn("can't fail terminal deployment", again.stderr)
        self.assertIn(deployment["ID"], self.agent.cli("deployment", "list", "-verbose").stdout)
        self.assertIn("failed", self.agent.cli("job", "deployments", "-latest", "paused").stdout)


class Failures(Case):
    def test_a_version_whose_tasks_fail_is_taken_back(self):
        self.agent.put("/v1/jobs", updated("back", {}))
        self.successful("back", 0)
        broken = updated("back", {"AutoRevert": True}, command="/bin/false", args=())
        broken["Job"]["TaskGroups"][0]["RestartPolicy"] = {"Attempts": 0, "Mode": "fail", "Interval": 60000 * MS, "Delay": MS}
        broken["Job"]["TaskGroups"][0]["ReschedulePolicy"] = {"Attempts": 0, "Unlimited": False}
        self.agent.put("/v1/jobs", broken)
        self.successful("back", 2)
        deployments = self.agent.get("/v1/job/back/deployments").json
        failed = [d for d in deployments if d["JobVersion"] == 1]
        self.assertEqual([d["StatusDescription"] for d in failed],
                         ["Failed due to unhealthy allocations - rolling back to job version 0"])
        versions = self.agent.get("/v1/job/back/versions").json["Versions"]
        self.assertEqual([v["Version"] for v in versions], [2, 1, 0])
        self.assertEqual(versions[0]["TaskGroups"][0]["Tasks"][0]["Config"]["command"], "/bin/sleep")

    def test_without_progress_it_fails_at_the_deadline(self):
        job = updated("slow", {"HealthCheck": "manual", "MinHealthyTime": 100 * MS, "HealthyDeadline": 500 * MS,
                               "ProgressDeadline": 1000 * MS})
        job["Job"]["TaskGroups"][0]["Tasks"][0]["KillTimeout"] = 500 * MS
        self.assertEqual(self.agent.put("/v1/jobs", job).status, 200)
        failed = self.deployment("slow", 0, lambda d: d["Status"] == "failed", "fails")
        self.assertEqual(failed["StatusDescription"], "Failed due to progress deadline")
        evaluations = self.agent.get("/v1/job/slow/evaluations").json
        self.assertIn("deployment-watcher", {e["TriggeredBy"] for e in evaluations})


class Versions(Case):
    def test_versions_have_names_and_one_goes_back_to_them(self):
        for env in ({}, {"A": "1"}, {"A": "2"}):
            self.agent.put("/v1/jobs", harness.job("named", Env=env or None))
        applied = self.agent.cli("job", "tag", "apply", "-name", "good", "-version", "0", "named")
        self.assertEqual(applied.returncode, 0, applied.stderr)
        reverted = self.agent.cli("job", "revert", "-detach", "named", "good")
        self.assertEqual(reverted.returncode, 0, reverted.stderr)
        job = self.agent.get("/v1/job/named").json
        self.assertEqual((job["Version"], job["VersionTag"], job["TaskGroups"][0]["Tasks"][0]["Env"]), (3, None, None))
        self.assertEqual(self.agent.cli("job", "revert", "named", "nosuch").returncode, 1)
        self.assertEqual(self.agent.cli("job", "tag", "unset", "-name", "good", "named").returncode, 0)
        again = self.agent.cli("job", "tag", "unset", "-name", "good", "named")
        self.assertIn('tag "good" not found on job "named"', again.stderr)

    def test_a_version_is_called_stable_by_hand(self):
        self.agent.put("/v1/jobs", harness.job("stable"))
        done = self.agent.put("/v1/job/stable/stable", {"JobID": "stable", "JobVersion": 0, "Stable": True})
        self.assertEqual((done.status, list(done.json)), (200, ["Index"]))
        self.assertTrue(self.agent.get("/v1/job/stable").json["Stable"])
        refused = self.agent.put("/v1/job/stable/stable", {"JobID": "stable", "JobVersion": 9, "Stable": True})
        self.assertEqual((refused.status, refused.text), (500, 'job "stable" at version 9 not found'))


class FewVersions(unittest.TestCase):
    def test_as_many_versions_are_kept_as_the_server_is_told(self):
        with harness.Agent(config={"server": {"job_tracked_versions": 2}}) as agent:
            for i in range(4):
                agent.put("/v1/jobs", harness.job("few", Env={"I": str(i)}))
            versions = agent.get("/v1/job/few/versions").json["Versions"]
            self.assertEqual([v["Version"] for v in versions], [3, 2])
