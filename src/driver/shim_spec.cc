#include "driver/shim_spec.h"

#include <cstring>
#include <filesystem>

#include "base/strings.h"

namespace drover::driver {
namespace {

class Writer {
public:
    void record(ShimSpecTag tag, const void* bytes, size_t size) {
        auto head = {static_cast<uint32_t>(tag), static_cast<uint32_t>(size)};
        out_.append(reinterpret_cast<const char*>(head.begin()), 8);
        out_.append(static_cast<const char*>(bytes), size);
        out_.append((4 - size % 4) % 4, '\0');
    }
    void text(ShimSpecTag tag, const std::string& text) {
        if (text.find('\0') != std::string::npos) broken_ = true;
        record(tag, text.c_str(), text.size() + 1);
    }
    template <class T>
    void value(ShimSpecTag tag, const T& value) {
        record(tag, &value, sizeof value);
    }

    bool broken() const { return broken_; }
    std::string take() { return std::move(out_); }

private:
    std::string out_ = std::string("DSPC\1\0\0\0", 8);
    bool broken_ = false;
};
static_assert(kShimProtocolVersion == 1, "the version is part of Writer's first bytes");

}  // namespace

Result<std::string> encode(const ShimSpec& spec) {
    if (spec.arguments.empty() || spec.program.empty()) return fail(Error::bad_request("nothing to execute"));
    Writer out;
    for (const auto& argument : spec.arguments) out.text(kSpecArgument, argument);
    for (const auto& variable : spec.environment) out.text(kSpecVariable, variable);
    out.text(kSpecProgram, spec.program);
    out.text(kSpecDirectory, spec.directory);
    if (!spec.log_directory.empty()) {
        out.text(kSpecLogDirectory, spec.log_directory);
        out.value(kSpecStdoutLog, spec.out);
        out.value(kSpecStderrLog, spec.err);
        out.value(kSpecLogLimits, spec.limits);
    }
    if (spec.user) {
        std::vector<uint32_t> ids = {spec.user->uid, spec.user->gid};
        ids.insert(ids.end(), spec.user->groups.begin(), spec.user->groups.end());
        out.record(kSpecUser, ids.data(), ids.size() * sizeof ids[0]);
    }
    for (const auto& limit : spec.rlimits) out.value(kSpecRlimit, limit);
    for (const auto& cgroup : spec.cgroups) out.text(kSpecCgroup, cgroup);
    if (spec.oom_score_adj) out.value(kSpecOomScore, *spec.oom_score_adj);
    if (spec.durable) out.record(kSpecDurable, "", 0);
    if (out.broken()) return fail(Error::bad_request("argument or environment contains a NUL byte"));
    return out.take();
}

ShimLogStart find_log(const std::string& directory, std::string_view name) {
    ShimLogStart start{};
    name.copy(start.name, sizeof start.name - 1);
    bool found = false;
    std::error_code error;
    const std::string prefix = std::string(name) + ".";
    std::filesystem::directory_iterator entry(directory, error), end;
    for (; !error && entry != end; entry.increment(error)) {
        const std::string file = entry->path().filename();
        if (!has_prefix(file, prefix)) continue;
        auto index = parse_uint(std::string_view(file).substr(prefix.size()));
        if (!index || *index >= UINT32_MAX) continue;
        const auto number = static_cast<uint32_t>(*index);
        start.lowest = found ? std::min(start.lowest, number) : number;
        start.index = std::max(start.index, number);
        found = true;
    }
    return start;
}

}  // namespace drover::driver
