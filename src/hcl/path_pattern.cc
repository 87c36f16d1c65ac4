#include "hcl/path_pattern.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/strings.h"

namespace drover::hcl {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxEntries = 10'000;  // looked at for one pattern
constexpr size_t kMaxAlternatives = 1'000;
constexpr size_t kMaxDepth = 64;  // of directories, for links that lead back

using Parts = std::vector<std::string>;
const char* const kSyntax = "syntax error in pattern";

// Where the class that begins at `at` ends, behind its bracket; npos if it is empty or does not end.
size_t class_end(std::string_view pattern, size_t at) {
    size_t first = at + 1 + (at + 1 < pattern.size() && pattern[at + 1] == '^' ? 1 : 0);
    for (size_t i = first; i < pattern.size(); ++i) {
        if (pattern[i] == '\\') {
            ++i;
        } else if (pattern[i] == ']') {
            return i > first ? i + 1 : std::string_view::npos;
        }
    }
    return std::string_view::npos;
}

// Where the alternatives that begin at `at` end, behind their brace; npos if they do not.
size_t group_end(std::string_view pattern, size_t at) {
    int depth = 0;
    for (size_t i = at; i < pattern.size(); ++i) {
        if (pattern[i] == '\\')
            ++i;
        else if (pattern[i] == '{')
            ++depth;
        else if (pattern[i] == '}' && --depth == 0)
            return i + 1;
    }
    return std::string_view::npos;
}

bool is_valid(std::string_view pattern) {
    for (size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\')
            ++i;
        else if (pattern[i] == '[') {
            size_t end = class_end(pattern, i);
            if (end == std::string_view::npos) return false;
            i = end - 1;
        } else if (pattern[i] == '{' && group_end(pattern, i) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

// The pattern once for each of its alternatives, without braces.
bool spell_out(const std::string& pattern, std::vector<std::string>& out, size_t& steps) {
    if (++steps > kMaxAlternatives || pattern.size() > 10'000) return false;
    size_t open = 0;
    while (open < pattern.size() && pattern[open] != '{') open += pattern[open] == '\\' ? 2 : 1;
    if (open >= pattern.size()) {
        out.push_back(pattern);
        return true;
    }
    size_t end = group_end(pattern, open);
    int depth = 0;
    size_t begin = open + 1;
    for (size_t i = open; i < end; ++i) {
        if (pattern[i] == '\\') {
            ++i;
            continue;
        }
        depth += pattern[i] == '{' ? 1 : pattern[i] == '}' ? -1 : 0;
        bool ends = (pattern[i] == ',' && depth == 1) || depth == 0;
        if (!ends) continue;
        if (!spell_out(pattern.substr(0, open) + pattern.substr(begin, i - begin) + pattern.substr(end), out, steps))
            return false;
        begin = i + 1;
    }
    return true;
}

bool class_matches(std::string_view set, char c) {
    bool negated = !set.empty() && set.front() == '^';
    bool found = false;
    auto one = [&](size_t& i) { return set[i] == '\\' && i + 1 < set.size() ? set[++i] : set[i]; };
    for (size_t i = negated ? 1 : 0; i < set.size(); ++i) {
        char low = one(i);
        char high = low;
        if (i + 2 < set.size() && set[i + 1] == '-') high = one(i += 2);
        found = found || (low <= c && c <= high);
    }
    return found != negated;
}

// One part against one name. `*` goes back to where it last stood, so that this takes no more than the product.
bool part_matches(std::string_view pattern, std::string_view name) {
    size_t p = 0;
    size_t n = 0;
    size_t star = std::string_view::npos;
    size_t after_star = 0;
    while (n < name.size() || p < pattern.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            after_star = n;
            continue;
        }
        size_t next = p + 1;
        bool same = false;
        if (p < pattern.size() && n < name.size()) {
            if (pattern[p] == '[') {
                next = class_end(pattern, p);
                same = class_matches(pattern.substr(p + 1, next - p - 2), name[n]);
            } else if (pattern[p] == '\\' && p + 1 < pattern.size()) {
                next = p + 2;
                same = pattern[p + 1] == name[n];
            } else {
                same = pattern[p] == '?' || pattern[p] == name[n];
            }
        }
        if (same) {
            p = next;
            ++n;
        } else if (star != std::string_view::npos && after_star < name.size()) {
            p = star + 1;
            n = ++after_star;
        } else {
            return false;
        }
    }
    return true;
}

class Search {
public:
    Search(fs::path root, Parts parts, size_t& left, std::set<std::string>& found)
        : root_(std::move(root)), parts_(std::move(parts)), left_(left), found_(found) {}

    void run() { visit(root_, 0, 0); }

private:
    void visit(const fs::path& directory, size_t at, size_t depth) {
        if (at == parts_.size() || depth > kMaxDepth) return;
        const std::string& part = parts_[at];
        if (part == "..") return step(directory / part, at, depth);
        bool any_depth = part == "**";
        if (any_depth && at + 1 < parts_.size()) visit(directory, at + 1, depth);
        std::error_code code;
        for (fs::directory_iterator it(directory, code), end; !code && it != end; it.increment(code)) {
            if (left_ == 0) return;
            --left_;
            std::string name = it->path().filename().string();
            if (any_depth) {
                std::error_code ignored;
                if (it->is_directory(ignored)) visit(it->path(), at, depth + 1);
                if (at + 1 == parts_.size()) take(it->path());
            } else if (part_matches(part, name)) {
                step(it->path(), at, depth);
            }
        }
    }

    void step(const fs::path& path, size_t at, size_t depth) {
        if (at + 1 == parts_.size()) return take(path);
        std::error_code ignored;
        if (fs::is_directory(path, ignored)) visit(path, at + 1, depth + 1);
    }

    void take(const fs::path& path) {
        std::error_code ignored;
        if (fs::is_regular_file(path, ignored))
            found_.insert(path.lexically_normal().lexically_relative(root_.lexically_normal()).generic_string());
    }

    fs::path root_;
    Parts parts_;
    size_t& left_;
    std::set<std::string>& found_;
};

// Without empty parts and `.`, and without a part that the next one leaves again.
Parts parts_of(std::string_view pattern) {
    Parts out;
    for (const std::string& part : split(std::string(pattern), '/')) {
        if (part.empty() || part == ".") continue;
        if (part == ".." && !out.empty() && out.back() != "..") {
            out.pop_back();
        } else {
            out.push_back(part);
        }
    }
    return out;
}

}  // namespace

tl::expected<std::set<std::string>, std::string> matching_files(const std::string& root, std::string_view pattern) {
    if (!is_valid(pattern)) return tl::unexpected<std::string>(kSyntax);
    std::vector<std::string> alternatives;
    size_t steps = 0;
    if (!spell_out(std::string(pattern), alternatives, steps))
        return tl::unexpected<std::string>("too many alternatives");
    std::set<std::string> found;
    size_t left = kMaxEntries;
    for (const std::string& alternative : alternatives) {
        Parts parts = parts_of(alternative);
        if (std::count(parts.begin(), parts.end(), "**") > 4) return tl::unexpected<std::string>("too many **");
        Search(root, std::move(parts), left, found).run();
        if (left == 0) return tl::unexpected<std::string>("there are too many files");
    }
    return found;
}

}  // namespace drover::hcl
