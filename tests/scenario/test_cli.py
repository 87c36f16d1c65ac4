"""Every command, from outside: what it takes, what it prints where, and what it exits with.

One agent serves all tests of the file. Three jobs stand from the beginning: `web` runs, `lines` has written its logs and
ended, `nowhere` finds no node. Tests that change a job bring their own.
"""
import base64
import contextlib
import http.server
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import unittest

import harness

ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
SHORT = r"[0-9a-f]{8}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)"
NO_SUCH_ID = "00000000-0000-4000-8000-000000000000"

# No deployment, whose end the monitor would wait for.
WEB = """
job "%(name)s" {
  group "front" {
    count = %(count)d
    update {
      max_parallel = 0
    }
    task "serve" {
      driver = "raw_exec"
      config {
        command = "/bin/sh"
        args    = ["-c", "echo up; trap 'echo got usr1' USR1; while :; do sleep 0.05; done"]
      }
      resources {
        cpu    = 20
        memory = 16
      }
    }
  }
}
"""
BATCH = """
variable "last" {
  default = 30
}
job "%(name)s" {
  type = "batch"
  group "g" {
    task "print" {
      driver = "raw_exec"
      config {
        command = "/bin/sh"
        args    = ["-c", "seq 1 ${var.last}; echo oops >&2"]
      }
      resources {
        cpu    = 20
        memory = 16
      }
    }
  }
}
"""
NOWHERE = """
job "nowhere" {
  type = "batch"
  constraint {
    attribute = "${node.class}"
    value     = "no-such-class"
  }
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "/bin/true"
      }
    }
  }
}
"""
EVERY_HOUR = """
job "hourly" {
  type = "batch"
  periodic {
    crons = ["0 * * * *"]
  }
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "/bin/true"
      }
    }
  }
}
"""

agent = None
web = []      # the stubs of the allocations of web
lines = None  # the stub of the only allocation of lines


def setUpModule():
    global agent, web, lines
    agent = harness.Agent()
    unittest.addModuleCleanup(agent.close)
    agent.start()
    for name, text in (("web", WEB % {"name": "web", "count": 2}), ("lines", BATCH % {"name": "lines"}),
                       ("nowhere", NOWHERE)):
        run = agent.cli("job", "run", "-detach", write(name, text))
        assert run.returncode == 0, run.stderr
    web = agent.wait_for_allocations("web", "running", 2)
    lines = agent.wait_for_allocations("lines", "complete")[0]
    harness.wait_for("nowhere waits", lambda: any(e["Status"] == "blocked" for e in evaluations("nowhere")))


def write(name, text):
    """A job file in the folder that commands run in; answers its name there."""
    (agent.folder / (name + ".nomad.hcl")).write_text(text)
    return name + ".nomad.hcl"


def web_file(name, count=1):
    return write(name, WEB % {"name": name, "count": count})


def evaluations(job):
    return agent.get("/v1/job/%s/evaluations" % job).json


def table(text):
    """A table as lists of cells; at least two spaces part them."""
    return [re.split(r" {2,}", line) for line in text.strip("\n").splitlines()]


def pairs(text):
    """The lines `Key = value` as a dictionary."""
    return dict(re.match(r"(\S.*?) += (.*)$", line).groups() for line in text.splitlines() if re.match(r"\S.* = ", line))


def section(text, title):
    """The block below the line `title`, up to the next empty line."""
    rows = text.splitlines()
    assert title in rows, "no section %r in:\n%s" % (title, text)
    rest = rows[rows.index(title) + 1:]
    return "\n".join(rest[:rest.index("")] if "" in rest else rest)


class Case(unittest.TestCase):
    def cli(self, *args, code=0, stdin="", env=None):
        full = {**os.environ, "NOMAD_ADDR": agent.address, "NOMAD_CLI_NO_COLOR": "1", **(env or {})}
        run = subprocess.run([str(harness.BINARY), *args], env=full, input=stdin, capture_output=True, text=True,
                             timeout=harness.PATIENCE_S, cwd=agent.folder)
        told = "%s: exit %d\n%s\n%s" % (" ".join(args), run.returncode, run.stdout[-3000:], run.stderr[-3000:])
        self.assertEqual(run.returncode, code, told)
        self.assertIsNone(harness.SANITIZER.search(run.stderr), told)
        return run

    def out(self, *args, **options):
        """Standard output of a command that has nothing to complain about."""
        run = self.cli(*args, **options)
        self.assertEqual(run.stderr, "")
        return run.stdout

    def refused(self, pattern, *args, code=1, **options):
        """The command fails, says why on standard error, and prints no result."""
        run = self.cli(*args, code=code, **options)
        self.assertRegex(run.stderr, pattern)
        self.assertEqual(run.stdout, "")

    def assert_monitor_lines(self, text):
        for line in text.splitlines():
            if not re.match(r" +(\*|Task Group) ", line):
                self.assertRegex(line, r"^(==>|   ) %s: \S" % TIME)


class Words(Case):
    """What the command line itself takes; none of it asks an agent."""

    def test_unknown_command_exits_127_with_the_list_of_commands(self):
        run = self.cli("no-such-command", code=127)
        self.assertRegex(run.stdout, r"(?m)^ +server\b")
        self.assertEqual(self.cli(code=127).stdout, run.stdout)

    def test_list_begins_with_the_common_commands_and_hides_aliases(self):
        words = re.findall(r"(?m)^ {4}(\S+)", self.out("-help"))
        self.assertEqual(words[:7], ["run", "stop", "status", "alloc", "job", "node", "agent"])
        self.assertEqual(words[7:], sorted(words[7:]))
        self.assertIn("namespace", words)
        for hidden in ("logs", "plan", "node-status", "server-members"):
            self.assertNotIn(hidden, words)

    def test_unknown_subcommand_exits_127_with_the_list_of_its_group(self):
        words = re.findall(r"(?m)^ {4}(\S+)", self.cli("alloc", "no-such", code=127).stdout)
        self.assertEqual(words, ["fs", "logs", "restart", "signal", "status", "stop"])

    def test_group_alone_exits_1_with_its_help(self):
        for group in ("job", "alloc", "eval", "node", "namespace", "server", "operator", "operator scheduler"):
            self.assertIn(group + " <subcommand>", self.cli(*group.split(), code=1).stdout)

    def test_help_of_groups_and_commands_is_no_error(self):
        for words, expected in ((["-h"], "<command>"), (["job", "-help"], "job <subcommand>"),
                                (["job", "run", "--help"], "nomad job run"), (["logs", "-h"], "nomad logs")):
            self.assertIn(expected, self.out(*words))

    def test_help_names_the_flags(self):
        file = "json hcl2-strict var var-file vault-namespace"
        for command, flags in {
                "job run": file + " detach verbose check-index consul-namespace eval-priority output policy-override "
                                  "preserve-counts preserve-resources",
                "job plan": file + " diff json-output t policy-override verbose",
                "job validate": file,
                "job init": "short connect template list-templates",
                "job status": "short evals all-allocs verbose json t",
                "job inspect": "json t hcl with-vars version",
                "job history": "p full version diff-tag diff-version json t",
                "job stop": "detach verbose eval-priority global no-shutdown-delay purge yes",
                "job eval": "detach force-reschedule verbose",
                "alloc status": "short stats verbose json t",
                "alloc logs": "f tail n c stdout stderr task group job verbose",
                "alloc fs": "f tail n c stat H group job",
                "alloc stop": "detach no-shutdown-delay verbose",
                "alloc restart": "all-tasks task verbose",
                "alloc signal": "s task verbose",
                "eval status": "monitor verbose json t",
                "eval list": "per-page page-token filter verbose json t job status",
                "eval delete": "filter yes",
                "node status": "short stats self allocs os quiet verbose json t per-page page-token filter",
                "namespace list": "json t",
                "namespace apply": "description quota json",
                "operator scheduler set-config":
                    "check-index scheduler-algorithm memory-oversubscription reject-job-registration pause-eval-broker "
                    "preempt-batch-scheduler preempt-service-scheduler preempt-sysbatch-scheduler "
                    "preempt-system-scheduler node-limit-for-feasibility-checks",
                "server members": "verbose json t",
                "fmt": "check diff list write recursive",
                "sim": "snapshot fleet trace seed until sample heartbeat algorithm preempt oversubscribe json svg html "
                       "progress"}.items():
            text = self.out(*command.split(), "-help")
            self.assertEqual(set(flags.split()) - set(re.findall(r"(?m)^  -([\w-]+)", text)), set(), command)

    def test_flag_before_the_command_is_refused(self):
        run = self.cli("-detach", "status", code=1)
        self.assertIn("-detach", run.stderr)
        self.assertIn("<command>", run.stdout)

    def test_unknown_flag_is_named_and_help_is_printed(self):
        for command, code in (("job status", 1), ("node status", 1), ("fmt", 1), ("job plan", 255), ("plan", 255)):
            run = self.cli(*command.split(), "-no-such-flag", code=code)
            self.assertIn("flag provided but not defined: -no-such-flag\n", run.stderr)
            self.assertIn("nomad " + command, run.stdout)

    def test_bad_values_are_told_in_the_words_of_go(self):
        for words, told in ((["eval", "list", "-per-page=many"], 'invalid value "many" for flag -per-page: parse error'),
                            (["job", "run", "-detach=perhaps"], 'invalid boolean value "perhaps" for -detach: parse error'),
                            (["alloc", "logs", "-n"], "flag needs an argument: -n"),
                            (["alloc", "logs", "---tail"], "bad flag syntax: ---tail")):
            self.assertIn(told, self.cli(*words, code=1).stderr)

    def test_wrong_number_of_arguments_points_to_the_help(self):
        for words, name in (("job run", "job run"), ("run a b", "job run"), ("validate", "job validate"),
                            ("job status a b", "status"), ("inspect", "job inspect"), ("job history a b", "job history"),
                            ("stop", "job stop"), ("job eval", "job eval"), ("logs", "alloc logs"),
                            ("fs a b c", "alloc fs"), ("alloc stop", "alloc stop"), ("alloc restart", "alloc restart"),
                            ("alloc signal a b c", "alloc signal"), ("eval list a", "eval list"),
                            ("node status a b", "node status"), ("node-status a b", "node status"),
                            ("namespace list a", "namespace list"), ("namespace status", "namespace status"),
                            ("namespace apply", "namespace apply"), ("namespace delete a b", "namespace delete"),
                            ("server members a", "server members"), ("status a b", "status"),
                            ("operator scheduler get-config a", "operator scheduler get-config")):
            self.refused(r"nomad %s -help" % name, *words.split())
        self.refused(r"nomad job plan -help", "plan", code=255)

    def test_flag_behind_an_argument_is_an_argument(self):
        self.refused("nomad job run -help", "job", "run", "web.nomad.hcl", "-detach")

    def test_two_dashes_end_the_flags(self):
        self.refused('"-short"', "job", "status", "--", "-short")

    def test_version_flags_are_the_version_command(self):
        text = self.out("version")
        self.assertRegex(text, r"Nomad v\d+\.\d+\.\d+")
        for flag in ("-v", "-version", "--version"):
            self.assertEqual(self.out(flag), text)


