"""Agents that are not in one process: clients without a server, and what servers, nodes and HTTP ask of each other over RPC."""
import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time
import unittest
import uuid

import harness

ORACLE = pathlib.Path(os.environ.get("DROVER_ORACLE") or harness.ROOT.parent / "shared" / "oracle") / "rpc"
PASSING = harness.ROOT / "tests" / "conformance" / "rpc_passing.txt"
WITH_ORACLE = unittest.skipUnless(ORACLE.exists(), "the recordings of the RPC port are not here")
ABSENT = "00000000-0000-4000-8000-000000000000"
SAYS = "echo to-stdout; echo to-stderr >&2; exec sleep 300"


class Alone(harness.Agent):
    """A server without a client, or a client without a server, whose state lasts."""

    def __init__(self, name, config):
        super().__init__({"name": name}, args=())
        self.config = harness.merged(self.config, harness.merged({"data_dir": str(self.folder / "data")}, config))
        (self.folder / "agent.json").write_text(json.dumps(self.config))

    @property
    def rpc(self):
        return "127.0.0.1:%d" % self.ports["rpc"]


def server():
    return Alone("server", {"server": {"enabled": True, "bootstrap_expect": 1}, "enable_debug": True})


def client(of, name, **options):
    return Alone(name, {"client": harness.merged({"enabled": True, "servers": [of.rpc], "network_interface": "lo"}, options),
                        "enable_debug": True})


def node_of(agent):
    return agent.get("/v1/agent/self").json["stats"]["client"]["node_id"]


def ready_nodes(of):
    return [node for node in of.get("/v1/nodes").json if node["Status"] == "ready"]


def tool(name, *args, seconds=120):
    return subprocess.run([sys.executable, str(ORACLE / name), *args], capture_output=True, text=True, timeout=seconds)


def ask(of, method, **body):
    """The answer of a call over RPC, or its error's text."""
    run = tool("rpc_client.py", "--addr", of.rpc, method, json.dumps(dict({"Region": "global", "Namespace": "default"}, **body)))
    return json.loads(run.stdout) if run.returncode == 0 else run.stderr.strip().removeprefix("error: ")


