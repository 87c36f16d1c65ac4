"""Figures of servers under load: registrations, placements, many nodes, much state, and the loss of a leader."""
import json
import statistics
import subprocess
import threading
import time

from measure import Client, Local, Server, bench_program, cpu_seconds, harness, load, load_lines, status_kib

ROUNDS = 1
LARGE_STATE = 1_000_000


def best(runs):
    return max(runs, key=lambda run: run["per_second"])


def p1(figures):
    runs = []
    for _ in range(ROUNDS):
        with figures.server() as server:
            runs.append(load("place", rpc=server.rpc, nodes=5000, jobs=20, callers=20, count=500, type="batch", together=True))
    figures.add("P1", "20 batch jobs x 500 on 5,000 simulated nodes, Job.Register -> all evaluations complete",
                "%.0f placements/s" % (500 * best(runs)["per_second"]), "30,000/s (due later)")


def p2(figures):
    for callers, bar in ((8, "2,500/s (due later)"), (100, "-")):
        runs = []
        for _ in range(ROUNDS):
            with figures.server() as server:
                runs.append(load("place", rpc=server.rpc, nodes=5000, jobs=500, callers=callers))
        run = best(runs)
        figures.add("P2", "500 jobs x count 1 on 5,000 simulated nodes, %d callers, each waits for its evaluation" % callers,
                    "%.0f evaluations/s (p50 %.1f ms)" % (run["per_second"], run["p50_ms"]), bar)


def p3(figures):
    runs = []
    for _ in range(ROUNDS):
        with figures.server() as server:
            runs.append(load("place", rpc=server.rpc, nodes=5000, jobs=5, callers=5, count=200, spread=True, together=True))
    figures.add("P3", "5 service jobs x 200 on 5,000 simulated nodes, spread over 50 racks",
                "%.0f placements/s" % (200 * best(runs)["per_second"]), "10,000/s (due later)")


def p4(figures):
    for callers, bar in ((8, "5,050/s (5 x 1,010)"), (100, "10,500/s (8 x 1,316)")):
        with figures.server() as server:
            ping = load("ping", rpc=server.rpc, callers=callers, seconds=3)
            get = load("get", http="%s:%d" % (server.host, server.port), callers=callers, seconds=3)
        figures.add("P4", "ceiling of the load program, %d callers: Status.Ping; GET /v1/status/leader" % callers,
                    "%.0f/s; %.0f/s" % (ping["per_second"], get["per_second"]), "-")
        for via in ("rpc", "http"):
            runs = []
            for _ in range(ROUNDS):
                with figures.server() as server:
                    runs.append(load("register", rpc=server.rpc, http="%s:%d" % (server.host, server.port), via=via,
                                     callers=callers, seconds=5))
            run = best(runs)
            figures.add("P4", "durable job registrations over %s, %d callers" % (via.upper(), callers),
                        "%.0f/s (p50 %.2f ms, p99 %.1f ms)" % (run["per_second"], run["p50_ms"], run["p99_ms"]), bar)


class LargeState:
    """A server that is stopped, and has a million allocations on its disk."""

    def __init__(self):
        self.server = Server()
        try:
            self.server.start()
            self.server.stop()
            run = subprocess.run([str(bench_program("large_state")), str(self.server.data), str(LARGE_STATE)],
                                 capture_output=True, text=True)
            if run.returncode != 0:
                raise RuntimeError("large_state: " + run.stderr[-300:])
            self.made = json.loads(run.stdout)
        except BaseException:
            self.server.close(check=False)
            raise

    def __enter__(self):
        return self.server

    def __exit__(self, *_):
        self.server.close(check=False)


def until_write(server, began, seconds=120):
    """From `began` until the server has accepted a write."""
    while True:
        try:
            if server.put("/v1/namespace/started", {"Name": "started"}, timeout=10).status == 200:
                return time.monotonic() - began
        except OSError:
            pass
        if not server.alive() or time.monotonic() - began > seconds:
            raise RuntimeError("the agent does not serve: " + server.log_tail(2000))
        time.sleep(0.005)


def start_span(server):
    began = time.monotonic()
    server.start(ready=False)
    return until_write(server, began)


def p10(figures):
    spans = []
    for _ in range(5):
        agent = Local({"log_level": "WARN"})
        try:
            spans.append(start_span(agent))
        finally:
            agent.close()
    figures.add("P10", "start -> first write accepted, empty (-dev, median of 5)", "%.3f s" % statistics.median(spans), "0.2 s")
    with LargeState() as server:
        start_span(server)
        spans = []
        for _ in range(ROUNDS):
            server.kill()
            spans.append(start_span(server))
        figures.add("P10", "kill -9, start -> first write accepted, %d allocations on disk" % LARGE_STATE,
                    "%.1f s (worst %.1f s; RSS %.0f MB)" % (min(spans), max(spans), status_kib(server.pid, "VmRSS") / 1024),
                    "8 s")


def agent_log(server):
    return server.get("/v1/agent/self").json["stats"]["raft"]


