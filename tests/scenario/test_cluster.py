"""What an agent tells and does about the cluster that it is part of: routes and commands, on a server that is alone."""
import json
import os
import re
import signal
import unittest

import harness

AUTOPILOT = "/v1/operator/autopilot/configuration"
NO_SUCH_ID = "00000000-0000-4000-8000-000000000000"

agent = None


def setUpModule():
    global agent
    agent = harness.Agent(env={"SOME_API_TOKEN": "do-not-tell", "PLAIN_SETTING": "tell-this"})
    unittest.addModuleCleanup(agent.close)
    agent.start()


def rows(text):
    return [re.split(r" {2,}", line) for line in text.strip("\n").splitlines()]


def server_id():
    return agent.get("/v1/agent/members").json["Members"][0]["Tags"]["id"]


def rpc_address():
    return "127.0.0.1:%d" % agent.ports["rpc"]


class Case(unittest.TestCase):
    def answers(self, status, text, method, path, body=None):
        answer = agent.http(method, path, body)
        self.assertEqual((answer.status, answer.text), (status, text), path)

    def out(self, *args):
        run = agent.cli(*args)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)
        return run.stdout

    def refused(self, pattern, *args, code=1):
        run = agent.cli(*args)
        self.assertEqual((run.returncode, run.stdout), (code, ""), run.stderr)
        self.assertRegex(run.stderr, pattern)


class Raft(Case):
    def test_configuration_is_this_server(self):
        raft = agent.get("/v1/operator/raft/configuration")
        self.assertEqual(raft.json["Servers"], [{
            "ID": server_id(), "Node": "scenario.global", "Address": rpc_address(), "Leader": True, "Voter": True,
            "RaftProtocol": "3"}])
        self.assertIsInstance(raft.json["Index"], int)
        self.assertNotIn("X-Nomad-Index", raft.headers)
        self.assertEqual(agent.get("/v1/operator/raft/configuration?stale").json, raft.json)

    def test_configuration_takes_no_other_method_and_says_nothing(self):
        self.answers(405, "", "PUT", "/v1/operator/raft/configuration", {})
        self.answers(404, "Invalid method", "GET", "/v1/operator/raft/no-such")

    def test_peer_wants_an_id(self):
        for query in ("", "?id=", "?address=127.0.0.1:1"):
            self.assertEqual(agent.delete("/v1/operator/raft/peer" + query).status, 400, query)
        self.answers(404, "Invalid method", "GET", "/v1/operator/raft/peer")

    def test_unknown_peer_cannot_be_removed_nor_can_the_last(self):
        answer = agent.delete("/v1/operator/raft/peer?id=" + NO_SUCH_ID)
        self.assertEqual(answer.status, 500)
        self.assertIn(NO_SUCH_ID, answer.text)
        self.assertEqual(agent.delete("/v1/operator/raft/peer?id=" + server_id()).status, 500)
        self.assertEqual(len(agent.get("/v1/operator/raft/configuration").json["Servers"]), 1)

    def test_leadership_stays_with_the_only_server(self):
        place = {"ID": server_id(), "Address": rpc_address()}
        for query in ("id=" + server_id(), "address=" + rpc_address()):
            answer = agent.put("/v1/operator/raft/transfer-leadership?" + query)
            self.assertEqual(answer.json, {"From": place, "To": place, "Noop": True, "Err": None})

    def test_leadership_wants_one_target(self):
        path = "/v1/operator/raft/transfer-leadership"
        self.answers(400, "must specify id or address", "PUT", path)
        self.answers(400, "must specify either id or address", "POST", path + "?id=x&address=y")
        for query in ("?id=", "?address=", "?id=a&id=b", "?id=" + NO_SUCH_ID, "?address=127.0.0.1:1"):
            self.assertEqual(agent.put(path + query).status, 400, query)

    def test_commands(self):
        self.assertEqual(rows(self.out("operator", "raft", "list-peers")), [
            ["Node", "ID", "Address", "State", "Voter", "RaftProtocol"],
            ["scenario.global", server_id(), rpc_address(), "leader", "true", "3"]])
        self.assertEqual(self.out("operator", "raft", "list-peers", "-stale"), self.out("operator", "raft", "list-peers"))
        self.assertIn(server_id(), self.out("operator", "raft", "transfer-leadership", "-peer-id", server_id()))
        self.assertIn(rpc_address(), self.out("operator", "raft", "transfer-leadership", "-peer-address=" + rpc_address()))
        self.refused("-peer-id", "operator", "raft", "remove-peer")
        self.refused(NO_SUCH_ID, "operator", "raft", "remove-peer", "-peer-id", NO_SUCH_ID)
        self.refused("-peer-id or -peer-address", "operator", "raft", "transfer-leadership")
        self.refused("either", "operator", "raft", "transfer-leadership", "-peer-id=a", "-peer-address=b")
        self.refused("400", "operator", "raft", "transfer-leadership", "-peer-id", NO_SUCH_ID)


