#!/usr/bin/env python3
"""hostile_jobs.py [PATTERN]: what it costs to read job files that are made to cost much.

Each file, a generated job of 10 MB among them, is read by a process of its own (bench/parse_job); some are formatted
as well, by `drover fmt` ("fmt" before their names). Processor time and the highest resident
size are printed as parts of what is allowed: 100 ms and 150 ms for each MB of text; 64 MB and 20 times the file's size.
A line ends with what the program answered. The exit code is 1 if anything costs more than allowed.
"""
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(os.environ.get("PARSE_JOB") or ROOT / "build" / "release" / "bench" / "parse_job").resolve()
DROVER = pathlib.Path(os.environ.get("DROVER_BIN") or ROOT / "build" / "release" / "drover").resolve()
MB = 1_000_000


def job(meta="", before="", group=""):
    """A small job with something in it that costs."""
    if group == "":
        group = 'group "g" {\n    task "t" {\n      driver = "raw_exec"\n      config { command = "true" }\n    }\n  }\n'
    body = 'job "j" {\n%s  %s}\n' % ("  meta { x = %s }\n" % meta if meta else "", group)
    return before + body


def repeated(text, count):
    return text * count


def twice_each(expression):
    """Sixty locals, each of which is the one before it twice."""
    lines = ['  a0 = "x"'] + ["  a%d = %s" % (n, expression.replace("PREVIOUS", "local.a%d" % (n - 1))) for n in range(1, 60)]
    return "locals {\n%s\n}\n" % "\n".join(lines)


def locals_of(count, value):
    return "locals {\n%s\n}\n" % "\n".join("  a%d = %s" % (n, value(n)) for n in range(count))


def yaml_merges(keys, mappings):
    lines = ["a: &a"] + ["  k%d: 1" % n for n in range(keys)] + ["m%d: {<<: *a}" % n for n in range(mappings)]
    return "<<EOF\n%s\nEOF\n" % "\n".join(lines)


def nested_dynamic():
    inner = 'content {\n data = "x"\n destination = "y"\n}'
    for kind, label in (("template", False), ("task", True), ("group", True)):
        head = 'dynamic "%s" {\n for_each = range(1000)\n %s' % (kind, 'labels = ["${%s.key}"]\n' % kind if label else "")
        body = "%s%s\n}\n" % (head, inner)
        driver = ' driver = "raw_exec"\n' if kind == "template" else ""
        inner = "content {\n%s%s}" % (driver, body)
    return 'job "j" {\n%s}\n' % body


def ordinary(size):
    """A job as a program would write it."""
    task = '''    task "task-%d" {
      driver = "raw_exec"
      config {
        command = "/usr/bin/server"
        args    = ["--port", "${NOMAD_PORT_http}", "--name", "web-%d"]
      }
      env {
        A = "one"
        B = 2
        C = "${node.unique.name}"
      }
      template {
        data        = <<EOT
port = {{ env "NOMAD_PORT_http" }}
EOT
        destination = "local/config"
      }
      resources {
        cpu    = 200
        memory = 128
      }
      service {
        name     = "web-%d"
        port     = "http"
        provider = "nomad"
        check {
          type     = "http"
          path     = "/health"
          interval = "10s"
          timeout  = "2s"
        }
      }
    }
'''
    parts, length, number = ['job "web" {\n'], 0, 0
    while length < size:
        tasks = "".join(task % (n, n, n) for n in range(number, number + 4))
        number += 4
        parts.append('  group "group-%d" {\n    count = 2\n    network {\n      port "http" {}\n    }\n%s  }\n' % (number, tasks))
        length += len(parts[-1])
    return "".join(parts) + "}\n"


