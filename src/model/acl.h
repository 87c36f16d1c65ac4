#pragma once
// Policies, tokens, roles, authentication methods and binding rules.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/job.h"

namespace drover::model {

struct OIDCClientAssertionKey {
    std::string PemKey;
    std::string PemKeyFile;
    std::string KeyIDHeader;
    std::string PemCert;
    std::string PemCertFile;
    std::string KeyID;
};
DECLARE_TYPE(OIDCClientAssertionKey);

struct OIDCClientAssertion {
    std::string KeySource;
    List<std::string> Audience;
    Box<OIDCClientAssertionKey> PrivateKey;
    Map<std::string> ExtraHeaders;
    std::string KeyAlgorithm;
    std::string ClientSecret;
};
DECLARE_TYPE(OIDCClientAssertion);

struct ACLAuthMethodConfig {
    List<std::string> JWTValidationPubKeys;
    std::string JWKSURL;
    std::string OIDCDiscoveryURL;
    std::string OIDCClientID;
    std::string OIDCClientSecret;
    Box<model::OIDCClientAssertion> OIDCClientAssertion;
    bool OIDCEnablePKCE = false;
    bool OIDCDisableUserInfo = false;
    List<std::string> OIDCScopes;
    List<std::string> BoundAudiences;
    List<std::string> BoundIssuer;
    List<std::string> AllowedRedirectURIs;
    List<std::string> DiscoveryCaPem;
    std::string JWKSCACert;
    List<std::string> SigningAlgs;
    Duration ExpirationLeeway;
    Duration NotBeforeLeeway;
    Duration ClockSkewLeeway;
    Map<std::string> ClaimMappings;
    Map<std::string> ListClaimMappings;
    bool VerboseLogging = false;
};
DECLARE_TYPE(ACLAuthMethodConfig);

struct ACLAuthMethod {
    std::string Name;
    std::string Type;
    std::string TokenLocality;
    std::string TokenNameFormat;
    Duration MaxTokenTTL;
    bool Default = false;
    Box<ACLAuthMethodConfig> Config;
    Bytes Hash;
    Time CreateTime;
    Time ModifyTime;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(ACLAuthMethod);

struct ACLAuthMethodEvent {
    Shared<ACLAuthMethod> AuthMethod;
};
DECLARE_TYPE(ACLAuthMethodEvent);

struct ACLAuthMethodStub {
    std::string Name;
    std::string Type;
    bool Default = false;
    Bytes Hash;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(ACLAuthMethodStub);

struct ACLBindingRule {
    std::string ID;
    std::string Description;
    std::string AuthMethod;
    std::string Selector;
    std::string BindType;
    std::string BindName;
    Bytes Hash;
    Time CreateTime;
    Time ModifyTime;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(ACLBindingRule);

struct ACLBindingRuleEvent {
    Shared<model::ACLBindingRule> ACLBindingRule;
};
DECLARE_TYPE(ACLBindingRuleEvent);

struct ACLBindingRuleListStub {
    std::string ID;
    std::string Description;
    std::string AuthMethod;
    Bytes Hash;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(ACLBindingRuleListStub);

struct ACLPolicy {
    std::string Name;
    std::string Description;
    std::string Rules;
    Opt<codec::Any> RulesJSON;
    Box<model::JobACL> JobACL;
    Bytes Hash;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(ACLPolicy);

struct ACLPolicyEvent {
    Shared<model::ACLPolicy> ACLPolicy;
};
DECLARE_TYPE(ACLPolicyEvent);

struct ACLPolicyListStub {
    std::string Name;
    std::string Description;
    Box<model::JobACL> JobACL;
    Bytes Hash;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(ACLPolicyListStub);

struct ACLRolePolicyLink {
    std::string Name;
};
DECLARE_TYPE(ACLRolePolicyLink);

struct ACLRole {
    std::string ID;
    std::string Name;
    std::string Description;
    List<ACLRolePolicyLink> Policies;
    Bytes Hash;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(ACLRole);

struct ACLRoleListStub {
    std::string ID;
    std::string Name;
    std::string Description;
    List<ACLRolePolicyLink> Policies;
    Bytes Hash;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(ACLRoleListStub);

struct ACLRoleStreamEvent {
    Shared<model::ACLRole> ACLRole;
};
DECLARE_TYPE(ACLRoleStreamEvent);

struct ACLTokenRoleLink {
    std::string ID;
    std::string Name;
};
DECLARE_TYPE(ACLTokenRoleLink);

struct ACLToken {
    std::string AccessorID;
    std::string SecretID;
    std::string Name;
    std::string Type;
    List<std::string> Policies;
    List<ACLTokenRoleLink> Roles;
    bool Global = false;
    Bytes Hash;
    Time CreateTime;
    Opt<Time> ExpirationTime;
    Duration ExpirationTTL;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(ACLToken);

struct ACLTokenEvent {
    Shared<model::ACLToken> ACLToken;
};
DECLARE_TYPE(ACLTokenEvent);

struct ACLTokenListStub {
    std::string AccessorID;
    std::string Name;
    std::string Type;
    List<std::string> Policies;
    List<ACLTokenRoleLink> Roles;
    bool Global = false;
    Bytes Hash;
    Time CreateTime;
    Opt<Time> ExpirationTime;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(ACLTokenListStub);

struct OneTimeToken {
    std::string OneTimeSecretID;
    std::string AccessorID;
    Time ExpiresAt;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(OneTimeToken);

}  // namespace drover::model
