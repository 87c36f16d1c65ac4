"""A laboratory: three servers and five clients, each a real agent in a network namespace of its own, joined by a bridge.

The bridge lies in a namespace too, the hub, and so does the test: from there it talks to all agents by their addresses. What the
lab mounts and names is seen by this process alone, so nothing of it outlives the process and labs do not meet. Servers keep their
state on a small disk each (an ext4 image), and every agent has a wall clock of its own (clock.c).
"""
import contextlib
import ctypes
import fcntl
import heapq
import http.client
import json
import os
import pathlib
import random
import re
import selectors
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "scenario"))
import harness  # noqa: E402

COUNT_SERVERS, COUNT_CLIENTS = 3, 5
HUB = "10.99.0.1"
DISK_BYTES = 96 << 20
TOOLS = ("ip", "iptables", "nsenter", "mount", "umount", "mkfs.ext4", "cc")
CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
SIOCETHTOOL, ETHTOOL_STXCSUM = 0x8946, 0x17
PACKET_OUTGOING = 4
HTTPException = http.client.HTTPException
libc = ctypes.CDLL(None, use_errno=True)


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(command), done.stdout.strip()))
    return done.stdout


def enter(path, kind):
    """Moves this thread, and those that it will start, into the namespace of that file."""
    with open(path) as file:
        if libc.setns(file.fileno(), kind) != 0:
            raise OSError(ctypes.get_errno(), "setns " + str(path))


def namespace(name):
    return "/run/netns/" + name


@contextlib.contextmanager
def inside(name, back="hub"):
    enter(namespace(name), CLONE_NEWNET)
    try:
        yield
    finally:
        enter(namespace(back), CLONE_NEWNET)


def without_offload(device):
    """Packets that leave this device bear their checksum, so that a copy of them is good anywhere."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        value = ctypes.create_string_buffer(struct.pack("II", ETHTOOL_STXCSUM, 0))
        fcntl.ioctl(s, SIOCETHTOOL, struct.pack("16sP8x", device.encode(), ctypes.addressof(value)))


class Wire(threading.Thread):
    """Carries frames between two devices, each frame after a time of its own: what is delayed by chance is reordered too."""

    def __init__(self, one, other, seed, most_s):
        super().__init__(daemon=True)
        self.sockets = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) for _ in range(2)]
        for s, device in zip(self.sockets, (one, other)):
            s.bind((device, 0))
            s.setblocking(False)
        self.rng, self.most_s = random.Random(seed), most_s
        self.carried = 0
        self.stopping = False

    def run(self):
        waiting = []
        with selectors.DefaultSelector() as selector:
            for end in (0, 1):
                selector.register(self.sockets[end], selectors.EVENT_READ, end)
            while not self.stopping:
                pause = max(waiting[0][0] - time.monotonic(), 0) if waiting else 0.1
                for key, _ in selector.select(min(pause, 0.1)):
                    with contextlib.suppress(OSError):
                        frame, address = self.sockets[key.data].recvfrom(65536)
                        if address[2] != PACKET_OUTGOING:
                            self.carried += 1
                            due = time.monotonic() + self.rng.random() * self.most_s
                            heapq.heappush(waiting, (due, self.carried, 1 - key.data, frame))
                while waiting and waiting[0][0] <= time.monotonic():
                    _, _, end, frame = heapq.heappop(waiting)
                    with contextlib.suppress(OSError):
                        self.sockets[end].send(frame)

    def close(self):
        self.stopping = True
        self.join()
        for s in self.sockets:
            s.close()


class Machine(harness.Agent):
    """One agent in its namespace. Its name is that of the namespace; the hub's end of its cable is `to-<name>`."""

    def __init__(self, lab, name, host, config):
        self.lab, self.name, self.host = lab, name, host
        self.wrapper = ("nsenter", "--net=" + namespace(name))
        self.is_server = name.startswith("server")
        self.clock = lab.folder / (name + ".clock")
        self.step_clock(0)
        env = {"LD_PRELOAD": str(lab.clock_library), "DROVER_CLOCK_OFFSET": str(self.clock)}
        super().__init__(config, args=(), env=env)
        self.ports = {"http": 4646, "rpc": 4647, "serf": 4648}
        data = lab.folder / name if self.is_server else self.folder
        self.config = harness.merged(self.config, {"name": name, "ports": self.ports, "data_dir": str(data / "data")})
        (self.folder / "agent.json").write_text(json.dumps(self.config))

    def step_clock(self, offset_s):
        with open(self.clock, "r+b" if self.clock.exists() else "wb") as file:
            file.write(struct.pack("q", int(offset_s * 1e9)))

    def iptables(self, *rule):
        return run("nsenter", "--net=" + namespace(self.name), "iptables", "-w", *rule)

    def raft_state(self):
        with contextlib.suppress(OSError, ValueError, KeyError, HTTPException):
            return self.get("/v1/agent/self", timeout=3).json["stats"]["raft"]["state"]
        return None

    def known_leader(self):
        with contextlib.suppress(OSError, ValueError, HTTPException):
            answer = self.get("/v1/status/leader", timeout=3)
            if answer.status == 200:
                return answer.json
        return None

    def listed(self, path):
        """(index, content) of a list as this very server knows it; None when it does not answer."""
        with contextlib.suppress(OSError, ValueError, HTTPException):
            answer = self.get(path + "?stale=true&namespace=*", timeout=20)
            if answer.status == 200:
                return answer.index, answer.json
        return None