class Autopilot(Case):
    def test_configuration_changes_by_put_and_not_against_another_index(self):
        before = agent.get(AUTOPILOT).json
        self.addCleanup(agent.put, AUTOPILOT, before)
        self.assertEqual((before["LastContactThreshold"], before["CleanupDeadServers"]), ("200ms", True))
        wanted = dict(before, MinQuorum=1, ServerStabilizationTime="1m30s")
        self.answers(200, "true", "PUT", AUTOPILOT + "?cas=%d" % before["ModifyIndex"], wanted)
        self.answers(200, "false", "PUT", AUTOPILOT + "?cas=%d" % before["ModifyIndex"], before)
        after = agent.get(AUTOPILOT).json
        self.assertEqual((after["MinQuorum"], after["ServerStabilizationTime"]), (1, "1m30s"))
        self.assertEqual(after["CreateIndex"], before["CreateIndex"])
        self.assertGreater(after["ModifyIndex"], before["ModifyIndex"])

    def test_other_methods_and_names_are_404(self):
        self.answers(404, "Invalid method", "POST", AUTOPILOT, {})
        self.answers(404, "Invalid method", "PUT", "/v1/operator/autopilot/health")
        self.answers(404, "Invalid method", "GET", "/v1/operator/autopilot/no-such")

    def test_health(self):
        health = agent.get("/v1/operator/autopilot/health")
        self.assertEqual(health.status, 200)
        self.assertEqual((health.json["Healthy"], health.json["FailureTolerance"], health.json["Voters"]),
                         (True, 0, [server_id()]))
        self.assertEqual(health.json["Servers"][0]["Name"], "scenario.global")

    def test_commands(self):
        told = dict(line.split(" = ") for line in self.out("operator", "autopilot", "get-config").splitlines())
        self.assertEqual(list(told), ["CleanupDeadServers", "LastContactThreshold", "MaxTrailingLogs", "MinQuorum",
                                      "ServerStabilizationTime", "EnableRedundancyZones", "DisableUpgradeMigration",
                                      "EnableCustomUpgrades"])
        self.addCleanup(self.out, "operator", "autopilot", "set-config", "-max-trailing-logs=250",
                        "-cleanup-dead-servers=true", "-last-contact-threshold=200ms")
        text = self.out("operator", "autopilot", "set-config", "-max-trailing-logs=300", "-cleanup-dead-servers=false",
                        "-last-contact-threshold=1s")
        self.assertEqual(text, "Configuration updated!\n")
        config = json.loads(self.out("operator", "autopilot", "get-config", "-json"))
        self.assertEqual((config["MaxTrailingLogs"], config["CleanupDeadServers"], config["LastContactThreshold"],
                          config["ServerStabilizationTime"]), (300, False, "1s", "10s"))
        self.refused("negative", "operator", "autopilot", "set-config", "-min-quorum=-1")
        text = self.out("operator", "autopilot", "health")
        self.assertRegex(text, r"(?m)^Healthy +=? ?= true$")
        self.assertEqual(rows(text)[-1][1:4], ["scenario.global", rpc_address(), "alive"])
        self.assertTrue(json.loads(self.out("operator", "autopilot", "health", "-json"))["Healthy"])

    def test_first_configuration_is_that_of_the_file(self):
        with harness.Agent({"autopilot": {"cleanup_dead_servers": False, "max_trailing_logs": 7, "min_quorum": 3,
                                          "last_contact_threshold": "3s"}}) as other:
            config = other.get(AUTOPILOT).json
            self.assertEqual((config["CleanupDeadServers"], config["MaxTrailingLogs"], config["MinQuorum"],
                              config["LastContactThreshold"]), (False, 7, 3, "3s"))


