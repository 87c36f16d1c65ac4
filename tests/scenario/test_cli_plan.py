"""What job plan prints, to the letter. The agent is a stand-in that answers with a plan written here."""
import contextlib
import http.server
import json
import os
import subprocess
import tempfile
import threading
import unittest

import harness

JOB = """
job "example" {
  group "cache" {
    task "redis" {
      driver = "raw_exec"
    }
  }
}
"""
TAIL = """
Job Modify Index: 7
To submit the job with version verification run:

nomad job run -check-index 7 example.nomad.hcl

With the index given, the job is changed only if nobody changed it since this plan; otherwise its index
has moved on and the plan may no longer hold.
"""
PLACED = """
Scheduler dry-run:
- All tasks successfully allocated.
"""


def field(kind, name, old="", new="", notes=None):
    return {"Type": kind, "Name": name, "Old": old, "New": new, "Annotations": notes}


def object_of(kind, name, fields=(), objects=()):
    return {"Type": kind, "Name": name, "Fields": list(fields), "Objects": list(objects)}


def task(kind, name, note=None, fields=(), objects=()):
    return dict(object_of(kind, name, fields, objects), Annotations=[note] if note else None)


def group(kind, name, updates, tasks=(), fields=(), objects=()):
    return dict(object_of(kind, name, fields, objects), Updates=updates, Tasks=list(tasks))


def job(kind, groups, fields=(), objects=()):
    return {"Type": kind, "ID": "example", "TaskGroups": list(groups), "Fields": list(fields), "Objects": list(objects)}


