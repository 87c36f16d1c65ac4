"""The faults: each takes hold of machines of the lab (inject), may say what must be true while it lasts (meanwhile), lets go
(heal, which waits for nothing), and may say what must come of it (recovered).

A fault lets nobody suffer twice: victims are chosen among the machines that no other fault holds.
"""
import contextlib
import email.utils
import os
import re
import signal
import time

import lab as laboratory
from lab import harness

# From less than the lifetime of a node's heartbeat to far more, and less than the hour after which what is over is forgotten.
STEPS_S = (-2700, -600, -5, 5, 600, 2700)


class Fault:
    # Whether most servers can still reach each other, so that the cluster must go on.
    leaves_majority = True

    def __init__(self, lab, rng):
        self.lab, self.rng = lab, rng
        self.held = []  # machines in the hands of other faults
        self.victims = []

    def holds(self):
        """Machines that no other fault may take."""
        return self.victims

    def __str__(self):
        return "%s(%s)" % (type(self).__name__, ", ".join(v.name for v in self.victims))

    def free(self, group):
        return [m for m in group if m.alive() and m not in self.held]

    def take_leader(self):
        """The leader, or any server where there is none or another fault holds it."""
        leader, free = self.lab.leader(), self.free(self.lab.servers)
        return self.take(leader if leader in free else self.rng.choice(free))

    def take_follower(self):
        """Where other faults hold all followers, whoever is left."""
        leader, free = self.lab.leader(), self.free(self.lab.servers)
        return self.take(self.rng.choice([s for s in free if s is not leader] or free))

    def take_any(self):
        return self.take_leader() if self.rng.random() < 0.5 else self.take_follower()

    def take(self, machine):
        self.victims.append(machine)
        return machine

    def inject(self):
        raise NotImplementedError

    def meanwhile(self, cluster):
        """While this is the only fault."""
        if self.leaves_majority:
            cluster.accepts_a_write("during " + str(self), avoid=self.victims)

    def heal(self):
        raise NotImplementedError

    def recovered(self, cluster):
        pass


class Killed(Fault):
    def kill(self):
        for victim in self.victims:
            victim.kill()

    def heal(self):
        for victim in self.victims:
            if not victim.alive():
                victim.start(ready=False)


class KilledLeader(Killed):
    def inject(self):
        self.take_leader()
        self.kill()


class KilledFollower(Killed):
    def inject(self):
        self.take_follower()
        self.kill()


class KilledServers(Killed):
    leaves_majority = False

    def inject(self):
        self.victims = self.lab.alive(self.lab.servers)
        self.kill()

    def holds(self):
        return []


class KilledClient(Killed):
    def inject(self):
        self.before = self.lab.tasks()
        self.take(self.rng.choice(self.free(self.lab.clients)))
        self.kill()

    def meanwhile(self, cluster):
        super().meanwhile(cluster)
        now = self.lab.tasks()
        gone = {a: p for a, p in self.before.items() if a in cluster.lasting and not p <= now.get(a, set())}
        if gone:
            raise AssertionError("tasks ended with their agent: %s" % gone)


class Cut(Fault):
    """Packets between the victim and other machines are dropped; the test still reaches it."""
    directions = ("in", "out")

    def rules(self):
        return {"in": ("INPUT", "!", "-s", laboratory.HUB), "out": ("OUTPUT", "!", "-d", laboratory.HUB)}

    def switch(self, how):
        for direction in self.directions:
            for victim in self.victims:
                victim.iptables(how, *self.rules()[direction], "-j", "DROP")

    def cut(self):
        self.switch("-A")

    def drops_packets(self):
        def dropped():
            counts = [v.iptables("-nvxL", self.rules()[d][0]) for d in self.directions for v in self.victims]
            return all(re.search(r"^\s*[1-9]\d* +\d+ DROP", c, re.M) for c in counts)
        harness.wait_for("packets are dropped", dropped)

    def meanwhile(self, cluster):
        self.drops_packets()
        super().meanwhile(cluster)

    def heal(self):
        self.switch("-D")