class Apart(unittest.TestCase):
    """One server and two clients, each an agent of its own."""

    @classmethod
    def setUpClass(cls):
        cls.server = server()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.one = client(cls.server, "one", meta={"which": "one"})
        cls.two = Alone("two", {"client": {"enabled": True, "meta": {"which": "two"}, "network_interface": "lo",
                                           "server_join": {"retry_join": [cls.server.rpc]}}})
        for agent in (cls.one, cls.two):
            cls.addClassCleanup(agent.close)
            agent.start()
        harness.wait_for("both nodes are ready", lambda: len(ready_nodes(cls.server)) == 2)
        cls.node = node_of(cls.one)
        cls.alloc = cls.run_on("one", "talks")

    @classmethod
    def run_on(cls, which, name):
        job = harness.job(name, command="/bin/sh", args=("-c", SAYS))
        job["Job"]["Constraints"] = [{"LTarget": "${meta.which}", "RTarget": which, "Operand": "="}]
        assert cls.server.put("/v1/jobs", job).status == 200
        return cls.server.wait_for_allocations(name, "running")[0]["ID"]

    def everywhere(self):
        return (("server", self.server), ("its own agent", self.one), ("another client", self.two))

    def runs_again(self, alloc):
        task = self.server.get("/v1/allocation/" + alloc).json["TaskStates"]["task"]
        return task["Restarts"] == 1 and task["State"] == "running" and task["Events"][-1]["Type"] == "Started"

    def test_files_and_logs_are_read_through_any_agent(self):
        for name, agent in self.everywhere():
            with self.subTest(name):
                logs = "/v1/client/fs/logs/%s?task=task&type=%%s&plain=true" % self.alloc
                for kind in ("stdout", "stderr"):
                    harness.wait_for("the log is there", lambda: agent.get(logs % kind).text == "to-%s\n" % kind)
                listed = {file["Name"] for file in agent.get("/v1/client/fs/ls/" + self.alloc).json}
                self.assertEqual(listed, {"alloc", "task"})
                path = "?path=alloc/logs/task.stdout.0"
                self.assertEqual(agent.get("/v1/client/fs/stat/" + self.alloc + path).json["Size"], len("to-stdout\n"))
                self.assertEqual(agent.get("/v1/client/fs/cat/" + self.alloc + path).text, "to-stdout\n")
                self.assertEqual(agent.get("/v1/client/fs/readat/" + self.alloc + path + "&offset=3&limit=3").text, "std")
                self.assertEqual(agent.get("/v1/client/fs/stat/%s?path=absent" % self.alloc).status,
                                 self.one.get("/v1/client/fs/stat/%s?path=absent" % self.alloc).status)
                frames = agent.get("/v1/client/fs/stream/" + self.alloc + path + "&follow=false").json
                self.assertEqual((frames["Offset"], frames["File"]), (10, "alloc/logs/task.stdout.0"))

    def test_allocations_are_commanded_through_any_agent(self):
        for name, agent in self.everywhere():
            with self.subTest(name):
                usage = agent.get("/v1/client/allocation/%s/stats" % self.alloc)
                self.assertEqual(set(usage.json), {"ResourceUsage", "Tasks", "Timestamp"})
                alloc = self.run_on("one", "restarts-" + uuid.uuid4().hex[:6])
                self.assertEqual(agent.put("/v1/client/allocation/%s/restart" % alloc, {}).status, 200)
                harness.wait_for("it was restarted", lambda: self.runs_again(alloc))
                self.assertEqual(agent.put("/v1/client/allocation/%s/signal" % alloc, {"Signal": "SIGKILL"}).status, 200)
                harness.wait_for("it got the signal", lambda: self.server.get("/v1/allocation/" + alloc).json["ClientStatus"] == "failed")

    def test_unknown_allocation_is_told_as_such_by_any_agent(self):
        for name, agent in self.everywhere():
            for path in ("/v1/client/allocation/%s/stats", "/v1/client/fs/ls/%s", "/v1/client/fs/logs/%s?task=t&type=stdout"):
                answer = agent.get(path % ABSENT)
                self.assertEqual((answer.status, answer.text), (404, 'Unknown allocation "%s"' % ABSENT), name)

    def test_a_client_tells_of_itself_and_of_the_cluster(self):
        told = self.one.get("/v1/agent/self").json
        self.assertEqual(told["stats"]["client"]["known_servers"], self.server.rpc)
        self.assertNotIn("nomad", told["stats"])
        self.assertEqual(self.one.get("/v1/agent/health").json, {"client": {"ok": True, "message": "ok"}})
        self.assertEqual(self.one.get("/v1/agent/health?type=server").status, 500)
        self.assertEqual(self.one.get("/v1/agent/members").json, self.server.get("/v1/agent/members").json)
        self.assertEqual(self.one.get("/v1/metrics").status, 200)
        self.assertEqual(self.one.get("/v1/status/leader").json, self.server.rpc)
        self.assertEqual(self.one.get("/v1/status/peers").json, [self.server.rpc])
        self.assertEqual(self.one.get("/v1/agent/servers").json, [self.server.rpc])
        self.assertEqual(self.one.put("/v1/agent/servers?address=" + self.server.rpc).status, 200)
        self.assertEqual(self.one.put("/v1/agent/servers?address=a:b").status, 500)
        self.assertEqual(self.one.put("/v1/agent/join?address=x").status, 501)
        refused = self.one.get("/v1/agent/schedulers")
        self.assertEqual((refused.status, refused.text), (400, "Server only endpoint"))

    def test_a_client_passes_on_what_servers_answer(self):
        for path in ("/v1/jobs", "/v1/nodes", "/v1/job/talks", "/v1/allocation/" + self.alloc, "/v1/job/absent", "/v1/namespaces",
                     "/v1/operator/raft/configuration"):
            here, there = self.one.get(path), self.server.get(path)
            self.assertEqual((here.status, here.text.removeprefix("rpc error: ")), (there.status, there.text), path)
        name = "by-client"
        self.assertEqual(self.one.put("/v1/jobs", harness.job(name)).status, 200)
        self.server.wait_for_allocations(name, "running")
        index = self.one.get("/v1/job/" + name).index
        self.assertEqual(self.one.get("/v1/job/%s?index=%d&wait=50ms" % (name, index)).index, index)
        self.assertEqual(self.one.delete("/v1/job/" + name).status, 200)

    def test_hosts_of_other_nodes_are_looked_at(self):
        for name, agent in (("server", self.server), ("its own agent", self.one)):
            answer = agent.get("/v1/agent/host?node_id=" + self.node)
            self.assertEqual(answer.json["AgentID"], self.node, name)
            self.assertIn("OS", answer.json["HostData"])
        self.assertEqual(self.server.get("/v1/agent/host?node_id=" + ABSENT).status, 404)

    @WITH_ORACLE
    def test_nodes_answer_over_rpc(self):
        self.assertEqual(ask(self.server, "Status.HasNodeConn", NodeID=self.node)["Connected"], True)
        self.assertEqual(ask(self.server, "Status.HasNodeConn", NodeID=ABSENT)["Connected"], False)
        self.assertIn("Tasks", ask(self.server, "ClientAllocations.Stats", AllocID=self.alloc)["Stats"])
        files = ask(self.server, "FileSystem.List", AllocID=self.alloc, Path="/")["Files"]
        self.assertEqual({file["Name"] for file in files}, {"alloc", "task"})
        self.assertEqual(ask(self.server, "ClientAllocations.Stats", AllocID=ABSENT), 'Unknown allocation "%s"' % ABSENT)
        self.assertEqual(ask(self.server, "NodeMeta.Read", NodeID=ABSENT), 'Unknown node "%s"' % ABSENT)
        self.assertEqual(ask(self.server, "ClientAllocations.Nope"), "rpc: can't find method ClientAllocations.Nope")
        self.assertEqual(ask(self.server, "ClientAllocations.Checks", AllocID=self.alloc), "rpc: can't find method Allocations.Checks")

    @WITH_ORACLE
    def test_streams_go_through_the_server(self):
        for mode in ("v2", "plain"):
            run = tool("rpc_client.py", "--addr", self.server.rpc, "--mode", mode, "--stream", "--frames", "2", "FileSystem.Logs",
                       json.dumps({"Region": "global", "AllocID": self.alloc, "Task": "task", "LogType": "stdout", "Follow": True}))
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertIn("alloc/logs/task.stdout.0", run.stdout)
            self.assertIn('"{}"', run.stdout)
        unknown = tool("rpc_client.py", "--addr", self.server.rpc, "--stream", "No.Such", "{}")
        self.assertIn('Unknown rpc method: "No.Such"', unknown.stderr)


