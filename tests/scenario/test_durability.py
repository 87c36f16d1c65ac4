"""Servers that keep their word: agents with a data directory, alone and three together, killed, stopped, damaged and brought back."""
import contextlib
import json
import pathlib
import signal
import time
import unittest

import harness

COUNT_JOBS = 8


def lasting(config=None, **options):
    """An agent that keeps its state below its own folder."""
    agent = harness.Agent(config, args=(), **options)
    agent.config = harness.merged({"data_dir": str(agent.folder / "data"), "server": {"enabled": True, "bootstrap_expect": 1}},
                                  agent.config)
    (agent.folder / "agent.json").write_text(json.dumps(agent.config))
    return agent


class Cluster:
    """Three servers that look for each other."""

    def __init__(self, count=3, clients=False):
        self.stack = contextlib.ExitStack()
        self.agents = [harness.Agent(args=()) for _ in range(count)]
        addresses = ["127.0.0.1:%d" % a.ports["serf"] for a in self.agents]
        for number, agent in enumerate(self.agents):
            agent.config = harness.merged(agent.config, {
                "name": "server-%d" % number, "data_dir": str(agent.folder / "data"), "client": {"enabled": clients},
                "enable_debug": True,
                "server": {"enabled": True, "bootstrap_expect": count,
                           "server_join": {"retry_join": addresses, "retry_interval": "1s"}}})
            (agent.folder / "agent.json").write_text(json.dumps(agent.config))

    def __enter__(self):
        for agent in self.agents:
            self.stack.callback(agent.close)
        for agent in self.agents:
            agent.start(ready=False)
        self.wait_for_leader()
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def up(self):
        return [a for a in self.agents if a.alive()]

    def leader(self):
        """The agent that says of itself that it leads; one that others follow."""
        for agent in self.up():
            with contextlib.suppress(OSError, ValueError):
                answer = agent.get("/v1/status/leader", timeout=2)
                if answer.status == 200 and answer.text.strip('"\n').endswith(":%d" % agent.ports["rpc"]):
                    return agent
        return None

    def wait_for_leader(self):
        try:
            return harness.wait_for("a server leads", self.leader)
        except AssertionError as problem:
            logs = "".join("\n-- %s\n%s" % (a.config["name"], a.log_tail(3000)) for a in self.agents)
            raise AssertionError(str(problem) + logs) from None

    def followers(self):
        leader = self.wait_for_leader()
        return [a for a in self.up() if a is not leader]


def register(agent, name, seconds=harness.PATIENCE_S):
    """Until the registration is acknowledged."""
    def tried():
        with contextlib.suppress(OSError):
            return agent.put("/v1/jobs", harness.job(name, count=0), timeout=20).status == 200
        return False
    harness.wait_for("the job %s is registered" % name, tried, seconds)


def job_ids(agent):
    with contextlib.suppress(OSError):
        answer = agent.get("/v1/jobs?stale=true", timeout=5)
        if answer.status == 200:
            return {j["ID"] for j in answer.json}
    return set()


class Alone(unittest.TestCase):
    def test_what_was_acknowledged_survives_kill_9(self):
        with lasting() as agent:
            for round_number in range(3):
                for number in range(COUNT_JOBS):
                    register(agent, "job-%d-%d" % (round_number, number))
                agent.kill()
                agent.start()
                wanted = {"job-%d-%d" % (r, n) for r in range(round_number + 1) for n in range(COUNT_JOBS)}
                self.assertEqual(job_ids(agent), wanted)

    def test_running_tasks_go_on_through_kill_9_and_lose_no_line(self):
        script = "i=0; while true; do i=$((i+1)); echo line $i; sleep 0.1; done"
        with lasting({"client": {"enabled": True}}) as agent:
            harness.wait_for("the node is ready", lambda: any(n["Status"] == "ready" for n in agent.get("/v1/nodes").json))
            self.assertEqual(agent.put("/v1/jobs", harness.job("lines", "/bin/sh", ("-c", script))).status, 200)
            alloc = agent.wait_for_allocations("lines", "running")[0]["ID"]

            def lines():
                answer = agent.get("/v1/client/fs/logs/%s?task=task&type=stdout&plain=true" % alloc)
                return answer.text.split("\n")[:-1] if answer.status == 200 else []
            harness.wait_for("some lines", lambda: len(lines()) > 3)
            pids = self.shells(agent)
            agent.kill()
            time.sleep(1)
            agent.start()
            harness.wait_for("the log goes on", lambda: len(lines()) > 15)
            self.assertEqual(self.shells(agent), pids)
            told = lines()
            self.assertEqual(told, ["line %d" % (i + 1) for i in range(len(told))])
            alloc_now = agent.get("/v1/allocation/%s" % alloc).json
            self.assertEqual(alloc_now["ClientStatus"], "running")
            self.assertEqual(alloc_now["TaskStates"]["task"]["Restarts"], 0)

    def shells(self, agent):
        """The task's own processes, without those that it has forked for a moment."""
        parents = {}
        for pid in agent.leftovers():
            with contextlib.suppress(OSError):
                if pathlib.Path("/proc/%d/cmdline" % pid).read_bytes().startswith(b"/bin/sh\0-c\0"):
                    parents[pid] = int(pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()[1])
        return sorted(pid for pid, parent in parents.items() if parent not in parents)

    def test_two_agents_do_not_share_a_folder(self):
        with lasting() as agent:
            second = harness.Agent({"ports": dict(zip(("http", "rpc", "serf"), harness.free_ports(3))),
                                    "data_dir": agent.config["data_dir"],
                                    "server": {"enabled": True, "bootstrap_expect": 1}}, args=())
            try:
                second.start(ready=False)
                harness.wait_for("the second agent ends", lambda: not second.alive())
                self.assertEqual(second.process.returncode, 1)
                self.assertIn("in use by another agent", second.log_tail())
            finally:
                second.close(check=False)

    def test_a_damaged_log_of_a_lone_server_is_told_and_not_shortened(self):
        with lasting() as agent:
            for number in range(COUNT_JOBS):
                register(agent, "job-%d" % number)
            self.assertIn(agent.stop(), (0, 1))
            segment = damage(agent)
            agent.start(ready=False)
            harness.wait_for("the agent refuses to start", lambda: not agent.alive())
            self.assertEqual(agent.process.returncode, 1)
            self.assertIn("damaged", agent.log_tail())
            self.assertIn(segment.name, agent.log_tail())


