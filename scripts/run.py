#!/usr/bin/env python3
"""run.py BINARY: what a newcomer would type, done and shown: starts `BINARY agent -dev`, runs examples/hello.nomad.hcl, shows
its status and what it printed, and stops the agent. Takes the usual ports if they are free, others otherwise."""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
JOB = "hello"
USUAL = {"http": 4646, "rpc": 4647, "serf": 4648}
PATIENCE_S = 60


def free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("0.0.0.0", port))
            return s.getsockname()[1]
        except OSError:
            return None


def shown(command, **options):
    print("\n$ " + " ".join(str(word) for word in command), flush=True)
    return subprocess.run(command, **options)


def wait_for(what, condition):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            value = condition()
            if value:
                return value
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("after %d s still not: %s" % (PATIENCE_S, what))


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory(prefix="drover-run-") as scratch:
        command, address = [binary, "agent", "-dev"], "http://127.0.0.1:%d" % USUAL["http"]
        if not all(free(port) for port in USUAL.values()):
            ports = {name: free(0) for name in USUAL}
            pathlib.Path(scratch, "ports.json").write_text(json.dumps({"ports": ports}))
            command += ["-config", scratch + "/ports.json"]
            address = "http://127.0.0.1:%d" % ports["http"]
        print("$ %s &" % " ".join(command), flush=True)
        log_file = pathlib.Path(scratch, "agent.log")
        with open(log_file, "wb") as log:
            agent = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

        def get(path):
            if agent.poll() is not None:
                raise SystemExit("the agent ended:\n" + log_file.read_text(errors="replace")[-4000:])
            with urllib.request.urlopen(address + path, timeout=5) as answer:
                return json.load(answer)

        env = dict(os.environ, NOMAD_ADDR=address)
        try:
            wait_for("a ready node", lambda: any(n["Status"] == "ready" for n in get("/v1/nodes")))
            good = shown([binary, "job", "run", ROOT / "examples" / (JOB + ".nomad.hcl")], env=env).returncode == 0
            ended = wait_for("the job has run", lambda: [a for a in get("/v1/job/%s/allocations" % JOB)
                                                         if a["ClientStatus"] in ("complete", "failed")])
            good &= shown([binary, "job", "status", JOB], env=env).returncode == 0
            good &= shown([binary, "alloc", "logs", ended[0]["ID"]], env=env).returncode == 0
            return 0 if good and ended[0]["ClientStatus"] == "complete" else 1
        finally:
            agent.terminate()
            try:
                agent.wait(15)
            except subprocess.TimeoutExpired:
                agent.kill()


if __name__ == "__main__":
    sys.exit(main())
