#include "model/namespace.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(NamespaceCapabilities, FIELD(EnabledTaskDrivers), FIELD(DisabledTaskDrivers), FIELD(EnabledNetworkModes),
         FIELD(DisabledNetworkModes));

DESCRIBE(NamespaceConsulConfiguration, FIELD(Default), FIELD(Allowed), FIELD(Denied));

DESCRIBE(NamespaceNodePoolConfiguration, FIELD(Default), FIELD(Allowed), FIELD(Denied));

DESCRIBE(NamespaceVaultConfiguration, FIELD(Default), FIELD(Allowed), FIELD(Denied));

DESCRIBE(Namespace, FIELD(Name), FIELD(Description), FIELD(Quota), FIELD(Capabilities), FIELD(NodePoolConfiguration),
         FIELD(VaultConfiguration), FIELD(ConsulConfiguration), FIELD(Meta), FIELD(Hash), FIELD(CreateIndex),
         FIELD(ModifyIndex), FIELD(RequiredExtraClaims), FIELD(OptionalExtraClaims));

}  // namespace drover::model
