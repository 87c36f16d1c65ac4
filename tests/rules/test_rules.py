"""The house rules hold for this tree, and each of them catches what it is there to catch."""
import concurrent.futures
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import rules

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER = "clang++-19"
TABLE = """| room | what lives there | may include |
|---|---|---|
| `base` | ground | - |
| `codec` | codecs | base |
| `net` | network | base, codec |
| `server` | server | all above |
| `client` | client | base, codec, net |
"""


def compile_alone(header, source):
    """A header that lies among C sources alone is compiled as C."""
    in_c = any(header.parent.glob("*.c")) and not any(header.parent.glob("*.cc"))
    language = ["-x", "c", "-std=c11", "-D_GNU_SOURCE"] if in_c else ["-x", "c++", "-std=c++20", "-Wno-invalid-offsetof"]
    run = subprocess.run([COMPILER, "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-pragma-once-outside-header", *language,
                          "-I", str(source), str(header)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return "" if run.returncode == 0 else "%s does not compile alone:\n%s" % (header, run.stdout[:2000])


class ThisTree(unittest.TestCase):
    def assert_none(self, breaches):
        self.assertFalse(breaches, "\n" + "\n".join(breaches))

    def test_rooms_include_only_what_the_table_allows(self):
        self.assert_none(rules.includes_by_room(ROOT))

    def test_time_and_chance_are_passed_in(self):
        self.assert_none(rules.no_time_or_chance(ROOT))

    def test_libraries_stay_inside(self):
        self.assert_none(rules.libraries_stay_inside(ROOT))

    def test_headers_begin_with_their_contract(self):
        self.assert_none(rules.headers_begin_with_their_contract(ROOT))

    def test_headers_compile_alone(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            problems = list(pool.map(lambda h: compile_alone(h, ROOT / "src"), rules.headers_to_compile(ROOT)))
        self.assert_none([p for p in problems if p])

    def test_secrets_are_marked(self):
        self.assert_none(rules.secrets_are_marked(ROOT))

    def test_secrets_are_not_printed(self):
        self.assert_none(rules.secrets_are_not_printed(ROOT))

    def test_nothing_is_marked_unfinished(self):
        self.assert_none(rules.unfinished(ROOT))

    def test_architecture_fits_its_length(self):
        self.assertLessEqual(len((ROOT / "docs" / "ARCHITECTURE.md").read_text().splitlines()), 300)

    def test_long_files_are_named(self):
        for line in rules.long_files(ROOT):
            print("long: " + line)


class Planted(unittest.TestCase):
    """A small tree that keeps the rules, into which each test plants one breach."""

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="drover-rules-"))
        self.addCleanup(shutil.rmtree, self.root)
        (self.root / "docs").mkdir()
        (self.root / "docs" / "ARCHITECTURE.md").write_text(TABLE)
        self.write("base/clock.cc", '#include "base/clock.h"\n#include <chrono>\nauto t = std::chrono::system_clock::now();\n')
        self.write("base/clock.h", "#pragma once\n// The clock.\n")
        self.write("server/a.cc", '// system_clock in a comment\n#include "server/a.h"\n#include "codec/b.h"\n')
        self.write("server/a.h", "#pragma once\n// A server.\n\nint a();\n")
        self.write("codec/b.h", "#pragma once\n// A codec.\n\n#include \"base/clock.h\"\n")

    def write(self, name, text):
        path = self.root / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def assert_caught(self, rule, place):
        breaches = rule(self.root)
        self.assertEqual(len(breaches), 1, breaches)
        self.assertIn(place, breaches[0])

    def test_the_small_tree_keeps_the_rules(self):
        for rule in (rules.includes_by_room, rules.no_time_or_chance, rules.libraries_stay_inside, rules.unfinished,
                     rules.headers_begin_with_their_contract, rules.secrets_are_marked, rules.secrets_are_not_printed):
            self.assertEqual(rule(self.root), [], rule.__name__)

    def test_all_above_means_the_rows_above(self):
        self.assertEqual(rules.room_table(self.root)["server"], {"base", "codec", "net", "server"})

    def test_catches_an_include_of_another_room(self):
        self.write("client/c.cc", '#include "server/a.h"\n')
        self.assert_caught(rules.includes_by_room, "src/client/c.cc:1")

    def test_catches_a_room_without_a_row(self):
        self.write("attic/x.cc", "\n")
        self.assert_caught(rules.includes_by_room, "attic")

    def test_catches_a_relative_include(self):
        self.write("client/c.cc", '#include "../base/clock.h"\n')
        self.assert_caught(rules.includes_by_room, "src/client/c.cc:1")

    def test_catches_time_and_chance(self):
        for code in ("auto n = std::chrono::steady_clock::now();", "std::this_thread::sleep_for(d);", "auto t = time(nullptr);",
                     "auto t = ::time(nullptr);", "std::random_device d;", "int r = rand();", 'auto p = getenv("PATH");',
                     "clock_gettime(CLOCK_REALTIME, &ts);", 'int fd = open("/dev/urandom", 0);', "sleep(1);"):
            with self.subTest(code):
                self.write("server/t.cc", "\n%s\n" % code)
                self.assert_caught(rules.no_time_or_chance, "src/server/t.cc:2")

    def test_leaves_names_that_only_look_like_time(self):
        self.write("server/t.cc", "auto a = clock.time(0x1); int operand(int); int x = operand(3); co_await loop.sleep(d);\n")
        self.assertEqual(rules.no_time_or_chance(self.root), [])

    def test_catches_a_library_in_a_header(self):
        for line in ("#include <boost/asio.hpp>", "#include <boost/beast/http.hpp>", "#include <openssl/evp.h>",
                     "#include <spdlog/spdlog.h>", "#include <fmt/format.h>"):
            with self.subTest(line):
                self.write("net/n.h", "#pragma once\n// n\n%s\n" % line)
                self.assert_caught(rules.libraries_stay_inside, "src/net/n.h:3")

    def test_allows_a_library_inside_net(self):
        self.write("net/detail/n.h", "#pragma once\n// n\n#include <boost/asio.hpp>\n")
        self.write("net/n.cc", "#include <boost/beast.hpp>\n")
        self.assertEqual(rules.libraries_stay_inside(self.root), [])

    def test_catches_asio_in_a_source_of_another_room(self):
        self.write("server/n.cc", "#include <boost/asio/post.hpp>\n")
        self.assert_caught(rules.libraries_stay_inside, "src/server/n.cc:1")

    def test_catches_a_header_without_contract(self):
        self.write("server/n.h", "#pragma once\n\nint n();\n")
        self.assert_caught(rules.headers_begin_with_their_contract, "src/server/n.h")

    def test_catches_a_header_that_leans_on_others(self):
        self.write("server/n.h", "#pragma once\n// n\nstd::string name();\n")
        self.assertIn(self.root / "src/server/n.h", rules.headers_to_compile(self.root))
        self.assertNotIn(self.root / "src/server/a.h", rules.headers_to_compile(self.root))
        self.assertIn("does not compile alone", compile_alone(self.root / "src/server/n.h", self.root / "src"))
        self.assertEqual(compile_alone(self.root / "src/codec/b.h", self.root / "src"), "")

    def test_catches_an_unmarked_secret(self):
        self.write("codec/d.cc", "DESCRIBE(Node,\n    FIELD(NextToken),\n    FIELD(SecretID),\n    FIELD(LeaderACL).json_only().secret());\n")
        self.assert_caught(rules.secrets_are_marked, "src/codec/d.cc:3: SecretID")

    def test_catches_a_secret_in_a_log(self):
        self.write("codec/d.cc", "DESCRIBE(Node, FIELD(SecretID).secret());\n")
        self.write("server/l.cc", 'log_.info("registered", {{"node", n.ID},\n  {"secret", n.SecretID}});\nuse(n.SecretID);\n')
        self.assert_caught(rules.secrets_are_not_printed, "src/server/l.cc:2")

    def test_catches_a_printable_type(self):
        self.write("codec/d.h", "#pragma once\n// d\nstd::ostream& operator<<(std::ostream& out, const Node& n);\n")
        self.assert_caught(rules.secrets_are_not_printed, "src/codec/d.h:3")

    def test_catches_a_marker(self):
        self.write("server/m.cc", "// TO" + "DO: later\n")
        self.assert_caught(rules.unfinished, "src/server/m.cc:1")

    def test_names_a_long_file(self):
        self.write("server/m.cc", "\n" * 700)
        self.assert_caught(rules.long_files, "700 lines")


if __name__ == "__main__":
    unittest.main()
