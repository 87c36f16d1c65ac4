// abspath basename dirname file filebase64 fileexists fileset pathexpand. They are known everywhere, and refused where
// the environment does not allow them: expressions come from whoever submits them.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/strings.h"
#include "hcl/function_helpers.h"

namespace drover::hcl {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kMaxFile = 16u << 20;
constexpr size_t kMaxFiles = 10'000;

fs::path resolved(const std::string& base, const std::string& path) {
    fs::path p(path);
    return p.is_absolute() ? p : fs::path(base.empty() ? "." : base) / p;
}

tl::expected<std::string, FunctionError> contents(const std::string& base, const std::string& path) {
    std::error_code code;
    fs::path file = resolved(base, path);
    uintmax_t size = fs::file_size(file, code);
    if (code) return refuse("no file exists at " + file.string());
    if (size > kMaxFile) return refuse("the file " + file.string() + " is too large");
    std::ifstream in(file, std::ios::binary);
    std::string out(size, '\0');
    if (!in.read(out.data(), static_cast<std::streamsize>(size))) return refuse("failed to read " + file.string());
    return out;
}

FunctionResult file(const std::string& base, Arguments a, bool base64) {
    auto text = contents(base, a[0].as_string());
    if (!text) return tl::unexpected(text.error());
    if (base64) return Value::string(base64_text(*text));
    if (!is_valid_utf8(*text)) {
        return refuse("contents of " + a[0].as_string() +
                      " are not valid UTF-8; use the filebase64 function to obtain the Base64 "
                      "encoded contents or the other file functions (e.g. filemd5, filesha256) to obtain file hashing "
                      "results instead");
    }
    return Value::string(*text);
}

FunctionResult file_exists(const std::string& base, Arguments a) {
    std::error_code code;
    fs::file_status status = fs::status(resolved(base, a[0].as_string()), code);
    if (!fs::exists(status)) return Value::boolean(false);
    if (fs::is_regular_file(status)) return Value::boolean(true);
    return refuse(a[0].as_string() + " is not a regular file, but " +
                  (fs::is_directory(status) ? "a directory" : "something else"));
}

// Whether path parts match pattern parts; `**` stands for any number of parts.
bool parts_match(const std::vector<std::string>& pattern, size_t p, const std::vector<std::string>& path, size_t q) {
    if (p == pattern.size()) return q == path.size();
    if (pattern[p] == "**") {
        for (size_t skip = q; skip <= path.size(); ++skip) {
            if (parts_match(pattern, p + 1, path, skip)) return true;
        }
        return false;
    }
    return q < path.size() && glob_match(pattern[p], path[q]) && parts_match(pattern, p + 1, path, q + 1);
}

FunctionResult file_set(const std::string& base, Arguments a) {
    fs::path root = resolved(base, a[0].as_string());
    std::vector<std::string> pattern = split(a[1].as_string(), '/');
    if (std::count(pattern.begin(), pattern.end(), "**") > 4) return refuse_argument(1, "the pattern has too many **");
    Value::Sequence out;
    std::error_code code;
    size_t seen = 0;
    for (fs::recursive_directory_iterator it(root, code), end; !code && it != end; it.increment(code)) {
        if (++seen > kMaxFiles) return refuse("the directory has more than " + std::to_string(kMaxFiles) + " files");
        std::error_code ignored;
        if (!it->is_regular_file(ignored)) continue;
        std::string relative = fs::path(it->path()).lexically_relative(root).generic_string();
        if (parts_match(pattern, 0, split(relative, '/'), 0)) out.push_back(Value::string(relative));
    }
    return Value::set(Type::string(), std::move(out));
}

Function guarded(bool allowed, Function function) {
    if (allowed) return function;
    function.call = [](Arguments) -> FunctionResult { return refuse("filesystem function disabled"); };
    return function;
}

}  // namespace

void add_file_functions(FunctionTable& table, const FunctionEnvironment& environment) {
    bool allowed = environment.allow_files;
    std::string base = environment.base_dir;
    Parameter path = text_parameter("path");
    auto text = [&](const char* name, auto change) {
        table[name] = guarded(allowed, function({path}, [change](Arguments a) -> FunctionResult {
                                  return Value::string(change(fs::path(a[0].as_string())));
                              }));
    };
    table["file"] = guarded(allowed, function({path}, [base](Arguments a) { return file(base, a, false); }));
    table["filebase64"] = guarded(allowed, function({path}, [base](Arguments a) { return file(base, a, true); }));
    table["fileexists"] = guarded(allowed, function({path}, [base](Arguments a) { return file_exists(base, a); }));
    table["fileset"] = guarded(
        allowed, function({path, text_parameter("pattern")}, [base](Arguments a) { return file_set(base, a); }));
    text("basename", [](const fs::path& p) {
        return p.empty() ? "." : p.filename().empty() ? p.parent_path().filename().string() : p.filename().string();
    });
    text("dirname", [](const fs::path& p) { return p.parent_path().empty() ? "." : p.parent_path().string(); });
    text("abspath", [](const fs::path& p) {
        std::error_code code;
        return fs::absolute(p, code).lexically_normal().generic_string();
    });
    // Whose home directory it is depends on who runs the server, which is no matter of an expression: kept as it is.
    text("pathexpand", [](const fs::path& p) { return p.string(); });
}

}  // namespace drover::hcl
