#pragma once
// The machine under model/job_diff: compares two values of a described type by their table. Scalars are fields, maps of
// text flatten to `Name[key]`, lists of text and nested structs are objects. What differs from that, by type and by
// member, stands in one table of rules.

#include "codec/type.h"
#include "model/diff.h"

namespace drover::model {

struct Differences {
    List<FieldDiff> fields;
    List<ObjectDiff> objects;
    bool empty() const { return fields.empty() && objects.empty(); }
};

// `maybe_old` or `maybe_new` may be null, not both. The results are sorted.
Differences compare(const codec::TypeInfo& type, const void* maybe_old, const void* maybe_new, bool contextual);

// Whether any two fields or objects that are told differ.
bool has_change(const Differences& found);

}  // namespace drover::model
