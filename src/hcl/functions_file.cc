// abspath basename dirname file filebase64 fileexists fileset pathexpand. They are known everywhere, and refused where
// the environment does not allow them: expressions come from whoever submits them.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/strings.h"
#include "hcl/function_helpers.h"
#include "hcl/path_pattern.h"

namespace drover::hcl {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kMaxFile = 16u << 20;

// The path without what changes nothing: `.` parts, doubled and trailing slashes, and `..` behind a name.
std::string cleaned(const std::string& path) {
    bool rooted = has_prefix(path, "/");
    std::vector<std::string> parts;
    for (const std::string& part : split(path, '/')) {
        if (part.empty() || part == ".") continue;
        bool up = part == "..";
        if (up && !parts.empty() && parts.back() != "..") {
            parts.pop_back();
        } else if (!up || !rooted) {
            parts.push_back(part);
        }
    }
    std::string out = (rooted ? "/" : "") + join(parts, "/");
    return out.empty() ? "." : out;
}

// The part behind the last slash, trailing slashes apart.
std::string base_name(const std::string& path) {
    if (path.empty()) return ".";
    size_t end = path.find_last_not_of('/');
    if (end == std::string::npos) return "/";
    size_t slash = path.rfind('/', end);
    return path.substr(slash == std::string::npos ? 0 : slash + 1, slash == std::string::npos ? end + 1 : end - slash);
}

std::string directory_name(const std::string& path) {
    size_t slash = path.rfind('/');
    return cleaned(slash == std::string::npos ? "" : path.substr(0, slash + 1));
}

std::string absolute(const std::string& path) {
    if (has_prefix(path, "/")) return cleaned(path);
    std::error_code code;
    return cleaned(fs::current_path(code).generic_string() + "/" + path);
}

// `~` is the home directory of whoever runs the command.
tl::expected<std::string, FunctionError> expanded(const FunctionEnvironment& environment, const std::string& path) {
    if (!has_prefix(path, "~") || environment.home_dir.empty()) return path;
    if (path.size() > 1 && path[1] != '/') return refuse("cannot expand user-specific home dir");
    return path.size() == 1 ? environment.home_dir : cleaned(environment.home_dir + path.substr(1));
}

tl::expected<std::string, FunctionError> resolved(const FunctionEnvironment& environment, const std::string& path) {
    auto whole = expanded(environment, path);
    if (!whole || has_prefix(*whole, "/")) return whole;
    return cleaned((environment.base_dir.empty() ? "." : environment.base_dir) + "/" + *whole);
}

tl::expected<std::string, FunctionError> contents(const FunctionEnvironment& environment, const std::string& path) {
    auto file = resolved(environment, path);
    if (!file) return file;
    std::error_code code;
    if (!fs::exists(*file, code)) return refuse("no file exists at " + *file);
    uintmax_t size = fs::file_size(*file, code);
    if (code) return refuse("failed to read " + *file);
    if (size > kMaxFile) return refuse("the file " + *file + " is too large");
    std::ifstream in(*file, std::ios::binary);
    std::string out(size, '\0');
    if (!in.read(out.data(), static_cast<std::streamsize>(size))) return refuse("failed to read " + *file);
    return out;
}

FunctionResult file(const FunctionEnvironment& environment, Arguments a, bool base64) {
    auto text = contents(environment, a[0].as_string());
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

FunctionResult file_exists(const FunctionEnvironment& environment, Arguments a) {
    auto file = resolved(environment, a[0].as_string());
    if (!file) return tl::unexpected(file.error());
    std::error_code code;
    fs::file_status status = fs::status(*file, code);
    if (!fs::exists(status)) return Value::boolean(false);
    if (fs::is_regular_file(status)) return Value::boolean(true);
    return refuse(a[0].as_string() + " is not a regular file, but " +
                  (fs::is_directory(status) ? "a directory" : "something else"));
}

// Files below a directory whose path matches a pattern (hcl/path_pattern.h), relative to it.
FunctionResult file_set(const FunctionEnvironment& environment, Arguments a) {
    auto root = resolved(environment, a[0].as_string());
    if (!root) return tl::unexpected(root.error());
    auto found = matching_files(*root, a[1].as_string());
    if (!found) return refuse("failed to glob pattern (" + a[1].as_string() + "): " + found.error());
    Value::Sequence out;
    for (const std::string& name : *found) out.push_back(Value::string(name));
    return Value::set(Type::string(), std::move(out));
}

Function guarded(bool allowed, Function function) {
    if (allowed) return function;
    function.call = [](Arguments) -> FunctionResult { return refuse("filesystem function disabled"); };
    return function;
}

}  // namespace

void add_file_functions(FunctionTable& table, const FunctionEnvironment& environment) {
    Parameter path = text_parameter("path");
    auto add = [&](const char* name, std::vector<Parameter> parameters, auto call) {
        table[name] = guarded(environment.allow_files,
                              function(std::move(parameters), [environment, call](Arguments a) -> FunctionResult {
                                  return call(environment, a);
                              }));
    };
    auto add_change = [&](const char* name, auto change) {
        add(name, {path}, [change](const FunctionEnvironment&, Arguments a) -> FunctionResult {
            return Value::string(change(a[0].as_string()));
        });
    };
    add("file", {path}, [](const FunctionEnvironment& e, Arguments a) { return file(e, a, false); });
    add("filebase64", {path}, [](const FunctionEnvironment& e, Arguments a) { return file(e, a, true); });
    add("fileexists", {path}, file_exists);
    add("fileset", {path, text_parameter("pattern")}, file_set);
    add("pathexpand", {path}, [](const FunctionEnvironment& e, Arguments a) -> FunctionResult {
        auto whole = expanded(e, a[0].as_string());
        if (!whole) return tl::unexpected(whole.error());
        return Value::string(*whole);
    });
    add_change("basename", base_name);
    add_change("dirname", directory_name);
    add_change("abspath", absolute);
}

}  // namespace drover::hcl
