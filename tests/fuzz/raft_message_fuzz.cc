// Frames of the log's connections, as a stranger may send them.
#include <cstdint>
#include <memory>
#include <string>

#include "raft/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    (void)drover::raft::frame_size(bytes);
    (void)drover::raft::decode_frame(std::make_shared<const std::string>(bytes));
    (void)drover::raft::decode_configuration(bytes);
    return 0;
}
