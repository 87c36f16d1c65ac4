"""What scenario tests need: an agent of the built program in a folder of its own, HTTP to it, and waits with deadlines.

The program is DROVER_BIN (default: build/dev/drover). Every agent gets free ports, a temporary folder (also as TMPDIR, so that
all it makes lies there), and a check at its end: it must not have crashed and no sanitizer must have spoken.
"""
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("DROVER_BIN") or ROOT / "build" / "dev" / "drover").resolve()
# Sanitized and debug builds are slow, and CI machines are busy: deadlines are generous, and nothing waits for their end.
PATIENCE_S = 60
SANITIZER = re.compile(r"ERROR: (?:Address|Leak|Thread|Memory)Sanitizer|WARNING: ThreadSanitizer|runtime error: ")


# Below the dynamic ports of nodes and those that the kernel gives to outgoing connections: one of these could take a
# port that was free when it was chosen, before the agent that it was chosen for listens there.
PORTS = range(10000, 20000)
# Every process begins at a place of its own.
next_ports = itertools.islice(itertools.cycle(PORTS), random.randrange(len(PORTS)), None)


def is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return True
    return False


def free_ports(count):
    """Ports that nobody listens on, all different, and none that this process was given before."""
    return list(itertools.islice(filter(is_free, next_ports), count))


def raise_file_limit(wanted):
    """For this process and those that it starts. Skips the test where the machine does not allow it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise unittest.SkipTest("the limit of open files is %d" % hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def wait_for(what, condition, seconds=PATIENCE_S, pause=0.05):
    """The first true value of condition(); fails naming `what` and the last value when it never comes."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("after %d s still not: %s (last: %r)" % (seconds, what, value))
        time.sleep(pause)


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def index(self):
        return int(self.headers["X-Nomad-Index"])

    def __repr__(self):
        return "%d %s" % (self.status, self.text[:300])


def merged(base, extra):
    """Dictionaries merged key by key; anything else is replaced."""
    result = dict(base)
    for key, value in extra.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


