"""Every job file in examples/ does on a fresh agent what it is there to show."""
import unittest

import harness


class Examples(unittest.TestCase):
    pass


def test_of(path):
    def test(self):
        with harness.Agent() as agent:
            valid = agent.cli("job", "validate", str(path))
            self.assertEqual(valid.returncode, 0, valid.stdout + valid.stderr)
            run = agent.cli("job", "run", "-detach", str(path))
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            job = agent.get("/v1/job/" + agent.get("/v1/jobs").json[0]["ID"]).json
            if job["Periodic"] or job["ParameterizedJob"]:
                self.assertEqual(job["Status"], "running")
                return
            count = sum(group["Count"] for group in job["TaskGroups"])
            ends = job["Type"] in ("batch", "sysbatch")
            stubs = agent.wait_for_allocations(job["ID"], "complete" if ends else "running", count)
            self.assertEqual(len(stubs), count)
            status = agent.cli("job", "status", job["ID"])
            self.assertEqual(status.returncode, 0, status.stderr)
            self.assertIn(stubs[0]["ID"][:8], status.stdout)
            if job["ID"] == "hello":
                logs = agent.cli("alloc", "logs", stubs[0]["ID"])
                self.assertEqual(logs.stdout, "Hello from echo in hello, allocation %s\n" % stubs[0]["ID"])
            if not ends:
                stop = agent.cli("job", "stop", "-detach", job["ID"])
                self.assertEqual(stop.returncode, 0, stop.stderr)
                agent.wait_for_allocations(job["ID"], "complete", count)
                harness.wait_for("the job is dead", lambda: agent.get("/v1/job/" + job["ID"]).json["Status"] == "dead")
    return test


for example in sorted((harness.ROOT / "examples").glob("*.hcl")):
    setattr(Examples, "test_" + example.name.split(".")[0].replace("-", "_"), test_of(example))
