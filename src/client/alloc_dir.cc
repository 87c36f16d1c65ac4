#include "client/alloc_dir.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <optional>

#include "base/strings.h"

namespace drover::client {
namespace {

namespace fs = std::filesystem;

Error system_error(const std::string& what) { return Error::internal(what + ": " + std::strerror(errno)); }

struct Owner {
    uid_t uid;
    gid_t gid;
};

// Directories that tasks of any user share belong to nobody, if we may give them away.
std::optional<Owner> shared_owner() {
    if (::geteuid() != 0) return std::nullopt;
    char buffer[4096];
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwnam_r("nobody", &entry, buffer, sizeof buffer, &found) != 0 || !found) return std::nullopt;
    return Owner{found->pw_uid, found->pw_gid};
}

Result<> make_directory(const std::string& path, mode_t mode, const std::optional<Owner>& owner) {
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return fail(system_error("mkdir " + path));
    if (::chmod(path.c_str(), mode) != 0) return fail(system_error("chmod " + path));
    if (owner && ::chown(path.c_str(), owner->uid, owner->gid) != 0) return fail(system_error("chown " + path));
    return {};
}

bool plain_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos && name.find('\0') == name.npos;
}

}  // namespace

TaskPaths AllocDir::task(const std::string& name) const {
    const std::string root = root_ + "/" + name;
    return {.root = root,
            .local = root + "/local",
            .secrets = root + "/secrets",
            .private_dir = root + "/private",
            .tmp = root + "/tmp",
            .shared = root_ + "/alloc",
            .logs = logs()};
}

Result<> AllocDir::build() {
    const auto owner = shared_owner();
    std::error_code error;
    fs::create_directories(root_, error);
    if (error) return fail(Error::internal("mkdir " + root_ + ": " + error.message()));
    if (auto made = make_directory(root_, 0755, std::nullopt); !made) return made;
    for (const char* part : {"/alloc", "/alloc/data", "/alloc/logs", "/alloc/tmp"}) {
        if (auto made = make_directory(root_ + part, 0777, owner); !made) return made;
    }
    return {};
}

Result<> AllocDir::build_task(const std::string& name) {
    if (!plain_name(name) || name == "alloc")
        return fail(Error::bad_request("task name " + quote(name) + " is no name of a directory"));
    const auto owner = shared_owner();
    const TaskPaths paths = task(name);
    if (auto made = make_directory(paths.root, 0777, owner); !made) return made;
    for (const auto& path : {paths.local, paths.secrets, paths.private_dir}) {
        if (auto made = make_directory(path, 0777, owner); !made) return made;
    }
    return make_directory(paths.tmp, 01777, owner);
}

bool AllocDir::exists() const {
    struct stat found{};
    return ::stat(root_.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

Result<> AllocDir::remove() {
    std::error_code error;
    fs::remove_all(root_, error);
    if (error) return fail(Error::internal("remove " + root_ + ": " + error.message()));
    return {};
}

Result<> write_inside(const std::string& root, const std::string& base, const std::string& path,
                      const std::string& data, unsigned mode) {
    const fs::path target = (fs::path(base) / fs::path(path).relative_path()).lexically_normal();
    const auto relative = target.lexically_relative(root).string();
    if (relative.empty() || relative == "." || has_prefix(relative, "..")) {
        return fail(Error::bad_request("path " + quote(path) + " escapes the allocation directory"));
    }
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    if (error) return fail(Error::internal("mkdir " + target.parent_path().string() + ": " + error.message()));
    // The task may have put links in the way: the parent that they lead to must be inside as well.
    const auto parent = fs::weakly_canonical(target.parent_path(), error);
    const auto inside = parent.lexically_relative(fs::weakly_canonical(root, error)).string();
    if (error || inside.empty() || has_prefix(inside, "..")) {
        return fail(Error::bad_request("path " + quote(path) + " escapes the allocation directory"));
    }
    const std::string file = (parent / target.filename()).string();
    ::unlink(file.c_str());
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return fail(system_error("open " + file));
    const bool whole = ::write(fd, data.data(), data.size()) == static_cast<ssize_t>(data.size());
    const bool moded = ::fchmod(fd, mode) == 0;
    ::close(fd);
    if (!whole || !moded) return fail(system_error("write " + file));
    return {};
}

}  // namespace drover::client
