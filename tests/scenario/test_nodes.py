"""What operators do with nodes: drains, eligibility, pools, garbage."""
import json
import unittest

import harness

MS = 10**6
SECOND = 10**9


def outside_client(server):
    """A second node, of the cluster of `server`."""
    agent = harness.Agent({"name": "outside", "client": {"enabled": True, "network_interface": "lo", "servers": [
        "127.0.0.1:%d" % server.ports["rpc"]]}}, args=())
    agent.config["data_dir"] = str(agent.folder / "data")
    (agent.folder / "agent.json").write_text(json.dumps(agent.config))
    agent.start(ready=False)
    return agent


def service(name, count):
    job = harness.job(name, count=count)
    group = job["Job"]["TaskGroups"][0]
    group["Update"] = {"MaxParallel": count, "MinHealthyTime": 50 * MS}
    group["Migrate"] = {"MaxParallel": 1, "HealthCheck": "task_states", "MinHealthyTime": 50 * MS,
                        "HealthyDeadline": 20 * SECOND}
    return job


class Drains(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = harness.Agent().start()
        cls.first = cls.agent.get("/v1/nodes").json[0]["ID"]
        cls.outside = outside_client(cls.agent)
        both = harness.wait_for("both nodes are ready", lambda: [
            n["ID"] for n in cls.agent.get("/v1/nodes").json if n["Status"] == "ready"] if len(
                [n for n in cls.agent.get("/v1/nodes").json if n["Status"] == "ready"]) == 2 else None)
        cls.second = next(n for n in both if n != cls.first)

    @classmethod
    def tearDownClass(cls):
        cls.outside.close()
        cls.agent.close()

    def setUp(self):
        self.eligible(self.first, "eligible")
        self.eligible(self.second, "ineligible")

    def tearDown(self):
        for job in self.agent.get("/v1/jobs").json:
            self.agent.delete("/v1/job/%s?purge=true" % job["ID"])
        for node in (self.first, self.second):
            self.agent.put("/v1/node/%s/drain" % node, {"DrainSpec": None, "MarkEligible": True})

    def eligible(self, node, word):
        answer = self.agent.put("/v1/node/%s/eligibility" % node, {"Eligibility": word})
        self.assertEqual(answer.status, 200, answer)

    def drain(self, **spec):
        answer = self.agent.put("/v1/node/%s/drain" % self.first, {"DrainSpec": spec})
        self.assertEqual(answer.status, 200, answer)

    def drained(self):
        def over():
            node = self.agent.get("/v1/node/" + self.first).json
            return node if node["DrainStrategy"] is None else None
        return harness.wait_for("the drain is over", over)

    def run_job(self, job, count):
        if job["Job"]["Type"] == "system":
            del job["Job"]["TaskGroups"][0]["ReschedulePolicy"]  # refused there
        self.assertEqual(self.agent.put("/v1/jobs", job).status, 200)
        return self.agent.wait_for_allocations(job["Job"]["ID"], "running", count)

    def test_a_service_moves_one_by_one(self):
        before = self.run_job(service("moving", 3), 3)
        harness.wait_for("they are healthy", lambda: all(
            (a["DeploymentStatus"] or {}).get("Healthy") for a in self.agent.allocations("moving")))
        self.eligible(self.second, "eligible")
        self.drain(Deadline=600 * SECOND)
        self.assertTrue(self.agent.get("/v1/node/" + self.first).json["Drain"])
        node = self.drained()
        self.assertEqual(node["LastDrain"]["Status"], "complete")
        self.assertEqual(node["SchedulingEligibility"], "ineligible")
        self.assertIn("Node drain complete", [e["Message"] for e in node["Events"]])
        after = [a for a in self.agent.allocations("moving") if a["DesiredStatus"] == "run"]
        self.assertEqual({a["NodeID"] for a in after}, {self.second})
        self.assertEqual(len({a["CreateIndex"] for a in after}), 3, "each came after the one before was healthy")
        old = {a["ID"] for a in before}
        self.assertEqual({a["ClientStatus"] for a in self.agent.allocations("moving") if a["ID"] in old}, {"complete"})
        triggers = [e["TriggeredBy"] for e in self.agent.get("/v1/job/moving/evaluations").json]
        self.assertEqual(triggers.count("node-drain"), 3)

    def test_batch_work_is_stopped_at_the_deadline_and_not_replaced(self):
        self.run_job(harness.job("counting", kind="batch"), 1)
        self.eligible(self.second, "eligible")
        self.drain(Deadline=3 * SECOND)
        node = self.drained()
        event = next(e for e in node["Events"] if e["Message"] == "Node drain complete")
        self.assertEqual(event["Details"], {"deadline_reached": "true"})
        self.agent.wait_for_allocations("counting", "complete")
        self.assertEqual(len(self.agent.allocations("counting")), 1)

    def test_batch_work_that_ends_by_itself_ends_the_drain(self):
        self.run_job(harness.job("short", command="/bin/sleep", args=("3",), kind="batch"), 1)
        self.drain(Deadline=600 * SECOND)
        self.assertEqual(self.drained()["LastDrain"]["Status"], "complete")
        self.assertEqual(self.agent.allocations("short")[0]["ClientStatus"], "complete")

    def test_system_jobs_leave_last_or_stay(self):
        for ignored in (True, False):
            name = "everywhere-%s" % ignored
            self.run_job(harness.job(name, kind="system"), 1)
            self.drain(Deadline=600 * SECOND, IgnoreSystemJobs=ignored)
            self.drained()
            if ignored:
                self.assertEqual(self.agent.allocations(name)[0]["DesiredStatus"], "run")
            else:
                self.agent.wait_for_allocations(name, "complete")
            self.agent.delete("/v1/job/%s?purge=true" % name)
            self.eligible(self.first, "eligible")

    def test_a_forced_drain_moves_everything_at_once(self):
        self.run_job(service("hurried", 2), 2)
        self.eligible(self.second, "eligible")
        self.drain(Deadline=-1)
        self.drained()
        harness.wait_for("both run elsewhere", lambda: [a["NodeID"] for a in self.agent.allocations(
            "hurried") if a["ClientStatus"] == "running" and a["DesiredStatus"] == "run"] == [self.second] * 2)

    def test_a_drain_that_is_ended_moves_nothing_more(self):
        self.run_job(service("staying", 2), 2)
        self.drain(Deadline=0)  # nothing is healthy elsewhere, so that the second one stays
        self.assertEqual(self.agent.put("/v1/node/%s/drain" % self.first, {
            "DrainSpec": None, "MarkEligible": True, "Meta": {"why": "changed"}}).status, 200)
        node = self.agent.get("/v1/node/" + self.first).json
        self.assertEqual((node["LastDrain"]["Status"], node["LastDrain"]["Meta"]), ("canceled", {"why": "changed"}))
        self.assertEqual(node["SchedulingEligibility"], "eligible")
        messages = [e["Message"] for e in node["Events"] if e["Subsystem"] == "Drain"]
        self.assertEqual(messages[-2:], ["Node drain strategy set", "Node drain disabled"])

    def test_the_command_line_drains_and_watches(self):
        self.run_job(service("watched", 1), 1)
        self.eligible(self.second, "eligible")
        run = self.agent.cli("node", "drain", "-enable", "-yes", "-m", "repair", self.first)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("drain strategy set", run.stdout)
        self.assertIn("is marked for migration", run.stdout)
        self.assertIn("All allocations on node", run.stdout)
        self.assertEqual(self.agent.get("/v1/node/" + self.first).json["LastDrain"]["Meta"], {"message": "repair"})
        again = self.agent.cli("node", "eligibility", "-enable", self.first[:8])
        self.assertEqual((again.returncode, again.stdout),
                         (0, 'Node "%s" scheduling eligibility set: eligible for scheduling\n' % self.first))
        refused = self.agent.cli("node", "drain", self.first)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("-enable", refused.stderr)
        prompt = self.agent.cli("node", "drain", "-enable", self.first[:8], stdin="n\n")
        self.assertEqual(prompt.returncode, 0)
        self.assertIn("[y/N]", prompt.stdout)
        self.assertFalse(self.agent.get("/v1/node/" + self.first).json["Drain"])


class Pools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = harness.Agent().start()

    @classmethod
    def tearDownClass(cls):
        cls.agent.close()

    def out(self, *words, **options):
        run = self.agent.cli("node", "pool", *words, **options)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    def test_a_pool_is_made_of_the_example_shown_and_deleted(self):
        self.out("init")
        self.assertIn("Successfully applied", self.out("apply", "pool.nomad.hcl"))
        stored = self.agent.get("/v1/node/pool/example").json
        self.assertEqual((stored["Meta"], stored["NodeIdentityTTL"]), ({"owner": "operations"}, 86400 * SECOND))
        self.assertIn("example", self.out("list"))
        self.assertRegex(self.out("info", "exam"), r"Name +(= )?example")
        self.assertEqual(json.loads(self.out("info", "-json", "example"))["Name"], "example")
        self.assertEqual(self.out("nodes", "example"), "No nodes\n")
        self.assertEqual(self.out("jobs", "example"), "No jobs\n")
        self.assertIn("scenario", self.out("nodes", "default"))
        self.assertIn("Successfully deleted", self.out("delete", "example"))
        self.assertEqual(self.agent.cli("node", "pool", "info", "example").returncode, 1)

    def test_specifications_are_read_in_both_forms(self):
        self.out("apply", "-", stdin='node_pool "hcl" {\n  node_identity_ttl = "2h"\n  scheduler_config {\n'
                                     '    scheduler_algorithm = "spread"\n  }\n}\n')
        self.assertEqual(self.agent.get("/v1/node/pool/hcl").json["SchedulerConfiguration"]["SchedulerAlgorithm"],
                         "spread")
        self.out("apply", "-json", "-", stdin='{"Name": "json", "NodeIdentityTTL": "2h"}')
        for name in ("hcl", "json"):
            self.assertEqual(self.agent.get("/v1/node/pool/" + name).json["NodeIdentityTTL"], 7200 * SECOND)

    def test_what_is_wrong_with_a_pool_is_told(self):
        for body, status in (({"Name": "a b"}, 400), ({"Name": "all"}, 400), ({"Name": "default"}, 400), ({}, 400),
                             ({"Name": "x", "SchedulerConfiguration": {"SchedulerAlgorithm": "best"}}, 400)):
            self.assertEqual(self.agent.put("/v1/node/pools", body).status, status, body)
        self.assertEqual(self.agent.delete("/v1/node/pool/default").status, 400)
        self.assertEqual(self.agent.get("/v1/node/pool/default/nodes?prefix=a").status, 400)


class Garbage(unittest.TestCase):
    def test_what_is_over_goes_when_asked_and_what_runs_stays(self):
        with harness.Agent() as agent:
            agent.put("/v1/jobs", harness.job("done", command="/bin/true", args=(), kind="batch"))
            agent.put("/v1/jobs", harness.job("lives"))
            agent.wait_for_allocations("done", "complete")
            agent.wait_for_allocations("lives", "running")
            harness.wait_for("the job is dead", lambda: agent.get("/v1/job/done").json["Status"] == "dead")
            self.assertEqual(agent.cli("system", "gc").returncode, 0)
            harness.wait_for("the job is gone", lambda: agent.get("/v1/job/done").status == 404)
            self.assertEqual([a["JobID"] for a in agent.get("/v1/allocations").json], ["lives"])
            self.assertEqual({e["JobID"] for e in agent.get("/v1/evaluations").json}, {"lives"})
            summary = agent.get("/v1/job/lives/summary").json["Summary"]["group"]
            self.assertEqual((summary["Running"], summary["Complete"]), (1, 0))

    def test_the_configured_interval_and_age_are_kept(self):
        with harness.Agent({"server": {"job_gc_interval": "1s", "job_gc_threshold": "1s"}}) as agent:
            agent.put("/v1/jobs", harness.job("done", command="/bin/true", args=(), kind="batch"))
            harness.wait_for("the job has come and gone", lambda: agent.get("/v1/jobs").json == [])


if __name__ == "__main__":
    unittest.main()