def p15(figures):
    with LargeState() as server:
        start_span(server)
        quiet = load("write", rpc=server.rpc, callers=8, seconds=10)
        figures.add("P15", "longest time without a commit in 10 s of small writes, no snapshot", worst(quiet), "-")
        before = agent_log(server)["last_snapshot_index"]
        runs = []
        began = time.monotonic()
        while agent_log(server)["last_snapshot_index"] == before:
            if time.monotonic() - began > 180:
                raise RuntimeError("no snapshot was taken")
            runs.append(load("write", rpc=server.rpc, callers=8, seconds=10))
        run = max(runs, key=lambda one: one["gaps"][0]["ms"])
        figures.add("P15", "the same while a snapshot of %d allocations is taken" % LARGE_STATE, worst(run), "20 ms")
        install(figures, server)


def worst(run):
    return "%.1f ms (longest commit %.1f ms, %.0f commits/s)" % (run["gaps"][0]["ms"], run["max_ms"], run["per_second"])


def install(figures, server):
    reached = int(agent_log(server)["commit_index"])
    other = Server(expect=0, join=[server.serf])

    def has_state():
        try:
            return int(agent_log(other)["applied_index"]) >= reached
        except OSError:
            return False

    try:
        began = time.monotonic()
        other.start(ready=False)
        harness.wait_for("the new server has the state", has_state, 120, 0.02)
        figures.add("P15", "a new server starts and joins -> it has the snapshot of %d allocations" % LARGE_STATE,
                    "%.1f s" % (time.monotonic() - began), "10 s")
    finally:
        other.close(check=False)


class Three:
    """Three servers in one cluster."""

    def __init__(self):
        self.servers = []
        try:
            for _ in range(3):
                self.servers.append(Server(3, [s.serf for s in self.servers]))
            for server in self.servers:
                server.start(ready=False)
            for server in self.servers:
                harness.wait_for("there is a leader", server.serves)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for server in self.servers:
            server.close(check=False)

    def leader(self):
        address = json.loads(self.servers[0].get("/v1/status/leader").text)
        return next(s for s in self.servers if s.rpc == address)


def first_write(servers, killed_at):
    """Seconds from `killed_at` until the first of them has accepted a write."""
    done, spans = threading.Event(), []

    def ask(server):
        while not done.is_set() and time.monotonic() - killed_at < 30:
            try:
                if server.put("/v1/namespace/after", {"Name": "after"}, timeout=5).status == 200:
                    spans.append(time.monotonic() - killed_at)
                    done.set()
            except OSError:
                pass
            time.sleep(0.005)

    threads = [threading.Thread(target=ask, args=(server,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not spans:
        raise RuntimeError("no write was accepted")
    return min(spans)


def p14(figures, kills=9):
    spans = []
    with Three() as three:
        for _ in range(kills):
            leader = three.leader()
            others = [s for s in three.servers if s is not leader]
            until_write(leader, time.monotonic())
            time.sleep(1)
            killed_at = time.monotonic()
            leader.process.kill()
            spans.append(first_write(others, killed_at))
            leader.process.wait()
            leader.start(ready=False)
            harness.wait_for("it serves again", leader.serves)
            time.sleep(2)
    figures.add("P14", "leader killed -> next write accepted, three servers (%d kills)" % kills,
                "median %.2f s, worst %.2f s" % (statistics.median(spans), max(spans)), "1 s")


def p16(figures, nodes=10_000, rest=20):
    harness.raise_file_limit(nodes + 1000)
    with figures.server(server={"max_heartbeats_per_second": 1000}) as server:
        if server.pid is None:
            raise RuntimeError("the agent's process is needed: --pid")
        Client(server).call("GET", "/v1/status/leader")
        before = status_kib(server.pid, "VmRSS")
        process = load_lines("hold", rpc=server.rpc, nodes=nodes, seconds=rest + 10)
        up = json.loads(process.stdout.readline())
        time.sleep(5)
        memory, used, began = status_kib(server.pid, "VmRSS") - before, cpu_seconds(server.pid), time.monotonic()
        time.sleep(rest)
        share = (cpu_seconds(server.pid) - used) / (time.monotonic() - began)
        held = json.loads(process.communicate()[0].splitlines()[-1])
        figures.add("P16", "%d nodes, each with a connection and a long poll: memory a node (RSS slope)" % nodes,
                    "%.1f KB" % (memory / nodes), "40 KB (due later)")
        figures.add("P16", "their heartbeats (%.0f/s; %d connections lost, %d joins failed): CPU" % (
                    held["heartbeats"] / held["seconds"], held["lost"], up["failed"]),
                    "%.1f %% of a core" % (100 * share), "20 % (due later)")
        figures.add("P16", "nodes that register and come up per second", "%.0f/s" % up["per_second"], "-")


FIGURES = {"P1": p1, "P2": p2, "P3": p3, "P4": p4, "P10": p10, "P14": p14, "P15": p15, "P16": p16}
ON_ANY_SERVER = {"P1", "P2", "P3", "P4", "P16"}
