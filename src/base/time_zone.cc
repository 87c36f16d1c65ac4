#include "base/time_zone.h"

#include <absl/time/time.h>
#include <sys/stat.h>

#include "base/strings.h"

namespace drover {
namespace {

constexpr std::string_view kDatabase = "/usr/share/zoneinfo/";
constexpr size_t kMaxName = 64;

// Names come from whoever submits a job. Only a plain file of the database is opened (no device, no other folder), and
// by one spelling only: what was loaded, or not found, is remembered for ever below.
bool in_database(const std::string& name) {
    if (name.empty() || name.size() > kMaxName || name.find('\0') != std::string::npos) return false;
    for (const std::string& segment : split(name, '/')) {
        if (segment.empty() || segment == "." || segment == "..") return false;
    }
    struct stat file{};
    return ::stat((std::string(kDatabase) + name).c_str(), &file) == 0 && S_ISREG(file.st_mode);
}

}  // namespace

struct TimeZone::Impl {
    absl::TimeZone zone;
};

Result<TimeZone> TimeZone::load(const std::string& name) {
    auto impl = std::make_shared<Impl>();
    const bool known = name == "UTC" || in_database(name);
    if (!known || !absl::LoadTimeZone(name, &impl->zone)) return fail(Error::bad_request("unknown time zone " + name));
    return TimeZone(std::move(impl));
}

Duration TimeZone::offset(Time at) const { return seconds(impl_->zone.At(absl::FromUnixNanos(at.unix_ns)).offset); }

std::optional<Time> TimeZone::next_change(Time after) const {
    absl::TimeZone::CivilTransition change;
    const absl::Time from = absl::FromUnixNanos(after.unix_ns);
    if (!impl_->zone.NextTransition(from, &change)) return std::nullopt;
    return Time::from_unix_ns(absl::ToUnixNanos(impl_->zone.At(change.to).trans));
}

}  // namespace drover
