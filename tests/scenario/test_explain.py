"""Why an evaluation was decided as it was, over HTTP and on the command line."""
import unittest

import harness


def job(name, cpu=20, constraint=None):
    spec = harness.job(name, Resources={"CPU": cpu, "MemoryMB": 10})
    if constraint:
        spec["Job"]["Constraints"] = [{"LTarget": constraint[0], "Operand": "=", "RTarget": constraint[1]}]
    return spec


class Explain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = harness.Agent()
        cls.agent.__enter__()
        cls.addClassCleanup(cls.agent.__exit__, None, None, None)
        harness.wait_for("the node is ready", lambda: [n["Status"] for n in cls.agent.get("/v1/nodes").json] == ["ready"])

    def evaluated(self, spec):
        eval_id = self.agent.put("/v1/jobs", spec).json["EvalID"]
        harness.wait_for("the evaluation ends",
                         lambda: self.agent.get("/v1/evaluation/" + eval_id).json["Status"] == "complete")
        return eval_id

    def explained(self, eval_id):
        answer = self.agent.get("/v1/evaluation/%s/explain" % eval_id)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json

    def test_a_placement_names_its_node_and_the_parts_of_its_score(self):
        eval_id = self.evaluated(job("placed"))
        explanation = self.explained(eval_id)
        self.assertEqual((explanation["EvalID"], explanation["Basis"], explanation["Status"]), (eval_id, "recorded", "complete"))
        [group] = explanation["Groups"]
        [placement] = group["Placements"]
        [alloc] = self.agent.get("/v1/evaluation/%s/allocations" % eval_id).json
        self.assertEqual((placement["Name"], placement["NodeID"]), (alloc["Name"], alloc["NodeID"]))
        chosen = placement["Nodes"][0]
        self.assertEqual((chosen["ID"], chosen["Outcome"]), (alloc["NodeID"], "placed"))
        full = self.agent.get("/v1/allocation/" + alloc["ID"]).json
        self.assertEqual(chosen["Scores"], full["Metrics"]["ScoreMetaData"][0]["Scores"])
        self.assertIn("placed", self.agent.cli("eval", "explain", eval_id).stdout)

    def test_what_does_not_fit_is_told_what_it_lacks(self):
        eval_id = self.evaluated(job("large", cpu=900000))
        [group] = self.explained(eval_id)["Groups"]
        [placement] = group["Placements"]
        self.assertEqual((placement["NodeID"], placement["Exhausted"]), ("", {"cpu": 1}))
        [remedy] = [r for r in group["Remedies"] if r["Kind"] == "capacity"]
        [node] = self.agent.get("/v1/nodes").json
        self.assertEqual((remedy["NodeID"], remedy["Dimension"]), (node["ID"], "cpu"))
        resources = self.agent.get("/v1/node/" + node["ID"]).json["NodeResources"]
        free = resources["Cpu"]["CpuShares"] - sum(
            a["Resources"]["CPU"] for a in self.live() if a["NodeID"] == node["ID"])
        self.assertEqual(remedy["Missing"], 900000 - free)
        self.assertIn(remedy["Description"], self.agent.cli("eval", "explain", eval_id).stdout)

    def live(self):
        return [self.agent.get("/v1/allocation/" + a["ID"]).json for a in self.agent.get("/v1/allocations").json
                if a["ClientStatus"] in ("pending", "running")]

    def test_a_constraint_in_the_way_is_named(self):
        eval_id = self.evaluated(job("picky", constraint=("${attr.kernel.name}", "plan9")))
        [group] = self.explained(eval_id)["Groups"]
        self.assertEqual([(n["Outcome"], n["Reason"]) for n in group["Placements"][0]["Nodes"]],
                         [("filtered", "${attr.kernel.name} = plan9")])
        self.assertEqual([(r["Kind"], r["Constraint"], r["Nodes"]) for r in group["Remedies"]],
                         [("constraint", "${attr.kernel.name} = plan9", 1)])

    def test_an_unknown_evaluation_is_not_found(self):
        answer = self.agent.get("/v1/evaluation/00000000-0000-4000-8000-000000000000/explain")
        self.assertEqual((answer.status, answer.text), (404, "eval not found"))


class Stored(unittest.TestCase):
    def test_after_a_restart_what_was_kept_explains(self):
        agent = harness.Agent({"client": {"enabled": True}, "server": {"enabled": True, "bootstrap_expect": 1}}, args=())
        agent.args += ("-data-dir", str(agent.folder / "data"))
        with agent:
            eval_id = agent.put("/v1/jobs", job("large", cpu=900000)).json["EvalID"]
            harness.wait_for("it ends", lambda: agent.get("/v1/evaluation/" + eval_id).json["Status"] == "complete")
            agent.stop()
            agent.start()
            harness.wait_for("there is a leader", lambda: agent.get("/v1/status/leader").status == 200)
            harness.wait_for("it explains", lambda: agent.get("/v1/evaluation/%s/explain" % eval_id).status == 200)
            harness.wait_for("the node is ready", lambda: [n["Status"] for n in agent.get("/v1/nodes").json] == ["ready"])
            explanation = agent.get("/v1/evaluation/%s/explain" % eval_id).json
            self.assertEqual(explanation["Basis"], "stored")
            [group] = explanation["Groups"]
            self.assertEqual(group["Placements"][0]["NodeID"], "")
            # What would help is worked out on the state as it is now.
            [node] = agent.get("/v1/nodes").json
            [remedy] = group["Remedies"]
            self.assertEqual((remedy["Kind"], remedy["NodeID"], remedy["Dimension"]), ("capacity", node["ID"], "cpu"))
            has = agent.get("/v1/node/" + node["ID"]).json["NodeResources"]["Cpu"]["CpuShares"]
            self.assertEqual(remedy["Missing"], 900000 - has)


if __name__ == "__main__":
    unittest.main()
