"""What holds for all of the HTTP API: waiting for changes, pages, regions, and the oldest documented forms of its answers."""
import concurrent.futures
import pathlib
import time
import unittest

import harness

NO_SUCH_NODE = [{"LTarget": "${meta.nosuch}", "RTarget": "x", "Operand": "="}]


def unplaced(name):
    """A job that is known and evaluated, and never runs anywhere."""
    job = harness.job(name)
    job["Job"]["Constraints"] = NO_SUCH_NODE
    return job


class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = harness.Agent({"limits": {"http_max_conns_per_client": 0}}).start()

    @classmethod
    def tearDownClass(cls):
        cls.agent.close()

    def register(self, name, job=None):
        answer = self.agent.put("/v1/jobs", job or unplaced(name))
        self.assertEqual(answer.status, 200, answer)
        evaluation = "/v1/evaluation/" + answer.json["EvalID"]
        harness.wait_for("%s is evaluated" % name, lambda: self.agent.get(evaluation).json["Status"] == "complete")
        return answer.json["EvalID"]

    def settled_index(self, path):
        """Once nothing of earlier tests is on its way any more."""
        def quiet():
            # 0, of a cluster in which nothing ever was, does not wait.
            index = max(self.agent.get(path).index, 1)
            return index if self.agent.get("%s?index=%d&wait=500ms" % (path, index)).index <= index else None
        return harness.wait_for("%s is quiet" % path, quiet)

    def waiting(self, path):
        """Asks in a thread of its own; returns when the agent has surely begun to wait."""
        pool = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(pool.shutdown)
        future = pool.submit(self.agent.get, path, timeout=60)
        with self.assertRaises(concurrent.futures.TimeoutError):
            future.result(0.3)
        return future


class Waiting(Api):
    def test_an_object_wakes_for_itself_only(self):
        own, other = self.register("wakes"), self.register("wakes-not")
        index = self.agent.get("/v1/evaluation/" + own).index
        query = self.waiting("/v1/evaluation/%s?index=%d&wait=50s" % (own, index))
        self.register("wakes-not", harness.job("wakes-not"))
        self.assertFalse(query.done(), "woken by another evaluation (%s)" % other)
        self.agent.delete("/v1/job/wakes?purge=true")
        # The evaluation itself is complete; only its deletion changes it.
        self.agent.put("/v1/operator/scheduler/configuration", {"PauseEvalBroker": True})
        self.assertEqual(self.agent.delete("/v1/evaluations", body={"EvalIDs": [own]}).status, 200)
        self.agent.put("/v1/operator/scheduler/configuration", {"PauseEvalBroker": False})
        self.assertEqual(query.result(30).status, 404)

    def test_a_list_wakes_for_every_change_of_its_table(self):
        self.register("in-the-list-before")
        index = self.settled_index("/v1/jobs")
        query = self.waiting("/v1/jobs?index=%d&wait=50s" % index)
        self.register("in-the-list")
        answer = query.result(30)
        self.assertGreater(answer.index, index)
        self.assertIn("in-the-list", [job["ID"] for job in answer.json])

    def test_a_node_wakes_when_its_allocations_are_purged(self):
        self.register("purged", harness.job("purged", args=("7654321",)))
        self.agent.wait_for_allocations("purged", "running")

        def sleeps():
            commands = [pathlib.Path("/proc/%d/cmdline" % pid) for pid in self.agent.leftovers()]
            return [c for c in commands if c.exists() and c.read_bytes() == b"/bin/sleep\x007654321\x00"]
        self.assertEqual(len(sleeps()), 1)
        self.agent.delete("/v1/job/purged?purge=true")
        harness.wait_for("the task ends", lambda: not sleeps())

    def test_what_is_not_there_yet_can_be_waited_for(self):
        index = self.settled_index("/v1/job/comes-later")
        query = self.waiting("/v1/job/comes-later?index=%d&wait=50s" % max(index, 1))
        self.register("comes-later")
        # Other jobs wake it as well: the table is all that is watched of what does not exist.
        deadline = time.monotonic() + 30
        answer = query.result(30)
        while answer.status != 200 and time.monotonic() < deadline:
            answer = self.agent.get("/v1/job/comes-later?index=%d&wait=10s" % answer.index)
        self.assertEqual(answer.json["ID"], "comes-later")

    def test_without_a_change_the_same_answer_comes_when_the_time_is_over(self):
        own = self.register("quiet")
        before = self.agent.get("/v1/evaluation/" + own)
        began = time.monotonic()
        after = self.agent.get("/v1/evaluation/%s?index=%d&wait=500ms" % (own, before.index))
        # The wait, and up to a sixteenth more.
        self.assertGreaterEqual(time.monotonic() - began, 0.5)
        self.assertEqual((after.status, after.json, after.index), (200, before.json, before.index))

    def test_a_passed_index_is_answered_at_once(self):
        own = self.register("passed")
        began = time.monotonic()
        self.assertEqual(self.agent.get("/v1/evaluation/%s?index=1&wait=60s" % own).status, 200)
        self.assertLess(time.monotonic() - began, 30)

    def test_an_agent_that_stops_ends_what_waits(self):
        with harness.Agent() as agent:
            index = agent.get("/v1/jobs").index
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                query = pool.submit(agent.get, "/v1/jobs?index=%d&wait=300s" % (index + 1000), timeout=60)
                with self.assertRaises(concurrent.futures.TimeoutError):
                    query.result(0.3)
                agent.stop()
                try:
                    self.assertNotEqual(query.result(30).status, 200)
                except OSError:
                    pass  # closed without an answer: the client sees that as well


