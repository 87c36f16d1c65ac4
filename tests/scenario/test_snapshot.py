"""The archive of the cluster's state: saved, looked into, restored into an empty cluster; also one that Nomad made."""
import base64
import contextlib
import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import unittest

import harness
from test_durability import Cluster, job_ids, register

ORACLE = pathlib.Path(os.environ.get("DROVER_ORACLE") or harness.ROOT.parent / "shared" / "oracle") / "rpc"


class Snapshot(unittest.TestCase):
    def test_a_saved_cluster_is_there_again_after_a_wipe(self):
        with harness.Agent() as agent:
            agent.put("/v1/jobs", harness.job("keeps"))
            agent.wait_for_allocations("keeps", "running")
            old_index = agent.get("/v1/jobs").index
            file = agent.folder.parent / (agent.folder.name + ".snap")
            self.addCleanup(file.unlink, missing_ok=True)
            saved = agent.cli("operator", "snapshot", "save", str(file))
            self.assertEqual(saved.returncode, 0, saved.stderr)
            self.assertIn(str(file), saved.stdout)
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)
            answer = agent.get("/v1/operator/snapshot")
            digest = base64.b64encode(hashlib.sha256(answer.body).digest()).decode()
            self.assertEqual(answer.headers["Digest"], "sha-256=" + digest)
            shown = agent.cli("operator", "snapshot", "inspect", str(file))
            self.assertRegex(shown.stdout, r"(?s)Index +=.*Type +Count +Size.*\nJob +1 .*\nTotal ")
            state = json.loads(agent.cli("operator", "snapshot", "state", str(file)).stdout)
            self.assertEqual([j["ID"] for j in state["Job"]], ["keeps"])
        if ORACLE.exists():
            subprocess.run([sys.executable, str(ORACLE / "raftdump.py"), "snapshot", str(file)], check=True, capture_output=True)
        with harness.Agent() as fresh:
            self.assertEqual(fresh.get("/v1/jobs").json, [])
            node = fresh.get("/v1/nodes").json[0]["ID"]
            restored = fresh.cli("operator", "snapshot", "restore", str(file))
            self.assertEqual(restored.returncode, 0, restored.stderr)
            self.assertEqual([j["ID"] for j in fresh.get("/v1/jobs").json], ["keeps"])
            self.assertGreater(fresh.get("/v1/jobs").index, old_index)
            # The cluster goes on from there: it takes jobs, and runs them. The saved node has time to report yet.
            job = harness.job("new")
            job["Job"]["Constraints"] = [{"LTarget": "${node.unique.id}", "RTarget": node, "Operand": "="}]
            self.assertEqual(fresh.put("/v1/jobs", job).status, 200)
            fresh.wait_for_allocations("new", "running")

    def test_what_is_no_archive_is_refused_and_changes_nothing(self):
        with harness.Agent() as agent:
            agent.put("/v1/jobs", harness.job("stays"))
            whole = agent.get("/v1/operator/snapshot").body
            for bad in (b"no archive", whole[:len(whole) // 2], whole + b"x", gzip.compress(b"x" * 4096)):
                answer = agent.put("/v1/operator/snapshot", bad)
                self.assertEqual(answer.status, 500, answer)
            self.assertEqual([j["ID"] for j in agent.get("/v1/jobs").json], ["stays"])

    def test_any_agent_saves_and_restores(self):
        with Cluster() as cluster, contextlib.ExitStack() as stack:
            register(cluster.agents[0], "kept")
            outside = harness.Agent({"client": {"enabled": True, "servers": [
                "127.0.0.1:%d" % a.ports["rpc"] for a in cluster.agents]}}, args=())
            outside.config["data_dir"] = str(outside.folder / "data")
            (outside.folder / "agent.json").write_text(json.dumps(outside.config))
            stack.callback(outside.close)
            outside.start(ready=False)
            harness.wait_for("the agent answers", lambda: job_ids(outside) == {"kept"})
            follower = cluster.followers()[0]
            for number, agent in enumerate((follower, outside)):
                saved = agent.get("/v1/operator/snapshot")
                self.assertEqual(saved.status, 200, saved)
                digest = base64.b64encode(hashlib.sha256(saved.body).digest()).decode()
                self.assertEqual(saved.headers["Digest"], "sha-256=" + digest)
                register(cluster.agents[0], "later-%d" % number)
                restored = agent.put("/v1/operator/snapshot", saved.body)
                self.assertEqual(restored.status, 200, restored)
                for each in cluster.agents:
                    harness.wait_for("the old state is back", lambda a=each: job_ids(a) == {"kept"})
                bad = agent.put("/v1/operator/snapshot", saved.body[:100])
                self.assertEqual(bad.status, 500, bad)
                self.assertTrue(bad.text.startswith("failed to restore from snapshot: "), bad.text)

    @unittest.skipUnless(ORACLE.exists(), "no recorded snapshots at hand")
    def test_a_snapshot_of_nomad_is_restored(self):
        for name, jobs in (("cluster", 9), ("acl", 1), ("csi", 2)):
            with self.subTest(name), harness.Agent() as agent:
                answer = agent.put("/v1/operator/snapshot", (ORACLE / "raft" / (name + ".snap")).read_bytes())
                self.assertEqual(answer.status, 200, answer)
                self.assertEqual(len(agent.get("/v1/jobs?namespace=*").json), jobs)
                harness.wait_for("the agent's own node is back",
                                 lambda: any(n["Status"] == "ready" and n["Name"] == "scenario" for n in agent.get("/v1/nodes").json))


if __name__ == "__main__":
    unittest.main()