class Schedulers(Case):
    PATH = "/v1/agent/schedulers"

    def test_there_is_one_for_each_of_the_configuration(self):
        config = agent.get(self.PATH + "/config").json
        self.assertEqual(config["server_id"], "scenario.global")
        self.assertEqual(config["enabled_schedulers"][-1], "_core")
        running = agent.get(self.PATH).json["schedulers"]
        self.assertEqual(len(running), config["num_schedulers"])
        for one in running:
            self.assertEqual(one["status"], "Started")
            self.assertRegex(one["started"], r"^20\d\d-.*Z$")

    def test_can_be_stopped_and_started_again(self):
        before = agent.get(self.PATH + "/config").json
        self.addCleanup(agent.put, self.PATH + "/config", before)
        answer = agent.put(self.PATH + "/config", {"num_schedulers": 0, "enabled_schedulers": ["batch", "_core"]})
        self.assertEqual((answer.status, answer.json["num_schedulers"], answer.json["enabled_schedulers"]),
                         (200, 0, ["batch", "_core"]))
        self.assertEqual(agent.get(self.PATH).json["schedulers"], [])
        registered = agent.put("/v1/jobs", harness.job("waits", "/bin/true", (), kind="batch")).json["EvalID"]
        self.assertEqual(agent.get("/v1/evaluation/" + registered).json["Status"], "pending")
        agent.put(self.PATH + "/config", {"num_schedulers": 1, "enabled_schedulers": ["batch"]})
        agent.wait_for_allocations("waits", "complete")
        self.assertEqual(agent.get(self.PATH).json["schedulers"][0]["enabled_schedulers"], ["batch", "_core"])

    def test_nonsense_is_refused(self):
        for body in ({"num_schedulers": -1}, {"num_schedulers": os.cpu_count() + 1},
                     {"num_schedulers": 1, "enabled_schedulers": ["best"]}):
            self.answers(400, "Invalid request", "PUT", self.PATH + "/config", body)


class Members(Case):
    def test_join_reports_failure_in_its_answer(self):
        self.answers(400, "missing address to join", "PUT", "/v1/agent/join")
        answer = agent.put("/v1/agent/join?address=127.0.0.1:1")
        self.assertEqual((answer.status, answer.json["num_joined"], answer.json["warning"]), (200, 0, ""))
        self.assertTrue(answer.json["error"])
        self.refused("Error joining", "server", "join", "127.0.0.1:1")
        self.refused("at least one argument", "server", "join")

    def test_force_leave_of_somebody_unknown_is_no_error(self):
        self.answers(400, "missing node to force leave", "PUT", "/v1/agent/force-leave")
        self.answers(400, "invalid prune value", "PUT", "/v1/agent/force-leave?node=x&prune=perhaps")
        self.answers(200, "", "POST", "/v1/agent/force-leave?node=x&prune=1")
        self.assertEqual(self.out("server", "force-leave", "-prune", "nobody"), "")
        self.refused("one argument", "server", "force-leave")

    def test_old_names_of_the_commands_work_with_a_warning(self):
        run = agent.cli("server-force-leave", "nobody")
        self.assertEqual((run.returncode, run.stdout), (0, ""))
        self.assertRegex(run.stderr, "server force-leave")
        self.assertRegex(agent.cli("server-join", "127.0.0.1:1").stderr, "server join")

    def test_servers_of_the_client_can_be_set(self):
        self.addCleanup(agent.put, "/v1/agent/servers?address=" + rpc_address())
        self.assertEqual(agent.get("/v1/agent/servers").json, [rpc_address()])
        self.answers(200, "", "PUT", "/v1/agent/servers?address=b.example&address=10.0.0.1:5000&address=10.0.0.1:5000")
        self.assertEqual(agent.get("/v1/agent/servers").json, ["10.0.0.1:5000", "b.example:4647"])
        self.answers(400, "missing server address", "PUT", "/v1/agent/servers")
        self.answers(200, "", "PUT", "/v1/agent/servers?address=::1&address=[::2]:5000&address=[::3]")
        self.assertEqual(agent.get("/v1/agent/servers").json, ["[::1]:4647", "[::2]:5000", "[::3]:4647"])
        for wrong in ("a:b:c:", "host:port", ":4647", "/run/socket"):
            self.assertEqual(agent.put("/v1/agent/servers?address=" + wrong).status, 500, wrong)
        self.assertEqual(len(agent.get("/v1/agent/servers").json), 3)

    def test_a_server_without_a_client_has_no_list_of_servers(self):
        other = harness.Agent({"client": {"enabled": False}})
        self.addCleanup(other.close)
        other.start(ready=False)
        harness.wait_for("the agent serves", other.serves)
        answer = other.get("/v1/agent/servers")
        self.assertEqual((answer.status, answer.text), (501, "Invalid method"))

    def test_leader_is_shown_for_each_region(self):
        self.assertEqual(rows(self.out("server", "members"))[1][4], "true")