class Recorder(http.server.BaseHTTPRequestHandler):
    """An agent that knows no job and remembers what it was asked."""
    seen = []

    def answer(self):
        Recorder.seen.append((self.path, dict(self.headers)))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    do_GET = answer

    def log_message(self, *args):
        pass


class WebServer:
    """Answers GET with the pages given: bytes, or a text that is the place to go to instead."""

    def __init__(self, pages):
        outer = self
        self.headers = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.headers = dict(self.headers)
                page = pages.get(self.path.partition("?")[0])
                moved = isinstance(page, str)
                self.send_response(302 if moved else 200 if page else 404)
                if moved:
                    self.send_header("Location", page)
                body = b"" if moved else page or b"nothing here"
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):  # who has read enough goes
                    self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = "http://127.0.0.1:%d" % self.server.server_port
        self.worker = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self.worker.start()
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.worker.join()
        self.server.server_close()


class GeneralOptions(Case):
    def asked(self, *args, env=None):
        """The path and the headers of the one call that the command made."""
        Recorder.seen.clear()
        with http.server.HTTPServer(("127.0.0.1", 0), Recorder) as server:
            worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            worker.start()
            try:
                self.out("job", "status", "-address=http://127.0.0.1:%d" % server.server_port, *args, env=env)
            finally:
                server.shutdown()
                worker.join()
        self.assertEqual(len(Recorder.seen), 1)
        return Recorder.seen[0]

    def test_region_namespace_token_and_password_reach_the_agent(self):
        path, headers = self.asked("-region=north", "-namespace=blue", "-token=secret", env={"NOMAD_HTTP_AUTH": "me:pw"})
        self.assertEqual(sorted(path.partition("?")[2].split("&")), ["namespace=blue", "region=north"])
        self.assertEqual(headers["X-Nomad-Token"], "secret")
        self.assertEqual(headers["Authorization"], "Basic " + base64.b64encode(b"me:pw").decode())

    def test_environment_stands_in_for_flags(self):
        env = {"NOMAD_REGION": "south", "NOMAD_NAMESPACE": "red", "NOMAD_TOKEN": "from-env"}
        path, headers = self.asked(env=env)
        self.assertEqual(sorted(path.partition("?")[2].split("&")), ["namespace=red", "region=south"])
        self.assertEqual(headers["X-Nomad-Token"], "from-env")
        path, headers = self.asked("-region=north", "-namespace=blue", "-token=flag", env=env)
        self.assertEqual(sorted(path.partition("?")[2].split("&")), ["namespace=blue", "region=north"])
        self.assertEqual(headers["X-Nomad-Token"], "flag")

    def test_nothing_given_means_nothing_sent(self):
        path, headers = self.asked()
        self.assertEqual(path, "/v1/jobs")
        self.assertNotIn("X-Nomad-Token", headers)

    def test_flag_beats_the_address_of_the_environment(self):
        nobody = "http://127.0.0.1:1"
        self.assertIn("web", self.out("job", "status", "-address", agent.address, env={"NOMAD_ADDR": nobody}))
        self.refused("127.0.0.1:1", "job", "status", env={"NOMAD_ADDR": nobody})

    def test_unreachable_agent_is_told_on_standard_error(self):
        told = r"127\.0\.0\.1:1/v1.*connection refused"
        for words in ("job status", "node status", "eval list", "namespace list", "server members",
                      "operator scheduler get-config", "status some-id", "job stop web", "alloc logs ab"):
            self.refused(told, *words.split(), env={"NOMAD_ADDR": "http://127.0.0.1:1"})
        self.refused(told, "job", "plan", "web.nomad.hcl", code=255, env={"NOMAD_ADDR": "http://127.0.0.1:1"})

    def test_address_without_a_scheme_is_refused(self):
        self.refused("invalid address", "job", "status", "-address=127.0.0.1")
        self.refused("invalid address", "job", "validate", "-address=127.0.0.1", "web.nomad.hcl", code=255)

    def test_titles_are_bold_only_when_colour_is_forced(self):
        bold = "\033[1mSummary\033[0m\n"
        self.assertNotIn("\033", self.out("job", "status", "web", env={"NOMAD_CLI_NO_COLOR": ""}))
        for args, env in ((["-force-color"], {}), ([], {"NOMAD_CLI_FORCE_COLOR": "1"})):
            self.assertIn(bold, self.out("job", "status", *args, "web", env=dict(env, NOMAD_CLI_NO_COLOR="")))
        self.assertNotIn("\033", self.out("job", "status", "-no-color", "-force-color", "web",
                                          env={"NOMAD_CLI_NO_COLOR": ""}))

    def test_errors_are_red_when_colour_is_forced(self):
        self.refused("\033\\[31m.*no-such", "job", "status", "-force-color", "no-such", env={"NOMAD_CLI_NO_COLOR": ""})


