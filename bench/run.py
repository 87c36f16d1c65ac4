#!/usr/bin/env python3
"""Figures of the whole program, each beside the bar it has to pass (see docs/performance.md for what each measures).

  run.py                     all, on build/release/drover
  run.py P9 P11              only these
  run.py --address http://HOST:4646 P4 P9     those that need no process of ours, on an agent that is up already
  run.py --json FILE         also write the figures there

The agents that it starts lie in temporary folders on free ports and are stopped again. P1 to P4 and
P14 to P16 are of servers: their load is `cluster_load` (target `benches`). Standard library, and `wrk` for P11.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import cluster
from measure import (BINARY, HELPERS, ROOT, UNLIMITED, Client, Figures, Local, command_of, cpu_seconds, harness, pss_kib,
                     status_kib)

REST_S = 5


def p7(figures):
    server = {"server": {"enabled": True, "bootstrap_expect": 1}, "client": {"enabled": False}}
    for what, bar, make in (("server", "12 MB", lambda: Local(harness.merged(UNLIMITED, server), args=())),
                            ("server and client (-dev)", "16 MB", lambda: Local(UNLIMITED))):
        agent = make()
        if "-dev" not in agent.args:
            agent.args += ["-data-dir", str(agent.folder / "data")]
        with agent:
            time.sleep(REST_S)
            rss = status_kib(agent.process.pid, "VmRSS") / 1024
            figures.add("P7", "VmRSS at rest after %d s: %s" % (REST_S, what), "%.1f MB" % rss, bar)


def p8(figures):
    with Local(UNLIMITED) as agent:
        before = set(agent.leftovers())
        client = Client(agent)
        client.call("PUT", "/v1/jobs", harness.job("rest", count=10))
        agent.wait_for_allocations("rest", "running", 10)
        time.sleep(2)
        helpers = [p for p in set(agent.leftovers()) - before if not command_of(p).startswith("/bin/sleep")]
        each = sum(pss_kib(p) for p in helpers) / 10
        tables = sum(status_kib(p, "VmPTE") for p in helpers) / 10
        figures.add("P8", "PSS of the helpers of one raw_exec task (mean of 10, %d helpers)" % len(helpers),
                    "%.3f MB (page tables %d KiB beside it)" % (each / 1024, tables), "0.2 MB")


def wait_running(client, job, wanted, count=1):
    """By blocking queries, so that the poll adds nothing to what it measures."""
    index = 1
    while True:
        stubs, headers = client.call("GET", "/v1/job/%s/allocations?index=%d&wait=10s" % (job, index))
        if sum(a["ClientStatus"] in wanted for a in stubs) >= count:
            return
        index = max(int(headers["X-Nomad-Index"]), 1)


def p9(figures):
    with figures.agent() as agent:
        client = Client(agent)
        mark = "bench-%d-" % time.time()
        spans = []
        for i in range(20):
            name = mark + str(i)
            began = time.monotonic()
            client.call("PUT", "/v1/jobs", harness.job(name))
            wait_running(client, name, ("running",))
            spans.append(1000 * (time.monotonic() - began))
            client.call("DELETE", "/v1/job/%s?purge=true" % name)
        figures.add("P9", "raw_exec: submit -> running, as a blocking query sees it (20 jobs)",
                    "median %.0f ms, worst %.0f ms" % (statistics.median(spans), max(spans)), "50 ms")
        name = mark + "true"
        began = time.monotonic()
        client.call("PUT", "/v1/jobs", harness.job(name, "/bin/true", (), "batch", 100, Resources={"CPU": 1, "MemoryMB": 10}))
        wait_running(client, name, ("complete",), 100)
        took = time.monotonic() - began
        figures.add("P9", "raw_exec: 100 x /bin/true in one batch job, submit -> all complete", "%.2f s" % took, "0.5 s")
        figures.add("P9", "raw_exec: tasks started, run and reported per second", "%.0f/s" % (100 / took), "200/s")
        client.call("DELETE", "/v1/job/%s?purge=true" % name)


def p11(figures):
    if not shutil.which("wrk"):
        figures.add("P11", "HTTP reads", "not measured: wrk is not installed", "-")
        return
    with figures.agent() as agent:
        client = Client(agent)
        mark = "bench-read-%d-" % time.time()
        jobs = [mark + str(i) for i in range(5)]
        for name in jobs:
            # No node fulfils the constraint: the jobs stay, and nothing runs beside the measurement.
            job = harness.job(name, count=1)
            job["Job"]["Constraints"] = [{"LTarget": "${attr.kernel.name}", "RTarget": "none", "Operand": "="}]
            client.call("PUT", "/v1/jobs", job)
        for path, bar in (("/v1/status/leader", "54k/s"), ("/v1/nodes", "38k/s"), ("/v1/jobs", "24k/s")):
            run = subprocess.run(["wrk", "-t1", "-c16", "-d5s", agent.address + path], capture_output=True, text=True)
            rate = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
            bad = re.search(r"Non-2xx.*: (\d+)", run.stdout)
            size = len(json.dumps(client.call("GET", path)[0]))
            figures.add("P11", "GET %s (%d bytes), 16 keep-alive connections, wrk on the same cores" % (path, size),
                        "%.0f/s%s" % (float(rate[1]), ", %s not 2xx" % bad[1] if bad else "") if rate else run.stderr[:60], bar)
        for name in jobs:
            client.call("DELETE", "/v1/job/%s?purge=true" % name)
        # A list of allocations of the size that the bar was taken with.
        name = mark + "allocations"
        client.call("PUT", "/v1/jobs", harness.job(name, "/bin/true", (), "batch", 300, Resources={"CPU": 1, "MemoryMB": 10}))
        wait_running(client, name, ("complete",), 300)
        size = len(json.dumps(client.call("GET", "/v1/allocations")[0], separators=(",", ":")))
        run = subprocess.run(["wrk", "-t1", "-c16", "-d5s", agent.address + "/v1/allocations"], capture_output=True, text=True)
        rate = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
        if rate:
            figures.add("P11", "GET /v1/allocations (%d KB), 16 keep-alive connections" % (size / 1000),
                        "%.0f/s, %.0f MB/s" % (float(rate[1]), float(rate[1]) * size / 1e6), "1,821/s at 434 KB (790 MB/s)")
        client.call("DELETE", "/v1/job/%s?purge=true" % name)


def p12(figures, count=10_000):
    harness.raise_file_limit(count + 1000)  # of each side
    with Local(UNLIMITED) as agent:
        client = Client(agent)
        watched = harness.job("watched", "/bin/true", (), "batch", 1)
        client.call("PUT", "/v1/jobs", watched)
        wait_running(client, "watched", ("complete",))
        time.sleep(1)
        job, _ = client.call("GET", "/v1/job/watched")
        request = ("GET /v1/job/watched?index=%d&wait=300s HTTP/1.1\r\nHost: x\r\n\r\n" % (job["ModifyIndex"] + 1000)).encode()
        pid = agent.process.pid
        before = status_kib(pid, "VmRSS")
        waiting = []
        woken = selectors.DefaultSelector()
        for i in range(count):
            s = socket.create_connection(("127.0.0.1", agent.port))
            s.sendall(request)
            waiting.append(s)
            woken.register(s, selectors.EVENT_READ)
        time.sleep(3)
        memory = (status_kib(pid, "VmRSS") - before) / 1024
        idle = cpu_seconds(pid)
        time.sleep(5)
        idle = cpu_seconds(pid) - idle
        began, used, writes = time.monotonic(), cpu_seconds(pid), 0
        while time.monotonic() - began < 5:
            client.call("PUT", "/v1/namespace/other", {"Name": "other", "Description": str(writes)})
            writes += 1
            time.sleep(0.01)
        span, used = time.monotonic() - began, cpu_seconds(pid) - used
        early = len(woken.select(0))
        figures.add("P12", "%d idle blocking queries on one object each: memory (RSS slope)" % count, "%.1f MB" % memory, "40 MB")
        figures.add("P12", "their CPU: nothing changes / %d writes a second to other objects" % (writes / span),
                    "%.1f %% / %.1f %% of a core, %d woken" % (100 * idle / 5, 100 * used / span, early), "no wake-ups")
        for s in waiting:
            s.close()


def p18(figures):
    total, parts = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for name in [BINARY.name] + HELPERS:
            program = BINARY.parent / name
            if not program.exists():
                parts.append("%s is missing" % name)
                continue
            stripped = shutil.copy(program, folder)
            subprocess.run(["strip", stripped], check=True)
            size = os.path.getsize(stripped)
            total += size
            parts.append("%s %.2f MB" % (name, size / 1e6))
    figures.add("P18", "all files that are installed, stripped", "%.2f MB (%s)" % (total / 1e6, ", ".join(parts)), "20 MB")


def p19(figures):
    with tempfile.TemporaryDirectory(prefix="drover-clean-") as folder:
        env = dict(os.environ, CCACHE_DISABLE="1")
        subprocess.run(["cmake", "--preset", "release", "-B", folder], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        began = time.monotonic()
        subprocess.run(["ninja", "-C", folder, "--quiet"], env=env, check=True, stdout=subprocess.DEVNULL)
        figures.add("P19", "clean release build with tests, no cache, %d cores" % os.cpu_count(),
                    "%.0f s" % (time.monotonic() - began), "600 s")


ALL = {**cluster.FIGURES, "P7": p7, "P8": p8, "P9": p9, "P11": p11, "P12": p12, "P18": p18, "P19": p19}
ALL = dict(sorted(ALL.items(), key=lambda one: int(one[0][1:])))
ON_ANY_AGENT = cluster.ON_ANY_SERVER | {"P9", "P11"}


def machine():
    cpu = re.search(r"^model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    memory = re.search(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M)
    return "%d cores, %s, %.0f GB, Linux %s" % (os.cpu_count(), cpu[1] if cpu else platform.machine(), int(memory[1]) / 1e6,
                                              platform.release())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", nargs="*", metavar="P", help=", ".join(ALL))
    parser.add_argument("--address", help="an agent to measure instead of our own")
    parser.add_argument("--rpc", metavar="HOST:PORT", help="its RPC port, if that is not 4647 of the same host")
    parser.add_argument("--pid", type=int, help="its process, if that runs here: for P16")
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    chosen = [name.upper() for name in args.figures] or [n for n in ALL if not args.address or n in ON_ANY_AGENT]
    for name in chosen:
        if name not in ALL or args.address and name not in ON_ANY_AGENT:
            parser.error("no figure %s%s" % (name, " on a foreign agent" if name in ALL else ""))
    print("machine: %s\nprogram: %s\n" % (machine(), args.address or BINARY))
    figures, failed = Figures(args.address, args.rpc, args.pid), 0
    for name in chosen:
        try:
            ALL[name](figures)
        except Exception as problem:  # one figure that cannot be taken does not keep the others from being taken
            failed += 1
            figures.add(name, "could not be measured", "%s: %s" % (type(problem).__name__, str(problem)[:300]), "-")
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps({"machine": machine(), "figures": figures.rows}, indent=1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