class Agent:
    """`drover agent`. Use as a context manager, or start() and close()."""

    host = "127.0.0.1"
    # The command that runs the agent's command: one that enters a network namespace, say.
    wrapper = ()

    def __init__(self, config=None, args=("-dev",), files=None, env=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drv-"))
        self.ports = dict(zip(("http", "rpc", "serf"), free_ports(3)))
        self.config = merged({
            "name": "scenario",
            "bind_addr": self.host,
            "ports": self.ports,
            "disable_update_check": True,
            "plugin": [{"raw_exec": [{"config": [{"enabled": True}]}]}],
        }, config or {})
        (self.folder / "agent.json").write_text(json.dumps(self.config))
        self.args = ["agent", *args, "-config", str(self.folder / "agent.json")]
        for file in files or []:
            self.args += ["-config", str(file)]
        self.env = dict(os.environ, TMPDIR=str(self.folder), **(env or {}))
        self.log = self.folder / "agent.log"
        self.process = None

    @property
    def address(self):
        return "http://%s:%d" % (self.host, self.ports["http"])

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close(check=False)
            raise

    def __exit__(self, kind, value, trace):
        try:
            self.close()
        except AssertionError as problem:
            if kind is None:
                raise
            # What failed in the test is raised; why the agent was no help to it is told beside that.
            print(problem, flush=True)

    def start(self, ready=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self.wrapper, str(BINARY), *self.args], cwd=self.folder, env=self.env,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        if ready:
            wait_for("the agent serves", self.serves)
            if "-dev" in self.args:
                wait_for("the node is ready", lambda: any(n["Status"] == "ready" for n in self.get("/v1/nodes").json))
        return self

    def serves(self):
        if self.process.poll() is not None:
            raise AssertionError("the agent ended with %d:\n%s" % (self.process.returncode, self.log_tail()))
        try:
            answer = self.get("/v1/status/leader", timeout=5)
        except OSError:
            return False
        return answer.status == 200 and ":" in answer.text

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def log_tail(self, size=8000):
        return self.log.read_text(errors="replace")[-size:] if self.log.exists() else ""

    def stop(self, how=signal.SIGINT, seconds=30):
        """Sends the signal and returns the exit status."""
        if self.alive():
            self.process.send_signal(how)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("the agent did not stop within %d s of %s:\n%s" % (seconds, how.name, self.log_tail()))
        return self.process.returncode

    def kill(self):
        """kill -9: what the agent had no chance to clean up stays."""
        self.process.kill()
        return self.process.wait()

    def leftovers(self):
        """Processes that work in the agent's folder or were started with a path below it."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                told = os.readlink(entry / "cwd") + "\0" + (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(self.folder) in told:
                found.append(int(entry.name))
        return found

    def close(self, check=True):
        try:
            crashed = self.process is not None and not self.alive() and self.process.returncode not in (0, 1, -signal.SIGKILL)
            if self.process is not None:
                status = self.stop()
                crashed = crashed or status not in (0, 1, -signal.SIGKILL)
            log = self.log_tail(10**8)
            if check and (crashed or SANITIZER.search(log)):
                found = SANITIZER.search(log)
                at = max(found.start() - 500, 0) if found else max(len(log) - 8000, 0)
                raise AssertionError("the agent crashed (%s):\n%s" % (self.process.returncode, log[at:at + 12000]))
        finally:
            for pid in self.leftovers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- talking to it

    def connect(self, timeout=10):
        """A bare TCP connection to the HTTP port."""
        return socket.create_connection((self.host, self.ports["http"]), timeout=timeout)

    def http(self, method, path, body=None, headers=None, timeout=30):
        """A body that is bytes or str goes out as it stands, anything else as JSON."""
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        connection = http.client.HTTPConnection(self.host, self.ports["http"], timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.http("GET", path, **options)

    def put(self, path, body=None, **options):
        return self.http("PUT", path, body, **options)

    def delete(self, path, **options):
        return self.http("DELETE", path, **options)

    def cli(self, *args, stdin="", seconds=PATIENCE_S):
        """Runs a command of the program against this agent."""
        env = dict(os.environ, NOMAD_ADDR=self.address, NOMAD_CLI_NO_COLOR="1")
        return subprocess.run([str(BINARY), *args], env=env, input=stdin, capture_output=True, text=True, timeout=seconds,
                              cwd=self.folder)

    def allocations(self, job):
        answer = self.get("/v1/job/%s/allocations" % job)
        return answer.json if answer.status == 200 else []

    def wait_for_allocations(self, job, status, count=1):
        """Until `count` allocations of the job have the client status; returns the stubs."""
        def reached():
            stubs = [a for a in self.allocations(job) if a["ClientStatus"] == status]
            return stubs if len(stubs) >= count else None
        try:
            return wait_for("%d allocations of %s are %s" % (count, job, status), reached)
        except AssertionError as late:
            stubs = [(a["ClientStatus"], a["DesiredStatus"], a.get("TaskStates")) for a in self.allocations(job)]
            raise AssertionError("%s; they are: %s" % (late, json.dumps(stubs)[:4000]))


def job(name, command="/bin/sleep", args=("300",), kind="service", count=1, **task):
    """A raw_exec job as the API takes it."""
    return {"Job": {"ID": name, "Name": name, "Type": kind, "Datacenters": ["*"], "TaskGroups": [{
        "Name": "group", "Count": count,
        "RestartPolicy": {"Attempts": 0, "Mode": "fail"}, "ReschedulePolicy": {"Attempts": 0, "Unlimited": False},
        "Tasks": [merged({"Name": "task", "Driver": "raw_exec", "Config": {"command": command, "args": list(args)},
                          "Resources": {"CPU": 50, "MemoryMB": 16}}, task)]}]}}