class Faults(unittest.TestCase):
    def test_a_client_goes_on_with_a_server_that_was_killed(self):
        with server() as hub, client(hub, "one") as worker:
            harness.wait_for("the node is ready", lambda: ready_nodes(hub))
            hub.put("/v1/jobs", harness.job("before", command="/bin/sh", args=("-c", SAYS)))
            alloc = hub.wait_for_allocations("before", "running")[0]["ID"]
            hub.kill()
            self.assertNotEqual(worker.get("/v1/jobs").status, 200)
            hub.start()
            harness.wait_for("the log is read again", lambda: hub.get(
                "/v1/client/fs/logs/%s?task=task&type=stdout&plain=true" % alloc).text == "to-stdout\n")
            hub.put("/v1/jobs", harness.job("after"))
            hub.wait_for_allocations("after", "running")
            self.assertEqual([a["ID"] for a in hub.allocations("before")], [alloc])
            self.assertEqual(hub.allocations("before")[0]["ClientStatus"], "running")
            self.assertEqual([n["ID"] for n in ready_nodes(hub)], [node_of(worker)])

    def test_a_node_that_is_gone_has_no_path(self):
        with server() as hub:
            with client(hub, "one") as worker:
                harness.wait_for("the node is ready", lambda: ready_nodes(hub))
                hub.put("/v1/jobs", harness.job("stays"))
                alloc = hub.wait_for_allocations("stays", "running")[0]["ID"]
                worker.kill()
                harness.wait_for("its session is gone", lambda: hub.get("/v1/client/fs/ls/" + alloc).status == 404)
                self.assertEqual(hub.get("/v1/client/fs/ls/" + alloc).text, "No path to node")

    def test_a_client_waits_for_a_server(self):
        late = server()
        self.addCleanup(late.close)
        with_nobody = client(late, "early")
        self.addCleanup(with_nobody.close)
        with_nobody.start(ready=False)
        late.start()
        harness.wait_for("the node is ready", lambda: ready_nodes(late))


