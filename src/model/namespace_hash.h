#pragma once
// What identifies the content of a namespace: the same bytes for the same content. Pure; any thread.

#include "model/namespace.h"

namespace drover::model {

Bytes namespace_hash(const Namespace& ns);

}  // namespace drover::model
