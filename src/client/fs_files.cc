#include "client/fs_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/strings.h"

namespace drover::client {
namespace {

constexpr size_t kMaxListed = 100'000;

// The path below the root, without a leading slash; "." for the root itself. An error if it climbs out.
Result<std::string> inside(std::string_view path) {
    if (path.find('\0') != path.npos) return fail(Error::bad_request("invalid path"));
    const auto normal = std::filesystem::path(path).relative_path().lexically_normal().string();
    if (normal == ".." || has_prefix(normal, "../")) return fail(Error::internal("Path escapes the alloc directory"));
    return normal.empty() ? std::string(".") : normal;
}

std::string shown(const std::string& root, const std::string& relative) {
    std::string out = root;
    if (relative != ".") out += "/" + relative;
    while (out.size() > 1 && out.back() == '/') out.pop_back();
    return out;
}

// The system's text as Go writes it: its first letter is small.
Error system_error(std::string_view what, const std::string& path, int number) {
    std::string text = std::strerror(number);
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    if (number == EXDEV || number == ELOOP) return Error::internal("Path escapes the alloc directory");
    const std::string message = std::string(what) + " " + path + ": " + text;
    return number == ENOENT ? Error::not_found(message) : Error::internal(message);
}

Result<int> open_inside(const std::string& root, const std::string& relative, int flags, std::string_view what) {
    const int root_fd = ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root_fd < 0) return fail(system_error(what, shown(root, relative), errno));
    open_how how{};
    // A pipe of the task's that nobody writes to must not hold us up.
    how.flags = static_cast<uint64_t>(flags | O_CLOEXEC | ((flags & O_PATH) ? 0 : O_NONBLOCK));
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    const auto fd = static_cast<int>(::syscall(SYS_openat2, root_fd, relative.c_str(), &how, sizeof how));
    const int error = errno;
    ::close(root_fd);
    if (fd < 0) return fail(system_error(what, shown(root, relative), error));
    return fd;
}

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

model::AllocFileInfo to_info(const std::string& name, const struct stat& found) {
    model::AllocFileInfo out;
    out.Name = name;
    out.IsDir = S_ISDIR(found.st_mode);
    out.Size = found.st_size;
    out.FileMode = mode_text(found.st_mode);
    out.ModTime = Time::from_unix_ns(found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec);
    return out;
}

bool is_secret(std::string_view relative) {
    const auto parts = split(relative, '/');
    return parts.size() >= 2 && (parts[1] == "secrets" || parts[1] == "private");
}

}  // namespace

Result<List<model::AllocFileInfo>> list_files(const std::string& root, std::string_view path) {
    auto relative = inside(path);
    if (!relative) return fail(relative.error());
    auto fd = open_inside(root, *relative, O_RDONLY | O_DIRECTORY, "open");
    if (!fd) return fail(fd.error());
    std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(*fd));
    if (!directory) return fail(system_error("open", shown(root, *relative), errno));
    List<model::AllocFileInfo> out;
    out.made = true;
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string name = entry->d_name;
        struct stat found{};
        if (name == "." || name == ".." || ::fstatat(*fd, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (out.size() >= kMaxListed) break;
        out.push_back(to_info(name, found));
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.Name < b.Name; });
    return out;
}

Result<model::AllocFileInfo> stat_file(const std::string& root, std::string_view path) {
    auto relative = inside(path);
    if (!relative) return fail(relative.error());
    auto fd = open_inside(root, *relative, O_PATH, "stat");
    if (!fd) return fail(fd.error());
    const OpenFile closes(*fd);
    struct stat found{};
    if (::fstat(*fd, &found) != 0) return fail(system_error("stat", shown(root, *relative), errno));
    auto out = to_info(std::filesystem::path(shown(root, *relative)).filename().string(), found);
    out.ContentType = "application/octet-stream";
    if (S_ISREG(found.st_mode) && !is_secret(*relative)) {
        auto content = open_inside(root, *relative, O_RDONLY, "open");
        if (!content) return fail(content.error());
        auto start = OpenFile(*content).read(0, 512);
        if (start) out.ContentType = sniff_content_type(out.Name, *start);
    }
    return out;
}