def tasks(folders):
    """The processes of tasks that work below one of the folders: allocation -> {(pid, when it was started)}."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if not (entry / "cmdline").read_bytes().startswith(b"/bin/sleep\0"):
                continue
            if not os.readlink(entry / "cwd").startswith(folders):
                continue
            alloc = re.search(rb"NOMAD_ALLOC_ID=([0-9a-f-]+)", (entry / "environ").read_bytes())
            if alloc:
                started = (entry / "stat").read_text().rsplit(")", 1)[1].split()[19]
                found.setdefault(alloc[1].decode(), set()).add((int(entry.name), started))
    return found


class Lab:
    """Use as a context manager. Skips the test where the machine does not allow it."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.servers, self.clients = [], []
        self.folder = self.clock_library = None

    @property
    def machines(self):
        return self.servers + self.clients

    def __enter__(self):
        try:
            self.build()
            for machine in self.machines:
                machine.start(ready=False)
            harness.wait_for("a server leads", self.leader)
            harness.wait_for("all nodes are ready", self.nodes_are_ready)
            return self
        except BaseException:
            self.stack.close()
            raise

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    # --- building it

    def build(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest("namespaces and mounts want root")
        lacking = [tool for tool in TOOLS if not shutil.which(tool)]
        if lacking:
            raise unittest.SkipTest("not installed: " + ", ".join(lacking))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drv-lab-"))
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.private_mounts()
        self.bridge()
        self.clock_library = self.folder / "clock.so"
        source = pathlib.Path(__file__).parent / "clock.c"
        run("cc", "-O1", "-Wall", "-shared", "-fPIC", "-o", str(self.clock_library), str(source))
        addresses = ["10.99.0.%d" % (11 + n) for n in range(COUNT_SERVERS)]
        for n, address in enumerate(addresses):
            self.add(self.servers, "server-%d" % n, address, {"autopilot": {"cleanup_dead_servers": False}, "server": {
                "enabled": True, "bootstrap_expect": COUNT_SERVERS, "heartbeat_grace": "30s",
                "server_join": {"retry_join": addresses, "retry_interval": "1s"}}})
        for n in range(COUNT_CLIENTS):
            self.add(self.clients, "client-%d" % n, "10.99.0.%d" % (21 + n), {
                "client": {"enabled": True, "servers": ["%s:4647" % a for a in addresses]}})

    def private_mounts(self):
        """A namespace of mounts for this thread, and in it a folder of names for namespaces of the network."""
        before = [os.open("/proc/self/ns/" + kind, os.O_RDONLY) for kind in ("net", "mnt")]
        if libc.unshare(CLONE_NEWNS) != 0:
            raise unittest.SkipTest("unshare: " + os.strerror(ctypes.get_errno()))

        def back():
            for fd, kind in zip(before, (CLONE_NEWNET, CLONE_NEWNS)):
                libc.setns(fd, kind)
                os.close(fd)
        self.stack.callback(back)
        try:
            run("mount", "--make-rprivate", "/")
            os.makedirs("/run/netns", exist_ok=True)
            run("mount", "-t", "tmpfs", "none", "/run/netns")
            run("ip", "netns", "add", "hub")
        except RuntimeError as refused:
            raise unittest.SkipTest(str(refused))

    def bridge(self):
        enter(namespace("hub"), CLONE_NEWNET)
        # A question for the hub's address is answered by the bridge alone, also while a cable hangs beside it.
        pathlib.Path("/proc/sys/net/ipv4/conf/all/arp_ignore").write_text("1")
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "bridge", "type", "bridge")
        run("ip", "addr", "add", HUB + "/24", "dev", "bridge")
        run("ip", "link", "set", "bridge", "up")
        without_offload("bridge")

    def add(self, group, name, host, config):
        run("ip", "netns", "add", name)
        run("ip", "link", "add", "to-" + name, "type", "veth", "peer", "name", "eth0", "netns", name)
        run("ip", "link", "set", "to-" + name, "master", "bridge", "up")
        run("ip", "-n", name, "addr", "add", host + "/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            run("ip", "-n", name, "link", "set", device, "up")
        with inside(name):
            without_offload("eth0")
        if group is self.servers:
            self.disk(name)
        machine = Machine(self, name, host, config)
        self.stack.callback(machine.close)
        group.append(machine)

    def disk(self, name):
        image, place = self.folder / (name + ".img"), self.folder / name
        place.mkdir()
        with open(image, "wb") as file:
            file.truncate(DISK_BYTES)
        run("mkfs.ext4", "-q", "-m", "0", str(image))
        try:
            run("mount", "-o", "loop", str(image), str(place))
        except RuntimeError as refused:
            raise unittest.SkipTest(str(refused))
        self.stack.callback(run, "umount", "-l", str(place))

    # --- asking it

    def alive(self, group=None):
        return [m for m in (self.machines if group is None else group) if m.alive()]

    def leaders(self):
        return [s for s in self.alive(self.servers) if s.raft_state() == "Leader"]

    def leader(self):
        """The one that leads by its own word and that of most servers."""
        for server in self.leaders():
            believers = [s for s in self.alive(self.servers) if s.known_leader() == server.host + ":4647"]
            if len(believers) > len(self.servers) // 2:
                return server
        return None

    def tasks(self):
        return tasks(tuple(str(c.folder) for c in self.clients))

    def nodes_are_ready(self):
        told = self.servers[0].listed("/v1/nodes")
        return told and [n["Status"] for n in told[1]] == ["ready"] * COUNT_CLIENTS
