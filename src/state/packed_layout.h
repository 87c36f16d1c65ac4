#pragma once
// What packed bytes mean, told apart from the program that packed them: the types that a packed value is made of, by
// their members' names. With the layout of its writer, another program can check packed bytes and read them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/containers.h"
#include "base/result.h"
#include "codec/type.h"

namespace drover::state {

struct LayoutField {
    std::string Name;
    uint32_t Type = 0;  // of Layout::Types
};
DECLARE_TYPE(LayoutField);

struct LayoutType {
    uint8_t Kind = 0;      // codec::Kind; the numbers are part of the format
    uint32_t Element = 0;  // of lists, maps and pointers: of Layout::Types
    List<LayoutField> Fields;
};
DECLARE_TYPE(LayoutType);

struct Layout {
    List<LayoutType> Types;  // the first ones are the roots
};
DECLARE_TYPE(Layout);

// Of these types as this program packs them.
Layout layout_of(const std::vector<const codec::TypeInfo*>& roots);

// Reads bytes that were packed with a layout and a list of texts (what the Dictionary held then). Both outlive it. Any
// bytes may come: what is not well-formed is an error.
class PackedReader {
public:
    PackedReader(const Layout& layout, const std::vector<std::string>& texts) : layout_(layout), texts_(texts) {}

    // Whether the layout refers to nothing outside of itself, and has that many roots.
    bool is_sound(size_t roots) const;
    Result<> check(std::string_view bytes, uint32_t root) const;
    // Into a struct; members that it does not have, or has as another kind, are left out.
    Result<> read(std::string_view bytes, uint32_t root, const codec::TypeInfo& type, void* value) const;

private:
    const Layout& layout_;
    const std::vector<std::string>& texts_;
};

}  // namespace drover::state
