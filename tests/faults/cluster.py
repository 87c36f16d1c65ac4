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

        def accepted():
            answers.append(self.try_to_write(avoid))
            return answers[-1] and answers[-1].status == 200
        try:
            harness.wait_for("a write is accepted " + when, accepted)
        except AssertionError as late:
            raise AssertionError("%s; the last answers: %s" % (late, answers[-4:]))

    def refuses_a_write(self, server):
        """Who is cut off must not say yes. (It may hold its answer back for longer than is waited for here.)"""
        answer = self.register(server, harness.job(self.new_name("refused"), count=0), timeout=3)
        if answer and answer.status == 200:
            raise AssertionError("%s is cut off and acknowledged a write" % server.name)

    def tells_nothing_old(self, server):
        """A consistent read knows the newest write, or has no answer."""
        with self.lock:
            name = self.newest
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
        """The jobs of rounds that are over, so that a long run stays small. They must not come back."""
        done = sorted(n for n in self.acknowledged if not n.startswith("lasting"))
        for name in done:
            harness.wait_for("%s is removed" % name, lambda n=name: self.removed(n))

    def removed(self, name):
        server = self.rng.choice(self.lab.servers)
        with contextlib.suppress(OSError, ValueError, HTTPException):
            answer = server.delete("/v1/job/%s?purge=true" % name, timeout=10)
            # Of an attempt without an answer, the next one finds nothing to do.
            if answer.status in (200, 404):
                self.acknowledged.discard(name)
                self.gone.add(name)
                return True
        return False

    # --- what must be true afterwards

    def check(self):
        for machine in self.lab.machines:
            if not machine.alive():
                raise AssertionError("%s ended with %s:\n%s" % (machine.name, machine.process.returncode, machine.log_tail()))
        harness.wait_for("one server leads, and all say so", self.one_leads)
        for server in self.lab.servers:
            self.accepts_a_write("by %s after healing" % server.name, avoid=[s for s in self.lab.servers if s is not server])
        harness.wait_for("all nodes are ready", self.lab.nodes_are_ready)
        harness.wait_for("all evaluations have ended", self.evaluations_ended)
        for path in ("/v1/jobs", "/v1/allocations", "/v1/evaluations", "/v1/nodes", "/v1/deployments"):
            self.same_everywhere(path)
        self.jobs_are_there()
        self.tasks_are_the_same()
        for machine in self.lab.machines:
            found = harness.SANITIZER.search(machine.log_tail(10**8))
            if found:
                raise AssertionError("%s: %s" % (machine.name, machine.log_tail()[found.start():][:8000]))

    def one_leads(self):
        leaders = self.lab.leaders()
        believed = {s.known_leader() for s in self.lab.servers}
        return len(leaders) == 1 and believed == {leaders[0].host + ":4647"}

    def evaluations_ended(self):
        told = self.lab.servers[0].listed("/v1/evaluations")
        open_ones = [e["ID"] for e in told[1] if e["Status"] not in TERMINAL] if told else [None]
        return not open_ones

    def same_everywhere(self, path):
        """Lists at the same index are the same, on every server; and they get to the same index."""
        def compared():
            told = [s.listed(path) for s in self.lab.servers]
            if None in told or len({index for index, _ in told}) > 1:
                return False
            if any(content != told[0][1] for _, content in told):
                raise AssertionError("%s differs at index %d: %s" % (path, told[0][0], difference(told)))
            return True
        harness.wait_for("%s is at one index everywhere" % path, compared)

    def jobs_are_there(self):
        for server in self.lab.servers:
            ids = {j["ID"] for j in server.listed("/v1/jobs")[1]}
            lost, risen = self.acknowledged - ids, self.gone & ids
            if lost or risen:
                raise AssertionError("%s has lost acknowledged jobs %s, and has removed jobs %s" %
                                     (server.name, sorted(lost), sorted(risen)))

    def tasks_are_the_same(self):
        """Every allocation that runs has its one process, and there are no others."""
        state = []

        def settled():
            told = self.lab.servers[0].listed("/v1/allocations")
            if not told:
                return False
            wanted = {a["ID"] for a in told[1] if a["DesiredStatus"] == "run"}
            running = {a["ID"] for a in told[1] if a["ClientStatus"] == "running"}
            processes = self.lab.tasks()
            state.append("wanted %s, running %s, processes %s" % (sorted(wanted), sorted(running), processes))
            return wanted == running == set(processes) and all(len(p) == 1 for p in processes.values())
        try:
            harness.wait_for("what should run runs, and nothing else", settled)
        except AssertionError as late:
            raise AssertionError("%s: %s" % (late, state[-1:]))
        now = self.lab.tasks()
        other = {alloc: (pids, now.get(alloc)) for alloc, pids in self.lasting.items() if now.get(alloc) != pids}
        if other:
            raise AssertionError("these tasks are other processes now: %s" % other)
        for alloc in self.lasting:
            shown = self.lab.servers[0].get("/v1/allocation/" + alloc).json
            if shown["TaskStates"]["task"]["Restarts"] != 0 or shown["ClientStatus"] != "running":
                raise AssertionError("%s was restarted: %s" % (alloc, shown["TaskStates"]))


def difference(told):
    """What one of the lists has and the first has not."""
    first = told[0][1]
    for number, (_, content) in enumerate(told[1:], 1):
        for one, other in zip(first, content):
            if one != other:
                return "server-0: %.2000s; server-%d: %.2000s" % (one, number, other)
    return "of other lengths: %s" % [len(content) for _, content in told]
