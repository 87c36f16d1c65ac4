"""An agent starts, serves, stops and starts again."""
import re
import signal
import subprocess
import tempfile
import os
import pathlib
import unittest

import harness


def version_header():
    text = (harness.ROOT / "src" / "base" / "version.h").read_text()
    return dict(re.findall(r'k(\w+)Version = "([^"]+)"', text))


class Version(unittest.TestCase):
    def run_as(self, name):
        with tempfile.TemporaryDirectory() as folder:
            link = os.path.join(folder, name)
            os.symlink(harness.BINARY, link)
            run = subprocess.run([link, "version"], capture_output=True, text=True, timeout=harness.PATIENCE_S)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def test_version_names_both_releases(self):
        out = self.run_as("drover")
        self.assertIn(version_header()["Drover"], out)
        self.assertIn(version_header()["Nomad"], out)

    def test_called_as_nomad_the_first_line_is_what_tools_parse(self):
        first = self.run_as("nomad").splitlines()[0]
        self.assertRegex(first, r"^Nomad v%s\b.*[\[(].*%s.*[\])]" % tuple(
            re.escape(version_header()[k]) for k in ("Nomad", "Drover")))

    def test_unknown_command_exits_127(self):
        run = subprocess.run([harness.BINARY, "no-such-command"], capture_output=True, timeout=harness.PATIENCE_S)
        self.assertEqual(run.returncode, 127)


class Life(unittest.TestCase):
    def test_a_job_without_a_priority_gets_that_of_the_servers(self):
        with harness.Agent({"server": {"job_default_priority": 60}}) as agent:
            for name, given, expected in (("none", {}, 60), ("zero", {"Priority": 0}, 60), ("own", {"Priority": 70}, 70)):
                job = harness.job(name, count=0)
                job["Job"].update(given)
                self.assertEqual(agent.put("/v1/jobs", job).status, 200)
                self.assertEqual(agent.get("/v1/job/" + name).json["Priority"], expected)

    def test_a_job_with_scaling_that_did_not_change_has_no_differences(self):
        with harness.Agent() as agent:
            job = harness.job("scaled", count=0)
            job["Job"]["TaskGroups"][0]["Scaling"] = {"Min": 0, "Max": 5, "Policy": {"cooldown": "1m"}}
            self.assertEqual(agent.put("/v1/jobs", job).status, 200)
            plan = agent.put("/v1/job/scaled/plan", {"Job": job["Job"], "Diff": True}).json
            self.assertEqual((plan["Diff"]["Type"], [g["Type"] for g in plan["Diff"]["TaskGroups"]]), ("None", ["None"]))

    def test_an_inspected_batch_job_can_be_run_again(self):
        with harness.Agent() as agent:
            self.assertEqual(agent.put("/v1/jobs", harness.job("again", kind="batch", count=0)).status, 200)
            stored = agent.get("/v1/job/again").json
            self.assertEqual(agent.put("/v1/jobs", {"Job": stored}).status, 200)
            self.assertEqual(agent.get("/v1/job/again").json["Version"], stored["Version"])

    def test_announces_the_versions_as_attributes(self):
        with harness.Agent() as agent:
            node = agent.get("/v1/nodes").json[0]
            attributes = agent.get("/v1/node/" + node["ID"]).json["Attributes"]
            self.assertEqual(attributes["nomad.version"], version_header()["Nomad"])
            self.assertEqual(attributes["drover.version"], version_header()["Drover"])

    def test_stops_on_each_signal_and_starts_again_on_the_same_ports(self):
        agent = harness.Agent()
        try:
            for how in (signal.SIGINT, signal.SIGTERM):
                agent.start()
                self.assertEqual(agent.stop(how), 1)
            agent.start()
            self.assertEqual(agent.get("/v1/jobs").json, [])
        finally:
            agent.close()

    def test_survives_sighup(self):
        with harness.Agent() as agent:
            agent.process.send_signal(signal.SIGHUP)
            self.assertTrue(agent.serves())
            self.assertTrue(agent.alive())

    def test_stopping_a_dev_agent_leaves_no_task_behind(self):
        with harness.Agent() as agent:
            self.assertEqual(agent.put("/v1/jobs", harness.job("sleeper")).status, 200)
            agent.wait_for_allocations("sleeper", "running")
            self.assertTrue(agent.leftovers())
            agent.stop()
            harness.wait_for("no process is left", lambda: not agent.leftovers(), seconds=15)

    def test_task_outlives_an_agent_that_is_killed(self):
        with harness.Agent() as agent:
            beat = agent.folder / "beat"
            script = "while :; do date +%%s%%N > %s; sleep 0.1; done" % beat
            agent.put("/v1/jobs", harness.job("beater", "/bin/sh", ["-c", script]))
            harness.wait_for("the task writes", beat.exists)
            agent.kill()
            before = beat.read_text()
            harness.wait_for("the task goes on", lambda: beat.read_text() not in (before, ""))

    def test_taken_port_is_told(self):
        with harness.Agent() as first:
            second = harness.Agent({"ports": first.ports})
            try:
                second.start(ready=False)
                self.assertEqual(second.process.wait(harness.PATIENCE_S), 1)
                self.assertTrue(any(":%d: bind" % port in second.log_tail() for port in first.ports.values()), second.log_tail())
            finally:
                second.close()


class Configuration(unittest.TestCase):
    def refused(self, text, *words):
        agent = harness.Agent()
        try:
            file = agent.folder / "extra.hcl"
            file.write_text(text)
            agent.args += ["-config", str(file)]
            agent.start(ready=False)
            self.assertEqual(agent.process.wait(harness.PATIENCE_S), 1)
            for word in words:
                self.assertIn(word, agent.log_tail())
        finally:
            agent.close()

    def test_unknown_key_stops_the_agent(self):
        self.refused("no_such_key = 1\n", "no_such_key")

    def test_syntax_error_names_file_and_line(self):
        self.refused('region = "global"\nclient {\n', "extra.hcl")

    def test_missing_file_is_named(self):
        agent = harness.Agent(files=[pathlib.Path("/nonexistent/agent.hcl")])
        try:
            agent.start(ready=False)
            self.assertEqual(agent.process.wait(harness.PATIENCE_S), 1)
            self.assertIn("/nonexistent/agent.hcl", agent.log_tail())
        finally:
            agent.close()