class CutLeader(Cut):
    def inject(self):
        self.take_leader()
        self.cut()

    def meanwhile(self, cluster):
        super().meanwhile(cluster)
        victim = self.victims[0]
        harness.wait_for("another server leads", lambda: self.lab.leader() not in (None, victim))
        harness.wait_for("who is cut off no longer leads", lambda: victim.raft_state() != "Leader")
        cluster.refuses_a_write(victim)
        cluster.tells_nothing_old(victim)


class CutFollower(Cut):
    def inject(self):
        self.take_follower()
        self.cut()

    def meanwhile(self, cluster):
        super().meanwhile(cluster)
        cluster.refuses_a_write(self.victims[0])


class Deaf(Cut):
    """It speaks and does not hear."""
    directions = ("in",)

    def inject(self):
        self.take_any()
        self.cut()


class Mute(Cut):
    """It hears and does not speak."""
    directions = ("out",)

    def inject(self):
        self.take_any()
        self.cut()


class Loss(Cut):
    """Some packets of every server are lost, on the way in."""
    directions = ("in",)

    def rules(self):
        return {"in": ("INPUT", "!", "-s", laboratory.HUB, "-m", "statistic", "--mode", "random",
                       "--probability", "%.2f" % self.probability)}

    def inject(self):
        self.probability = self.rng.uniform(0.1, 0.3)
        self.victims = list(self.lab.servers)
        self.cut()

    def holds(self):
        return []

    def __str__(self):
        return "Loss(%d%%)" % (100 * self.probability)

    def meanwhile(self, cluster):
        self.drops_packets()
        cluster.accepts_a_write("during " + str(self))


class Delay(Fault):
    """Every packet from and to the victim comes late, each by a time of its own, so that they overtake each other."""

    def inject(self):
        victim = self.take_any()
        run, self.port = laboratory.run, "to-" + victim.name
        self.far, self.near = "far-" + victim.name, "near-" + victim.name
        run("ip", "link", "add", self.far, "type", "veth", "peer", "name", self.near)
        run("ip", "link", "set", self.far, "up")
        run("ip", "link", "set", self.near, "master", "bridge", "up")
        self.wire = laboratory.Wire(self.port, self.far, self.rng.random(), self.rng.uniform(0.02, 0.2))
        run("ip", "link", "set", self.port, "nomaster")
        self.wire.start()

    def __str__(self):
        return "%s, up to %d ms" % (super().__str__(), 1000 * self.wire.most_s)

    def meanwhile(self, cluster):
        super().meanwhile(cluster)
        harness.wait_for("packets are carried", lambda: self.wire.carried > 10)

    def heal(self):
        laboratory.run("ip", "link", "set", self.port, "master", "bridge")
        self.wire.close()
        laboratory.run("ip", "link", "del", self.far)


class FrozenLeader(Fault):
    """Stopped for longer than the others wait for a leader."""

    def inject(self):
        victim = self.take_leader()
        self.process = victim.process
        self.process.send_signal(signal.SIGSTOP)

    def meanwhile(self, cluster):
        super().meanwhile(cluster)
        harness.wait_for("another server leads", lambda: self.new_leader(cluster))

    def new_leader(self, cluster):
        return [s for s in cluster.lab.alive(cluster.lab.servers) if s not in self.victims and s.raft_state() == "Leader"]

    def heal(self):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)

    def recovered(self, cluster):
        if self.process.poll() is None:
            cluster.tells_nothing_old(self.victims[0])


