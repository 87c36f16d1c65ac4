"""The house rules that can be read off the tree. Each rule is a function from the root of a tree to a list of breaches,
each one line: file, line, what is wrong. test_rules.py runs them on this tree and on planted breaches."""
import pathlib
import re

SOURCES = (".cc", ".h", ".c")


def files(root, suffixes=SOURCES):
    return sorted(p for p in (pathlib.Path(root) / "src").rglob("*") if p.suffix in suffixes and p.is_file())


def is_test(path):
    return path.stem.endswith("_test")


def room_of(root, path):
    return path.relative_to(pathlib.Path(root) / "src").parts[0]


def without_comments(text):
    """The text with comments blanked; lines keep their numbers. String literals stay as they are."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return token.sub(lambda m: re.sub(r"[^\n]", " ", m[0]) if m[0].startswith("/") else m[0], text)


def without_strings(text):
    return re.sub(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"', lambda m: '"' + "\n" * m[0].count("\n") + '"', text, flags=re.S)


def breaches_of(root, path, text, pattern, what):
    shown = path.relative_to(root)
    return ["%s:%d: %s: %s" % (shown, text.count("\n", 0, m.start()) + 1, what, " ".join(m[0].split()))
            for m in re.finditer(pattern, text)]


# --- rooms

def room_table(root):
    """docs/ARCHITECTURE.md's table: room -> the rooms that it may include (itself among them)."""
    table = {}
    for line in (pathlib.Path(root) / "docs" / "ARCHITECTURE.md").read_text().splitlines():
        row = re.fullmatch(r"\|\s*`(\w+)`\s*\|.*\|([^|]*)\|\s*", line)
        if not row:
            continue
        named = row[2].strip()
        if named == "all above":
            allowed = set(table)
        else:
            allowed = set(re.findall(r"\w+", named))
        table[row[1]] = allowed | {row[1]}
    return table


def includes_by_room(root):
    table = room_table(root)
    found = [] if table else ["docs/ARCHITECTURE.md: the table of rooms is missing"]
    for path in files(root):
        room = room_of(root, path)
        if room not in table:
            found.append("%s: the room %s is not in the table of docs/ARCHITECTURE.md" % (path.relative_to(root), room))
            continue
        text = without_comments(path.read_text(errors="replace"))
        for m in re.finditer(r'^\s*#\s*include\s*"([^"]+)"', text, re.M):
            other = m[1].split("/")[0]
            if other in table and "/" in m[1] and other not in table[room]:
                line = text.count("\n", 0, m.start(1)) + 1
                found.append("%s:%d: %s may not include %s" % (path.relative_to(root), line, room, m[1]))
            elif m[1].startswith("..") or "/" not in m[1] and not (path.parent / m[1]).exists():
                line = text.count("\n", 0, m.start(1)) + 1
                found.append('%s:%d: includes are written "room/file.h": %s' % (path.relative_to(root), line, m[1]))
    return found


# --- determinism

TIME_OR_CHANCE = (
    r"\b(?:system_clock|steady_clock|high_resolution_clock|file_clock|utc_clock)\b"
    r"|\b(?:sleep_for|sleep_until|usleep|nanosleep|clock_nanosleep)\b|(?<![\w.>:])sleep\s*\("
    r"|\b(?:clock_gettime|gettimeofday|timespec_get|localtime|localtime_r)\b"
    r"|(?<![\w.>])time\s*\(\s*(?:nullptr|NULL|0|&)"
    r"|\b(?:random_device|mt19937(?:_64)?|default_random_engine|minstd_rand)\b|(?<![\w.>])s?rand\s*\("
    r"|\b(?:getrandom|getentropy|arc4random\w*|drand48|lrand48|RAND_bytes)\b|/dev/u?random\b"
    r"|\b(?:secure_)?getenv\b")
MAY_READ_TIME = {"base", "net", "cli"}


def no_time_or_chance(root):
    """Clock and Rng are passed in. Exempt: tests, which may wait for real processes, and the C programs that run beside the
    agent in processes of their own."""
    found = []
    for path in files(root, (".cc", ".h")):
        if room_of(root, path) in MAY_READ_TIME or is_test(path):
            continue
        text = without_comments(path.read_text(errors="replace"))
        found += breaches_of(root, path, text, TIME_OR_CHANCE, "the time, chance and environment are passed in")
    return found


# --- libraries

HEADER_LIBRARIES = r'#\s*include\s*[<"](?:boost/(?:asio|beast)|asio|openssl/|spdlog/|fmt/)[^\n]*'
NET_LIBRARIES = r'#\s*include\s*[<"](?:boost/(?:asio|beast)|asio|openssl/ssl)[^\n]*'


def libraries_stay_inside(root):
    found = []
    for path in files(root, (".cc", ".h")):
        parts = path.relative_to(pathlib.Path(root) / "src").parts
        text = without_comments(path.read_text(errors="replace"))
        if path.suffix == ".h" and parts[:2] != ("net", "detail"):
            found += breaches_of(root, path, text, HEADER_LIBRARIES, "no header shows this library")
        elif parts[0] != "net":
            found += breaches_of(root, path, text, NET_LIBRARIES, "only net sees this library")
    return found


