#include "replay/timeline.h"

namespace drover::replay {

void Timeline::rest() {
    do {
        settle();
    } while (work_ && work_());
}

void Timeline::run_until(Duration at) {
    rest();
    while (next_timer().at <= at) {
        advance(next_timer().at - now());
        rest();
    }
    if (now() < at) advance(at - now());
}

}  // namespace drover::replay
