"""What the figures share: agents to measure, a connection to them, what the kernel tells of a process, and the load program."""
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("DROVER_BIN") or ROOT / "build" / "release" / "drover").resolve()
HELPERS = ["drover-shim"]
os.environ["DROVER_BIN"] = str(BINARY)
sys.path.insert(0, str(ROOT / "tests" / "scenario"))
import harness  # noqa: E402

UNLIMITED = {"limits": {"http_max_conns_per_client": 0, "rpc_max_conns_per_client": 0}, "log_level": "WARN"}


class Remote:
    """An agent that somebody else started. Its process can be watched when `pid` is known and on this machine."""

    def __init__(self, address, rpc=None, pid=None):
        self.address = address
        parts = urllib.parse.urlsplit(address)
        self.host, self.port = parts.hostname, parts.port or 4646
        self.rpc = rpc or "%s:4647" % self.host
        self.pid = pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Local(harness.Agent):
    host = "127.0.0.1"

    @property
    def port(self):
        return self.ports["http"]

    @property
    def rpc(self):
        return "127.0.0.1:%d" % self.ports["rpc"]

    @property
    def pid(self):
        return self.process.pid


class Server(Local):
    """A server without a client, whose state lasts."""

    def __init__(self, expect=1, join=(), **config):
        server = {"enabled": True, "server_join": {"retry_join": list(join), "retry_interval": "1s"}}
        if expect:
            server["bootstrap_expect"] = expect
        config = harness.merged({"server": server, "client": {"enabled": False}}, config)
        super().__init__(harness.merged(UNLIMITED, config), args=())
        self.data = self.folder / "data"
        self.args += ["-data-dir", str(self.data), "-node", self.folder.name]

    @property
    def serf(self):
        return "127.0.0.1:%d" % self.ports["serf"]


class Figures:
    def __init__(self, address, rpc=None, pid=None):
        self.address, self.rpc, self.pid = address, rpc, pid
        self.rows = []

    def add(self, number, workload, figure, bar):
        self.rows.append({"number": number, "workload": workload, "figure": figure, "bar": bar})
        print("%-4s %-78s %-44s bar: %s" % (number, workload, figure, bar), flush=True)

    def agent(self):
        return self.foreign() or Local(UNLIMITED)

    def server(self, **config):
        return self.foreign() or Server(**config)

    def foreign(self):
        return Remote(self.address, self.rpc, self.pid) if self.address else None


class Client:
    """One keep-alive connection."""

    def __init__(self, agent):
        self.connection = http.client.HTTPConnection(agent.host, agent.port, timeout=60)

    def call(self, method, path, body=None):
        self.connection.request(method, path, body=None if body is None else json.dumps(body))
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError("%s %s: %d %s" % (method, path, answer.status, text[:200]))
        return json.loads(text) if text else None, answer.headers


def status_kib(pid, key):
    for line in pathlib.Path("/proc/%d/status" % pid).read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    return 0


def pss_kib(pid):
    return int(re.search(r"^Pss:\s+(\d+)", pathlib.Path("/proc/%d/smaps_rollup" % pid).read_text(), re.M)[1])


def cpu_seconds(pid):
    fields = pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def command_of(pid):
    return pathlib.Path("/proc/%d/cmdline" % pid).read_bytes().decode(errors="replace").replace("\0", " ").strip()


def load(mode, **options):
    """Runs build/release/bench/cluster_load; what it printed last."""
    process = load_lines(mode, **options)
    lines = process.communicate()[0].splitlines()
    if process.returncode != 0 or not lines:
        raise RuntimeError("cluster_load %s: %s" % (mode, lines[-1] if lines else "said nothing"))
    return json.loads(lines[-1])


def load_lines(mode, **options):
    """Starts it; for modes that print more than one line."""
    arguments = []
    for name, value in options.items():
        arguments += ["--" + name] if value is True else ["--" + name, str(value)]
    return subprocess.Popen([str(bench_program("cluster_load")), mode, *arguments], stdout=subprocess.PIPE, text=True)


def bench_program(name):
    program = BINARY.parent / "bench" / name
    if not program.exists():
        raise RuntimeError("%s is not built (target benches)" % program)
    return program
