"""Jobs that come from other jobs: launches of periodic ones, dispatches of parameterized ones."""
import base64
import concurrent.futures
import json
import re
import time
import unittest

import harness

EVERY_SECOND = "* * * * * * *"


def lasting():
    """An agent that keeps its state below its own folder."""
    agent = harness.Agent(args=())
    agent.config = harness.merged({"data_dir": str(agent.folder / "data"),
                                   "server": {"enabled": True, "bootstrap_expect": 1}}, agent.config)
    (agent.folder / "agent.json").write_text(json.dumps(agent.config))
    return agent


def periodic(name, command="/bin/true", args=(), cron=EVERY_SECOND, **options):
    job = harness.job(name, command=command, args=args, kind="batch")
    job["Job"]["Periodic"] = {"Enabled": True, "SpecType": "cron", "Specs": [cron], **options}
    return job


def parameterized(name, command="/bin/true", args=(), payload="optional", **task):
    job = harness.job(name, command=command, args=args, kind="batch", **task)
    job["Job"]["ParameterizedJob"] = {"Payload": payload, "MetaRequired": ["who"], "MetaOptional": ["why"]}
    return job


def children(agent, parent):
    jobs = agent.get("/v1/jobs?prefix=%s/" % parent).json
    return sorted((j for j in jobs if j["ParentID"] == parent), key=lambda j: j["ID"])


