#pragma once
// When a periodic job is launched next. Pure: the machine's time zone database aside. Any thread.

#include <optional>

#include "base/time.h"
#include "model/job.h"

namespace drover::model {

// The earliest of all its expressions' times after `after`. A time that a change of the clock skips is no launch; an
// hour that it repeats has its launches twice. Nothing: never, or not in its zone as far as it can be read.
std::optional<Time> next_launch(const PeriodicConfig& periodic, Time after);

}  // namespace drover::model
