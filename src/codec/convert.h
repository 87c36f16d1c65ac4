#pragma once
// Carries a value of one described type over into another by the names of their members: the job as people write it
// (all members optional) into the job as the cluster keeps it, a full object into its list stub. Members that only one
// side has are left alone; an absent optional leaves the target's default. Pointers are followed on both sides.

#include "codec/type.h"

namespace drover::codec {

void convert(const TypeInfo& from, const void* source, const TypeInfo& to, void* target);

template <class To, class From>
To convert_to(const From& source) {
    To target{};
    convert(type_of<From>(), &source, type_of<To>(), &target);
    return target;
}

}  // namespace drover::codec
