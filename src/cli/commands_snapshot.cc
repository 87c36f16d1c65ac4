// Archives of the cluster's state: saved from and restored into a cluster, and looked into as files.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "model/archive.h"

namespace drover::cli {
namespace {

constexpr std::string_view kPath = "/v1/operator/snapshot";
constexpr size_t kPiece = 64 << 10;

int save(Call& call) {
    bool stale = false;
    call.flags.add("stale", stale, "Let any server answer, not the leader alone.");
    if (auto code = call.parse({0, 1, "at most one argument: <file>"})) return *code;
    if (!call.api()) return 1;
    const Time now = call.io.clock.now();
    std::string name;
    if (call.args.empty()) {
        std::string day = local_time(now).substr(0, 10);
        std::erase(day, '-');
        name = "nomad-state-" + day + "-" + std::to_string(now.unix_seconds()) + ".snap";
    } else {
        name = call.args[0];
    }
    if (std::filesystem::exists(name)) return call.complain("Destination snapshot file already exists: " + quote(name));
    // Under another name until it is known to be whole.
    const std::string part = name + ".part";
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    std::filesystem::permissions(part, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    if (!out) return call.complain("Failed to create snapshot file " + quote(part));
    const auto nothing = [](auto&&...) { return Result<>(); };
    model::ArchiveReader reader(nothing, nothing);
    Result<> whole;
    net::Query query;
    if (stale) query.add("stale", "true");
    auto got = call.api()->stream(kPath, std::move(query), [&](std::string_view piece) {
        out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
        whole = reader.put(piece);
        return whole.has_value();
    });
    out.close();
    if (got && whole) whole = reader.finish();
    std::error_code ignored;
    if (!got || !whole || !out) {
        std::filesystem::remove(part, ignored);
        if (!got) return call.complain("Failed to get snapshot file", got.error());
        if (!whole) return call.complain("Failed to verify snapshot file", whole.error());
        return call.complain("Failed to write snapshot file " + quote(name));
    }
    if (std::rename(part.c_str(), name.c_str()) != 0)
        return call.complain("Failed to rename snapshot file " + quote(part));
    call.say("State file written to " + name);
    return 0;
}

int restore(Call& call) {
    bool force = false;
    call.flags.add("force", force, "Also restore root keys that the servers cannot open.");
    if (auto code = call.parse({1, 1, "one argument: <file>"})) return *code;
    std::ifstream in(call.args[0], std::ios::binary | std::ios::ate);
    if (!in) return call.complain("Error opening snapshot file: " + quote(call.args[0]));
    const auto size = static_cast<uint64_t>(in.tellg());
    in.seekg(0);
    if (!call.api()) return 1;
    net::Query query;
    if (force) query.add("force", "true");
    auto done = call.api()->upload("PUT", kPath, std::move(query), size, [&]() -> Result<std::string> {
        std::string piece(kPiece, '\0');
        in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        piece.resize(static_cast<size_t>(in.gcount()));
        return piece;
    });
    if (!done) return call.complain("Failed to get restore snapshot", done.error());
    call.say("Snapshot Restored");
    return 0;
}

Result<> read_file(const std::string& name, model::ArchiveReader& reader) {
    std::ifstream in(name, std::ios::binary);
    if (!in) return fail(Error::internal("cannot open " + quote(name)));
    std::string piece(kPiece, '\0');
    while (in) {
        in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        if (auto taken = reader.put({piece.data(), static_cast<size_t>(in.gcount())}); !taken) return taken;
    }
    return reader.finish();
}

// When an archive was made stands in its identifier.
std::string created(const model::ArchiveMeta& meta) {
    const size_t dash = meta.ID.rfind('-');
    const auto ms = dash == std::string::npos ? std::nullopt : parse_uint(std::string_view(meta.ID).substr(dash + 1));
    return ms ? local_time(Time::from_unix_seconds(static_cast<int64_t>(*ms / 1000))) : "";
}

int inspect(Call& call) {
    bool json = false;
    call.flags.add("json", json, "Print JSON.");
    if (auto code = call.parse({1, 1, "one argument: <file>"}, true)) return *code;
    model::ArchiveMeta meta;
    struct Sum {
        uint64_t count = 0, bytes = 0;
    };
    std::map<std::string, Sum> sums;
    Sum total;
    model::ArchiveReader reader(
        [&](const model::ArchiveMeta& read) {
            meta = read;
            return Result<>();
        },
        [&](uint8_t type, std::string_view value) {
            for (Sum* sum : {&sums[std::string(model::record_name(type))], &total})
                ++sum->count, sum->bytes += value.size() + 1;
            return Result<>();
        });
    if (auto read = read_file(call.args[0], reader); !read)
        return call.complain("Error inspecting snapshot", read.error());
    std::vector<std::pair<std::string, Sum>> ordered(sums.begin(), sums.end());
    std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
        return std::pair(b.second.bytes, a.first) < std::pair(a.second.bytes, b.first);
    });
    if (json) {
        codec::AnyList types;
        for (const auto& [type, sum] : ordered)
            types.emplace_back(codec::AnyMap{{"Type", type}, {"Count", sum.count}, {"Size", sum.bytes}});
        codec::AnyMap document{{"Created", created(meta)}, {"ID", meta.ID},     {"Size", meta.Size},
                               {"Index", meta.Index},      {"Term", meta.Term}, {"Version", meta.Version}};
        document.emplace("Types", std::move(types));
        document.emplace("TotalSize", total.bytes);
        return call.print_document(true, "", codec::to_json(codec::Any(std::move(document))));
    }
    call.say(format_pairs({{"Created", created(meta)},
                           {"ID", meta.ID},
                           {"Size", bytes_iec(meta.Size)},
                           {"Index", std::to_string(meta.Index)},
                           {"Term", std::to_string(meta.Term)},
                           {"Version", std::to_string(meta.Version)}}));
    call.say();
    std::vector<Row> rows{{"Type", "Count", "Size"}};
    for (const auto& [type, sum] : ordered) rows.push_back({type, std::to_string(sum.count), bytes_iec(sum.bytes)});
    rows.push_back({"Total", std::to_string(total.count), bytes_iec(total.bytes)});
    call.say(format_table(rows));
    return 0;
}

// One document: the objects by type. Each is printed as it comes, so that an archive of any size can be shown; records
// of one type stand together in an archive.
int state(Call& call) {
    if (auto code = call.parse({1, 1, "one argument: <file>"}, true)) return *code;
    int shown = -1;
    std::ostream& out = call.io.out;
    model::ArchiveReader reader(
        [](const model::ArchiveMeta&) { return Result<>(); },
        [&](uint8_t type, std::string_view value) {
            return model::decode_record(type, value, [&](model::RecordType, const auto& object) {
                if (type != shown) {
                    out << (shown < 0 ? "{\n" : "\n  ],\n") << "  " << quote(model::record_name(type)) << ": [\n";
                } else {
                    out << ",\n";
                }
                shown = type;
                out << "    " << codec::to_json(object);
                return Result<>();
            });
        });
    auto read = read_file(call.args[0], reader);
    if (!read) return call.complain("Error reading snapshot", read.error());
    out << (shown < 0 ? "{}\n" : "\n  ]\n}\n");
    return 0;
}

}  // namespace

const CommandTable& snapshot_commands() {
    static const CommandTable table = {
        {"operator snapshot save", "Save the cluster's state into a file", "[options] [<file>]",
         "The file holds the cluster's secrets: tokens, and the keys that open its variables.", save},
        {"operator snapshot restore", "Replace the cluster's state by a saved one", "[options] <file>", "", restore},
        {"operator snapshot inspect", "Show what a saved state holds", "[options] <file>", "", inspect},
        {"operator snapshot state", "Print a saved state as JSON", "[options] <file>",
         "It prints the cluster's secrets as well.", state},
    };
    return table;
}

}  // namespace drover::cli