class StandIn(http.server.BaseHTTPRequestHandler):
    answer = {}

    def do_PUT(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(StandIn.answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def stand_in(answer):
    StandIn.answer = answer
    with http.server.HTTPServer(("127.0.0.1", 0), StandIn) as server:
        worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        worker.start()
        try:
            yield "http://127.0.0.1:%d" % server.server_port
        finally:
            server.shutdown()
            worker.join()


class Plan(unittest.TestCase):
    def plan(self, diff, *flags, code=0, updates=None, **answer):
        answer = {"Diff": diff, "JobModifyIndex": 7, "Annotations": {"DesiredTGUpdates": updates or {}}, **answer}
        with tempfile.TemporaryDirectory() as folder, stand_in(answer) as address:
            with open(os.path.join(folder, "example.nomad.hcl"), "w") as file:
                file.write(JOB)
            env = {**os.environ, "NOMAD_ADDR": address}
            env.pop("NOMAD_CLI_NO_COLOR", None)
            run = subprocess.run([str(harness.BINARY), "job", "plan", *flags, "example.nomad.hcl"], cwd=folder, env=env,
                                 capture_output=True, text=True, timeout=harness.PATIENCE_S)
        self.assertEqual((run.returncode, run.stderr), (code, ""))
        return run.stdout

    def shows(self, expected, diff, *flags, **options):
        self.assertEqual(self.plan(diff, *flags, **options), expected.lstrip("\n") + PLACED + TAIL)

    def test_new_job_is_told_by_groups_and_tasks(self):
        diff = job("Added", [
            group("Added", "cache", {"create": 1}, [task("Added", "redis", "forces create", [field("Added", "Driver", new="x")])],
                  [field("Added", "Count", new="1", notes=["forces create"])]),
            group("Added", "web", {"create": 2}, [task("Added", "a", "forces create"), task("Added", "b", "forces create")])],
                   [field("Added", "Type", new="service")])
        self.shows("""
+ Job: "example"
+ Task Group: "cache" (1 create)
  + Task: "redis" (forces create)

+ Task Group: "web" (2 create)
  + Task: "a" (forces create)
  + Task: "b" (forces create)
""", diff, code=1, updates={"cache": {"Place": 1}})

    def test_verbose_tells_the_members_of_a_new_job(self):
        diff = job("Added", [group("Added", "cache", {"create": 1}, [
            task("Added", "redis", "forces create", [field("Added", "Driver", new="docker"), field("Added", "KillTimeout", new="5")],
                 [object_of("Added", "Resources", [field("Added", "CPU", new="500")], [
                     object_of("Added", "Network", [field("Added", "Mode", new="host"), field("None", "IP")])])])],
            [field("Added", "Count", new="1", notes=["forces create"])])],
                   [field("Added", "AllAtOnce", new="false"), field("Added", "Type", new="service")],
                   [object_of("Added", "Datacenters", [field("Added", "Datacenters", new="dc1")])])
        self.shows("""
+ Job: "example"
+ AllAtOnce: "false"
+ Type:      "service"
+ Datacenters {
  + Datacenters: "dc1"
  }
+ Task Group: "cache" (1 create)
  + Count: "1" (forces create)
  + Task: "redis" (forces create)
    + Driver:      "docker"
    + KillTimeout: "5"
    + Resources {
      + CPU: "500"
      + Network {
        + Mode: "host"
          IP:   ""
        }
      }
""", diff, "-verbose", code=1, updates={"cache": {"Place": 1}})

    def test_unchanged_task_of_a_changed_group_is_shown_below_the_texts(self):
        diff = job("Edited", [group("Edited", "cache", {"create": 7, "in-place update": 1}, [task("None", "redis")],
                                    [field("Edited", "Count", "1", "8", ["forces create"])])])
        self.shows("""
+/- Job: "example"
+/- Task Group: "cache" (7 create, 1 in-place update)
  +/- Count: "1" => "8" (forces create)
      Task: "redis"
""", diff, code=1, updates={"cache": {"Place": 7, "InPlaceUpdate": 1}})

    def test_members_of_a_changed_task_stand_deeper_and_the_brace_below_the_texts(self):
        diff = job("Edited", [group("Edited", "cache", {"create/destroy update": 3}, [
            task("Edited", "redis", "forces create/destroy update", [], [
                object_of("Edited", "Config", [field("Edited", "image", "redis:2.8", "redis:7"),
                                               field("None", "port_map[0][db]", "6379", "6379")])])])])
        self.shows("""
+/- Job: "example"
+/- Task Group: "cache" (3 create/destroy update)
  +/- Task: "redis" (forces create/destroy update)
    +/- Config {
      +/- image:           "redis:2.8" => "redis:7"
          port_map[0][db]: "6379"
        }
""", diff, code=1, updates={"cache": {"DestructiveUpdate": 3}})

    def test_shorter_mark_is_padded_to_the_longest_beside_it(self):
        diff = job("Edited", [group("Edited", "foo", {"create": 1, "in-place update": 1}, [task("None", "foo")],
                                    [field("Edited", "Count", "1", "2", ["forces create"])],
                                    [object_of("Added", "Scaling", [field("Added", "Enabled", new="true"),
                                                                    field("Added", "Max", new="10")],
                                               [object_of("Added", "Policy", [field("Added", "cooldown", new="1m")])])])])
        self.shows("""
+/- Job: "example"
+/- Task Group: "foo" (1 create, 1 in-place update)
  +/- Count: "1" => "2" (forces create)
  +   Scaling {
      + Enabled: "true"
      + Max:     "10"
      + Policy {
        + cooldown: "1m"
        }
      }
      Task: "foo"
""", diff, code=1, updates={"foo": {"Place": 1, "InPlaceUpdate": 1}})

    def test_objects_of_different_marks_side_by_side(self):
        audience = [field("Added", "Audience", new="test-2"), field("Deleted", "Audience", old="test")]
        diff = job("Edited", [group("Edited", "cache", {"create/destroy update": 1}, [
            task("Edited", "redis", "forces create/destroy update", [], [
                object_of("Edited", "Identity", [field("Edited", "Env", "true", "false"), field("None", "Name", "test", "test")],
                          [object_of("Edited", "Audience", audience)]),
                object_of("Added", "Identity", [field("Added", "Env", new="false"), field("None", "ServiceName")],
                          [object_of("Added", "Audience", audience[:1])])])])])
        self.shows("""
+/- Job: "example"
+/- Task Group: "cache" (1 create/destroy update)
  +/- Task: "redis" (forces create/destroy update)
    +/- Identity {
      +/- Env:  "true" => "false"
          Name: "test"
      +/- Audience {
        + Audience: "test-2"
        - Audience: "test"
          }
        }
    +   Identity {
        + Env:         "false"
          ServiceName: ""
        + Audience {
          + Audience: "test-2"
          }
        }
""", diff, code=1, updates={"cache": {"DestructiveUpdate": 1}})

    def test_unchanged_group_stands_below_the_marks_of_the_job(self):
        diff = job("Edited", [group("None", "cache", {"in-place update": 1}, [task("None", "redis")])],
                   [field("Deleted", "NomadTokenID", old="8d71945a")])
        self.shows("""
+/- Job: "example"
- NomadTokenID: "8d71945a"
  Task Group: "cache" (1 in-place update)
    Task: "redis"
""", diff, updates={"cache": {"InPlaceUpdate": 1}})

    def test_job_without_a_change_has_no_marks(self):
        diff = job("None", [group("None", "cache", {"ignore": 1}, [task("None", "redis")])])
        self.shows("""
Job: "example"
Task Group: "cache" (1 ignore)
  Task: "redis"
""", diff, updates={"cache": {"Ignore": 1}})

    def test_removed_group(self):
        diff = job("Edited", [group("Deleted", "old", {"destroy": 2}, [task("Deleted", "t", "forces destroy")]),
                              group("None", "kept", {"ignore": 1}, [task("None", "t")])])
        self.shows("""
+/- Job: "example"
- Task Group: "old" (2 destroy)
  - Task: "t" (forces destroy)

  Task Group: "kept" (1 ignore)
    Task: "t"
""", diff, code=1, updates={"old": {"Stop": 2}})

    def test_next_evaluation_of_a_rolling_update_is_told(self):
        evals = [{"TriggeredBy": "queued-allocs", "Status": "blocked"}, {"TriggeredBy": "rolling-update", "Wait": 10000000000}]
        self.assertEqual(self.plan(None, "-diff=false", CreatedEvals=evals), """Scheduler dry-run:
- All tasks successfully allocated.
- Rolling update, next evaluation will be in 10s.
""" + TAIL)

    def test_groups_that_find_no_place(self):
        failed = {"cache": {"CoalescedFailures": 2, "NodesEvaluated": 1, "NodesExhausted": 1, "DimensionExhausted": {"cpu": 1}}}
        self.assertEqual(self.plan(None, "-diff=false", FailedTGAllocs=failed), """Scheduler dry-run:
- WARNING: Failed to place all allocations.
  Task Group "cache" (failed to place 3 allocations):
    * Resources exhausted on 1 nodes
    * Dimension "cpu" exhausted on 1 nodes
""" + TAIL)

    def test_preemptions_are_listed(self):
        allocs = [{"ID": "ddef9521", "JobID": "my-batch", "TaskGroup": "analytics"}]
        self.assertEqual(self.plan(None, "-diff=false", Annotations={"PreemptedAllocs": allocs}), """Scheduler dry-run:
- All tasks successfully allocated.

Preemptions:

Alloc ID  Job ID    Task Group
ddef9521  my-batch  analytics
""" + TAIL)

    def test_colours(self):
        diff = job("Edited", [group("Edited", "g", {"create": 1, "destroy": 2, "ignore": 3, "in-place update": 4},
                                    [task("Added", "t", "forces create"), task("Deleted", "u", "forces destroy")],
                                    [field("Edited", "Count", "1", "2", ["forces create"])])])
        text = self.plan(diff, "-force-color")
        self.assertEqual(text.split("\n\n")[0].replace("\033[", "~"), """
~33m+/-~0m ~1mJob: "example"~0m
~33m+/-~0m ~1mTask Group: "g"~0m (~32m1 create~0m, ~31m2 destroy~0m, 3 ignore, ~33m4 in-place update~0m)
  ~33m+/-~0m Count: "1" => "2" (~32mforces create~0m)
  ~32m+~0m   ~1mTask: "t"~0m (~32mforces create~0m)
  ~31m-~0m   ~1mTask: "u"~0m (~31mforces destroy~0m)""".lstrip("\n"))

    def test_exit_code_is_1_if_allocations_come_or_go(self):
        for update, code in (("Place", 1), ("Stop", 1), ("Migrate", 1), ("DestructiveUpdate", 1), ("Canary", 1),
                             ("Ignore", 0), ("InPlaceUpdate", 0)):
            self.plan(None, "-diff=false", updates={"cache": {update: 1}}, code=code)
