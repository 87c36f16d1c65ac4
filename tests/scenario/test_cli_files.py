"""What the command line does with job files by itself, without an agent: mistakes and their places, examples, the JSON
schema, validation, formatting."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import harness

ORACLE = pathlib.Path(os.environ.get("DROVER_ORACLE") or harness.ROOT.parent / "shared" / "oracle") / "jobspec"
NOBODY = "http://127.0.0.1:1"

GOOD = """
job "good" {
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
MISTAKES = """variable "count" {
  tpye    = number
  default = 1
}

locals {
  half = var.cuont / 2
}

job "faulty" {
  priority = local.half
  group "g" {
    coutn = 2

    tsak "t" {}

    task "t" {
      driver = "raw_exec"
\t\tusr = "me"
      kill_timeout = "5x"
    }
  }
}
"""


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def cli(self, *args, code=0, stdin=""):
        env = {**os.environ, "NOMAD_ADDR": NOBODY, "NOMAD_CLI_NO_COLOR": "1"}
        run = subprocess.run([str(harness.BINARY), *args], cwd=self.folder, env=env, input=stdin, capture_output=True,
                             text=True, timeout=harness.PATIENCE_S)
        self.assertEqual(run.returncode, code, run.stdout + run.stderr)
        self.assertIsNone(harness.SANITIZER.search(run.stderr), run.stderr)
        return run

    def out(self, *args, **options):
        run = self.cli(*args, **options)
        self.assertEqual(run.stderr, "")
        return run.stdout


class Mistakes(Case):
    def test_all_are_told_in_the_order_of_the_file_with_line_and_caret(self):
        self.write("faulty.hcl", MISTAKES)
        expected = """Error getting job struct: Error parsing job file from faulty.hcl:
faulty.hcl:2,3-7: Unsupported argument; An argument named "tpye" is not expected here. Did you mean "type"?
  2:   tpye    = number
       ^^^^

faulty.hcl:7,13-19: Unsupported attribute; This object does not have an attribute named "cuont".
  7:   half = var.cuont / 2
                 ^^^^^^

faulty.hcl:13,5-10: Unsupported argument; An argument named "coutn" is not expected here. Did you mean "count"?
  13:     coutn = 2
          ^^^^^

faulty.hcl:15,5-9: Unsupported block type; Blocks of type "tsak" are not expected here. Did you mean "task"?
  15:     tsak "t" {}
          ^^^^

faulty.hcl:19,3-6: Unsupported argument; An argument named "usr" is not expected here. Did you mean "user"?
  19: \t\tusr = "me"
      \t\t^^^

faulty.hcl:20,23-25: Unsuitable value type; Unsuitable duration value: time: unknown unit "x" in duration "5x"
  20:       kill_timeout = "5x"
                            ^^
"""
        for command, code in ((["job", "run"], 1), (["job", "plan"], 255), (["job", "validate"], 1), (["run"], 1)):
            run = self.cli(*command, "faulty.hcl", code=code)
            self.assertEqual(run.stderr, expected)
            self.assertEqual(run.stdout, "")

    def test_syntax_errors_have_their_lines_too(self):
        self.write("cut.hcl", 'job "x" {\n  type = \n}\n')
        self.assertIn("""cut.hcl:2,10-3,1: Invalid expression; Expected the start of an expression, but found an invalid expression token.
  2:   type = 
              ^
""", self.cli("job", "run", "cut.hcl", code=1).stderr)

    def test_mistakes_of_a_variable_file_name_that_file(self):
        self.write("v.hcl", 'last = [1,\n')
        self.write("good.hcl", GOOD)
        told = self.cli("job", "run", "-output", "-var-file=v.hcl", "good.hcl", code=1).stderr
        self.assertRegex(told, r"(?m)^v\.hcl:\d+,\d+-\d+(,\d+)?: ")
        self.assertRegex(told, r"(?m)^  \d: .*\n +\^")

    def test_what_has_no_place_comes_last_and_has_no_line(self):
        self.write("unset.hcl", 'variable "x" {}\njob "j" {\n  tpye = 1\n}\n')
        told = self.cli("job", "run", "unset.hcl", code=1).stderr
        self.assertLess(told.index("unset.hcl:3,3-7"), told.index("<nil>: Unset variable"))
        self.assertEqual(told.count("^^^^"), 1)


class Init(Case):
    def test_every_example_is_written_once_and_valid(self):
        self.assertEqual(self.out("job", "init"), "Example job file written to example.nomad.hcl\n")
        for flags in ([], ["-short"], ["-connect"], ["-connect", "-short"]):
            name = "x" + "".join(flags) + ".hcl"
            self.assertEqual(self.out("init", *flags, name), "Example job file written to %s\n" % name)
            text = (self.folder / name).read_text()
            self.assertEqual("#" in text, "-short" not in flags)
            self.assertEqual("sidecar_service" in text, "-connect" in flags)
            self.assertEqual(self.out("fmt", "-check", name), "")
            self.assertEqual(self.cli("job", "validate", name).stdout, "Job validation successful\n")
            self.assertEqual(self.cli("job", "init", *flags, name, code=1).stderr, 'Job file "%s" already exists\n' % name)
            self.assertEqual((self.folder / name).read_text(), text)
        self.assertEqual((self.folder / "example.nomad.hcl").read_text(), (self.folder / "x.hcl").read_text())

    def test_templates_are_refused(self):
        for flag in ("-template=web", "-list-templates"):
            self.assertIn("not supported yet", self.cli("job", "init", flag, code=1).stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_file_that_cannot_be_made_is_named(self):
        self.assertIn('"no/such/x.hcl"', self.cli("job", "init", "no/such/x.hcl", code=1).stderr)


class LocalValidation(Case):
    def test_without_an_agent_the_job_is_validated_here_and_that_is_said(self):
        run = self.cli("job", "validate", self.write("good.hcl", GOOD))
        self.assertEqual(run.stdout, "Job validation successful\n")
        self.assertRegex(run.stderr, r"^No agent could be asked: .*127\.0\.0\.1:1/v1/validate/job.*connection refused\n"
                                     r"The job is validated here, without what only servers know\.\n$")

    def test_faults_are_found(self):
        bad = GOOD.replace('group "g" {', 'group "g" {\n    count = -1')
        run = self.cli("job", "validate", self.write("bad.hcl", bad), code=1)
        self.assertIn("Job validation errors:\n", run.stderr)
        self.assertIn("Task group count can't be negative", run.stderr)
        self.assertEqual(run.stdout, "")

    def test_warnings_are_told(self):
        hasty = GOOD.replace('group "g" {', 'group "g" {\n    service {\n      name     = "s"\n      provider = "nomad"\n    }')
        told = self.cli("validate", self.write("w.hcl", hasty)).stdout
        self.assertRegex(told, "^Job Warnings:\n1 warning:\n\n\\* .*shutdown_delay.*\n\nJob validation successful\n$")


def complaints(schema, value, root, path="$"):
    """What of a value a schema refuses: the keywords that ours has, and no others."""
    known = {"$schema", "$defs", "$ref", "$comment", "title", "description", "anyOf", "type", "properties", "required",
             "additionalProperties", "items", "minimum", "maximum", "contentEncoding", "format"}
    assert set(schema) <= known, set(schema) - known
    found = []
    if "$ref" in schema:
        found += complaints(root["$defs"][schema["$ref"].split("/")[-1]], value, root, path)
    if "anyOf" in schema:
        tried = [complaints(option, value, root, path) for option in schema["anyOf"]]
        if all(tried):
            found += min(tried, key=len)
    kinds = {"null": value is None, "boolean": isinstance(value, bool), "string": isinstance(value, str),
             "integer": isinstance(value, int) and not isinstance(value, bool), "array": isinstance(value, list),
             "number": isinstance(value, (int, float)) and not isinstance(value, bool), "object": isinstance(value, dict)}
    wanted = schema.get("type", list(kinds))
    if not any(kinds[kind] for kind in ([wanted] if isinstance(wanted, str) else wanted)):
        return found + ["%s: %r is no %s" % (path, value, wanted)]
    if kinds["number"] and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append("%s: %r out of range" % (path, value))
    for i, item in enumerate(value if kinds["array"] else []):
        found += complaints(schema.get("items", {}), item, root, "%s[%d]" % (path, i))
    for key, item in (value if kinds["object"] else {}).items():
        below = schema.get("properties", {}).get(key, schema.get("additionalProperties", True))
        if below is False:
            found.append("%s: no member %s" % (path, key))
        elif below is not True:
            found += complaints(below, item, root, path + "." + key)
    if kinds["object"]:
        found += ["%s: %s is missing" % (path, key) for key in schema.get("required", []) if key not in value]
    return found


class Schema(Case):
    @classmethod
    def setUpClass(cls):
        run = subprocess.run([str(harness.BINARY), "job", "schema"], capture_output=True, text=True, check=True)
        cls.schema = json.loads(run.stdout)

    def refuses(self, job):
        return complaints(self.schema, job, self.schema)

    def test_it_is_a_schema_of_draft_2020_12(self):
        self.assertEqual(self.schema["$schema"], "https://json-schema.org/draft/2020-12/schema")
        group = self.schema["$defs"]["TaskGroup"]["properties"]
        self.assertEqual(group["Count"], {"type": ["integer", "null"], "description": "The attribute `count` of a job file."})
        self.assertEqual(group["Tasks"]["type"], ["array", "null"])
        self.assertEqual(group["Tasks"]["items"], {"$ref": "#/$defs/Task"})
        self.assertEqual(group["Volumes"]["additionalProperties"], {"$ref": "#/$defs/VolumeRequest"})
        self.assertEqual(group["ShutdownDelay"]["$comment"], "nanoseconds")
        self.assertEqual(self.schema["$defs"]["Affinity"]["properties"]["Weight"]["maximum"], 127)

    def test_what_the_command_line_writes_agrees(self):
        for path in sorted((harness.ROOT / "examples").glob("*.hcl")):
            job = json.loads(self.out("job", "run", "-output", str(path)))
            self.assertEqual(self.refuses(job), [], path.name)
            self.assertEqual(self.refuses(job["Job"]), [], path.name)

    def test_mistakes_are_found(self):
        job = json.loads(self.out("job", "run", "-output", self.write("good.hcl", GOOD)))["Job"]
        for place, key, value in ((job, "Prioritty", 50), (job, "Priority", "50"), (job["TaskGroups"][0], "Count", 1.5),
                                  (job["TaskGroups"][0]["Tasks"][0], "KillTimeout", "5s"),
                                  (job["TaskGroups"][0]["Tasks"][0], "Leader", None), (job, "Version", -1),
                                  (job, "Affinities", [{"Weight": 200}]), (job, "Datacenters", "dc1")):
            before = place.get(key)
            place[key] = value
            self.assertEqual(len(self.refuses(job)), 1, (key, self.refuses(job)))
            place[key] = before
            if before is None:
                del place[key]
        self.assertEqual(self.refuses(job), [])

    @unittest.skipUnless(ORACLE.exists(), "the recordings are not here")
    def test_every_recorded_job_agrees(self):
        seen = 0
        for path in sorted(ORACLE.glob("expected/*.json")):
            recorded = json.loads(path.read_text())
            for key in ("job", "job_canonical"):
                if isinstance(recorded.get(key), dict):
                    self.assertEqual(self.refuses(recorded[key]), [], path.name)
                    seen += 1
        self.assertGreater(seen, 100)


class Pages(Case):
    def test_pages_of_the_job_file_are_what_the_tables_say(self):
        self.out("job", "schema", "-pages=pages")
        kept = harness.ROOT / "docs" / "jobspec"
        printed = {path.name: path.read_text() for path in (self.folder / "pages").iterdir()}
        self.assertEqual(sorted(printed), sorted(path.name for path in kept.iterdir()))
        for name, text in printed.items():
            self.assertEqual((kept / name).read_text(), text, "print them again: drover job schema -pages=docs/jobspec")

    def test_links_lead_to_pages(self):
        self.out("job", "schema", "-pages=pages")
        pages = {path.name: path.read_text() for path in (self.folder / "pages").iterdir()}
        for name, text in pages.items():
            for target in re.findall(r"\]\(([^)]*)\)", text):
                self.assertIn(target, pages, name)
            if name != "README.md":
                self.assertIn("](%s)" % name, pages["README.md"])


class FmtDiff(Case):
    UGLY = "a = 1\nbb = 2\n\nc {\nd=3\n}\n"

    def test_diff_shows_what_changes(self):
        self.write("x.hcl", self.UGLY)
        hunk = "@@ -1,6 +1,6 @@\n-a = 1\n+a  = 1\n bb = 2\n \n c {\n-d=3\n+  d = 3\n }\n"
        self.assertEqual(self.out("fmt", "-diff", "-write=false", "x.hcl"), "x.hcl\n--- x.hcl\n+++ x.hcl\n" + hunk)
        self.assertEqual(self.out("fmt", "-diff", "-", stdin=self.UGLY), "--- <stdin>\n+++ <stdin>\n" + hunk)
        self.assertEqual((self.folder / "x.hcl").read_text(), self.UGLY)
        self.assertEqual(self.out("fmt", "-check", "-diff", "-list=false", "x.hcl", code=1), "--- x.hcl\n+++ x.hcl\n" + hunk)
        self.out("fmt", "-diff", "x.hcl")
        self.assertEqual(self.out("fmt", "-diff", "x.hcl"), "")

    def test_blanks_at_the_end_go(self):
        self.assertEqual(self.out("fmt", "-diff", "-", stdin="a = 1\n   "),
                         "--- <stdin>\n+++ <stdin>\n@@ -1,2 +1,1 @@\n a = 1\n-   \n\\ No newline at end of file\n")

    def test_changes_far_apart_are_hunks_of_their_own_and_apply(self):
        text = "x  = 1\n" + "\n" * 9 + "y  = 2"
        diff = self.out("fmt", "-diff", "-", stdin=text)
        self.assertEqual(diff, "--- <stdin>\n+++ <stdin>\n@@ -1,4 +1,4 @@\n-x  = 1\n+x = 1\n \n \n \n@@ -8,4 +8,4 @@\n \n \n \n"
                               "-y  = 2\n\\ No newline at end of file\n+y = 2\n\\ No newline at end of file\n")