class Submission(Case):
    """job run, plan and validate."""

    def test_plan_of_a_new_job_exits_1_and_gives_index_0(self):
        text = self.out("job", "plan", web_file("planned", 3), code=1)
        self.assertTrue(text.startswith('+ Job: "planned"\n+ Task Group: "front" (3 create)\n'
                                        '  + Task: "serve" (forces create)\n\nScheduler dry-run:\n'), text)
        self.assertRegex(section(text, "Scheduler dry-run:"), r"^- ")
        self.assertIn("\nJob Modify Index: 0\n", text)
        self.assertIn("\nnomad job run -check-index 0 planned.nomad.hcl\n", text)
        self.assertEqual(agent.get("/v1/job/planned").status, 404)

    def test_plan_without_a_change_exits_0(self):
        for command in (["job", "plan"], ["plan"]):
            self.assertIn('Task Group: "front" (2 ignore)', self.out(*command, "web.nomad.hcl"))

    def test_plan_shows_old_and_new_values_and_diff_can_be_hidden(self):
        file = write("web-more", (WEB % {"name": "web", "count": 2}).replace("= 16", "= 24"))
        text = self.out("job", "plan", file, code=1)
        self.assertRegex(text, r'\+/- +MemoryMB: +"16" => "24"')
        self.assertIn('"front" (2 create/destroy update)', text)
        hidden = self.out("job", "plan", "-diff=false", file, code=1)
        self.assertTrue(hidden.startswith("Scheduler dry-run:\n"), hidden)

    def test_plan_that_cannot_place_says_why(self):
        text = self.out("job", "plan", write("nowhere-else", NOWHERE.replace('"nowhere"', '"nowhere-else"')), code=1)
        dry = section(text, "Scheduler dry-run:")
        self.assertIn("WARNING", dry)
        self.assertIn('Task Group "g" (failed to place 1 allocation):', dry)
        self.assertRegex(dry, r'(?m)^ +\* Constraint "\$\{node\.class\} = no-such-class"')

    def test_every_error_of_plan_exits_255(self):
        self.refused("no-such-file", "job", "plan", "no-such-file.hcl", code=255)
        self.refused("broken", "job", "plan", write("broken", 'job "x" {'), code=255)
        self.refused("Unexpected response code", "job", "plan", "-namespace=no-such", web_file("planned"), code=255)

    def test_plan_as_json(self):
        plan = json.loads(self.out("job", "plan", "-json-output", "web.nomad.hcl"))
        self.assertEqual(plan["Annotations"]["DesiredTGUpdates"]["front"]["Ignore"], 2)
        self.assertGreater(plan["JobModifyIndex"], 0)

    def test_command_of_plan_keeps_the_flags_of_the_job_file(self):
        text = self.out("job", "plan", "-var", "last=4", "-hcl2-strict=false", write("kept", BATCH % {"name": "kept"}), code=1)
        command = re.search(r"(?m)^nomad job run -check-index 0 (.*) kept\.nomad\.hcl$", text).group(1)
        self.assertEqual(sorted(command.split()), ['-hcl2-strict=false', '-var="last=4"'])

    def test_index_of_plan_guards_run(self):
        file = web_file("guarded")
        self.assertIn("Job Modify Index: 0\n", self.out("job", "plan", file, code=1))
        self.out("job", "run", "-detach", "-check-index", "0", file)
        index = re.search(r"Job Modify Index: (\d+)", self.out("job", "plan", file)).group(1)
        self.assertEqual(int(index), agent.get("/v1/job/guarded").json["JobModifyIndex"])
        web_file("guarded", 2)
        run = self.cli("job", "run", "-detach", "-check-index", "0", file, code=1)
        self.assertRegex(run.stderr, r"^Enforcing job modify index 0: .*\n.*not updated")
        self.assertEqual(agent.get("/v1/job/guarded").json["Version"], 0)
        self.out("job", "run", "-detach", "-check-index", index, file)
        self.assertEqual(agent.get("/v1/job/guarded").json["Version"], 1)
        self.refused("check-index", "job", "run", "-check-index=some", file)

    def test_detached_run_prints_the_evaluation(self):
        text = self.out("run", "-detach", "-verbose", "-eval-priority=77", write("quick", BATCH % {"name": "quick"}))
        found = re.fullmatch("Job registration successful\nEvaluation ID: (%s)\n" % ID, text)
        evaluation = agent.get("/v1/evaluation/" + found.group(1)).json
        self.assertEqual((evaluation["JobID"], evaluation["Priority"]), ("quick", 77))

    def test_run_follows_the_evaluation(self):
        text = self.out("job", "run", web_file("followed"))
        self.assert_monitor_lines(text)
        first, last = text.splitlines()[0], text.splitlines()[-1]
        evaluation = re.fullmatch('==> %s: Monitoring evaluation "(%s)"' % (TIME, SHORT), first).group(1)
        self.assertTrue(last.startswith("==>") and last.endswith('Evaluation "%s" finished with status "complete"' % evaluation))
        self.assertRegex(text, r'(?m)^    %s: .*job "followed"$' % TIME)
        placed = re.search(r'Allocation "(%s)" created: node "(%s)", group "front"' % (SHORT, SHORT), text)
        alloc = agent.allocations("followed")[0]
        self.assertEqual(placed.groups(), (alloc["ID"][:8], alloc["NodeID"][:8]))

    def test_run_that_cannot_place_exits_2_and_says_why(self):
        text = self.out("job", "run", "-verbose", "nowhere.nomad.hcl", code=2)
        self.assert_monitor_lines(text)
        self.assertRegex(text, r'==> .*Evaluation "%s" finished with status "complete" .*' % ID)
        self.assertIn('Task Group "g" (failed to place 1 allocation):\n', text)
        self.assertRegex(text, r"(?m)^ +\* Constraint .*no-such-class")
        blocked = re.search(r'Evaluation "(%s)" waiting' % ID, text).group(1)
        self.assertEqual(agent.get("/v1/evaluation/" + blocked).json["Status"], "blocked")

    def test_run_exits_1_when_its_deployment_is_cancelled(self):
        # Healthy only after an hour, so that the deployment is there to be cancelled.
        update = "min_healthy_time = \"1h\"\n healthy_deadline = \"2h\"\n progress_deadline = \"3h\""
        file = write("deployed", (WEB % {"name": "deployed", "count": 1}).replace("max_parallel = 0", update))
        env = dict(os.environ, NOMAD_ADDR=agent.address)
        run = subprocess.Popen([str(harness.BINARY), "job", "run", file], cwd=agent.folder, env=env, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            agent.wait_for_allocations("deployed", "running")
            deployment = agent.get("/v1/job/deployed/deployment").json["ID"]
            self.out("job", "stop", "-detach", "deployed")
            text, errors = run.communicate(timeout=harness.PATIENCE_S)
        finally:
            run.kill()
            run.wait()
        self.assertEqual((run.returncode, errors), (1, ""), text)
        self.assertIn('Monitoring deployment "%s"' % deployment[:8], text)
        self.assertIn("Evaluation within deployment: \"%s\"" % deployment[:8], text)
        self.assertRegex(text, r"(?m)^Status +=? *cancelled$")
        self.assertRegex(text, r"(?m)^Task Group +Desired +Placed +Healthy +Unhealthy")

    def test_run_takes_standard_input(self):
        self.out("job", "run", "-detach", "-", stdin=BATCH % {"name": "piped"})
        self.assertEqual(agent.get("/v1/job/piped").json["ID"], "piped")

    def test_job_goes_to_the_namespace_of_its_file_unless_a_flag_says_another(self):
        self.out("namespace", "apply", "lime")
        text = (BATCH % {"name": "placed"}).replace('type = "batch"', 'type = "batch"\n  namespace = "lime"')
        for flags, where in (([], "lime"), (["-namespace=default"], "default")):
            self.assertIn('finished with status "complete"', self.out("job", "run", *flags, "-", stdin=text))
            self.assertEqual(agent.get("/v1/job/placed?namespace=" + where).json["Namespace"], where)
            agent.delete("/v1/job/placed?purge=true&namespace=" + where)

    def test_output_prints_the_job_and_sends_nothing(self):
        text = self.out("job", "run", "-output", "-", stdin=BATCH % {"name": "only-shown"})
        self.assertTrue(text.startswith('{\n    "Job": {\n        "Affinities": null,\n'), text[:200])
        self.assertEqual(json.loads(text)["Job"]["ID"], "only-shown")
        self.assertEqual(agent.get("/v1/job/only-shown").status, 404)

    def test_output_can_be_run_again_bare_or_wrapped(self):
        wrapped = self.out("job", "run", "-output", "-", stdin=BATCH % {"name": "as-json"})
        for text in (wrapped, json.dumps(json.loads(wrapped)["Job"])):
            self.out("job", "run", "-json", "-detach", "-", stdin=text)
            self.assertEqual(agent.delete("/v1/job/as-json?purge=true").status, 200)

    def args_of(self, *args, stdin, env=None):
        job = json.loads(self.out("job", "run", "-output", *args, "-", stdin=stdin, env=env))["Job"]
        return job["TaskGroups"][0]["Tasks"][0]["Config"]["args"][1]

    def test_a_job_in_json_takes_no_variables(self):
        name = write("bare-json", '{"ID": "j"}')
        for flag in ("-var=a=1", "-var-file=values.hcl"):
            for command, code in (("run", 1), ("validate", 1), ("plan", 255)):
                self.refused("-json goes without -var", "job", command, "-json", flag, name, code=code)

    def test_preserved_counts_stay(self):
        self.out("job", "run", "-detach", web_file("scaled", 2))
        self.out("job", "run", "-detach", "-preserve-counts", web_file("scaled", 1))
        self.assertEqual(agent.get("/v1/job/scaled").json["TaskGroups"][0]["Count"], 2)
        self.out("job", "run", "-detach", "scaled.nomad.hcl")
        self.assertEqual(agent.get("/v1/job/scaled").json["TaskGroups"][0]["Count"], 1)

    def test_variables_come_from_flags_files_and_environment(self):
        text = BATCH % {"name": "varied"}
        (agent.folder / "v.hcl").write_text("last = 7\n")
        self.assertIn("seq 1 30;", self.args_of(stdin=text))
        self.assertIn("seq 1 8;", self.args_of(stdin=text, env={"NOMAD_VAR_last": "8"}))
        self.assertIn("seq 1 7;", self.args_of("-var-file=v.hcl", stdin=text))
        self.assertIn("seq 1 9;", self.args_of("-var", "last=9", stdin=text))

    def test_undeclared_variable_is_refused_unless_not_strict(self):
        text = BATCH % {"name": "varied"}
        self.refused("typo", "job", "run", "-output", "-var", "typo=1", "-", stdin=text)
        self.assertIn("seq 1 30;", self.args_of("-hcl2-strict=false", "-var", "typo=1", stdin=text))

    def test_periodic_job_tells_its_next_launch(self):
        text = self.out("job", "run", write("hourly", EVERY_HOUR))
        self.assertRegex(text, r"^Job registration successful\n.*%s.*\d+[ms]" % TIME)
        status = self.out("job", "status", "hourly")
        self.assertEqual(pairs(status)["Periodic"], "true")
        self.assertRegex(pairs(status)["Next Periodic Launch"], r"^%s \(.*\d+[ms].*\)$" % TIME)
        self.assertEqual(table(section(status, "Children Job Summary")), [["Pending", "Running", "Dead"], ["0", "0", "0"]])

    def test_job_file_that_cannot_be_read_is_named(self):
        self.refused("no-such-file", "job", "run", "no-such-file.hcl")
        self.refused("broken", "job", "run", write("broken", 'job "x" {'))

    def test_job_file_from_the_web(self):
        with WebServer({"/jobs/web.hcl": (BATCH % {"name": "fetched"}).encode(), "/large": b"#" * (33 << 20),
                        "/moved": "/jobs/web.hcl", "/round": "/round"}) as web:
            self.assertEqual(json.loads(self.out("job", "run", "-output", web.address + "/jobs/web.hcl?x=1"))["Job"]["ID"],
                             "fetched")
            self.out("job", "validate", web.address + "/moved")
            source = web.address + "/jobs/web.hcl"
            self.assertIn("-check-index 0 " + source, self.out("job", "plan", source, code=1))
            self.out("job", "run", "-output", source, env={"NOMAD_TOKEN": "secret", "NOMAD_REGION": "north"})
            self.assertNotIn("X-Nomad-Token", web.headers)
            self.refused(r"Error getting jobfile from .*/gone.*404", "job", "run", web.address + "/gone")
            self.refused("redirections", "job", "run", web.address + "/round")
            self.refused("too large|at most|exceed|large", "job", "run", web.address + "/large")
            self.refused("checksum", "job", "run", source + "?checksum=md5:1")
        self.refused("refused", "job", "run", web.address + "/jobs/web.hcl")

    def test_other_ways_to_fetch_a_job_file_are_refused_by_name(self):
        for source, named in [("git::https://h/x.git//job.hcl", "git::"), ("s3::https://h/b/job.hcl", "s3::"),
                              ("file:///tmp/job.hcl", "file://"), ("https://h/x.zip//job.hcl", "//"),
                              ("http://me:pw@h/job.hcl", "a user"), ("http://h/job.hcl?archive=zip", "archive")]:
            for command in ("run", "validate"):
                self.refused(re.escape(named) + ".*is not supported", "job", command, source)

    def test_job_that_the_server_refuses_is_told(self):
        bad = (BATCH % {"name": "bad"}).replace('"batch"', '"no-such-type"')
        self.refused("(?s)Unexpected response code: 500 .*no-such-type", "job", "run", "-detach", "-", stdin=bad)

    def test_validate(self):
        for command in (["job", "validate"], ["validate"]):
            self.assertEqual(self.out(*command, "web.nomad.hcl"), "Job validation successful\n")
        self.refused("no-such-type", "job", "validate", "-",
                     stdin=(BATCH % {"name": "bad"}).replace('"batch"', '"no-such-type"'))
        self.refused("broken", "job", "validate", write("broken", 'job "x" {'))


class Jobs(Case):
    def test_list_has_a_line_for_each_job(self):
        rows = table(self.out("job", "status"))
        self.assertEqual(rows[0], ["ID", "Type", "Priority", "Status", "Submit Date"])
        by_id = {row[0]: row for row in rows[1:]}
        self.assertEqual(by_id["web"][1:4], ["service", "50", "running"])
        self.assertRegex(by_id["web"][4], "^%s$" % TIME)
        self.assertEqual(by_id["nowhere"][3], "pending")
        self.assertEqual(table(self.out("status"))[0], rows[0])

    def test_namespace_without_jobs(self):
        self.assertEqual(self.out("job", "status", "-namespace=no-such"), "No running jobs\n")

    def test_star_lists_all_namespaces(self):
        self.out("namespace", "apply", "green")
        self.out("job", "run", "-detach", "-namespace=green", "-", stdin=BATCH % {"name": "leaf"})
        rows = table(self.out("job", "status", "-namespace=*"))
        self.assertEqual(rows[0][:3], ["ID", "Namespace", "Type"])
        self.assertTrue({("leaf", "green"), ("web", "default")} <= {tuple(row[:2]) for row in rows})
        self.assertEqual([row[0] for row in table(self.out("job", "status", env={"NOMAD_NAMESPACE": "green"}))[1:]], ["leaf"])
        self.assertIn("web", self.out("job", "status", "-namespace=default", env={"NOMAD_NAMESPACE": "green"}))
        self.refused('"leaf"', "job", "status", "leaf")
        self.assertEqual(pairs(self.out("job", "status", "-namespace=*", "leaf"))["Namespace"], "green")

    def test_status_of_one_job(self):
        text = self.out("job", "status", "web")
        keys = list(pairs(text))
        self.assertEqual(keys, ["ID", "Name", "Submit Date", "Type", "Priority", "Datacenters", "Namespace", "Node Pool",
                                "Status", "Periodic", "Parameterized"])
        self.assertEqual(table(section(text, "Summary")),
                         [["Task Group", "Queued", "Starting", "Running", "Failed", "Complete", "Lost", "Unknown"],
                          ["front", "0", "0", "2", "0", "0", "0", "0"]])
        rows = table(section(text, "Allocations"))
        self.assertEqual(rows[0], ["ID", "Node ID", "Task Group", "Version", "Desired", "Status", "Created", "Modified"])
        self.assertEqual({row[0] for row in rows[1:]}, {a["ID"][:8] for a in web})
        self.assertRegex(rows[1][6], r"^(\d+[smh]){1,2} ago$")
        self.assertNotIn("\nEvaluations\n", text)

    def test_times_are_local(self):
        told = pairs(self.out("job", "status", "-short", "web", env={"TZ": "XYZ-09:30"}))
        self.assertRegex(told["Submit Date"], r"T\d\d:\d\d:\d\d\+09:30$")

    def test_status_short_evals_and_verbose(self):
        self.assertNotIn("Summary", self.out("job", "status", "-short", "web"))
        rows = table(section(self.out("job", "status", "-evals", "lines"), "Evaluations"))
        self.assertEqual(rows[0], ["ID", "Priority", "Triggered By", "Status", "Placement Failures"])
        self.assertIn(["50", "job-register", "complete", "false"], [row[1:] for row in rows[1:]])
        rows = table(section(self.out("job", "status", "-verbose", "web"), "Allocations"))
        self.assertEqual(rows[0][:4], ["ID", "Eval ID", "Node ID", "Node Name"])
        self.assertEqual({row[0] for row in rows[1:]}, {a["ID"] for a in web})

    def test_status_says_why_nothing_was_placed(self):
        text = self.out("job", "status", "nowhere")
        self.assertIn('Task Group "g" (failed to place 1 allocation):', section(text, "Placement Failure"))
        self.assertEqual(section(text, "Allocations"), "No allocations placed")

    def test_status_tells_of_the_latest_deployment(self):
        self.out("job", "run", "-detach", "-", stdin=(WEB % {"name": "rolled", "count": 1}).replace("max_parallel = 0", ""))
        agent.wait_for_allocations("rolled", "running")
        block = self.out("job", "status", "rolled").partition("\nLatest Deployment\n")[2]
        deployment = agent.get("/v1/job/rolled/deployment").json
        self.assertEqual(pairs(block.partition("\n\n")[0])["ID"], deployment["ID"][:8])
        self.assertEqual(table(section(block, "Deployed"))[0],
                         ["Task Group", "Desired", "Placed", "Healthy", "Unhealthy", "Progress Deadline"])

    def test_status_of_a_parameterized_job(self):
        text = (BATCH % {"name": "called"}).replace("group \"g\"", 'parameterized {\n    payload = "required"\n'
                                                    '    meta_required = ["a", "b"]\n  }\n  group "g"')
        self.assertIn("Job registration successful", self.out("job", "run", "-", stdin=text))
        status = self.out("job", "status", "called")
        self.assertEqual(pairs(status)["Parameterized"], "true")
        self.assertEqual(pairs(section(status, "Parameterized Job")),
                         {"Payload": "required", "Required Metadata": "a, b", "Optional Metadata": "<none>"})
        self.assertEqual(table(section(status, "Children Job Summary"))[0], ["Pending", "Running", "Dead"])

    def test_status_as_json(self):
        self.assertEqual([job["ID"] for job in json.loads(self.out("job", "status", "-json", "web"))], ["web"])
        jobs = json.loads(self.out("job", "status", "-json"))
        self.assertLessEqual({"web", "lines", "nowhere"}, {job["ID"] for job in jobs})

    def test_prefix_finds_a_job_and_the_whole_name_wins(self):
        self.assertEqual(pairs(self.out("job", "status", "nowh"))["ID"], "nowhere")
        for name in ("twin", "twin-2"):
            self.out("job", "run", "-detach", "-", stdin=BATCH % {"name": name})
        self.assertEqual(pairs(self.out("job", "status", "twin"))["ID"], "twin")
        for command in (["job", "status"], ["job", "inspect"], ["job", "stop"], ["job", "history"], ["job", "eval"]):
            run = self.cli(*command, "twi", code=1)
            self.assertRegex(run.stderr, r"(?s)multiple.*\nID +Namespace +Type +Priority +Status\ntwin .*\ntwin-2 ")
            self.assertEqual(run.stdout, "")

    def test_unknown_job_exits_1(self):
        for command in ("job status", "job inspect", "job history", "job stop", "job eval", "stop", "inspect"):
            self.refused('"no-such"', *command.split(), "no-such")

    def test_template_and_json_exclude_each_other(self):
        for words in ("job status -json -t={{.}}", "job inspect -json -t={{.}} web", "job history -json -t={{.}} web",
                      "alloc status -json -t={{.}}", "eval status -json -t={{.}}", "eval list -json -t={{.}}",
                      "node status -json -t={{.}}", "namespace list -json -t={{.}}", "server members -json -t={{.}}",
                      "namespace status -json -t={{.}} default", "operator scheduler get-config -json -t={{.}}"):
            self.refused("json and template", *words.split())
        self.refused("json and template", "job", "plan", "-json-output", "-t={{.}}", "web.nomad.hcl", code=255)

    def test_inspect(self):
        for command in (["job", "inspect"], ["inspect"], ["job", "inspect", "-json"], ["job", "inspect", "-version=0"]):
            self.assertEqual(json.loads(self.out(*command, "web"))["Job"]["ID"], "web")
        self.assertEqual(self.out("job", "inspect", "-hcl", "nowhere"), NOWHERE)
        self.refused("version", "job", "inspect", "-version=99", "web")
        self.refused("hcl", "job", "inspect", "-hcl", "-json", "web")

    def test_history_has_a_block_for_each_version(self):
        for count in (1, 2):
            self.out("job", "run", "-detach", web_file("aging", count))
        blocks = self.out("job", "history", "aging").split("\n\n")
        self.assertEqual([pairs(b)["Version"] for b in blocks], ["1", "0"])
        self.assertEqual(list(pairs(blocks[0])), ["Version", "Stable", "Submit Date"])
        self.assertRegex(pairs(blocks[0])["Submit Date"], "^%s$" % TIME)
        diff = self.out("job", "history", "-p", "-version=1", "aging")
        self.assertRegex(diff, r'(?s)Diff +=.*\+/- +Count: +"1" => "2"')
        self.assertNotRegex(diff, r"(?m)^Version +=? *0$")
        self.assertEqual([v["Version"] for v in json.loads(self.out("job", "history", "-json", "aging"))], [1, 0])
        self.assertRegex(self.out("job", "history", "-full", "-version=0", "aging"), r'(?s)Full +=.*"?ID"?.*aging')
        self.refused("99", "job", "history", "-version=99", "aging")
        self.refused("version", "job", "history", "-version=x", "aging")

    def test_stop_detached_prints_the_bare_evaluation(self):
        for name in ("gone-1", "gone-2"):
            self.out("job", "run", "-detach", web_file(name))
        ids = self.out("stop", "-detach", "gone-1", "gone-2").split()
        self.assertEqual([agent.get("/v1/evaluation/" + i).json["JobID"] for i in ids], ["gone-1", "gone-2"])
        harness.wait_for("both are dead", lambda: all(agent.get("/v1/job/" + n).json["Status"] == "dead"
                                                      for n in ("gone-1", "gone-2")))
        self.assertEqual(pairs(self.out("job", "status", "-short", "gone-1"))["Status"], "dead (stopped)")
        self.assertIn(["gone-2", "service", "50", "dead (stopped)"], [row[:4] for row in table(self.out("job", "status"))])

    def test_stop_follows_and_purge_forgets(self):
        self.out("job", "run", "-detach", web_file("purged"))
        text = self.out("job", "stop", "-purge", "purged")
        self.assert_monitor_lines(text)
        self.assertRegex(text.splitlines()[-1], r'Evaluation "%s" finished with status "complete"$' % SHORT)
        self.assertEqual(agent.get("/v1/job/purged").status, 404)

    def test_stop_of_several_goes_on_after_a_failure(self):
        self.out("job", "run", "-detach", web_file("last"))
        run = self.cli("job", "stop", "-detach", "no-such", "last", code=1)
        self.assertIn('"no-such"', run.stderr)
        self.assertRegex(run.stdout, "^%s\n$" % ID)

    def test_stop_asks_when_the_name_was_a_prefix(self):
        self.out("job", "run", "-detach", web_file("careful"))
        stopped = lambda: agent.get("/v1/job/careful").json["Stop"]
        for answer, code in (("", 0), ("n\n", 0), ("No\n", 0), ("yes\n", 0), ("maybe\n", 1)):
            run = self.cli("job", "stop", "-detach", "caref", stdin=answer, code=code)
            self.assertIn('"careful"? [y/N] ', run.stdout)
            self.assertFalse(stopped(), repr(answer))
        self.assertRegex(self.out("job", "stop", "-detach", "caref", stdin="y\n"), "%s\n$" % ID)
        self.assertTrue(stopped())
        self.assertRegex(self.out("job", "stop", "-detach", "-yes", "caref"), "^%s\n$" % ID)

    def test_eval(self):
        short = re.search('"(%s)"' % SHORT, self.out("job", "eval", "-detach", "web")).group(1)
        full = re.search('"(%s)"' % ID, self.out("job", "eval", "-detach", "-verbose", "-force-reschedule", "web")).group(1)
        known = [e["ID"] for e in evaluations("web")]
        self.assertIn(full, known)
        self.assertIn(short, [i[:8] for i in known])
        text = self.out("job", "eval", "web")
        self.assert_monitor_lines(text)
        self.assertIn('finished with status "complete"', text)


class Allocations(Case):
    def test_status_by_prefix(self):
        text = self.out("alloc", "status", web[0]["ID"][:8])
        self.assertEqual(list(pairs(text))[:13],
                         ["ID", "Eval ID", "Name", "Node ID", "Node Name", "Job ID", "Job Version", "Client Status",
                          "Client Description", "Desired Status", "Desired Description", "Created", "Modified"])
        told = pairs(text)
        self.assertEqual((told["ID"], told["Job ID"], told["Client Status"], told["Desired Status"]),
                         (web[0]["ID"][:8], "web", "running", "run"))
        self.assertRegex(told["Created"], r"^(\d+[smh]){1,2} ago$")
        self.assertRegex(text, r'(?m)^Task "serve" is "running"')
        resources = table(section(text, "Task Resources:"))
        self.assertEqual(resources[0][:3], ["CPU", "Memory", "Disk"])
        self.assertRegex("|".join(resources[1][:3]), r"^(\d+/)?20 MHz\|(.* [KM]iB/)?16 MiB\|300 MiB$")
        events = table(section(text, "Recent Events:"))
        self.assertEqual(events[0], ["Time", "Type", "Description"])
        self.assertLessEqual({"Received", "Started"}, {row[1] for row in events[1:]})
        self.assertEqual(told["Total Restarts"], "0")

    def test_status_verbose_short_and_json(self):
        told = pairs(self.out("alloc", "status", "-verbose", lines["ID"]))
        self.assertEqual((told["ID"], told["Evaluated Nodes"], told["Filtered Nodes"]), (lines["ID"], "1", "0"))
        self.assertRegex(told["Created"], "^%s$" % TIME)
        scores = self.out("alloc", "status", "-verbose", web[0]["ID"]).partition("\nPlacement Metrics\n")[2]
        self.assertRegex(scores, r"(?m)^Node +binpack .*final score\n%s +0\.\d{3}" % ID)
        short = self.out("alloc-status", "-short", lines["ID"])
        self.assertEqual(list(pairs(short)), ["ID", "Name", "Created", "Modified"])
        self.assertEqual([row[:3] for row in table(section(short, "Tasks"))],
                         [["Name", "State", "Last Event"], ["print", "dead", "Terminated"]])
        self.assertEqual(json.loads(self.out("alloc", "status", "-json", lines["ID"]))["ID"], lines["ID"])
        every = json.loads(self.out("alloc", "status", "-json"))
        self.assertLessEqual({a["ID"] for a in [lines, *web]}, {a["ID"] for a in every})

    def test_status_shows_ports(self):
        static = harness.free_ports(1)[0]
        ports = 'group "front" {\n network {\n port "web" {\n to = 80\n }\n port "own" {\n static = %d\n }\n }' % static
        self.out("job", "run", "-detach", "-", stdin=(WEB % {"name": "ported", "count": 1}).replace('group "front" {', ports))
        alloc = agent.wait_for_allocations("ported", "running")[0]["ID"]
        rows = table(section(self.out("alloc", "status", alloc), "Allocation Addresses:"))
        self.assertEqual(rows[0], ["Label", "Dynamic", "Address"])
        by_label = {row[0]: row[1:] for row in rows[1:]}
        self.assertRegex(" ".join(by_label["*web"]), r"^yes \S+:\d+ -> 80$")
        self.assertRegex(" ".join(by_label["*own"]), r"^\S+:%d$" % static)

    def test_status_with_stats(self):
        text = self.out("alloc", "status", "-stats", web[0]["ID"])
        self.assertIn("RSS", table(section(text, "Memory Stats"))[0])
        self.assertRegex(table(section(text, "Memory Stats"))[1][0], r"^[\d.]+ [KM]?i?B$")
        self.assertIn("Percent", table(section(text, "CPU Stats"))[0])

    def test_identifiers_that_find_nothing_exit_1(self):
        for command in ("alloc status", "alloc logs", "alloc fs", "alloc stop", "alloc restart", "alloc signal"):
            self.refused("at least two characters", *command.split(), "a")
            self.refused("404.*(alloc(ation)? not found|Unknown allocation)", *command.split(), NO_SUCH_ID)
        taken = {a["ID"][:4] for a in agent.get("/v1/allocations").json}
        free = next("%04x" % n for n in range(65536) if "%04x" % n not in taken)
        self.refused('No allocation.*"%s"' % free, "alloc", "status", free)
        # Of an odd number of digits the last is not looked up, yet it must fit.
        self.refused('No allocation.*"%s"' % (free + "0"), "alloc", "status", free + "0")

    def test_prefix_of_several_allocations_lists_them(self):
        # Among 60 ids two that begin with the same two digits are all but certain (birthdays in a year of 256 days).
        many = harness.job("crowd", "/bin/true", (), "batch", 60, Resources={"CPU": 1, "MemoryMB": 10})
        self.assertEqual(agent.put("/v1/jobs", many).status, 200)
        harness.wait_for("all are placed", lambda: len(agent.allocations("crowd")) == 60)
        ids = [a["ID"] for a in agent.get("/v1/allocations").json]
        shared = next(p for p in (i[:2] for i in ids) if sum(j.startswith(p) for j in ids) > 1)
        run = self.cli("alloc", "status", shared, code=1)
        self.assertRegex(run.stderr, r"(?m)^ID +Eval ID +Job ID +Task Group +Desired Status +Client Status$")
        self.assertEqual(len(re.findall("(?m)^%s" % shared, run.stderr)), sum(i.startswith(shared) for i in ids))
        self.assertEqual(run.stdout, "")

    def test_logs_go_to_the_stream_they_came_from(self):
        numbers = "".join("%d\n" % n for n in range(1, 31))
        for command in (["alloc", "logs"], ["logs"]):
            run = self.cli(*command, lines["ID"][:8])
            self.assertEqual((run.stdout, run.stderr), (numbers, "oops\n"))
        self.assertEqual(self.out("logs", "-stdout", lines["ID"], "print"), numbers)
        self.assertEqual(self.out("logs", "-stderr", "-task=print", lines["ID"]), "oops\n")
        self.assertEqual(self.out("logs", "-stdout", "-job", "-group=g", "lines"), numbers)

    def test_logs_of_the_end(self):
        last = lambda *args: self.out("alloc", "logs", "-stdout", *args, lines["ID"]).split()
        self.assertEqual(last("-tail"), [str(n) for n in range(21, 31)])
        self.assertEqual(last("-tail", "-n", "3"), ["28", "29", "30"])
        self.assertEqual(last("-n=2"), ["29", "30"])
        self.assertEqual(last("-tail", "-c", "4"), ["30"])
        self.assertEqual(last("-tail", "-n", "0"), [])

    def test_logs_that_follow_show_both_streams(self):
        loud = (WEB % {"name": "loud", "count": 1}).replace("echo up;", "echo one; echo two; echo up; echo bad >&2;")
        self.out("job", "run", "-detach", "-", stdin=loud)
        alloc = agent.wait_for_allocations("loud", "running")[0]["ID"]
        harness.wait_for("it has written", lambda: "up" in self.out("logs", "-stdout", alloc))
        with open(agent.folder / "out", "wb") as out, open(agent.folder / "err", "wb") as err:
            follow = subprocess.Popen([str(harness.BINARY), "logs", "-f", "-tail", "-n", "2", alloc], stdout=out, stderr=err,
                                      env=dict(os.environ, NOMAD_ADDR=agent.address))
        try:
            read = lambda name: (agent.folder / name).read_text()
            harness.wait_for("both are shown", lambda: read("out") == "two\nup\n" and read("err") == "bad\n")
            self.out("alloc", "signal", "-s", "SIGUSR1", alloc)
            harness.wait_for("what is new is shown", lambda: read("out") == "two\nup\ngot usr1\n")
            self.assertIsNone(follow.poll())
        finally:
            follow.kill()
            follow.wait()

    def test_logs_of_an_unknown_task_or_of_a_job_without_allocations(self):
        self.refused('unknown task name "no-such"', "alloc", "logs", lines["ID"], "no-such")
        self.refused("nowhere", "alloc", "logs", "-job", "nowhere")
        self.refused("no-such", "alloc", "logs", "-job", "no-such")

    def test_logs_want_the_task_when_there_are_several(self):
        text = BATCH % {"name": "pair"}
        task = re.search(r'(?s)    task "print".*?\n    }\n', text).group(0)
        self.out("job", "run", "-detach", "-", stdin=text.replace(task, task + task.replace('"print"', '"other"')))
        alloc = agent.wait_for_allocations("pair", "complete")[0]["ID"]
        self.refused(r"(?s)print.*other|other.*print", "alloc", "logs", alloc)
        self.assertEqual(self.out("alloc", "logs", "-stderr", alloc, "other"), "oops\n")

    def test_fs_lists_a_directory(self):
        for command in (["alloc", "fs"], ["fs"]):
            rows = table(self.out(*command, lines["ID"][:8]))
            self.assertEqual(rows[0], ["Mode", "Size", "Modified Time", "Name"])
            self.assertLessEqual({"alloc/", "print/"}, {row[3] for row in rows[1:]})
        rows = table(self.out("fs", "-H", lines["ID"], "alloc/logs"))
        self.assertIn(["5 B", "print.stderr.0"], [[row[1], row[3]] for row in rows])

    def test_fs_stat_describes_a_file(self):
        rows = table(self.out("alloc", "fs", "-stat", lines["ID"], "alloc/logs/print.stdout.0"))
        self.assertEqual(rows[0], ["Mode", "Size", "Modified Time", "Content Type", "Name"])
        self.assertEqual((rows[1][1], rows[1][4]), ("81", "print.stdout.0"))
        self.assertRegex(rows[1][0], r"^-rw")
        self.assertRegex(rows[1][3], r"^text/plain")
        self.assertRegex(table(self.out("alloc", "fs", "-stat", lines["ID"], "alloc"))[1][0], r"^d")

    def test_fs_prints_a_file_or_its_end(self):
        file = [lines["ID"], "alloc/logs/print.stdout.0"]
        self.assertEqual(self.out("alloc", "fs", *file), "".join("%d\n" % n for n in range(1, 31)))
        self.assertEqual(self.out("alloc", "fs", "-tail", "-n", "2", *file), "29\n30\n")
        self.assertEqual(self.out("alloc", "fs", "-tail", "-c", "6", *file), "29\n30\n")
        self.assertEqual(self.out("alloc", "fs", "-job", "lines", "alloc/logs/print.stderr.0"), "oops\n")
        self.refused("404.*no such file", "alloc", "fs", lines["ID"], "no-such-file")

    def test_fs_follows_a_file(self):
        alloc = self.started("filed")
        follow = subprocess.Popen([str(harness.BINARY), "fs", "-f", alloc, "alloc/logs/serve.stdout.0"], text=True,
                                  stdout=subprocess.PIPE, env=dict(os.environ, NOMAD_ADDR=agent.address))
        try:
            self.assertEqual(follow.stdout.readline(), "up\n")
            self.out("alloc", "signal", "-s", "SIGUSR1", alloc)
            self.assertEqual(follow.stdout.readline(), "got usr1\n")
        finally:
            follow.kill()
            follow.communicate()

    def started(self, name):
        """A job of its own, because the test disturbs it; the id of its allocation."""
        self.out("job", "run", "-detach", web_file(name))
        alloc = agent.wait_for_allocations(name, "running")[0]["ID"]
        harness.wait_for("the task has set its trap", lambda: self.out("logs", "-stdout", alloc) == "up\n")
        return alloc

    def test_signal_reaches_the_task(self):
        alloc = self.started("signalled")
        self.assertEqual(self.out("alloc", "signal", "-s", "SIGUSR1", alloc[:8]), "")
        harness.wait_for("the task heard it", lambda: "got usr1" in self.out("logs", "-stdout", alloc))
        self.refused("Task not found", "alloc", "signal", "-s=SIGUSR1", alloc, "no-such")
        self.refused("both|twice|-task", "alloc", "signal", "-task=a", alloc, "b")

    def test_restart_starts_the_task_anew(self):
        alloc = self.started("restarted")
        self.assertEqual(self.out("alloc", "restart", alloc[:8], "serve"), "")
        harness.wait_for("it ran twice", lambda: self.out("logs", "-stdout", alloc) == "up\nup\n")
        self.assertEqual(self.out("alloc", "restart", "-all-tasks", alloc), "")
        self.refused("no-such", "alloc", "restart", "-task=no-such", alloc)
        self.refused("-all-tasks", "alloc", "restart", "-all-tasks", alloc, "serve")

    def test_stop_places_the_allocation_anew(self):
        alloc = self.started("replaced")
        text = self.out("alloc", "stop", alloc[:8])
        self.assert_monitor_lines(text)
        new = re.search(r'Allocation "(%s)" created: ' % SHORT, text).group(1)
        second = harness.wait_for("the second runs", lambda: next(
            (a for a in agent.allocations("replaced") if a["ID"][:8] == new and a["ClientStatus"] == "running"), None))
        evaluation = self.out("alloc", "stop", "-detach", second["ID"]).strip()
        self.assertEqual(agent.get("/v1/evaluation/" + evaluation).json["TriggeredBy"], "alloc-stop")
        self.assertEqual(pairs(self.out("alloc", "status", alloc))["Desired Status"], "stop")


class Evaluations(Case):
    TITLES = ["ID", "Priority", "Triggered By", "Job ID", "Namespace", "Node ID", "Status", "Placement Failures"]

    def first(self, job, status="complete"):
        return next(e for e in evaluations(job) if e["Status"] == status)

    def test_list_is_newest_first(self):
        rows = table(self.out("eval", "list"))
        self.assertEqual(rows[0], self.TITLES)
        created = {e["ID"][:8]: e["CreateIndex"] for e in agent.get("/v1/evaluations").json}
        indexes = [created[row[0]] for row in rows[1:]]
        self.assertGreater(len(indexes), 2)
        self.assertEqual(indexes, sorted(indexes, reverse=True))

    def test_list_of_a_job_or_status_or_filter(self):
        rows = table(self.out("eval", "list", "-verbose", "-job=nowhere", "-status=blocked"))
        self.assertEqual({(row[3], row[6]) for row in rows[1:]}, {("nowhere", "blocked")})
        self.assertRegex(rows[1][0], "^%s$" % ID)
        found = json.loads(self.out("eval", "list", "-json", "-filter", 'JobID == "lines"'))
        self.assertEqual({e["JobID"] for e in found}, {"lines"})
        self.assertEqual(self.out("eval", "list", "-job=no-such"), "No evals found\n")
        self.refused("400", "eval", "list", "-filter", "nonsense ==")

    def test_list_goes_page_by_page(self):
        every = [row[0] for row in table(self.out("eval", "list", "-job=web"))[1:]]
        text = self.out("eval", "list", "-per-page", "1")
        self.assertEqual(len(table(text.partition("\n\n")[0])), 2)
        token = re.search(r"\n\nResults have been paginated\. To get the next page run:\n\n"
                          r"nomad eval list .*-page-token (\S+)\n$", text).group(1)
        following = table(self.out("eval", "list", "-page-token", token))
        self.assertEqual(following[0], self.TITLES)
        self.assertNotIn(table(text)[1][0], [row[0] for row in following])
        self.assertNotIn("paginated", self.out("eval", "list", "-per-page=%d" % (len(every) + 1), "-job=web"))

    def test_status(self):
        evaluation = self.first("web")
        text = self.out("eval", "status", evaluation["ID"][:8])
        self.assertEqual(list(pairs(text))[:11],
                         ["ID", "Create Time", "Modify Time", "Status", "Status Description", "Type", "TriggeredBy",
                          "Job ID", "Namespace", "Priority", "Placement Failures"])
        told = pairs(text)
        self.assertEqual((told["Job ID"], told["Status"], told["Placement Failures"]), ("web", "complete", "false"))

    def test_status_shows_what_was_planned_and_placed(self):
        text = self.out("eval", "status", "-verbose", web[0]["EvalID"])
        self.assertEqual(table(section(text, "Plan Annotations"))[0],
                         ["Task Group", "Ignore", "Place", "Stop", "InPlace", "Destructive"])
        self.assertEqual(table(section(text, "Plan Annotations"))[1][:3], ["front", "0", "2"])
        self.assertEqual({row[0] for row in table(section(text, "Placed Allocations"))[1:]}, {a["ID"] for a in web})

    def test_status_of_one_that_could_not_place(self):
        failed = next(e for e in evaluations("nowhere") if e.get("BlockedEval"))
        text = self.out("eval-status", failed["ID"])
        self.assertEqual(pairs(text)["Blocked Eval"], failed["BlockedEval"][:8])
        self.assertEqual(table(section(text, "Related Evaluations"))[0],
                         ["ID", "Priority", "Triggered By", "Node ID", "Status", "Description"])
        self.assertIn('Task Group "g" (failed to place 1 allocation):', section(text, "Failed Placements"))
        self.assertNotEqual(pairs(self.out("eval", "status", self.first("nowhere", "blocked")["ID"]))["Placement Failures"],
                            "true")

    def test_status_as_json_and_monitor(self):
        evaluation = self.first("web")["ID"]
        self.assertEqual(json.loads(self.out("eval", "status", "-json", evaluation))["ID"], evaluation)
        self.assertIn(evaluation, [e["ID"] for e in json.loads(self.out("eval", "status", "-json"))])
        text = self.out("eval", "status", "-monitor", "-verbose", evaluation)
        self.assert_monitor_lines(text)
        self.assertIn('Evaluation "%s" finished with status "complete"' % evaluation, text)

    def test_unknown_evaluations_exit_1(self):
        self.refused("404", "eval", "status", NO_SUCH_ID)
        self.refused("two characters", "eval", "status", "a")
        self.refused("argument", "eval", "status")

    def test_delete_wants_either_an_id_or_a_filter(self):
        self.refused("-filter", "eval", "delete")
        self.refused("-filter", "eval", "delete", "-filter=x", NO_SUCH_ID)

    def test_delete_wants_the_broker_paused(self):
        self.refused("paused", "eval", "delete", self.first("lines")["ID"])

    def test_delete_by_id_and_by_filter(self):
        for name in ("swept-1", "swept-2"):
            self.out("job", "run", "-detach", "-", stdin=BATCH % {"name": name})
            agent.wait_for_allocations(name, "complete")
            harness.wait_for("it is dead", lambda: agent.get("/v1/job/" + name).json["Status"] == "dead")
        self.addCleanup(self.out, "operator", "scheduler", "set-config", "-pause-eval-broker=false")
        self.out("operator", "scheduler", "set-config", "-pause-eval-broker=true")
        self.assertRegex(self.out("eval", "delete", evaluations("swept-1")[0]["ID"]), r"\b1 evaluation\n$")
        self.assertEqual(evaluations("swept-1"), [])
        filtered = ["eval", "delete", "-filter", 'JobID == "swept-2"']
        # Not listed, not deleted: each question is refused on its own.
        self.assertEqual(self.out(*filtered, stdin="n\nn\n").count("[y/N]"), 2)
        self.assertEqual(len(evaluations("swept-2")), 1)
        text = self.out(*filtered, stdin="y\ny\n")
        self.assertIn(" swept-2 ", text)
        self.assertRegex(text, r"\b1 evaluation\n$")
        self.assertEqual(evaluations("swept-2"), [])
        self.assertRegex(self.out("eval", "delete", "-yes", "-filter", 'JobID == "swept-2"'), r"\b0 evaluations\n$")


class Nodes(Case):
    def setUp(self):
        self.node = agent.get("/v1/nodes").json[0]["ID"]

    def test_list(self):
        rows = table(self.out("node", "status"))
        self.assertEqual(rows, [["ID", "Node Pool", "DC", "Name", "Class", "Drain", "Eligibility", "Status"],
                                [self.node[:8], "default", "dc1", "scenario", "<none>", "false", "eligible", "ready"]])
        rows = table(self.out("node-status", "-verbose", "-os", "-allocs"))
        self.assertEqual(rows[0], ["ID", "Node Pool", "DC", "Name", "Class", "OS", "Address", "Version", "Drain",
                                   "Eligibility", "Status", "Running Allocs"])
        self.assertEqual(rows[1][0], self.node)
        self.assertGreaterEqual(int(rows[1][-1]), 2)
        self.assertEqual(self.out("node", "status", "-quiet"), self.node + "\n")
        self.assertEqual(self.out("node", "status", "-filter", 'Name == "other"'), "No nodes registered\n")
        self.assertEqual([n["ID"] for n in json.loads(self.out("node", "status", "-json", "-per-page=1"))], [self.node])

    def test_one_node(self):
        text = self.out("node", "status", self.node[:4])
        told = pairs(text)
        self.assertEqual(list(told), ["ID", "Name", "Node Pool", "Class", "DC", "Drain", "Eligibility", "Status",
                                      "CSI Controllers", "CSI Drivers", "Host Volumes", "Host Networks",
                                      "CSI Volumes", "Driver Status"])
        self.assertEqual((told["ID"], told["Name"], told["Status"]), (self.node[:8], "scenario", "ready"))
        self.assertIn("raw_exec", told["Driver Status"].split(","))
        self.assertEqual(table(section(text, "Node Events"))[0], ["Time", "Subsystem", "Message"])
        resources = table(section(text, "Allocated Resources"))
        self.assertEqual(resources[0], ["CPU", "Memory", "Disk", "Alloc Count"])
        self.assertRegex(resources[1][0], r"^\d+/\d+ MHz$")
        self.assertIn(web[0]["ID"][:8], [row[0] for row in table(section(text, "Allocations"))])

    def test_self_short_verbose_and_json(self):
        self.assertEqual(pairs(self.out("node", "status", "-self"))["ID"], self.node[:8])
        self.assertNotIn("Node Events", self.out("node", "status", "-short", self.node))
        text = self.out("node", "status", "-verbose", self.node)
        self.assertEqual(pairs(text)["ID"], self.node)
        self.assertNotIn("Driver Status", pairs(text))
        drivers = table(section(text, "Drivers"))
        self.assertEqual(drivers[0], ["Driver", "Detected", "Healthy", "Message", "Time"])
        self.assertIn(["raw_exec", "true", "true"], [row[:3] for row in drivers])
        self.assertEqual(pairs(section(text, "Attributes"))["unique.hostname"],
                         agent.get("/v1/node/" + self.node).json["Attributes"]["unique.hostname"])
        self.assertEqual(json.loads(self.out("node", "status", "-json", self.node))["ID"], self.node)

    def test_unknown_node_exits_1(self):
        self.refused("404", "node", "status", NO_SUCH_ID)
        self.refused("two characters", "node", "status", "a")
        other = "%02x" % (int(self.node[:2], 16) ^ 1)
        self.refused('No node.*"%s"' % other, "node", "status", other)


class Namespaces(Case):
    def test_life_of_a_namespace(self):
        self.assertEqual(self.out("namespace", "apply", "-description", "first words", "blue"),
                         'Successfully applied namespace "blue"!\n')
        rows = table(self.out("namespace", "list"))
        self.assertEqual(rows[0], ["Name", "Description"])
        self.assertIn(["blue", "first words"], rows)
        self.assertIn("blue", [n["Name"] for n in json.loads(self.out("namespace", "list", "-json"))])
        self.assertEqual(list(pairs(self.out("namespace", "status", "blue"))),
                         ["Name", "Description", "Quota", "Enabled Drivers", "Disabled Drivers", "Enabled Network Modes",
                          "Disabled Network Modes"])
        self.assertEqual(json.loads(self.out("namespace", "inspect", "blue"))["Description"], "first words")
        self.out("namespace", "apply", "blue")
        self.assertEqual(json.loads(self.out("namespace", "status", "-json", "blue"))["Description"], "first words")
        self.assertEqual(self.out("namespace", "delete", "blue"), 'Successfully deleted namespace "blue"!\n')
        self.refused("404.*not found", "namespace", "status", "blue")

    def test_apply_takes_files_in_hcl_and_json(self):
        (agent.folder / "ns.hcl").write_text("""
            name        = "from-file"
            description = "words"
            meta {
              owner = "me"
            }
            capabilities {
              enabled_task_drivers  = ["docker", "exec"]
              disabled_task_drivers = ["raw_exec"]
            }
            """)
        self.out("namespace", "apply", "ns.hcl")
        self.addCleanup(self.out, "namespace", "delete", "from-file")
        text = self.out("namespace", "status", "from-file")
        self.assertEqual((pairs(text)["Enabled Drivers"], pairs(text)["Disabled Drivers"]), ("docker,exec", "raw_exec"))
        self.assertEqual(pairs(section(text, "Metadata")), {"owner": "me"})
        self.out("namespace", "apply", "-json", "-", stdin='{"Name": "from-file", "Description": "other"}')
        self.assertEqual(pairs(self.out("namespace", "status", "from-file"))["Description"], "other")

    def test_errors_exit_1(self):
        for command in ("status", "inspect", "delete"):
            self.refused("not found", "namespace", command, "no-such")
        self.refused("(?i)name", "namespace", "apply", "-", stdin='description = "nobody"\n')
        self.refused("(?i)pars", "namespace", "apply", "-", stdin="name = {\n")
        self.refused("default", "namespace", "delete", "default")


class Servers(Case):
    def test_members(self):
        rows = table(self.out("server", "members"))
        self.assertEqual(rows[0], ["Name", "Address", "Port", "Status", "Leader", "Raft Version", "Build", "Datacenter",
                                   "Region"])
        self.assertEqual(rows[1][:2] + rows[1][3:5] + rows[1][7:],
                         ["scenario.global", "127.0.0.1", "alive", "true", "dc1", "global"])
        self.assertEqual(int(rows[1][2]), agent.ports["serf"])

    def test_members_verbose_and_json(self):
        rows = table(self.out("server", "members", "-verbose"))
        self.assertEqual((rows[0][5], rows[0][-1]), ("Protocol", "Tags"))
        self.assertIn("role=nomad", rows[1][-1].split(","))
        self.assertEqual(self.out("server", "members", "-detailed"), self.out("server", "members", "-verbose"))
        self.assertEqual([m["Name"] for m in json.loads(self.out("server", "members", "-json"))], ["scenario.global"])

    def test_old_name_works_with_a_warning(self):
        run = self.cli("server-members")
        self.assertEqual(run.stdout, self.out("server", "members"))
        self.assertRegex(run.stderr, r"^.*server-members.*\n.*server members.*\n$")

    def test_scheduler_configuration(self):
        told = pairs(self.out("operator", "scheduler", "get-config"))
        self.assertEqual(list(told), ["Scheduler Algorithm", "Memory Oversubscription", "Reject Job Registration",
                                      "Pause Eval Broker", "Preemption System Scheduler", "Preemption Service Scheduler",
                                      "Preemption Batch Scheduler", "Preemption SysBatch Scheduler",
                                      "Node Limit For Feasibility Checks", "Modify Index"])
        self.assertEqual((told["Scheduler Algorithm"], told["Pause Eval Broker"]), ("binpack", "false"))
        config = json.loads(self.out("operator", "scheduler", "get-config", "-json"))
        self.assertEqual(config["SchedulerConfig"]["SchedulerAlgorithm"], "binpack")

    def test_scheduler_configuration_changes_only_what_is_given(self):
        get, change = ["operator", "scheduler", "get-config"], ["operator", "scheduler", "set-config"]
        self.addCleanup(self.out, *change, "-scheduler-algorithm=binpack", "-preempt-service-scheduler=false",
                        "-memory-oversubscription=false")
        before = pairs(self.out(*get))
        text = self.out(*change, "-scheduler-algorithm", "spread", "-preempt-service-scheduler", "-memory-oversubscription=true")
        self.assertEqual(len(text.splitlines()), 1)
        after = pairs(self.out(*get))
        changed = {key for key in after if after[key] != before[key]}
        self.assertEqual(changed, {"Scheduler Algorithm", "Memory Oversubscription", "Preemption Service Scheduler",
                                   "Modify Index"})
        self.assertEqual(after["Scheduler Algorithm"], "spread")
        self.refused(before["Modify Index"], *change, "-check-index", before["Modify Index"], "-scheduler-algorithm=binpack")
        self.assertEqual(pairs(self.out(*get))["Scheduler Algorithm"], "spread")
        self.out(*change, "-check-index", after["Modify Index"], "-scheduler-algorithm=binpack")
        self.assertEqual(pairs(self.out(*get))["Scheduler Algorithm"], "binpack")

    def test_scheduler_configuration_refuses_nonsense(self):
        change = ["operator", "scheduler", "set-config"]
        self.refused("400|invalid", *change, "-scheduler-algorithm=best")
        self.refused("check-index", *change, "-check-index=x")
        self.assertIn("invalid boolean value", self.cli(*change, "-pause-eval-broker=perhaps", code=1).stderr)


class Status(Case):
    """`status` finds what an id belongs to."""

    def test_each_kind_is_found(self):
        node = agent.get("/v1/nodes").json[0]["ID"]
        evaluation = evaluations("lines")[0]["ID"]
        for found, command in ((node, "node status"), (lines["ID"], "alloc status"), (evaluation, "eval status"),
                               ("lines", "job status")):
            self.assertEqual(self.out("status", found).splitlines()[0], self.out(*command.split(), found).splitlines()[0])
        self.assertEqual(pairs(self.out("status", "-verbose", lines["ID"]))["ID"], lines["ID"])

    def test_prefix_is_enough_and_flags_are_passed_on(self):
        self.assertEqual(pairs(self.out("status", "nowhe"))["Status"], "pending")
        env = {"NOMAD_ADDR": "http://127.0.0.1:1"}
        self.assertIn("nowhere", self.out("status", "-address", agent.address, "nowhere", env=env))

    def test_several_matches_are_listed_by_context(self):
        for name in ("same-1", "same-2"):
            self.out("job", "run", "-detach", "-", stdin=BATCH % {"name": name})
        self.refused(r"(?si)\bjobs\b.*same-1.*same-2", "status", "same")

    def test_nothing_found_exits_1(self):
        self.refused('"no-such-thing"', "status", "no-such-thing")


class Format(Case):
    """fmt works on files alone."""
    UGLY, TIDY = 'a=1\nlonger = 2\n', 'a      = 1\nlonger = 2\n'

    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=agent.folder)
        self.addCleanup(shutil.rmtree, self.folder)
        self.ugly = self.put("ugly.nomad", self.UGLY)
        self.put("tidy.hcl", self.TIDY)
        self.put("other.txt", self.UGLY)
        os.mkdir(os.path.join(self.folder, "below"))
        self.below = self.put("below/deep.hcl", self.UGLY)

    def put(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def read(self, path):
        with open(path) as file:
            return file.read()

    def test_file_is_written_and_named(self):
        self.assertEqual(self.out("fmt", self.ugly), self.ugly + "\n")
        self.assertEqual(self.read(self.ugly), self.TIDY)
        self.assertEqual(self.out("fmt", self.ugly), "")

    def test_directory_goes_below_only_when_asked(self):
        self.assertEqual(self.out("fmt", self.folder), self.ugly + "\n")
        self.assertEqual(self.out("fmt", "-recursive", self.folder), self.below + "\n")

    def test_check_changes_nothing_and_exits_1(self):
        self.assertEqual(self.out("fmt", "-check", self.folder, code=1), self.ugly + "\n")
        self.assertEqual(self.read(self.ugly), self.UGLY)
        self.assertEqual(self.out("fmt", "-check", os.path.join(self.folder, "tidy.hcl")), "")

    def test_list_and_write_can_be_turned_off(self):
        self.assertEqual(self.out("fmt", "-write=false", self.ugly), self.ugly + "\n")
        self.assertEqual(self.read(self.ugly), self.UGLY)
        self.assertEqual(self.out("fmt", "-list=false", self.ugly), "")
        self.assertEqual(self.read(self.ugly), self.TIDY)

    def test_standard_input_goes_to_standard_output(self):
        self.assertEqual(self.out("fmt", "-", stdin=self.UGLY), self.TIDY)

    def test_other_files_and_broken_ones_are_errors(self):
        self.refused("other.txt", "fmt", os.path.join(self.folder, "other.txt"))
        self.refused("no-such-file", "fmt", os.path.join(self.folder, "no-such-file.hcl"))
        broken = self.put("broken.hcl", "a = {\n")
        self.refused("broken.hcl", "fmt", broken)
        self.assertEqual(self.read(broken), "a = {\n")