Result<OpenFile> open_file(const std::string& root, std::string_view path) {
    auto relative = inside(path);
    if (!relative) return fail(relative.error());
    if (is_secret(*relative)) return fail(Error::internal("Reading secret file prohibited: " + std::string(path)));
    auto fd = open_inside(root, *relative, O_RDONLY, "stat");
    if (!fd) return fail(fd.error());
    OpenFile file(*fd);
    if (file.is_directory()) return fail(Error::bad_request("file " + quote(path) + " is a directory"));
    return file;
}

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

OpenFile::~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
}

int64_t OpenFile::size() const {
    struct stat found{};
    return ::fstat(fd_, &found) == 0 ? found.st_size : 0;
}

bool OpenFile::is_directory() const {
    struct stat found{};
    return ::fstat(fd_, &found) == 0 && S_ISDIR(found.st_mode);
}

bool OpenFile::was_deleted() const {
    struct stat found{};
    return ::fstat(fd_, &found) == 0 && found.st_nlink == 0;
}

Result<std::string> OpenFile::read(int64_t offset, size_t most) const {
    std::string out(most, '\0');
    const ssize_t n = ::pread(fd_, out.data(), most, offset);
    if (n < 0 && errno != EAGAIN) return fail(Error::internal(std::string("read: ") + std::strerror(errno)));
    out.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
    return out;
}

std::string mode_text(unsigned mode) {
    std::string out;
    if (S_ISDIR(mode)) out += 'd';
    if (S_ISLNK(mode)) out += 'L';
    if (S_ISBLK(mode) || S_ISCHR(mode)) out += 'D';
    if (S_ISFIFO(mode)) out += 'p';
    if (S_ISSOCK(mode)) out += 'S';
    if (mode & S_ISUID) out += 'u';
    if (mode & S_ISGID) out += 'g';
    if (S_ISCHR(mode)) out += 'c';
    if (mode & S_ISVTX) out += 't';
    if (out.empty()) out = "-";
    for (int bit = 8; bit >= 0; --bit) out += (mode >> bit) & 1 ? "xwr"[bit % 3] : '-';
    return out;
}

std::string sniff_content_type(std::string_view name, std::string_view start) {
    static constexpr std::pair<std::string_view, std::string_view> kMagic[] = {
        {"%PDF-", "application/pdf"},      {"\x89PNG\r\n\x1a\n", "image/png"},
        {"\xff\xd8\xff", "image/jpeg"},    {"GIF87a", "image/gif"},
        {"GIF89a", "image/gif"},           {"\x1f\x8b\x08", "application/x-gzip"},
        {"PK\x03\x04", "application/zip"}, {"<?xml", "text/xml; charset=utf-8"},
    };
    if (has_suffix(name, ".json")) return "application/json";
    for (const auto& [magic, type] : kMagic) {
        if (has_prefix(start, magic)) return std::string(type);
    }
    const size_t text_at = std::min(start.find_first_not_of("\t\n\f\r "), start.size());
    const std::string head = to_lower(start.substr(text_at, 16));
    for (const char* tag : {"<!doctype html", "<html", "<head", "<script", "<body", "<!--", "<title", "<div", "<h1"}) {
        if (has_prefix(head, tag)) return "text/html; charset=utf-8";
    }
    const bool binary = std::any_of(start.begin(), start.end(), [](unsigned char c) {
        return c <= 0x08 || c == 0x0b || (c >= 0x0e && c <= 0x1a) || (c >= 0x1c && c <= 0x1f);
    });
    return binary ? "application/octet-stream" : "text/plain; charset=utf-8";
}

}  // namespace drover::client
