#pragma once
// Packed values: a described value as few bytes as possible. Members that are empty are left out, numbers are as long
// as they need, identifiers are 16 bytes, texts that come again are numbers of a Dictionary. Members are told by their
// places: on a disk packed bytes mean something only beside their layout (state/packed_layout.h) and the texts.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codec/type.h"
#include "state/ref.h"

namespace drover::state {

// Texts known by number. Only grows, and only to kMaxTexts of at most kMaxLength bytes; a text gets its number when it
// is seen for the second time. Any thread.
class Dictionary {
public:
    static constexpr uint32_t kMaxTexts = 65536;
    static constexpr size_t kMaxLength = 64;

    Dictionary();
    ~Dictionary();
    Dictionary(const Dictionary&) = delete;
    Dictionary& operator=(const Dictionary&) = delete;

    // The number of a text, if it has one or gets one now.
    std::optional<uint32_t> number(std::string_view text);
    // Without a lock: whoever holds a number sees its text.
    const std::string& text(uint32_t number) const;

    // All texts, by number: those of packed bytes that were there before the call are among them.
    std::vector<std::string> texts() const;
    // Makes these the texts of a dictionary that has none, with their places as numbers. False: it has some, or they
    // cannot be its texts.
    bool preset(const std::vector<std::string>& texts);

private:
    static constexpr uint32_t kChunk = 256;
    static constexpr uint32_t kSlots = 16384;
    uint32_t add(std::string_view text);

    mutable std::mutex mutex_;
    std::array<std::atomic<std::string*>, kMaxTexts / kChunk> chunks_{};
    uint32_t size_ = 0;
    std::unordered_map<std::string_view, uint32_t> numbers_;
    std::vector<uint32_t> seen_once_;  // hashes by slot
};

// Packed bytes, shared; they follow the object itself in memory. The dictionary must outlive them.
struct Packed {
    mutable std::atomic<uint32_t> refs{0};
    uint32_t size = 0;

    std::string_view bytes() const { return {reinterpret_cast<const char*>(this + 1), size}; }
    // Null for no bytes.
    static Ref<const Packed> make(std::string_view bytes);
};
void destroy(const Packed* packed);

// An empty struct packs to no bytes, and no bytes unpack to an empty struct.
std::string pack(const codec::TypeInfo& type, const void* value, Dictionary& dictionary);
void unpack(std::string_view bytes, const codec::TypeInfo& type, void* value, const Dictionary& dictionary);

template <class T>
std::string pack(const T& value, Dictionary& dictionary) {
    return pack(codec::type_of<T>(), &value, dictionary);
}

template <class T>
T unpack(std::string_view bytes, const Dictionary& dictionary) {
    T value{};
    unpack(bytes, codec::type_of<T>(), &value, dictionary);
    return value;
}

}  // namespace drover::state