class FullDisk(Fault):
    """No byte is left where the server keeps its log."""
    FULL, ROOM = "the disk is full: new commands are refused", "there is room on the disk again"

    def inject(self):
        victim = self.take_any()
        self.ballast = self.lab.folder / victim.name / "ballast"
        self.told, self.process = self.count(self.FULL), victim.process
        fill(self.ballast)

    def count(self, what):
        return self.victims[0].log_tail(10**8).count(what)

    def meanwhile(self, cluster):
        """What the log has room for already is used up by large jobs. Then a follower is no hindrance, and a leader refuses
        or steps aside."""
        victim = self.victims[0]
        harness.wait_for("%s says that its disk is full" % victim.name,
                         lambda: self.count(self.FULL) > self.told or cluster.try_to_write(large=True) and False)

        def refused_or_accepted():
            answer = cluster.try_to_write()
            return answer and (answer.status == 200 or "disk of the leader is full" in answer.text)
        harness.wait_for("writes go on elsewhere or are refused with the reason", refused_or_accepted)

    def heal(self):
        self.ballast.unlink()

    def recovered(self, cluster):
        victim = self.victims[0]
        if victim.process is self.process:
            harness.wait_for("%s has room again" % victim.name, lambda: self.count(self.ROOM) >= self.count(self.FULL))
            return
        # Killed meanwhile, and perhaps started before there was room: then it has ended, and said why.
        harness.wait_for("%s serves or ends" % victim.name, lambda: not victim.alive() or victim.known_leader())
        if not victim.alive() and victim.process.returncode == 1 and "No space left on device" in victim.log_tail():
            victim.start(ready=False)


def fill(path):
    with open(path, "wb") as file:
        at, size = 0, 1 << 24
        while size >= 1024:
            try:
                os.posix_fallocate(file.fileno(), at, size)
                at += size
            except OSError:
                size //= 2


class FlippedBit(Fault):
    """A bit of the log of a follower that is stopped in order. It starts at once, and fetches what it has lost."""
    WHOLE = "the log is whole again"
    HARMLESS = "no entry is lost by that"  # where the bit is of what only closes a batch

    def inject(self):
        victim = self.take_follower()
        self.told = [victim.log_tail(10**8).count(text) for text in ("is damaged", self.WHOLE, self.HARMLESS)]
        victim.stop()
        self.where = flip(victim, self.rng)
        victim.start(ready=False)

    def heal(self):
        pass

    def recovered(self, cluster):
        victim = self.victims[0]

        def told():
            log = victim.log_tail(10**8)
            damaged, whole, harmless = (log.count(text) > before for text, before in
                                        zip(("is damaged", self.WHOLE, self.HARMLESS), self.told))
            return damaged and whole or harmless
        harness.wait_for("%s tells of the damage (%s) and mends it" % (victim.name, self.where), told)


def flip(server, rng):
    """Some bit of what the newest segment with entries holds; what its header is copied for is left alone."""
    header, last_mark = 4096, 256
    for segment in sorted((server.lab.folder / server.name / "data" / "server" / "raft").glob("*.seg"), reverse=True):
        data = bytearray(segment.read_bytes())
        used = len(bytes(data).rstrip(b"\0"))
        if used > header + 2 * last_mark:
            at, bit = rng.randrange(header, used - last_mark), rng.randrange(8)
            data[at] ^= 1 << bit
            segment.write_bytes(data)
            return "%s, byte %d, bit %d" % (segment.name, at, bit)
    raise AssertionError("%s has no log to damage" % server.name)


class SteppedClock(Fault):
    """The wall clock of one agent jumps, and jumps back."""

    def inject(self):
        victim = self.take(self.rng.choice(self.free(self.lab.machines)))
        self.step_s = self.rng.choice(STEPS_S)
        victim.step_clock(self.step_s)

    def __str__(self):
        return "%s by %d s" % (super().__str__(), self.step_s)

    def meanwhile(self, cluster):
        shown = self.victims[0].get("/v1/agent/health").headers["Date"]
        off = email.utils.parsedate_to_datetime(shown).timestamp() - time.time()
        if abs(off - self.step_s) > 3:
            raise AssertionError("the clock did not step: it is off by %.1f s" % off)
        cluster.accepts_a_write("during " + str(self))

    def heal(self):
        self.victims[0].step_clock(0)


ALL = (KilledLeader, KilledFollower, KilledServers, KilledClient, CutLeader, CutFollower, Deaf, Mute, Loss, Delay, FrozenLeader,
       FullDisk, FlippedBit, SteppedClock)
