#pragma once
// A namespace.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::model {

struct NamespaceCapabilities {
    List<std::string> EnabledTaskDrivers;
    List<std::string> DisabledTaskDrivers;
    List<std::string> EnabledNetworkModes;
    List<std::string> DisabledNetworkModes;
};
DECLARE_TYPE(NamespaceCapabilities);

struct NamespaceConsulConfiguration {
    std::string Default;
    List<std::string> Allowed;
    List<std::string> Denied;
};
DECLARE_TYPE(NamespaceConsulConfiguration);

struct NamespaceNodePoolConfiguration {
    std::string Default;
    List<std::string> Allowed;
    List<std::string> Denied;
};
DECLARE_TYPE(NamespaceNodePoolConfiguration);

struct NamespaceVaultConfiguration {
    std::string Default;
    List<std::string> Allowed;
    List<std::string> Denied;
};
DECLARE_TYPE(NamespaceVaultConfiguration);

struct Namespace {
    std::string Name;
    std::string Description;
    std::string Quota;
    Box<NamespaceCapabilities> Capabilities;
    Box<NamespaceNodePoolConfiguration> NodePoolConfiguration;
    Box<NamespaceVaultConfiguration> VaultConfiguration;
    Box<NamespaceConsulConfiguration> ConsulConfiguration;
    Map<std::string> Meta;
    Bytes Hash;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
    Map<std::string> RequiredExtraClaims;
    Map<std::string> OptionalExtraClaims;
};
DECLARE_TYPE(Namespace);

}  // namespace drover::model
