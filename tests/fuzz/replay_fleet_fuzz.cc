// Fleets of `drover sim`: any text is a list of nodes, or an error.

#include <cstdint>

#include "replay/fleet.h"
#include "replay/records.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace drover;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto groups = replay::read_rows<replay::NodeGroup>("fleet", text);
    if (!groups) return 0;
    // Many nodes are as good as a few, and take longer.
    for (const auto& [line, group] : *groups) {
        if (group.Count > 100) return 0;
    }
    SeededRng rng(1);
    (void)replay::read_fleet("fleet", text, rng);
    return 0;
}
