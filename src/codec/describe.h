#pragma once
// The only macros of the project.
//   header:  DECLARE_TYPE(Evaluation);
//   source:  DESCRIBE(Evaluation, FIELD(ID), FIELD(WaitUntil).omit_empty_on_wire(), FIELD(LeaderACL).secret());
// Rows stand in the order in which JSON and MessagePack write them. EMBED(Base) brings in the rows of a base class,
// flat, as Go does with embedded structs. DESCRIBE_OMITTING is for the few types that leave out every zero member.

#include <initializer_list>

#include "codec/type.h"

namespace drover {

// The Go package that names the described types of a namespace in messages; a namespace may hide it with its own.
inline constexpr std::string_view kGoPackage = "structs";

}  // namespace drover

namespace drover::codec {

// One row, or the rows of an embedded struct.
struct Rows {
    std::vector<FieldInfo> rows;
    Rows(FieldInfo row) : rows{std::move(row)} {}
    Rows(std::vector<FieldInfo> many) : rows(std::move(many)) {}
};

TypeInfo make_struct(std::string_view package, std::string_view name, std::initializer_list<Rows> rows,
                     void (*reset)(void*));
std::vector<FieldInfo> shifted(const TypeInfo& base, size_t offset);

template <class M>
FieldInfo make_field(std::string_view name, size_t offset) {
    FieldInfo f;
    f.name = f.json = name;
    f.offset = offset;
    f.type = type_of<M>;
    return f;
}

// Where Base lies in Derived.
template <class Derived, class Base>
size_t base_offset() {
    alignas(Derived) static char room[sizeof(Derived)];
    auto* derived = reinterpret_cast<Derived*>(room);
    return static_cast<size_t>(reinterpret_cast<char*>(static_cast<Base*>(derived)) - room);
}

}  // namespace drover::codec

#define FIELD(Member) ::drover::codec::make_field<decltype(Self::Member)>(#Member, offsetof(Self, Member))

#define EMBED(Base) \
    ::drover::codec::shifted(::drover::codec::type_of<Base>(), ::drover::codec::base_offset<Self, Base>())

#define DESCRIBE(Type, ...)                                                                \
    const ::drover::codec::TypeInfo& describe(const Type*) {                               \
        using Self = Type;                                                                 \
        static const ::drover::codec::TypeInfo info = ::drover::codec::make_struct(        \
            kGoPackage, #Type, {__VA_ARGS__}, ::drover::codec::detail::reset_value<Self>); \
        return info;                                                                       \
    }                                                                                      \
    static_assert(true)

#define DESCRIBE_OMITTING(Type, ...)                                                              \
    const ::drover::codec::TypeInfo& describe(const Type*) {                                      \
        using Self = Type;                                                                        \
        static const ::drover::codec::TypeInfo info = [] {                                        \
            auto made = ::drover::codec::make_struct(kGoPackage, #Type, {__VA_ARGS__},            \
                                                     ::drover::codec::detail::reset_value<Self>); \
            made.omit_zero = true;                                                                \
            return made;                                                                          \
        }();                                                                                      \
        return info;                                                                              \
    }                                                                                             \
    static_assert(true)