@WITH_ORACLE
class Oracle(unittest.TestCase):
    def test_hundreds_of_nodes_live_by_rpc(self):
        harness.raise_file_limit(4096)
        with server() as hub:
            run = tool("fake_node.py", "--addr", hub.rpc, "--nodes", "500", "--seconds", "15", "--json")
            self.assertEqual(run.returncode, 0, run.stdout[-2000:] + run.stderr[-2000:])

    def test_recorded_calls_are_answered_in_their_shapes(self):
        """Every step that is listed passes; whatever else fails is not here yet."""
        listed = {line for line in PASSING.read_text().splitlines() if line and not line.startswith("#")}
        with server() as hub:
            run = tool("check.py", "--addr", hub.rpc, "-v", seconds=300)
        passed = {line.removeprefix("ok    ") for line in run.stdout.splitlines() if line.startswith("ok ")}
        failed = {line for line in run.stdout.splitlines() if line.startswith("FAIL")}
        self.assertEqual(listed - passed, set(), "\n".join(sorted(failed)))
        self.assertEqual(passed - listed, set(), "these pass by now: list them")

    def test_an_archive_is_saved_and_restored_by_streams(self):
        sys.path.insert(0, str(ORACLE))
        self.addCleanup(sys.path.remove, str(ORACLE))
        import mp
        import rpc_client
        options = mp.from_plain({"Region": "global", "Namespace": "default"})
        with server() as hub:
            hub.put("/v1/jobs", harness.job("keeps"))
            connection = rpc_client.Connection(("127.0.0.1", hub.ports["rpc"]))
            stream = connection.stream("Operator.SnapshotSave", options)
            head = mp.to_plain(stream.read_value()[0])
            try:
                while not stream.closed:
                    connection.pump(time.time() + 10)
            except (EOFError, TimeoutError):
                pass
            archive = bytes(stream.inbox)
            connection.close()
            digest = base64.b64encode(hashlib.sha256(archive).digest()).decode()
            self.assertEqual(head["SnapshotChecksum"], "sha-256=" + digest)
            self.assertEqual(hub.delete("/v1/job/keeps?purge=true").status, 200)
            for spoil, error in ((True, 1), (False, 0)):
                connection = rpc_client.Connection(("127.0.0.1", hub.ports["rpc"]))
                stream = connection.stream("Operator.SnapshotRestore", options)
                sent = archive[:-200] if spoil else archive
                for at in range(0, len(sent), 1024):
                    stream.write(mp.encode({"Error": None, "Payload": "sx:" + sent[at:at + 1024].hex()}))
                stream.write(mp.encode(mp.from_plain({"Error": {"Message": "EOF", "Code": None}, "Payload": None})))
                answer = mp.to_plain(stream.read_value(time.time() + 30)[0])
                connection.close()
                self.assertEqual(bool(answer.get("ErrorMsg")), bool(error), answer)
                self.assertEqual([j["ID"] for j in hub.get("/v1/jobs").json], [] if spoil else ["keeps"])


if __name__ == "__main__":
    unittest.main()
