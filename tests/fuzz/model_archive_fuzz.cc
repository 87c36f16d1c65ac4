// Snapshot archives: any bytes are an archive or an error. The first byte says at which layer the rest comes in: as it
// is, as a tar to be packed first, or as the records within.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "codec/msgpack.h"
#include "model/archive.h"

namespace {

using namespace drover;

Result<> decode(uint8_t type, std::string_view value) {
    return model::decode_record(type, value, [](model::RecordType, const auto& object) {
        // What was read can be written and read again.
        std::decay_t<decltype(object)> again;
        assert_always(codec::read_msgpack(codec::to_msgpack(object), again).has_value());
        return Result<>();
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] == 'r') {
        model::RecordSplitter splitter(true, decode);
        if (splitter.put(bytes)) (void)splitter.finish();
        return 0;
    }
    std::string packed(bytes);
    if (data[0] == 't') {
        packed.clear();
        model::Gzip gzip;
        const auto out = [&](std::string_view piece) {
            packed += piece;
            return Result<>();
        };
        assert_always(gzip.put(bytes, out).has_value() && gzip.finish(out).has_value());
    }
    model::ArchiveReader reader([](const model::ArchiveMeta&) { return Result<>(); }, decode);
    const size_t half = packed.size() / 2;
    if (reader.put(std::string_view(packed).substr(0, half)) && reader.put(std::string_view(packed).substr(half)))
        (void)reader.finish();
    return 0;
}
