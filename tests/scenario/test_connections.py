"""Many connections from one address: the limit, and what idle ones cost when it is off."""
import contextlib
import time
import unittest

import harness

IDLE = 5000


def resident_kib(pid):
    with open("/proc/%d/status" % pid) as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


class Connections(unittest.TestCase):
    def test_the_101st_connection_is_refused(self):
        request = b"GET /v1/status/leader HTTP/1.1\r\nHost: x\r\n\r\n"
        with harness.Agent() as agent, contextlib.ExitStack() as held:
            time.sleep(0.5)  # the connections of the start-up polls are seen to be closed
            first = [held.enter_context(agent.connect()) for _ in range(100)]
            for s in first:
                s.sendall(request)
                self.assertTrue(s.recv(65536).startswith(b"HTTP/1.1 200 "))
            with agent.connect() as extra:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    extra.sendall(request)
                told = b""
                with contextlib.suppress(ConnectionResetError):
                    while chunk := extra.recv(65536):
                        told += chunk
                self.assertTrue(told == b"" or told.startswith(b"HTTP/1.1 429 "), told)
            first[0].close()

            def let_in():
                with agent.connect() as again:
                    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                        again.sendall(request)
                        return again.recv(65536).startswith(b"HTTP/1.1 200 ")
                return False
            harness.wait_for("a free place is given away again", let_in, seconds=10)

    def test_thousands_of_idle_connections_with_the_limit_off(self):
        harness.raise_file_limit(2 * IDLE)
        with harness.Agent({"limits": {"http_max_conns_per_client": 0}}) as agent, contextlib.ExitStack() as held:
            before = resident_kib(agent.process.pid)
            for _ in range(IDLE):
                held.enter_context(agent.connect())
            for _ in range(20):
                asked = time.monotonic()
                self.assertEqual(agent.get("/v1/status/leader").status, 200)
                self.assertLess(time.monotonic() - asked, 2)
            self.assertTrue(agent.alive())
            each = (resident_kib(agent.process.pid) - before) / IDLE
            print("%d idle connections: %.1f KiB each" % (IDLE, each))