class ChildJobs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = harness.Agent().start()

    @classmethod
    def tearDownClass(cls):
        cls.agent.close()

    def register(self, job):
        answer = self.agent.put("/v1/jobs", job)
        self.assertEqual(answer.status, 200, answer)

    def test_a_periodic_job_is_launched_at_its_times(self):
        self.register(periodic("ticks"))
        harness.wait_for("three launches ended", lambda: [
            j["Status"] for j in children(self.agent, "ticks")].count("dead") >= 3)
        self.agent.delete("/v1/job/ticks")
        launched = children(self.agent, "ticks")
        times = [int(re.fullmatch(r"ticks/periodic-(\d+)", j["ID"])[1]) for j in launched]
        self.assertEqual(times[:3], list(range(times[0], times[0] + 3)))
        evals = self.agent.get("/v1/job/%s/evaluations" % launched[0]["ID"]).json
        self.assertEqual(evals[-1]["TriggeredBy"], "periodic-job")
        time.sleep(1.5)
        self.assertEqual(len(children(self.agent, "ticks")), len(launched))

    def test_launches_that_may_not_overlap_wait_for_each_other(self):
        self.register(periodic("alone", "/bin/sleep", ["300"], ProhibitOverlap=True))
        harness.wait_for("it is launched", lambda: children(self.agent, "alone"))
        time.sleep(2.5)
        self.assertEqual(len(children(self.agent, "alone")), 1)
        forced = self.agent.put("/v1/job/alone/periodic/force").json
        self.assertRegex(forced["EvalID"], r"^[0-9a-f-]{36}$")
        self.assertEqual(len(children(self.agent, "alone")), 2)
        self.agent.delete("/v1/job/alone")
        for child in children(self.agent, "alone"):
            self.agent.delete("/v1/job/%s" % child["ID"])

    def test_a_disabled_job_cannot_be_forced(self):
        self.register(periodic("off", Enabled=False))
        answer = self.agent.put("/v1/job/off/periodic/force")
        self.assertEqual(answer.status, 500)
        self.assertIn("non-tracked job", answer.text)
        run = self.agent.cli("job", "periodic", "force", "off")
        self.assertEqual(run.returncode, 1)
        self.assertIn("non-tracked job", run.stderr)

    def test_a_launch_is_forced_by_command(self):
        self.register(periodic("yearly", cron="0 0 1 1 *"))
        run = self.agent.cli("job", "periodic", "force", "-detach", "yearly")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, r"Evaluation ID: [0-9a-f-]{36}\n$")
        child = children(self.agent, "yearly")[0]["ID"]
        self.agent.wait_for_allocations(child, "complete")
        # Twice within a second are two launches.
        for _ in range(2):
            self.assertEqual(self.agent.put("/v1/job/yearly/periodic/force").status, 200)
        self.assertEqual(len(children(self.agent, "yearly")), 3)

    def test_a_payload_reaches_the_task_and_is_shown_as_it_was_given(self):
        text = "one line\n" * 500
        self.register(parameterized("takes", "/bin/sh", ["-c", "cat local/input; echo ${NOMAD_META_who} $NOMAD_META_who"],
                                    DispatchPayload={"File": "input"}))
        run = self.agent.cli("job", "dispatch", "-detach", "-meta", "who=me=you", "takes", "-", stdin=text)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, r"^Dispatched Job ID = takes/dispatch-\d+-[0-9a-f]{8}\nEvaluation ID     = [0-9a-f]{8}\n$")
        child = run.stdout.split()[4]
        alloc = self.agent.wait_for_allocations(child, "complete")[0]
        logs = self.agent.get("/v1/client/fs/logs/%s?task=task&type=stdout&plain=true" % alloc["ID"]).text
        self.assertEqual(logs, text + "me=you me=you\n")
        job = self.agent.get("/v1/job/" + child).json
        self.assertEqual(base64.b64decode(job["Payload"]).decode(), text)
        self.assertEqual(job["Meta"]["who"], "me=you")
        self.assertTrue(job["Dispatched"])
        whole = self.agent.get("/v1/allocation/" + alloc["ID"]).json
        self.assertEqual(base64.b64decode(whole["Job"]["Payload"]).decode(), text)
        harness.wait_for("the parent knows its dead child", lambda: self.agent.get(
            "/v1/job/takes/summary").json["Children"] == {"Pending": 0, "Running": 0, "Dead": 1})

    def test_a_payload_may_be_the_body_itself(self):
        job = parameterized("raw", "/bin/true")
        job["Job"]["ParameterizedJob"] = {"Payload": "required"}
        self.register(job)
        answer = self.agent.http("PUT", "/v1/job/raw/dispatch/payload", b"\x00raw bytes\xff")
        self.assertEqual(answer.status, 200, answer)
        child = self.agent.get("/v1/job/" + answer.json["DispatchedJobID"]).json
        self.assertEqual(base64.b64decode(child["Payload"]), b"\x00raw bytes\xff")
        answer = self.agent.http("PUT", "/v1/job/raw/dispatch/payload", b"x" * 16385)
        self.assertEqual((answer.status, answer.text), (500, "Payload exceeds maximum size; 16385 > 16384"))

    def test_many_with_one_token_are_one_job(self):
        self.register(parameterized("once"))
        def dispatch(_):
            return self.agent.put("/v1/job/once/dispatch?idempotency_token=t", {"Meta": {"who": "me"}}).json
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(dispatch, range(16)))
        self.assertEqual(len({a["DispatchedJobID"] for a in answers}), 1, answers)
        self.assertEqual(len([a for a in answers if a["EvalID"]]), 1, answers)
        self.assertEqual(len(children(self.agent, "once")), 1)

    def test_dispatch_waits_for_the_end_if_asked(self):
        self.register(parameterized("waits", "/bin/sleep", ["1"]))
        run = self.agent.cli("job", "dispatch", "-wait", "-meta", "who=me", "waits")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertRegex(run.stdout, r"group +1 +0 +0 +0 +0 +0\n$")
        self.register(parameterized("fails", "/bin/false"))
        run = self.agent.cli("job", "dispatch", "-wait", "-meta", "who=me", "fails")
        self.assertEqual(run.returncode, 2, run.stdout + run.stderr)
        run = self.agent.cli("job", "dispatch", "-meta", "who", "fails")
        self.assertEqual(run.returncode, 1)
        self.assertIn("key=value", run.stderr)

    def test_a_dispatched_job_may_be_periodic_itself(self):
        job = parameterized("both")
        job["Job"]["Periodic"] = {"Enabled": True, "SpecType": "cron", "Specs": [EVERY_SECOND]}
        self.register(job)
        answer = self.agent.put("/v1/job/both/dispatch", {"Meta": {"who": "me"}}).json
        self.assertEqual((answer["EvalID"], answer["EvalCreateIndex"]), ("", 0))
        child = answer["DispatchedJobID"]
        launched = harness.wait_for("the child is launched", lambda: children(self.agent, child))
        self.assertEqual(launched[0]["ParentID"], child)
        self.agent.delete("/v1/job/" + child)


class Restarts(unittest.TestCase):
    def test_of_launches_missed_while_nobody_led_one_is_made(self):
        agent = lasting()
        self.addCleanup(agent.close)
        agent.start()
        agent.put("/v1/jobs", periodic("ticks"))
        harness.wait_for("it is launched", lambda: children(agent, "ticks"))
        agent.stop()
        down = time.time()
        time.sleep(4)
        agent.start()
        back = time.time()
        harness.wait_for("it is launched again", lambda: [
            j for j in children(agent, "ticks") if int(j["ID"].rsplit("-", 1)[1]) > down + 1])
        agent.delete("/v1/job/ticks")
        missed = [int(j["ID"].rsplit("-", 1)[1]) for j in children(agent, "ticks")]
        self.assertEqual([t for t in missed if down + 1 < t < down + 3], [])
        self.assertGreater(back, down)


if __name__ == "__main__":
    unittest.main()
