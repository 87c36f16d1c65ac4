#include "base/time_zone.h"

#include <absl/time/time.h>

namespace drover {

struct TimeZone::Impl {
    absl::TimeZone zone;
};

Result<TimeZone> TimeZone::load(const std::string& name) {
    auto impl = std::make_shared<Impl>();
    if (!absl::LoadTimeZone(name, &impl->zone)) return fail(Error::bad_request("unknown time zone " + name));
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
