"""Clusters whose wire is closed to strangers, by certificates and by a key, and clusters of several regions."""
import base64
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

import harness
from test_durability import Cluster, job_ids, register


class Certificates:
    """An authority of the test's own, and certificates by it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                     "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem")

    def openssl(self, *args):
        subprocess.run(["openssl", *args], cwd=self.folder, check=True, capture_output=True)

    def make(self, name):
        """The `tls` block of an agent with a certificate for that name."""
        stem = name.replace(".", "-")
        (self.folder / (stem + ".ext")).write_text("subjectAltName=DNS:%s,DNS:localhost,IP:127.0.0.1\n" % name)
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=" + name,
                     "-keyout", stem + ".key", "-out", stem + ".csr")
        self.openssl("x509", "-req", "-in", stem + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                     "-extfile", stem + ".ext", "-out", stem + ".pem")
        return {"rpc": True, "verify_server_hostname": True, "ca_file": str(self.folder / "ca.pem"),
                "cert_file": str(self.folder / (stem + ".pem")), "key_file": str(self.folder / (stem + ".key"))}


def configure(agent, extra):
    agent.config = harness.merged(agent.config, extra)
    (agent.folder / "agent.json").write_text(json.dumps(agent.config))


def outside(cluster, extra):
    """An agent without a server, as a node of the cluster."""
    agent = harness.Agent(harness.merged({"name": "outside", "client": {"enabled": True, "network_interface": "lo", "servers": [
        "127.0.0.1:%d" % a.ports["rpc"] for a in cluster.agents]}}, extra), args=())
    configure(agent, {"data_dir": str(agent.folder / "data")})
    cluster.stack.callback(agent.close)
    agent.start(ready=False)
    return agent


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class Secured(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.certificates = Certificates(folder.name)
        self.server_tls = self.certificates.make("server.global.nomad")
        self.cluster = Cluster()
        key = base64.b64encode(os.urandom(32)).decode()
        for agent in self.cluster.agents:
            configure(agent, {"tls": self.server_tls, "server": {"encrypt": key}})

    def test_a_cluster_under_tls_and_its_key_works_as_any_other(self):
        with self.cluster as cluster:
            node = outside(cluster, {"tls": self.certificates.make("client.global.nomad")})
            harness.wait_for("the node is ready", lambda: any(n["Status"] == "ready" for n in cluster.agents[0].get("/v1/nodes").json))
            for agent in (*cluster.agents, node):
                name = "job-%d" % agent.ports["http"]
                self.assertEqual(agent.put("/v1/jobs", harness.job(name)).status, 200)
            for agent in (*cluster.agents, node):
                agent.wait_for_allocations("job-%d" % agent.ports["http"], "running")
            victim = cluster.wait_for_leader()
            victim.kill()
            register(next(a for a in cluster.agents if a is not victim), "after")
            victim.start(ready=False)
            harness.wait_for("the state has arrived", lambda: "after" in job_ids(victim))

    def test_strangers_are_refused(self):
        with self.cluster as cluster, tempfile.TemporaryDirectory() as folder:
            leader = cluster.wait_for_leader()
            with socket.create_connection(("127.0.0.1", leader.ports["rpc"]), timeout=10) as plain:
                plain.sendall(b"\x06")
                self.assertEqual(plain.recv(100), b"")
            strange = Certificates(folder).make("client.global.nomad")
            # Neither without a certificate, nor with another authority's, nor as a server with a client's own.
            nobodies = [outside(cluster, {"name": "plain"}), outside(cluster, {"name": "strange", "tls": strange})]
            joiner = harness.Agent({"name": "joiner", "server": {"enabled": True, "server_join": {
                "retry_join": ["127.0.0.1:%d" % leader.ports["serf"]], "retry_interval": "1s"}}}, args=())
            configure(joiner, {"data_dir": str(joiner.folder / "data"), "tls": self.server_tls})
            cluster.stack.callback(joiner.close)
            joiner.start(ready=False)
            known = outside(cluster, {"name": "known", "tls": self.certificates.make("client.global.nomad")})
            harness.wait_for("a known node is ready", lambda: any(n["Status"] == "ready" for n in leader.get("/v1/nodes").json))
            self.assertEqual([n["Name"] for n in leader.get("/v1/nodes").json], ["known"])
            self.assertEqual(len(leader.get("/v1/agent/members").json["Members"]), 3)
            self.assertTrue(all(agent.alive() for agent in (*nobodies, joiner, known)))


class Regions(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.agents = {}
        for region in ("earth", "mars"):
            agent = harness.Agent({"region": region, "name": region}, args=())
            configure(agent, {"data_dir": str(agent.folder / "data"), "server": {"enabled": True, "bootstrap_expect": 1}})
            self.agents[region] = stack.enter_context(agent)
        self.earth, self.mars = self.agents["earth"], self.agents["mars"]
        joined = self.earth.cli("server", "join", "127.0.0.1:%d" % self.mars.ports["serf"])
        self.assertEqual(joined.returncode, 0, joined.stdout + joined.stderr)
        for agent in self.agents.values():
            harness.wait_for("both regions are known", lambda a=agent: sorted(a.get("/v1/regions").json) == ["earth", "mars"])

    def test_any_region_is_asked_through_any_other(self):
        job = harness.job("rover", count=0)
        job["Job"]["Region"] = "mars"
        self.assertEqual(self.earth.put("/v1/jobs?region=mars", job).status, 200)
        self.assertEqual(job_ids(self.mars), {"rover"})
        self.assertEqual(job_ids(self.earth), set())
        self.assertEqual([j["ID"] for j in self.earth.get("/v1/jobs?region=mars").json], ["rover"])
        self.assertEqual(self.mars.get("/v1/jobs?region=earth").json, [])
        shown = self.earth.cli("job", "status", "-region", "mars", "rover")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        nowhere = self.earth.get("/v1/jobs?region=venus")
        self.assertEqual((nowhere.status, nowhere.text), (500, "No path to region"))

    def test_a_query_waits_in_the_other_region(self):
        before = max(1, self.earth.get("/v1/jobs?region=mars").index)
        with contextlib.closing(self.earth.connect(timeout=30)) as waiting:
            waiting.sendall(b"GET /v1/jobs?region=mars&index=%d&wait=20s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % before)
            self.assertEqual(self.mars.put("/v1/jobs", harness.job("probe", count=0)).status, 200)
            answer = b""
            while piece := waiting.recv(1 << 16):
                answer += piece
        self.assertIn(b'"probe"', answer)

    def test_a_state_is_saved_in_the_other_region(self):
        register(self.mars, "kept")
        saved = self.earth.get("/v1/operator/snapshot?region=mars")
        self.assertEqual(saved.status, 200, saved)
        self.assertEqual(self.mars.delete("/v1/job/kept?purge=true").status, 200)
        self.assertEqual(self.earth.put("/v1/operator/snapshot?region=mars", saved.body).status, 200)
        self.assertEqual(job_ids(self.mars), {"kept"})
        self.assertEqual(job_ids(self.earth), set())

    def test_a_lost_region_is_told(self):
        self.mars.kill()
        def refused():
            answer = self.earth.get("/v1/jobs?region=mars", timeout=40)
            return answer.status == 500 and answer.text
        harness.wait_for("the loss is told", refused)
        self.assertEqual(self.earth.get("/v1/jobs").status, 200)


if __name__ == "__main__":
    unittest.main()