# --- headers

def headers_begin_with_their_contract(root):
    """#pragma once, then a comment."""
    found = []
    for path in files(root, (".h",)):
        lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
        if not lines or lines[0].strip() != "#pragma once":
            found.append("%s:1: begins with #pragma once" % path.relative_to(root))
        elif len(lines) < 2 or not lines[1].startswith("//"):
            found.append("%s:2: the first comment says what the header is" % path.relative_to(root))
    return found


def headers_to_compile(root):
    """Headers that no build proves to compile alone: a header which a source of its room includes before anything else is
    proven by that source."""
    proven = set()
    for path in files(root, (".cc",)):
        first = re.search(r'^\s*#\s*include\s*([<"][^>"]+[>"])', without_comments(path.read_text(errors="replace")), re.M)
        if first and first[1].startswith('"'):
            proven.add(first[1].strip('"'))
    source = pathlib.Path(root) / "src"
    return [p for p in files(root, (".h",)) if str(p.relative_to(source)) not in proven]


# --- secrets

SECRET_NAMES = r"(?:\w*(?:Secret|Token|Password|Passphrase|PrivateKey|HMAC)\w*|LeaderACL|RSAKey|SignedIdentit\w+)"
# Names that sound secret and are not: cursors, nonces, names and lifetimes of tokens, references to secrets kept elsewhere.
# A name by itself holds for every type, Type.Name for one.
TIME_OF_A_SECRET = r"\w*(?:TTL|Threshold|Expiration)\w*"
NOT_SECRET = {
    "NextToken", "StartingToken", "IdempotencyToken", "DispatchIdempotencyToken", "EvalToken", "EvalAckRequest.Token",
    "EvalDequeueResponse.Token", "TokenName", "TokenType", "TokenLocality", "TokenNameFormat", "TokenAccessorID", "NumTokens",
    "SecretsMB", "SecretsDir", "ACLTokens", "Task.Secrets", "TaskSpec.Secrets",
}


def described_fields(text):
    """(line, type, name, whether it is marked secret) of every FIELD(..) row."""
    owner = ""
    for m in re.finditer(r"\bDESCRIBE\w*\(\s*([\w:]+)|\bFIELD\(\s*(\w+)\s*\)((?:\s*\.\s*\w+\([^()]*\))*)", text):
        owner = m[1] or owner
        if m[2]:
            yield text.count("\n", 0, m.start()) + 1, owner, m[2], ".secret()" in m[3].replace(" ", "")


def secrets_are_marked(root):
    """A described field whose name speaks of a secret is marked .secret(), or is in NOT_SECRET."""
    found = []
    for path in files(root, (".cc",)):
        if is_test(path):
            continue
        for line, owner, name, marked in described_fields(without_comments(path.read_text(errors="replace"))):
            excused = ({name, "%s.%s" % (owner, name)} & NOT_SECRET) or re.fullmatch(TIME_OF_A_SECRET, name)
            if re.fullmatch(SECRET_NAMES, name) and not excused and not marked:
                found.append("%s:%d: %s of %s is not marked .secret()" % (path.relative_to(root), line, name, owner))
    return found


def secrets_are_not_printed(root):
    """No statement that logs names a secret field, and no described type has an operator<<."""
    secret = set()
    texts = {}
    for path in files(root, (".cc", ".h")):
        texts[path] = without_comments(path.read_text(errors="replace"))
        secret |= {name for _, _, name, marked in described_fields(texts[path]) if marked}
    found = []
    for path, text in texts.items():
        if is_test(path):
            continue
        found += breaches_of(root, path, text, r"\bstd::ostream\s*&\s*operator\s*<<", "described types are not printable")
        if not secret:
            continue
        member = r"(?:\.|->)\s*(?:%s)\b" % "|".join(sorted(secret))
        bare = without_strings(text)
        for m in re.finditer(r"\b\w*log\w*(?:\(\))?(?:\.|->)(?:trace|debug|info|warn|error)\s*\([^;]*;", bare):
            for hit in re.finditer(member, m[0]):
                line = bare.count("\n", 0, m.start() + hit.start()) + 1
                found.append("%s:%d: a secret goes into a log: %s" % (path.relative_to(root), line, hit[0]))
    return found


# --- size and speech

def long_files(root):
    """Not a breach: places to look for the second thing that a file does."""
    found = []
    for path in files(root):
        count = len(path.read_text(errors="replace").splitlines())
        limit = 300 if path.suffix == ".h" else 600
        if count > limit and not is_test(path):
            found.append("%s: %d lines" % (path.relative_to(root), count))
    return found


def unfinished(root):
    found = []
    for path in files(root):
        found += breaches_of(root, path, path.read_text(errors="replace"), r"\b(?:TODO|FIXME|XXX|HACK)\b",
                             "no marker of unfinished work")
    return found
