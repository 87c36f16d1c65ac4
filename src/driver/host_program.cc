#include "driver/host_program.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "base/strings.h"

namespace drover::driver {
namespace {

bool is_file(const std::string& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode);
}

void make_executable(const std::string& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) == 0 && (found.st_mode & 0111) == 0) {
        // If this fails, executing fails with the reason.
        (void)::chmod(path.c_str(), (found.st_mode & 07777) | 0555);
    }
}

struct Range {
    uint64_t low, high;
};

std::optional<std::vector<Range>> parse_ranges(std::string_view text) {
    std::vector<Range> out;
    if (trim(text).empty()) return out;
    for (const auto& part : split(text, ',')) {
        const auto ends = split(trim(part), '-');
        const auto low = parse_uint(ends[0]);
        const auto high = ends.size() == 2 ? parse_uint(ends[1]) : low;
        if (ends.size() > 2 || !low || !high || *low > *high) return std::nullopt;
        out.push_back({*low, *high});
    }
    return out;
}

}  // namespace

Result<std::string> find_program(const std::string& command, const std::string& local_dir, const std::string& task_dir,
                                 std::string_view search_path) {
    std::vector<std::string> places = {local_dir + "/" + command, task_dir + "/" + command};
    if (has_prefix(command, "/")) places.push_back(command);
    if (command.find('/') == std::string::npos) {
        for (const auto& directory : split(search_path, ':')) {
            if (has_prefix(directory, "/")) places.push_back(directory + "/" + command);
        }
    }
    for (const auto& place : places) {
        if (!is_file(place)) continue;
        make_executable(place);
        return place;
    }
    return fail(Error::not_found("file " + command + " not found under path " + task_dir));
}

Result<ShimUser> find_user(const std::string& name) {
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    if (auto number = parse_uint(name); number && *number < UINT32_MAX) {
        ::getpwuid_r(static_cast<uid_t>(*number), &entry, buffer.data(), buffer.size(), &found);
    } else {
        ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    }
    if (!found) return fail(Error::not_found("failed to identify user " + name + ": user: unknown user " + name));
    int count = 256;
    std::vector<gid_t> groups(static_cast<size_t>(count));
    if (::getgrouplist(found->pw_name, found->pw_gid, groups.data(), &count) < 0) count = 256;
    groups.resize(static_cast<size_t>(count));
    return ShimUser{found->pw_uid, found->pw_gid, {groups.begin(), groups.end()}};
}

Result<> check_id_ranges(std::string_view ranges) {
    if (!parse_ranges(ranges)) return fail(Error::bad_request("invalid range " + quote(ranges)));
    return {};
}

bool id_in_ranges(uint32_t id, std::string_view ranges) {
    const auto parsed = parse_ranges(ranges);
    if (!parsed) return false;
    for (const Range& range : *parsed) {
        if (id >= range.low && id <= range.high) return true;
    }
    return false;
}

}  // namespace drover::driver
