"""What is asked of the lab's cluster while it suffers and afterwards: writes whose acknowledgement is remembered, and the
invariants that hold once all is healed.
"""
import contextlib
import random
import threading
import time

from lab import HTTPException, harness

WRITERS, ROUND_JOBS = 3, 45
PAUSE_S = 0.15
LASTING_JOBS = 4
TERMINAL = ("complete", "failed", "canceled", "blocked")
SLEEP = ("1000000",)


def until(what, problem):
    """Waits until there is no problem; fails with what the last one was."""
    last = []

    def solved():
        last[:] = [problem()]
        return not last[0]
    try:
        harness.wait_for(what, solved)
    except AssertionError as late:
        raise AssertionError("%s: %s" % (late, last[0])) from None


class Cluster:
    def __init__(self, lab, rng):
        self.lab, self.rng = lab, rng
        self.lock = threading.Lock()
        self.names = iter(range(10**9))
        self.acknowledged = set()  # jobs that must be there
        self.unknown = set()       # jobs that were asked for, with no word of acknowledgement
        self.gone = set()          # jobs whose removal was acknowledged
        self.newest = None         # of the acknowledged ones
        self.lasting = {}          # allocation -> its processes, which must go on
        self.stopping = threading.Event()
        self.attempts = 0
        self.writers = []

    # --- writing

    def register(self, server, job, timeout=6):
        """One attempt; the answer, or None where none came."""
        name, answer = job["Job"]["ID"], None
        with contextlib.suppress(OSError, ValueError, HTTPException):
            answer = server.put("/v1/jobs", job, timeout=timeout)
        with self.lock:
            self.attempts += 1
            if answer and answer.status == 200:
                self.acknowledged.add(name)
                self.newest = name
            else:
                self.unknown.add(name)
        return answer

    def new_name(self, kind):
        with self.lock:
            return "%s-%d" % (kind, next(self.names))

    def try_to_write(self, avoid=(), large=False):
        server = self.rng.choice([s for s in self.lab.alive(self.lab.servers) if s not in avoid])
        job = harness.job(self.new_name("probe"), count=0)
        if large:
            job["Job"]["Meta"] = {"ballast": "%x" % self.rng.getrandbits(8 * (64 << 10))}
        return self.register(server, job)

    def accepts_a_write(self, when, avoid=()):
        answers = []

        def problem():
            answers.append(self.try_to_write(avoid))
            return None if answers[-1] and answers[-1].status == 200 else "the last answers: %s" % answers[-4:]
        until("a write is accepted " + when, problem)

    def refuses_a_write(self, server):
        """Who is cut off must not say yes. (It may hold its answer back for longer than is waited for here.)"""
        answer = self.register(server, harness.job(self.new_name("refused"), count=0), timeout=3)
        if answer and answer.status == 200:
            raise AssertionError("%s is cut off and acknowledged a write" % server.name)

    def tells_nothing_old(self, server):
        """A consistent read knows the newest write, or has no answer."""
        with self.lock:
            name = self.newest
        if name is None:
            return
        with contextlib.suppress(OSError, ValueError, HTTPException):
            answer = server.get("/v1/job/%s?consistent" % name, timeout=3)
            if answer.status == 404:
                raise AssertionError("%s does not know %s, which is acknowledged: %s" % (server.name, name, answer))

    def start_load(self):
        self.stopping.clear()
        left = iter(range(ROUND_JOBS))
        seeds = [self.rng.random() for _ in range(WRITERS)]
        self.writers = [threading.Thread(target=self.write, args=(random.Random(s), left), daemon=True) for s in seeds]
        for writer in self.writers:
            writer.start()

    def write(self, rng, left):
        while not self.stopping.wait(PAUSE_S * WRITERS):
            with self.lock:
                number = next(left, None)
            if number is None:
                return
            servers = self.lab.alive(self.lab.servers)
            if not servers:
                continue
            runs = number % 9 == 4
            job = harness.job(self.new_name("run" if runs else "load"), args=SLEEP, count=rng.randint(1, 2) if runs else 0)
            self.register(rng.choice(servers), job)

    def stop_load(self):
        self.stopping.set()
        for writer in self.writers:
            writer.join()
        self.writers = []

    def let_it_work(self, attempts=6, seconds=3):
        """Until the load has tried some more writes."""
        with self.lock:
            wanted = self.attempts + attempts
        end = time.monotonic() + seconds
        while self.attempts < wanted and time.monotonic() < end and any(w.is_alive() for w in self.writers):
            time.sleep(0.05)

    def place_lasting(self):
        for number in range(LASTING_JOBS):
            name = "lasting-%d" % number
            answer = self.register(self.lab.servers[0], harness.job(name, args=SLEEP, count=2))
            if not answer or answer.status != 200:
                raise AssertionError("%s is not registered: %s" % (name, answer))
        for number in range(LASTING_JOBS):
            self.lab.servers[0].wait_for_allocations("lasting-%d" % number, "running", 2)
        running = self.lab.tasks()
        for number in range(LASTING_JOBS):
            for alloc in self.lab.servers[0].allocations("lasting-%d" % number):
                self.lasting[alloc["ID"]] = running[alloc["ID"]]

    def remove(self):
        """The jobs of what is over, so that a long run stays small. Those that were acknowledged must not come back."""
        for name in sorted(self.acknowledged | self.unknown):
            if not name.startswith("lasting"):
                harness.wait_for("%s is removed" % name, lambda n=name: self.removed(n))
        self.unknown.clear()
        self.newest = None

    def removed(self, name):
        server = self.rng.choice(self.lab.servers)
        with contextlib.suppress(OSError, ValueError, HTTPException):
            answer = server.delete("/v1/job/%s?purge=true" % name, timeout=10)
            if answer.status == 200:
                if name in self.acknowledged:
                    self.acknowledged.discard(name)
                    self.gone.add(name)
                return True
        return False

    # --- what must be true afterwards

    def check(self):
        for machine in self.lab.machines:
            if not machine.alive():
                raise AssertionError("%s ended with %s:\n%s" % (machine.name, machine.process.returncode, machine.log_tail()))
        until("one server leads, and all say so", self.leaders_problem)
        for server in self.lab.servers:
            self.accepts_a_write("by %s after healing" % server.name, avoid=[s for s in self.lab.servers if s is not server])
        harness.wait_for("all nodes are ready", self.lab.nodes_are_ready)
        until("all evaluations have ended", self.evaluations_problem)
        for path in ("/v1/jobs", "/v1/allocations", "/v1/evaluations", "/v1/nodes", "/v1/deployments"):
            until("%s is the same everywhere" % path, lambda p=path: self.difference(p))
        self.jobs_are_there()
        until("what should run runs, and nothing else", self.tasks_problem)
        self.lasting_tasks_go_on()
        for machine in self.lab.machines:
            log = machine.log_tail(10**8)
            found = harness.SANITIZER.search(log)
            if found:
                raise AssertionError("%s: %s" % (machine.name, log[found.start():][:8000]))

    def leaders_problem(self):
        states = {s.name: s.raft_state() for s in self.lab.servers}
        leaders = [s.host + ":4647" for s in self.lab.servers if states[s.name] == "Leader"]
        believed = [s.known_leader() for s in self.lab.servers]
        return None if len(leaders) == 1 and set(believed) == set(leaders) else "%s, %s" % (states, believed)

    def evaluations_problem(self):
        told = self.lab.servers[0].listed("/v1/evaluations")
        if told is None:
            return "no answer"
        return [e for e in told[1] if e["Status"] not in TERMINAL]

    def difference(self, path):
        """Lists at the same index are the same, on every server; and they get to the same index."""
        told = [s.listed(path) for s in self.lab.servers]
        if None in told or len({index for index, _ in told}) > 1:
            return "indexes: %s" % [t and t[0] for t in told]
        first = told[0][1]
        for number, (index, content) in enumerate(told):
            if content != first:
                pairs = [(a, b) for a, b in zip(first, content) if a != b] or [(len(first), len(content))]
                raise AssertionError("%s differs at index %d: %.2000s; server-%d: %.2000s" % (path, index, pairs[0][0], number,
                                                                                             pairs[0][1]))
        return None

    def jobs_are_there(self):
        for server in self.lab.servers:
            ids = {j["ID"] for j in server.listed("/v1/jobs")[1]}
            lost, risen = self.acknowledged - ids, self.gone & ids
            if lost or risen:
                raise AssertionError("%s has lost acknowledged jobs %s, and has removed jobs %s" %
                                     (server.name, sorted(lost), sorted(risen)))

    def tasks_problem(self):
        """Every allocation that should run has its one process, and there are no others."""
        told = self.lab.servers[0].listed("/v1/allocations")
        if told is None:
            return "no answer"
        wanted = {a["ID"] for a in told[1] if a["DesiredStatus"] == "run"}
        running = {a["ID"] for a in told[1] if a["ClientStatus"] == "running"}
        processes = self.lab.tasks()
        odd = (wanted ^ running) | (wanted ^ set(processes)) | {a for a, p in processes.items() if len(p) != 1}
        return ["%s: processes %s, %s" % (a, processes.get(a), self.tell_allocation(a)) for a in odd]

    def lasting_tasks_go_on(self):
        now = self.lab.tasks()
        other = {alloc: (pids, now.get(alloc)) for alloc, pids in self.lasting.items() if now.get(alloc) != pids}
        if other:
            raise AssertionError("these tasks are other processes now: %s" % other)
        for alloc in self.lasting:
            shown = self.lab.servers[0].get("/v1/allocation/" + alloc).json
            if shown["TaskStates"]["task"]["Restarts"] != 0 or shown["ClientStatus"] != "running":
                raise AssertionError("%s was restarted: %s" % (alloc, shown["TaskStates"]))

    def tell_allocation(self, alloc):
        """As each server knows it."""
        keys, told = ("NodeName", "JobID", "DesiredStatus", "ClientStatus", "AllocModifyIndex", "ModifyIndex"), []
        for server in self.lab.servers:
            with contextlib.suppress(OSError, HTTPException):
                answer = server.get("/v1/allocation/%s?stale" % alloc)
                told.append([answer.json[k] for k in keys] if answer.status == 200 else answer.text)
        return told
