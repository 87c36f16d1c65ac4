#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/line_diff.h"
#include "cli/local_commands.h"
#include "hcl/format.h"
#include "hcl/parser.h"

namespace drover::cli {
namespace {

namespace fs = std::filesystem;

struct FmtOptions {
    bool check = false, diff = false, list = true, write = true, recursive = false;
};

bool is_specification(const fs::path& path) { return path.extension() == ".nomad" || path.extension() == ".hcl"; }

class Formatter {
public:
    Formatter(Call& call, const FmtOptions& options) : call_(call), options_(options) {}

    int code() const { return failed_ || (options_.check && changed_) ? 1 : 0; }

    void standard_input() {
        const std::string text = read_all(call_.io.in);
        if (auto formatted = format("<stdin>", text)) {
            changed_ = changed_ || *formatted != text;
            if (options_.diff) {
                call_.io.out << line_diff("<stdin>", text, *formatted);
            } else if (!options_.check) {
                call_.io.out << *formatted;
            }
        }
    }

    void path(const fs::path& path) {
        std::error_code error;
        if (!fs::exists(path, error)) return complain("No file or directory at " + path.string());
        if (fs::is_directory(path, error)) return directory(path);
        if (!is_specification(path)) return complain("Only .nomad and .hcl files can be formatted: " + path.string());
        file(path);
    }

private:
    void complain(const std::string& message) {
        call_.complain(message);
        failed_ = true;
    }

    void directory(const fs::path& path) {
        std::error_code error;
        std::vector<fs::path> entries;
        for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error))
            entries.push_back(it->path());
        if (error) return complain(path.string() + ": " + error.message());
        std::sort(entries.begin(), entries.end());
        for (const fs::path& entry : entries) {
            if (fs::is_directory(entry, error)) {
                if (options_.recursive) directory(entry);
            } else if (is_specification(entry)) {
                file(entry);
            }
        }
    }

    void file(const fs::path& path) {
        std::ifstream in(path, std::ios::binary);
        if (!in) return complain("Error opening " + path.string());
        const std::string text = read_all(in);
        auto formatted = format(path.string(), text);
        if (!formatted || *formatted == text) return;
        changed_ = true;
        if (options_.list) call_.say(path.string());
        if (options_.diff) call_.io.out << line_diff(path.string(), text, *formatted);
        if (options_.check || !options_.write) return;
        std::ofstream out(path, std::ios::binary | std::ios::trunc);
        out << *formatted;
        if (!out.flush()) complain("Error writing " + path.string());
    }

    // Nothing after a complaint: a text with faults is left as it is.
    std::optional<std::string> format(const std::string& name, const std::string& text) {
        hcl::Diagnostics faults;
        hcl::parse_native(std::make_shared<hcl::Source>(hcl::Source{name, to_valid_utf8(text)}), faults);
        if (!faults.has_errors()) return hcl::format(text);
        complain(std::string(trim(faults.pretty())));
        return std::nullopt;
    }

    Call& call_;
    const FmtOptions& options_;
    bool changed_ = false;
    bool failed_ = false;
};

}  // namespace

int fmt(Call& call) {
    FmtOptions options;
    call.flags.add("check", options.check, "Change nothing; exit with 1 if a file is not in its canonical format.");
    call.flags.add("diff", options.diff, "Show what changes.");
    call.flags.add("list", options.list, "Name the files that change (default true).");
    call.flags.add("write", options.write, "Write the files (default true).");
    call.flags.add("recursive", options.recursive, "Also look into directories below.");
    if (auto code = call.parse({0, SIZE_MAX, "files, directories or -"}, true)) return *code;
    Formatter formatter(call, options);
    if (call.args.empty()) formatter.path(".");
    for (const std::string& path : call.args) {
        if (path == "-") {
            formatter.standard_input();
        } else {
            formatter.path(path);
        }
    }
    return formatter.code();
}

}  // namespace drover::cli