def damage(agent):
    """Flips a bit in the middle of what the newest segment of the log holds."""
    segment = sorted((agent.folder / "data" / "server" / "raft").glob("*.seg"))[-1]
    data = bytearray(segment.read_bytes())
    used = len(bytes(data).rstrip(b"\0"))
    data[used // 2] ^= 0x10
    segment.write_bytes(data)
    return segment


class Together(unittest.TestCase):
    def test_every_server_answers_as_any_other(self):
        with Cluster() as cluster:
            for number, agent in enumerate(cluster.agents):
                register(agent, "job-%d" % number)
            for agent in cluster.agents:
                ids = {j["ID"] for j in agent.get("/v1/jobs").json}
                self.assertEqual(ids, {"job-0", "job-1", "job-2"})
            follower = cluster.followers()[0]
            stale = follower.get("/v1/jobs?stale=true")
            self.assertEqual(stale.headers["X-Nomad-KnownLeader"], "true")
            self.assertGreaterEqual(int(stale.headers["X-Nomad-LastContact"]), 0)
            missing = follower.get("/v1/job/none")
            self.assertEqual((missing.status, missing.text), (404, "job not found"))
            peers = follower.get("/v1/operator/raft/configuration").json["Servers"]
            self.assertEqual([p["Voter"] for p in peers], [True] * 3)
            for peer in peers:
                for name in (peer["ID"], peer["Node"]):
                    told = follower.get("/v1/agent/host?server_id=" + name).json
                    self.assertEqual(told["AgentID"], peer["ID"])
                    self.assertIn("Linux", told["HostData"]["OS"])
            leader = next(p["ID"] for p in peers if p["Leader"])
            self.assertEqual(follower.get("/v1/agent/host?server_id=leader").json["AgentID"], leader)
            unknown = follower.get("/v1/agent/host?server_id=nobody")
            self.assertEqual((unknown.status, unknown.text), (500, "unknown Nomad server nobody"))

    def test_the_loss_of_any_one_server_loses_nothing(self):
        with Cluster() as cluster:
            wanted = set()
            for number in range(3):
                victim = cluster.wait_for_leader() if number != 1 else cluster.followers()[0]
                survivor = next(a for a in cluster.agents if a is not victim)
                register(survivor, "before-%d" % number)
                victim.kill()
                register(survivor, "during-%d" % number)
                wanted |= {"before-%d" % number, "during-%d" % number}
                victim.start(ready=False)
                for agent in cluster.agents:
                    harness.wait_for("all jobs are everywhere", lambda a=agent: job_ids(a) >= wanted)

    def test_all_killed_at_once_come_back_with_everything(self):
        with Cluster() as cluster:
            wanted = {"job-%d" % n for n in range(COUNT_JOBS)}
            for name in wanted:
                register(cluster.agents[0], name)
            for agent in cluster.agents:
                agent.kill()
            for agent in cluster.agents:
                agent.start(ready=False)
            cluster.wait_for_leader()
            for agent in cluster.agents:
                harness.wait_for("all jobs are everywhere", lambda a=agent: job_ids(a) == wanted)

    def test_servers_that_moved_find_each_other(self):
        with Cluster() as cluster:
            register(cluster.agents[0], "before")
            for agent in cluster.agents:
                self.assertIn(agent.stop(), (0, 1))
            for agent in cluster.agents:
                agent.ports.update(zip(("http", "rpc", "serf"), harness.free_ports(3)))
            joined = ["127.0.0.1:%d" % a.ports["serf"] for a in cluster.agents]
            for agent in cluster.agents:
                agent.config = harness.merged(agent.config, {"ports": agent.ports, "server": {"server_join": {"retry_join": joined}}})
                (agent.folder / "agent.json").write_text(json.dumps(agent.config))
                agent.start(ready=False)
            cluster.wait_for_leader()
            register(cluster.agents[0], "after")
            for agent in cluster.agents:
                harness.wait_for("all jobs are everywhere", lambda a=agent: job_ids(a) == {"before", "after"})

    def test_a_stopped_leader_is_replaced_and_follows_when_it_wakes(self):
        with Cluster() as cluster:
            old = cluster.wait_for_leader()
            others = [a for a in cluster.agents if a is not old]
            old.process.send_signal(signal.SIGSTOP)
            try:
                register(others[0], "meanwhile")
            finally:
                old.process.send_signal(signal.SIGCONT)
            harness.wait_for("the old leader follows", lambda: "meanwhile" in job_ids(old))
            register(old, "afterwards")

    def test_a_flipped_bit_is_healed_from_the_others(self):
        with Cluster() as cluster:
            wanted = {"job-%d" % n for n in range(COUNT_JOBS)}
            for name in wanted:
                register(cluster.agents[0], name)
            follower = cluster.followers()[0]
            self.assertIn(follower.stop(), (0, 1))
            damage(follower)
            follower.start(ready=False)
            harness.wait_for("the log is whole again", lambda: "the log is whole again" in follower.log_tail())
            self.assertIn("damaged", follower.log_tail())
            harness.wait_for("all jobs are there", lambda: job_ids(follower) == wanted)

    def test_a_fourth_server_is_added_and_removed(self):
        with Cluster() as cluster:
            register(cluster.agents[0], "early")
            fourth = harness.Agent(args=())
            fourth.config = harness.merged(fourth.config, {
                "name": "server-3", "data_dir": str(fourth.folder / "data"),
                "server": {"enabled": True,
                           "retry_join": ["127.0.0.1:%d" % cluster.agents[0].ports["serf"]], "retry_interval": "1s"}})
            (fourth.folder / "agent.json").write_text(json.dumps(fourth.config))
            cluster.stack.callback(fourth.close)
            fourth.start(ready=False)
            harness.wait_for("the state has arrived", lambda: job_ids(fourth) == {"early"})
            leader = cluster.wait_for_leader()

            def votes():
                servers = leader.get("/v1/operator/raft/configuration").json["Servers"]
                return [s for s in servers if s["Node"] == "server-3.global" and s["Voter"]]
            identifier = harness.wait_for("it votes", votes)[0]["ID"]
            # 409: autopilot is still busy with it.
            harness.wait_for("it is removed",
                             lambda: leader.delete("/v1/operator/raft/peer?id=" + identifier).status == 200)
            servers = leader.get("/v1/operator/raft/configuration").json["Servers"]
            self.assertNotIn(identifier, [s["ID"] for s in servers if s["Voter"]])

    def test_a_leader_that_is_removed_hands_over_first(self):
        with Cluster() as cluster:
            old = cluster.wait_for_leader()
            servers = old.get("/v1/operator/raft/configuration").json["Servers"]
            identifier = next(s["ID"] for s in servers if s["Leader"])
            harness.wait_for("it is removed", lambda: old.delete("/v1/operator/raft/peer?id=" + identifier).status == 200)
            self.assertIsNot(cluster.wait_for_leader(), old)
            register(old, "afterwards")

    def test_the_leadership_moves_on_request(self):
        with Cluster() as cluster:
            heir = cluster.followers()[0]
            servers = heir.get("/v1/operator/raft/configuration").json["Servers"]
            identifier = next(s["ID"] for s in servers if s["Address"].endswith(":%d" % heir.ports["rpc"]))
            moved = heir.cli("operator", "raft", "transfer-leadership", "-peer-id", identifier)
            self.assertEqual(moved.returncode, 0, moved.stdout + moved.stderr)
            harness.wait_for("the heir leads", lambda: cluster.leader() is heir)
            register(heir, "afterwards")

    def test_a_lost_quorum_is_recovered_by_the_documented_file(self):
        with Cluster() as cluster:
            register(cluster.agents[0], "kept")
            left = cluster.agents[0]
            harness.wait_for("the job is there", lambda: job_ids(left) == {"kept"})
            for agent in cluster.agents:
                agent.kill()
            identifier = (left.folder / "data" / "server" / "node-id").read_text().strip()
            (left.folder / "data" / "server" / "raft" / "peers.json").write_text(json.dumps(
                [{"id": identifier, "address": "127.0.0.1:%d" % left.ports["rpc"], "non_voter": False}]))
            left.start(ready=False)
            register(left, "alone")
            self.assertEqual(job_ids(left), {"kept", "alone"})
            self.assertFalse((left.folder / "data" / "server" / "raft" / "peers.json").exists())


if __name__ == "__main__":
    unittest.main()
