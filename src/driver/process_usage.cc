#include "driver/process_usage.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/strings.h"

namespace drover::driver {
namespace {

constexpr size_t kMaxProcesses = 4096;

std::string read_text(const std::string& path) {
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

// The fields of /proc/<pid>/stat from the third on: what stands before may hold blanks and brackets.
std::vector<std::string> stat_fields(pid_t pid) {
    const std::string text = read_text("/proc/" + std::to_string(pid) + "/stat");
    const size_t end = text.rfind(')');
    return end == std::string::npos || end + 2 >= text.size() ? std::vector<std::string>{}
                                                              : split(std::string_view(text).substr(end + 2), ' ');
}

uint64_t field(const std::vector<std::string>& fields, size_t number) {
    return number - 3 < fields.size() ? parse_uint(fields[number - 3]).value_or(0) : 0;
}

uint64_t swap_bytes(pid_t pid) {
    std::istringstream lines(read_text("/proc/" + std::to_string(pid) + "/status"));
    for (std::string line; std::getline(lines, line);) {
        if (!has_prefix(line, "VmSwap:")) continue;
        std::istringstream words(line.substr(7));
        uint64_t kib = 0;
        words >> kib;
        return kib * 1024;
    }
    return 0;
}

// The children of every thread: the kernel lists a child with the thread that made it.
std::vector<pid_t> children(pid_t pid) {
    std::vector<pid_t> out;
    std::error_code error;
    // Stepped by hand: the process may end meanwhile, which the range form answers with an exception.
    std::filesystem::directory_iterator thread("/proc/" + std::to_string(pid) + "/task", error), end;
    for (; !error && thread != end; thread.increment(error)) {
        std::istringstream numbers(read_text(thread->path() / "children"));
        for (pid_t child; numbers >> child;) out.push_back(child);
    }
    return out;
}

model::ResourceUsage usage_of(uint64_t rss, uint64_t swap, double user_percent, double system_percent) {
    model::ResourceUsage out;
    auto& memory = out.MemoryStats.make();
    memory.RSS = rss;
    memory.Swap = swap;
    memory.Measured = {"RSS", "Swap"};
    auto& cpu = out.CpuStats.make();
    cpu.UserMode = user_percent;
    cpu.SystemMode = system_percent;
    cpu.Percent = user_percent + system_percent;
    cpu.Measured = {"System Mode", "User Mode", "Percent"};
    return out;
}

}  // namespace

std::vector<pid_t> descendants(pid_t root) {
    std::vector<pid_t> out = children(root);
    for (size_t i = 0; i < out.size() && out.size() < kMaxProcesses; ++i) {
        for (pid_t child : children(out[i])) out.push_back(child);
    }
    return out;
}

model::TaskResourceUsage ProcessUsage::sample(pid_t root, Time now) {
    const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    const double tick_seconds = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
    const double seconds = last_at_.is_zero() ? 0 : (now - last_at_).seconds();
    const auto percent = [&](uint64_t ticks, uint64_t before) {
        return seconds > 0 && ticks >= before ? static_cast<double>(ticks - before) * tick_seconds / seconds * 100
                                              : 0.0;
    };
    model::TaskResourceUsage out;
    out.Timestamp = now.unix_ns;
    out.Pids.made = true;
    std::map<pid_t, Ticks> seen;
    uint64_t rss = 0, swap = 0;
    double user = 0, system = 0;
    for (pid_t pid : descendants(root)) {
        const auto fields = stat_fields(pid);
        if (fields.empty()) continue;
        const Ticks ticks{field(fields, 14), field(fields, 15)};
        const Ticks before = last_.contains(pid) ? last_[pid] : Ticks{};
        const uint64_t its_rss = field(fields, 24) * page, its_swap = swap_bytes(pid);
        const double its_user = percent(ticks.user, before.user), its_system = percent(ticks.system, before.system);
        out.Pids[std::to_string(pid)] = usage_of(its_rss, its_swap, its_user, its_system);
        rss += its_rss, swap += its_swap, user += its_user, system += its_system;
        seen[pid] = ticks;
    }
    out.ResourceUsage = usage_of(rss, swap, user, system);
    last_ = std::move(seen);
    last_at_ = now;
    return out;
}

}  // namespace drover::driver
