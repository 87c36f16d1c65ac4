"""Whatever a client sends, it gets an answer that blames it, nothing changes, and the agent goes on."""
import json
import time
import unittest

import harness

NESTED = 100_000


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = cls.enterClassContext(harness.Agent({"limits": {"http_max_conns_per_client": 0}}))

    def tearDown(self):
        self.assertTrue(self.agent.alive(), self.agent.log_tail())
        self.assertEqual(self.agent.get("/v1/jobs").json, [])

    def assert_refused(self, answer, *statuses):
        self.assertIn(answer.status, statuses, answer)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"), answer.headers["Content-Type"])
        self.assertTrue(answer.body, "the answer says nothing")

    def raw(self, data, seconds=harness.PATIENCE_S):
        """Sends bytes on a connection of their own and returns all that comes back until the agent closes."""
        with self.agent.connect(timeout=seconds) as s:
            try:
                s.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass
            got = b""
            try:
                while chunk := s.recv(65536):
                    got += chunk
            except ConnectionResetError:
                pass
            return got

    def test_malformed_json(self):
        for body in ("", "{", '{"Job":', "[]", '"text"', "{'Job': 1}", '{"Job": }', '{"Job": {"ID": tru}}', "nul", "\x00", "{}"):
            with self.subTest(body):
                self.assert_refused(self.agent.put("/v1/jobs", body), 400)

    def test_wrong_types(self):
        for body in ({"Job": 1}, {"Job": {"ID": 1}}, {"Job": {"ID": "x", "Priority": "high"}}, {"Job": {"TaskGroups": {}}},
                     {"Job": {"ID": "x", "Priority": 1.5}}, {"Job": {"ID": "x", "Priority": 10**30}}, {"Job": []}):
            with self.subTest(body):
                self.assert_refused(self.agent.put("/v1/jobs", body), 400)

    def test_wrong_types_in_a_submission(self):
        job = {"ID": "x", "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Driver": "raw_exec"}]}]}
        for member, submission in [("Submission", "text"), ("Submission", []), ("Source", {"Source": 1}), ("Format", {"Format": []}),
                                   ("Variables", {"Variables": {"a": "1"}}), ("VariableFlags", {"VariableFlags": ["a=1"]}),
                                   ("VariableFlags", {"VariableFlags": {"a": 1}})]:
            with self.subTest(submission):
                answer = self.agent.put("/v1/jobs", {"Job": job, "Submission": submission})
                self.assert_refused(answer, 400)
                self.assertIn(member, answer.text)

    def test_nested_json(self):
        for body in ("[" * NESTED, '{"Job":' * NESTED, '{"Job":{"Meta":' + "[" * NESTED + "]" * NESTED + "}}",
                     '{"Job":{"TaskGroups":[{"Tasks":[{"Config":{"a":' + '{"a":' * NESTED + "1" + "}" * NESTED + "}}]}]}}"):
            with self.subTest(body[:40]):
                self.assert_refused(self.agent.put("/v1/jobs", body), 400, 413, 500)

    def test_nested_hcl(self):
        for text in ("x = " + "(" * NESTED + "1" + ")" * NESTED, "x = " + "[" * NESTED + "]" * NESTED, "a {" * NESTED + "}" * NESTED,
                     "x = " + "-" * NESTED + "1", "x = " + "!" * NESTED + "true", 'x = "' + '${"' * NESTED + '"}' * NESTED + '"',
                     "x = " + "f(" * NESTED + ")" * NESTED, "x = " + "1 + " * NESTED + "1", "x = a" + ".b" * NESTED,
                     "x = " + "true ? 1 : " * NESTED + "1"):
            with self.subTest(text[:20]):
                self.assert_refused(self.agent.put("/v1/jobs/parse", {"JobHCL": text}), 400)

    def test_hcl_that_is_no_text(self):
        for raw in (b"\x00", b"\xff\xfe", b'job "a" { \xc3\x28 }', b'job "a\x00', b"\xef\xbb\xbf\xef\xbb\xbf", b"\x80" * 1000):
            with self.subTest(raw[:12]):
                self.assert_refused(self.agent.put("/v1/jobs/parse", b'{"JobHCL": "' + raw.replace(b'"', b'\\"') + b'"}'), 400)
                escaped = json.dumps({"JobHCL": raw.decode("latin-1")})
                self.assert_refused(self.agent.put("/v1/jobs/parse", escaped), 400)

    def test_nul_in_a_job_id(self):
        self.assert_refused(self.agent.put("/v1/jobs", harness.job("nul\x00inside")), 400, 500)

    def test_ids(self):
        for path in ("/v1/evaluation/", "/v1/allocation/", "/v1/node/"):
            for bad in ("1234", "no-uuid-at-all", "%00", "%ff%fe", "a" * 5000, "0" * 36, "..%2f..%2fetc%2fpasswd"):
                with self.subTest(path + bad[:20]):
                    self.assertIn(self.agent.get(path + bad).status, (307, 400, 404, 500))
        unknown = "11111111-2222-3333-4444-555555555555"
        for path in ("/v1/evaluation/", "/v1/allocation/", "/v1/node/", "/v1/job/"):
            self.assert_refused(self.agent.get(path + unknown), 404)

    def test_query_parameters(self):
        for query in ("index=x", "index=-1", "index=99999999999999999999", "wait=10", "wait=soon", "per_page=many", "stale=perhaps"):
            with self.subTest(query):
                self.assert_refused(self.agent.get("/v1/evaluations?" + query), 400)
        for query in ("filter=%28%28%28%28", "filter=" + "%28" * 20000, "filter=ID+%3D%3D+%22%00", "filter=not+" * 5000):
            with self.subTest(query[:20]):
                self.assertIn(self.agent.get("/v1/evaluations?" + query).status, (400, 414, 431))

    def test_unknown_region(self):
        self.assert_refused(self.agent.get("/v1/evaluations?region=nowhere"), 500)

    def test_body_beyond_the_limit_by_its_length(self):
        head = b"PUT /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (64 * 1024 * 1024 + 1)
        self.assertRegex(self.raw(head), rb"^HTTP/1\.1 413 ")

    def test_body_beyond_the_limit_in_chunks(self):
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        got = self.raw(b"PUT /v1/jobs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 66)
        self.assertTrue(got == b"" or got.startswith(b"HTTP/1.1 413 "), got[:100])

    def test_headers_beyond_the_limit(self):
        self.assertRegex(self.raw(b"GET /v1/jobs HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 70_000 + b"\r\n\r\n"), rb"^HTTP/1\.1 431 ")
        self.assertRegex(self.raw(b"GET /v1/jobs HTTP/1.1\r\nHost: x\r\n" + b"X-Many: b\r\n" * 10_000 + b"\r\n"), rb"^HTTP/1\.1 431 ")

    def test_what_is_no_http(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00", b"hello\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n",
                     b"GET /v1/jobs HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"GET /v1/jobs HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                     b"PUT /v1/jobs HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                     b"PUT /v1/jobs HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"):
            with self.subTest(data[:40]):
                # A TLS hello has no line end, so the agent may wait for one: only its survival is asked for.
                if data.startswith(b"\x16"):
                    with self.agent.connect() as s:
                        s.sendall(data)
                    continue
                got = self.raw(data + b"\r\n\r\n")
                self.assertTrue(got == b"" or got.startswith((b"HTTP/1.1 400", b"HTTP/1.1 505")), got[:100])

    def test_senders_that_go_away(self):
        for data in (b"", b"GET ", b"GET /v1/jobs HTTP/1.1\r\n", b"PUT /v1/jobs HTTP/1.1\r\nContent-Length: 100\r\n\r\n{",
                     b"GET /v1/evaluations?index=100000&wait=60s HTTP/1.1\r\nHost: x\r\n\r\n"):
            for _ in range(20):
                with self.agent.connect() as s:
                    s.sendall(data)

    def test_slow_senders_hold_up_nobody_and_are_cut_off(self):
        slow = [self.agent.connect(timeout=45) for _ in range(50)]
        try:
            began = time.monotonic()
            for s in slow:
                s.sendall(b"GET /v1/jobs HTTP/1.1\r\nHost: x\r\nX-")
            for _ in range(20):
                asked = time.monotonic()
                self.assertEqual(self.agent.get("/v1/status/leader").status, 200)
                self.assertLess(time.monotonic() - asked, 2)
            while time.monotonic() - began < 20:
                time.sleep(2)
                for s in slow:
                    s.sendall(b"a")
            for s in slow:
                # Cut off with or without a word.
                try:
                    s.recv(65536)
                except ConnectionResetError:
                    pass
            self.assertLess(time.monotonic() - began, 45)
        finally:
            for s in slow:
                s.close()
