#pragma once
// Version numbers and lists of constraints on them ("> 1.2, < 2.0"), for the operands `version` and `semver`. Values;
// any thread. What cannot be read is std::nullopt.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drover::scheduler {

enum class VersionRules {
    lenient,  // "1.2.3beta" is a pre-release; a pre-release matches only constraints that name one; has ~>
    semver,   // a pre-release stands behind a hyphen and is ordered like any other version; no ~>
};

struct Version {
    std::vector<int64_t> segments;  // three at least
    size_t given = 0;               // how many of them were written
    std::string prerelease;

    int compare(const Version& other) const;
};

std::optional<Version> parse_version(std::string_view text, VersionRules rules);

class VersionConstraints {
public:
    static std::optional<VersionConstraints> parse(std::string_view text, VersionRules rules);

    // Whether the version satisfies every constraint.
    bool match(const Version& version) const;

private:
    enum class Op { equal, not_equal, greater, less, at_least, at_most, pessimistic };
    struct One {
        Op op;
        Version version;
    };
    bool match(const One& one, const Version& version) const;

    VersionRules rules_ = VersionRules::lenient;
    std::vector<One> all_;
};

}  // namespace drover::scheduler
