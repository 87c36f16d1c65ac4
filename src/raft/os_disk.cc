#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/assert.h"
#include "raft/disk.h"

namespace drover::raft {
namespace {

Error system_error(int number, const std::string& what, const std::string& path) {
    ErrorCode code = ErrorCode::internal;
    if (number == ENOENT) code = ErrorCode::not_found;
    if (number == ENOSPC || number == EDQUOT || number == EFBIG) code = ErrorCode::too_large;
    return {code, what + " " + path + ": " + strerrordesc_np(number)};
}

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

class OsFile final : public File {
public:
    OsFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

    Result<size_t> read_at(uint64_t offset, std::span<char> into) override {
        size_t done = 0;
        while (done < into.size()) {
            const ssize_t n =
                ::pread(fd_.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return fail(system_error(errno, "read", path_));
            if (n == 0) break;
            done += static_cast<size_t>(n);
        }
        return done;
    }

    Result<> write_at(uint64_t offset, std::string_view bytes) override {
        size_t done = 0;
        while (done < bytes.size()) {
            const ssize_t n =
                ::pwrite(fd_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return fail(system_error(errno, "write", path_));
            done += static_cast<size_t>(n);
        }
        return {};
    }

    Result<> allocate(uint64_t size) override {
        auto present = this->size();
        if (!present) return fail(present.error());
        if (*present >= size) return {};
        int error = EINTR;
        while (error == EINTR) {
            error = ::posix_fallocate(fd_.get(), static_cast<off_t>(*present), static_cast<off_t>(size - *present));
        }
        if (error != 0) return fail(system_error(error, "allocate", path_));
        return {};
    }

    Result<> truncate(uint64_t size) override {
        while (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) {
            if (errno != EINTR) return fail(system_error(errno, "truncate", path_));
        }
        return {};
    }

    // Not repeated on any error: the kernel forgets what it could not write.
    Result<> sync() override {
        if (::fdatasync(fd_.get()) != 0) return fail(system_error(errno, "sync", path_));
        return {};
    }

    Result<uint64_t> size() override {
        struct stat status;
        if (::fstat(fd_.get(), &status) != 0) return fail(system_error(errno, "stat", path_));
        return static_cast<uint64_t>(status.st_size);
    }

private:
    Descriptor fd_;
    const std::string path_;
};

// Gives back the room of files whose names are gone, on a thread that is there while there are any, and in steps: a
// file system that frees hundreds of megabytes at once, and perhaps tells the device of each block, lets commits wait
// so long.
class LastCloser {
public:
    ~LastCloser() {
        {
            std::lock_guard lock(mutex_);
            hurry_ = true;
        }
        changed_.notify_all();
        if (thread_.joinable()) thread_.join();
    }
    void take(std::unique_ptr<Descriptor> file) {
        std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(file));
        if (running_) return;
        if (thread_.joinable()) thread_.join();  // it has ended
        running_ = true;
        thread_ = std::thread([this] { run(); });
    }

private:
    static constexpr off_t kStep = 4 << 20;
    static constexpr std::chrono::milliseconds kBetweenSteps{5}, kUntilRead{100};

    void run() {
        for (;;) {
            std::unique_ptr<Descriptor> file;
            {
                std::lock_guard lock(mutex_);
                running_ = !waiting_.empty();
                if (!running_) return;
                file = std::move(waiting_.front());
                waiting_.pop_front();
            }
            const Use use = use_of(file->get());
            if (use == Use::none) shrink(file->get());
            if (use != Use::read || !pause(kUntilRead)) continue;
            std::lock_guard lock(mutex_);
            waiting_.push_back(std::move(file));
        }
    }

    enum class Use { none, read, unknown };
    // Whether somebody else wants all of what is in the file: under another name, or because he reads it. Only who
    // holds the last descriptor is given a lease for writing, which is given back at once: it was a question.
    static Use use_of(int fd) {
        struct stat status;
        if (::fstat(fd, &status) != 0 || status.st_nlink != 0) return Use::unknown;
        if (::fcntl(fd, F_SETLEASE, F_WRLCK) != 0) return errno == EAGAIN ? Use::read : Use::unknown;
        return ::fcntl(fd, F_SETLEASE, F_UNLCK) == 0 ? Use::none : Use::unknown;
    }

    void shrink(int fd) {
        struct stat status;
        if (::fstat(fd, &status) != 0) return;
        for (off_t size = status.st_size - kStep; size > 0; size -= kStep) {
            if (::ftruncate(fd, size) != 0 || !pause(kBetweenSteps)) return;
        }
    }

    // Whether there is time for more.
    bool pause(std::chrono::milliseconds span) {
        std::unique_lock lock(mutex_);
        return !changed_.wait_for(lock, span, [this] { return hurry_; });
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::unique_ptr<Descriptor>> waiting_;
    bool running_ = false, hurry_ = false;
    std::thread thread_;
};

class OsDisk final : public Disk {
public:
    OsDisk(int fd, std::string folder) : fd_(fd), folder_(std::move(folder)) {}

    Result<std::unique_ptr<File>> open(const std::string& name, Open mode) override {
        check(name);
        const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (mode == Open::create ? O_CREAT | O_EXCL : 0);
        const int fd = ::openat(fd_.get(), name.c_str(), flags, 0600);
        if (fd < 0) return fail(system_error(errno, mode == Open::create ? "create" : "open", path(name)));
        return std::make_unique<OsFile>(fd, path(name));
    }

    Result<std::vector<std::string>> list() override {
        const int fd = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR* folder = fd < 0 ? nullptr : ::fdopendir(fd);
        if (!folder) {
            const int error = errno;
            if (fd >= 0) ::close(fd);
            return fail(system_error(error, "list", folder_));
        }
        std::vector<std::string> names;
        errno = 0;
        while (const dirent* entry = ::readdir(folder)) {
            struct stat status;
            if (::fstatat(fd_.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode)) {
                names.emplace_back(entry->d_name);
            }
            errno = 0;
        }
        const int error = errno;
        ::closedir(folder);
        if (error != 0) return fail(system_error(error, "list", folder_));
        std::sort(names.begin(), names.end());
        return names;
    }

    Result<> rename(const std::string& from, const std::string& to) override {
        check(from), check(to);
        auto replaced = hold(to);
        if (::renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) != 0) {
            return fail(system_error(errno, "rename to " + to + ":", path(from)));
        }
        if (replaced->get() >= 0) closer_.take(std::move(replaced));
        return {};
    }

    Result<> remove(const std::string& name) override {
        check(name);
        auto removed = hold(name);
        if (::unlinkat(fd_.get(), name.c_str(), 0) != 0) return fail(system_error(errno, "remove", path(name)));
        if (removed->get() >= 0) closer_.take(std::move(removed));
        return {};
    }

    Result<> sync_directory() override {
        if (::fsync(fd_.get()) != 0) return fail(system_error(errno, "sync", folder_));
        return {};
    }

    Result<uint64_t> free_bytes() override {
        struct statvfs status;
        if (::fstatvfs(fd_.get(), &status) != 0) return fail(system_error(errno, "ask for the room of", folder_));
        return static_cast<uint64_t>(status.f_bavail) * status.f_frsize;
    }

    std::string path(const std::string& name) const override { return folder_ + "/" + name; }

private:
    static void check(const std::string& name) {
        assert_always(!name.empty() && name.find('/') == std::string::npos && name != "." && name != "..");
    }

    std::unique_ptr<Descriptor> hold(const std::string& name) const {
        return std::make_unique<Descriptor>(::openat(fd_.get(), name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    }

    Descriptor fd_;
    const std::string folder_;
    LastCloser closer_;
};

Result<> sync_folder(const std::string& folder) {
    const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0 || ::fsync(fd.get()) != 0) return fail(system_error(errno, "sync", folder));
    return {};
}

// Creates what is missing of the path, and makes each new name last.
Result<> make_folders(const std::string& folder) {
    const std::filesystem::path path(folder);
    std::filesystem::path made = path.is_absolute() ? "/" : ".";
    for (const std::filesystem::path& part : path.relative_path()) {
        if (part.empty()) continue;
        const std::filesystem::path parent = made;
        made /= part;
        if (::mkdir(made.c_str(), 0700) != 0) {
            if (errno == EEXIST) continue;
            return fail(system_error(errno, "create", made));
        }
        if (auto synced = sync_folder(parent); !synced) return synced;
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<Disk>> open_disk(const std::string& folder) {
    if (auto made = make_folders(folder); !made) return fail(made.error());
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return fail(system_error(errno, "open", folder));
    return std::make_unique<OsDisk>(fd, folder);
}

}  // namespace drover::raft