class Documented(Api):
    """The two documents of Nomad's earliest API: what they promise is still accepted."""

    def test_an_allocation_has_the_members_of_its_first_form(self):
        self.register("placed", harness.job("placed"))
        stub = self.agent.wait_for_allocations("placed", "running")[0]
        alloc = self.agent.get("/v1/allocation/" + stub["ID"]).json
        self.assertEqual(alloc["Resources"]["CPU"], 50)
        self.assertEqual(alloc["Resources"]["MemoryMB"], 16)
        self.assertEqual(alloc["TaskResources"]["task"]["MemoryMB"], 16)
        self.assertGreaterEqual(alloc["Metrics"]["NodesEvaluated"], 1)
        self.assertEqual(alloc["TaskStates"]["task"]["State"], "running")
        self.assertEqual(alloc["TaskStates"]["task"]["Events"][-1]["Type"], "Started")
        self.assertEqual(alloc["Job"]["ID"], "placed")
        self.assertEqual((alloc["DesiredStatus"], alloc["ClientStatus"]), ("run", "running"))

    def test_pages_of_evaluations_by_todays_token_and_by_a_bare_identifier(self):
        for i in range(5):
            self.register("paged-%d" % i)
        whole = [e["ID"] for e in self.agent.get("/v1/evaluations").json]
        first = self.agent.get("/v1/evaluations?per_page=2")
        self.assertEqual([e["ID"] for e in first.json], whole[:2])
        token = first.headers["X-Nomad-NextToken"]
        self.assertEqual(token.split(".")[1], whole[2])
        rest = self.agent.get("/v1/evaluations?per_page=100&next_token=" + token)
        self.assertEqual([e["ID"] for e in rest.json], whole[2:])
        self.assertIsNone(rest.headers["X-Nomad-NextToken"])
        # The oldest form of a token names the evaluation alone.
        bare = self.agent.get("/v1/evaluations?per_page=2&next_token=" + whole[2])
        self.assertEqual([e["ID"] for e in bare.json], whole[2:4])
        backwards = self.agent.get("/v1/evaluations?reverse=true&next_token=" + whole[2])
        self.assertEqual([e["ID"] for e in backwards.json], whole[2::-1])
        # A prefix orders by identifier, and today's token is then the bare identifier of the next one.
        sorted_ids = sorted(whole)
        prefix = sorted_ids[0][:2]
        with_prefix = [i for i in sorted_ids if i.startswith(prefix)]
        answer = self.agent.get("/v1/evaluations?prefix=%s&next_token=%s" % (prefix, with_prefix[-1]))
        self.assertEqual([e["ID"] for e in answer.json], with_prefix[-1:])

    def test_evaluations_by_job_and_status(self):
        own = self.register("filtered")
        of_job = self.agent.get("/v1/evaluations?job=filtered").json
        self.assertIn(own, [e["ID"] for e in of_job])
        self.assertEqual({e["JobID"] for e in of_job}, {"filtered"})
        blocked = self.agent.get("/v1/evaluations?job=filtered&status=blocked").json
        self.assertEqual([e["Status"] for e in blocked], ["blocked"])
        self.assertEqual(self.agent.get("/v1/evaluations?job=filtered&status=nonsense").json, [])

    def test_an_even_number_of_digits_is_enough_of_a_prefix(self):
        own = self.register("prefixed")
        found = self.agent.get("/v1/evaluations?prefix=" + own[:4]).json
        self.assertIn(own, [e["ID"] for e in found])
        odd = self.agent.get("/v1/evaluations?prefix=" + own[:3])
        self.assertEqual(odd.status, 500)
        self.assertIn("must be even length", odd.text)

    def test_allocations_of_an_evaluation(self):
        evaluation = self.register("with-allocations", harness.job("with-allocations", count=2))
        self.agent.wait_for_allocations("with-allocations", "running", 2)
        stubs = self.agent.get("/v1/evaluation/%s/allocations" % evaluation).json
        self.assertEqual({s["JobID"] for s in stubs}, {"with-allocations"})
        self.assertEqual(len(stubs), 2)

    def test_an_unknown_region_is_refused_everywhere(self):
        own = self.register("regional")
        for path in ("/v1/evaluations", "/v1/evaluation/" + own, "/v1/evaluation/%s/allocations" % own, "/v1/allocations"):
            answer = self.agent.get(path + "?region=nowhere")
            self.assertEqual((answer.status, answer.text), (500, "No path to region"), path)
            self.assertEqual(self.agent.get(path + "?region=global").status, 200, path)

    def test_the_source_of_a_job_is_kept_with_its_version(self):
        job = unplaced("with-source")
        first = {"Source": "job {}", "Format": "hcl2", "VariableFlags": {"a": "1", "b": "x=\"y\""}, "Variables": "c = 2\n"}
        self.register("with-source", {**job, "Submission": first})
        job["Job"]["Meta"] = {"changed": "yes"}
        self.register("with-source", {**job, "Submission": {"source": "{}", "Format": "json"}})
        job["Job"]["Meta"] = {"changed": "again"}
        self.register("with-source", job)
        of = lambda version: self.agent.get("/v1/job/with-source/submission?version=%s" % version)  # noqa: E731
        kept = of(0).json
        index = kept.pop("JobModifyIndex")
        self.assertEqual(kept, {**first, "Namespace": "default", "JobID": "with-source", "Version": 0})
        self.assertGreater(of(1).json["JobModifyIndex"], index)
        self.assertEqual({k: of(1).json[k] for k in first},
                         {"Source": "{}", "Format": "json", "VariableFlags": None, "Variables": ""})
        self.assertEqual((of(2).status, of(2).text), (404, "job source not found"))
        self.assertEqual((of("x").status, of("x").text), (400, "Unable to parse job submission version parameter"))

    def test_what_is_lacking_names_itself(self):
        answer = self.agent.get("/v1/services")
        self.assertEqual(answer.status, 501)
        self.assertIn("/v1/services", answer.text)