class Host(Case):
    def test_tells_of_the_machine_and_hides_secrets(self):
        host = agent.get("/v1/agent/host").json
        self.assertEqual(host["Environment"]["SOME_API_TOKEN"], "<redacted>")
        self.assertEqual(host["Environment"]["PLAIN_SETTING"], "tell-this")
        self.assertIn("localhost", host["Hosts"])
        self.assertIn("127.0.0.1", [one["address"] for one in host["Network"]])
        self.assertIn("Linux", host["OS"])
        for usage in host["Disk"].values():
            self.assertGreaterEqual(usage["DiskMB"], usage["UsedMB"])

    def test_named_machines_tell_who_they_are(self):
        node = agent.get("/v1/nodes").json[0]["ID"]
        self.assertEqual(agent.get("/v1/agent/host?node_id=" + node).json["AgentID"], node)
        for name in ("leader", server_id(), "scenario.global"):
            self.assertEqual(agent.get("/v1/agent/host?server_id=" + name).json["AgentID"], server_id(), name)

    def test_only_where_debugging_is_enabled(self):
        with harness.Agent({"enable_debug": False}) as other:
            self.assertEqual((other.get("/v1/agent/host").status, other.get("/v1/agent/host").text),
                             (403, "Permission denied"))


class Info(Case):
    def test_agent_info_has_a_section_for_each_part(self):
        text = self.out("agent-info")
        self.assertEqual([line for line in text.splitlines() if not line.startswith(" ")],
                         ["client", "nomad", "raft", "runtime", "serf"])
        self.assertIn("  state = Leader\n", text)
        self.assertIn("  num_peers = 0\n", text)
        self.assertIn("  members = 1\n", text)
        self.assertIn("ID:%s Address:%s" % (server_id(), rpc_address()), text)
        self.assertIn("config", json.loads(self.out("agent-info", "-json")))

    def test_check_tells_by_its_exit_code(self):
        self.assertEqual(self.out("check"), "")
        self.refused("peers: 0, expected 1", "check", "-min-peers=1", code=2)
        self.refused("servers: 1, expected 2", "check", "-min-servers", "2", code=2)
        self.assertEqual(agent.cli("check", "-address=http://127.0.0.1:1").returncode, 2)


class Leaving(unittest.TestCase):
    def test_an_agent_that_leaves_exits_0_and_only_on_its_signal(self):
        with harness.Agent({"leave_on_interrupt": True}) as other:
            self.assertEqual(other.stop(signal.SIGINT), 0)
            self.assertIn("Gracefully shutting down", other.log_tail())
        with harness.Agent({"leave_on_interrupt": True}) as other:
            self.assertEqual(other.stop(signal.SIGTERM), 1)
        with harness.Agent({"leave_on_terminate": True}) as other:
            self.assertEqual(other.stop(signal.SIGTERM), 0)


if __name__ == "__main__":
    unittest.main()
