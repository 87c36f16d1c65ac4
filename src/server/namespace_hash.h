#pragma once
// What identifies the content of a namespace: the same bytes for the same content. Pure; any thread.

#include "model/namespace.h"

namespace drover::server {

Bytes namespace_hash(const model::Namespace& ns);

}  // namespace drover::server