CASES = {
    "small job": lambda: job('"1"'),
    "ordinary 1 MB": lambda: ordinary(MB),
    "ordinary 10 MB": lambda: ordinary(10 * MB),
    "ordinary 10 MB, syntax error at the end": lambda: ordinary(10 * MB) + "job = ]\n",
    "bcrypt": lambda: job('jsonencode([for i in range(15): bcrypt("x",14)])'),
    "regex quadratic": lambda: job('regex_replace("%s", "a*b|a", "x")' % ("a" * 100_000)),
    "regex groups": lambda: job('regex_replace("%s", "%s", "x")' % ("a" * 20_000, "(a?)" * 500)),
    "regex groups that are used": lambda: job('regex_replace("%s", "%s", "$1")' % ("a" * 20_000, "(a?)" * 500)),
    "regex program": lambda: job('jsonencode([for i in range(1000): regex_replace("x", "((a{30}){30}){1,${i}}", "x")])'),
    "locals 2000": lambda: job('"1"', locals_of(2000, lambda n: "1")),
    "locals 100000": lambda: job('"1"', locals_of(100_000, lambda n: "1")),
    "locals chain 2000": lambda: job('"1"', locals_of(2000, lambda n: "local.a%d" % (n + 1) if n < 1999 else "1")),
    "locals chain 100000": lambda: job('"1"', locals_of(100_000, lambda n: "local.a%d" % (n + 1) if n < 99_999 else "1")),
    "locals wide": lambda: job('"1"', locals_of(20_000, lambda n: "local" if n == 0 else "1")),
    "locals of locals": lambda: job('"1"', locals_of(3000, lambda n: "keys(local)" if n < 3 else "1")),
    "strlen": lambda: job('jsonencode([for i in range(1000): strlen("%s")])' % ("é" * 50_000)),
    "upper": lambda: job('jsonencode([for i in range(1000): upper("%s")])' % ("é" * 50_000)),
    "strrev": lambda: job('jsonencode([for i in range(1000): strrev("%s")])' % ("é" * 50_000)),
    "jsonencode": lambda: job('jsonencode([for i in range(1000): jsonencode("%s")])' % ("é<" * 50_000)),
    "sha512": lambda: job('jsonencode([for i in range(1000): sha512("%s")])' % ("a" * 200_000)),
    "long fractions": lambda: job('jsonencode([for i in range(1000): [for j in range(100): strlen("x${1e-9000/7}")]])'),
    "long integers": lambda: job('"%s"' % repeated('${parseint("%s",36)}' % ("z" * 19_000), 100)),
    "long products": lambda: job('jsonencode([for i in range(1000): [for j in range(300): parseint("%s",36) * 3 > 1]])' % ("z" * 9_000)),
    "yaml merges": lambda: job('jsonencode(yamldecode(%s))' % yaml_merges(2000, 2000)),
    "yaml aliases": lambda: job('jsonencode(yamldecode(<<EOF\n%s\nEOF\n))' % "\n".join(
        ["a0: &a0 [x,x,x,x,x,x,x,x]"] + ["a%d: &a%d [%s]" % (n, n, ",".join(["*a%d" % (n - 1)] * 8)) for n in range(1, 9)])),
    "trim": lambda: job('trim("%s", "%s")' % ("a" * 100_000, "b" * 100_000)),
    "csv header": lambda: job('jsonencode(csvdecode("%s\\n"))' % ",".join("c%d" % n for n in range(30_000))),
    "csv rows": lambda: job('jsonencode(csvdecode("%s\\n%s"))' % (",".join("c%d" % n for n in range(300)), ("," * 299 + "\\n") * 300)),
    "split": lambda: job('jsonencode(split("",join("",[for i in range(1000):"%s"])))' % ("a" * 4000)),
    "many diagnostics": lambda: job('jsonencode([for a in range(1000): base64decode("%s")])' % ("*" * 100_000)),
    "dynamic blocks": nested_dynamic,
    "doubled text": lambda: job('"1"', twice_each('"${PREVIOUS}${PREVIOUS}"')),
    "doubled list": lambda: job("jsonencode(local.a59)", twice_each("[PREVIOUS, PREVIOUS]")),
    "doubled list in config": lambda: job(before=twice_each("[PREVIOUS, PREVIOUS]"), group=(
        'group "g" {\n    task "t" {\n      driver = "raw_exec"\n      config {\n%s      }\n    }\n  }\n' % "".join(
            "        x%d = local.a17\n" % n for n in range(300)))),
    "for in for": lambda: job("jsonencode([for a in range(990):[for b in range(990):a]])"),
    "setproduct": lambda: job("jsonencode(length(setproduct(range(440),range(440))))"),
    "setproduct 20 times": lambda: job("jsonencode([for i in range(20): length(setproduct(range(440),range(440)))])"),
    "flatten": lambda: job("jsonencode([for i in range(1000): length(flatten([range(1000), range(1000)]))])"),
    "sort": lambda: job('jsonencode([for i in range(1000): length(sort([for j in range(1000): "x${j}"]))])'),
    "distinct of lists": lambda: job("jsonencode([for i in range(900): length(distinct([for j in range(900): [j]]))])"),
    "nested blocks": lambda: job(group='group "g" {\ntask "t" {\ndriver = "x"\nconfig {\n%s%s}\n}\n}\n' % ("a {\n" * 2000, "}\n" * 2000)),
    "nested parentheses": lambda: job("%s1%s" % ("(" * 100_000, ")" * 100_000)),
    "nested lists": lambda: job("jsonencode(%s1%s)" % ("[" * 2000, "]" * 2000)),
    "unclosed if": lambda: job('"%s"' % ("%{if true}" * 180_000)),
    "newlines": lambda: job('"1"') + "\n" * (5 * MB),
    "comments": lambda: job('"1"') + "#\n" * (5 * MB // 2),
    "list of ones": lambda: job("jsonencode([%s1])" % ("1," * (MB // 2))),
    "list of texts": lambda: job("jsonencode([%s1])" % ('"a",' * (MB // 4))),
    "sum of ones": lambda: job("1%s" % ("+1" * (MB // 2))),
    "many calls": lambda: job("jsonencode([%s1])" % ("min(1)," * (MB // 7))),
    "short blocks": lambda: job(group='group "g" {\ntask "t" {\ndriver = "x"\nconfig {\n%s}\n}\n}\n' % ("a {}\n" * (MB // 5))),
    "short attributes": lambda: job(group='group "g" {\ntask "t" {\ndriver = "x"\nconfig {\n%s}\n}\n}\n' % "".join(
        "a%d=1\n" % n for n in range(MB // 9))),
    "short attributes 10 MB": lambda: job(before="locals {\n%s}\n" % "".join("a%x=1\n" % n for n in range(MB))),
    "short meta 8 MB": lambda: job(group="meta {\n%s}\n" % "".join("a%x=1 #c\n" % n for n in range(700_000))),
    "unknown attributes": lambda: job(group="".join("a%d = 1\n" % n for n in range(100_000))),
    "unknown functions": lambda: job("jsonencode([%s1])" % "".join("%s%d()," % ("f" * 150, n) for n in range(10_000))),
    "unknown variables": lambda: job("jsonencode([%s1])" % "".join("var.%s%d," % ("f" * 150, n) for n in range(10_000)), locals_of(1000, lambda n: "1")),
    "syntax errors": lambda: job("1") + "a b c = ]\n" * (MB // 10),
    "bad escapes": lambda: job('"%s"' % ("\\q" * (MB // 2))),
    "json job": lambda: '{"job":{"j":{"meta":[{"x":"1"}],"group":{%s}}}}' % ",".join(
        '"g%d":{"task":{"t":{"driver":"x","config":{"a":"b"}}}}' % n for n in range(MB // 60)),
    "json list": lambda: '{"job":{"j":{"group":{"g":{"task":{"t":{"driver":"x","config":{"a":[%s1]}}}}}}}}' % ("1," * (MB // 2)),
    "references": lambda: job("jsonencode([%s1])" % ("a.b," * (MB // 4))),
    "closing braces": lambda: job("jsonencode([%s1])" % ("a}" * 3 + "a," * (MB // 4))),
}


FORMATTED = {"fmt " + name: CASES[name] for name in (
    "ordinary 10 MB", "newlines", "comments", "short attributes 10 MB", "short meta 8 MB", "short blocks", "list of ones")}
FORMATTED["fmt inline comments"] = lambda: job("[%s]" % ("/**/" * (2 * MB)))
FORMATTED["fmt long keys"] = lambda: job(group="meta {\n%s = 1\n%s}\n" % ("a" * 1000, "".join("b%d=1\n" % n for n in range(5_000))))


def run(program, path):
    read, write = os.pipe()
    process = subprocess.Popen([*program, str(path)], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=write, env={"PATH": os.environ["PATH"]},
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (20, 20)))
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, answer.decode("utf-8", "replace")


def main():
    pattern = sys.argv[1] if len(sys.argv) > 1 else ""
    dearest = 0.0
    print("%-42s %8s %6s %8s %6s" % ("file", "ms", "part", "MB", "part"))
    with tempfile.TemporaryDirectory() as folder:
        for name, make in (CASES | FORMATTED).items():
            if not re.search(pattern, name):
                continue
            path = pathlib.Path(folder, "job.nomad.hcl")
            path.write_text(make())
            size = path.stat().st_size
            code, seconds, memory, answer = run([DROVER, "fmt"] if name in FORMATTED else [PROGRAM], path)
            time_part = seconds / (0.100 + 0.150 * size / MB)
            memory_part = memory / (64 * MB + 20 * size)
            dearest = max(dearest, time_part, memory_part)
            told = "evaluated" if code == 0 else "exit %d: %s" % (code, " ".join(answer.split())[:110])
            mark = "  <-- too much" if max(time_part, memory_part) > 1 else ""
            print("%-42s %8.0f %6.2f %8.1f %6.2f  %s%s" % (name, seconds * 1000, time_part, memory / MB, memory_part, told, mark), flush=True)
    sys.exit(1 if dearest > 1 else 0)


if __name__ == "__main__":
    main()
