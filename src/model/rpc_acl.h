#pragma once
// Requests and answers of the RPC methods: acl.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/acl.h"
#include "model/envelope.h"

namespace drover::model {

struct ACLAuthMethodDeleteRequest : WriteRequest {
    List<std::string> Names;
};
DECLARE_TYPE(ACLAuthMethodDeleteRequest);

struct ACLAuthMethodDeleteResponse : WriteMeta {};
DECLARE_TYPE(ACLAuthMethodDeleteResponse);

struct ACLAuthMethodGetRequest : QueryOptions {
    std::string MethodName;
};
DECLARE_TYPE(ACLAuthMethodGetRequest);

struct ACLAuthMethodGetResponse : QueryMeta {
    Shared<ACLAuthMethod> AuthMethod;
};
DECLARE_TYPE(ACLAuthMethodGetResponse);

struct ACLAuthMethodListRequest : QueryOptions {};
DECLARE_TYPE(ACLAuthMethodListRequest);

struct ACLAuthMethodListResponse : QueryMeta {
    List<ACLAuthMethodStub> AuthMethods;
};
DECLARE_TYPE(ACLAuthMethodListResponse);

struct ACLAuthMethodUpsertRequest : WriteRequest {
    List<Shared<ACLAuthMethod>> AuthMethods;
};
DECLARE_TYPE(ACLAuthMethodUpsertRequest);

struct ACLAuthMethodUpsertResponse : WriteMeta {
    List<Shared<ACLAuthMethod>> AuthMethods;
};
DECLARE_TYPE(ACLAuthMethodUpsertResponse);

struct ACLAuthMethodsGetRequest : QueryOptions {
    List<std::string> Names;
};
DECLARE_TYPE(ACLAuthMethodsGetRequest);

struct ACLAuthMethodsGetResponse : QueryMeta {
    Map<Shared<ACLAuthMethod>> AuthMethods;
};
DECLARE_TYPE(ACLAuthMethodsGetResponse);

struct ACLBindingRuleRequest : QueryOptions {
    std::string ACLBindingRuleID;
};
DECLARE_TYPE(ACLBindingRuleRequest);

struct ACLBindingRuleResponse : QueryMeta {
    Shared<model::ACLBindingRule> ACLBindingRule;
};
DECLARE_TYPE(ACLBindingRuleResponse);

struct ACLBindingRulesDeleteRequest : WriteRequest {
    List<std::string> ACLBindingRuleIDs;
};
DECLARE_TYPE(ACLBindingRulesDeleteRequest);

struct ACLBindingRulesDeleteResponse : WriteMeta {};
DECLARE_TYPE(ACLBindingRulesDeleteResponse);

struct ACLBindingRulesListRequest : QueryOptions {};
DECLARE_TYPE(ACLBindingRulesListRequest);

struct ACLBindingRulesListResponse : QueryMeta {
    List<ACLBindingRuleListStub> ACLBindingRules;
};
DECLARE_TYPE(ACLBindingRulesListResponse);

struct ACLBindingRulesRequest : QueryOptions {
    List<std::string> ACLBindingRuleIDs;
};
DECLARE_TYPE(ACLBindingRulesRequest);

struct ACLBindingRulesResponse : QueryMeta {
    Map<Shared<ACLBindingRule>> ACLBindingRules;
};
DECLARE_TYPE(ACLBindingRulesResponse);

struct ACLBindingRulesUpsertRequest : WriteRequest {
    List<Shared<ACLBindingRule>> ACLBindingRules;
    bool AllowMissingAuthMethods = false;
};
DECLARE_TYPE(ACLBindingRulesUpsertRequest);

struct ACLBindingRulesUpsertResponse : WriteMeta {
    List<Shared<ACLBindingRule>> ACLBindingRules;
};
DECLARE_TYPE(ACLBindingRulesUpsertResponse);

struct ACLCreateClientIntroductionTokenRequest : WriteRequest {
    Duration TTL;
    std::string NodeName;
    std::string NodePool;
};
DECLARE_TYPE(ACLCreateClientIntroductionTokenRequest);

struct ACLCreateClientIntroductionTokenResponse {
    std::string JWT;
};
DECLARE_TYPE(ACLCreateClientIntroductionTokenResponse);

struct ACLLoginRequest : WriteRequest {
    std::string AuthMethodName;
    std::string LoginToken;
};
DECLARE_TYPE(ACLLoginRequest);

struct ACLLoginResponse : WriteMeta {
    Shared<model::ACLToken> ACLToken;
};
DECLARE_TYPE(ACLLoginResponse);

struct ACLOIDCAuthURLRequest : WriteRequest {
    std::string AuthMethodName;
    std::string RedirectURI;
    std::string ClientNonce;
};
DECLARE_TYPE(ACLOIDCAuthURLRequest);

struct ACLOIDCAuthURLResponse {
    std::string AuthURL;
};
DECLARE_TYPE(ACLOIDCAuthURLResponse);

struct ACLOIDCCompleteAuthRequest : WriteRequest {
    std::string AuthMethodName;
    std::string ClientNonce;
    std::string State;
    std::string Code;
    std::string Iss;
    std::string RedirectURI;
};
DECLARE_TYPE(ACLOIDCCompleteAuthRequest);

struct ACLPolicyDeleteRequest : WriteRequest {
    List<std::string> Names;
};
DECLARE_TYPE(ACLPolicyDeleteRequest);

struct ACLPolicyListRequest : QueryOptions {};
DECLARE_TYPE(ACLPolicyListRequest);

struct ACLPolicyListResponse : QueryMeta {
    List<ACLPolicyListStub> Policies;
};
DECLARE_TYPE(ACLPolicyListResponse);

struct ACLPolicySetRequest : QueryOptions {
    List<std::string> Names;
};
DECLARE_TYPE(ACLPolicySetRequest);

struct ACLPolicySetResponse : QueryMeta {
    Map<Shared<ACLPolicy>> Policies;
};
DECLARE_TYPE(ACLPolicySetResponse);

struct ACLPolicySpecificRequest : QueryOptions {
    std::string Name;
};
DECLARE_TYPE(ACLPolicySpecificRequest);

struct ACLPolicyUpsertRequest : WriteRequest {
    List<Shared<ACLPolicy>> Policies;
};
DECLARE_TYPE(ACLPolicyUpsertRequest);

struct ACLRoleByIDRequest : QueryOptions {
    std::string RoleID;
};
DECLARE_TYPE(ACLRoleByIDRequest);

struct ACLRoleByIDResponse : QueryMeta {
    Shared<model::ACLRole> ACLRole;
};
DECLARE_TYPE(ACLRoleByIDResponse);

struct ACLRoleByNameRequest : QueryOptions {
    std::string RoleName;
};
DECLARE_TYPE(ACLRoleByNameRequest);

struct ACLRoleByNameResponse : QueryMeta {
    Shared<model::ACLRole> ACLRole;
};
DECLARE_TYPE(ACLRoleByNameResponse);

struct ACLRolesByIDRequest : QueryOptions {
    List<std::string> ACLRoleIDs;
};
DECLARE_TYPE(ACLRolesByIDRequest);

struct ACLRolesByIDResponse : QueryMeta {
    Map<Shared<ACLRole>> ACLRoles;
};
DECLARE_TYPE(ACLRolesByIDResponse);

struct ACLRolesDeleteByIDRequest : WriteRequest {
    List<std::string> ACLRoleIDs;
};
DECLARE_TYPE(ACLRolesDeleteByIDRequest);

struct ACLRolesDeleteByIDResponse : WriteMeta {};
DECLARE_TYPE(ACLRolesDeleteByIDResponse);

struct ACLRolesListRequest : QueryOptions {};
DECLARE_TYPE(ACLRolesListRequest);

struct ACLRolesListResponse : QueryMeta {
    List<ACLRoleListStub> ACLRoles;
};
DECLARE_TYPE(ACLRolesListResponse);

struct ACLRolesUpsertRequest : WriteRequest {
    List<Shared<ACLRole>> ACLRoles;
    bool AllowMissingPolicies = false;
};
DECLARE_TYPE(ACLRolesUpsertRequest);

struct ACLRolesUpsertResponse : WriteMeta {
    List<Shared<ACLRole>> ACLRoles;
};
DECLARE_TYPE(ACLRolesUpsertResponse);

struct ACLTokenBootstrapRequest : WriteRequest {
    Shared<ACLToken> Token;
    uint64_t ResetIndex = 0;
    std::string BootstrapSecret;
};
DECLARE_TYPE(ACLTokenBootstrapRequest);

struct ACLTokenDeleteRequest : WriteRequest {
    List<std::string> AccessorIDs;
};
DECLARE_TYPE(ACLTokenDeleteRequest);

struct ACLTokenListRequest : QueryOptions {
    bool GlobalOnly = false;
};
DECLARE_TYPE(ACLTokenListRequest);

struct ACLTokenListResponse : QueryMeta {
    List<ACLTokenListStub> Tokens;
};
DECLARE_TYPE(ACLTokenListResponse);

struct ACLTokenSetRequest : QueryOptions {
    List<std::string> AccessorIDS;
};
DECLARE_TYPE(ACLTokenSetRequest);

struct ACLTokenSetResponse : QueryMeta {
    Map<Shared<ACLToken>> Tokens;
};
DECLARE_TYPE(ACLTokenSetResponse);

struct ACLTokenSpecificRequest : QueryOptions {
    std::string AccessorID;
};
DECLARE_TYPE(ACLTokenSpecificRequest);

struct ACLTokenUpsertRequest : WriteRequest {
    List<Shared<ACLToken>> Tokens;
};
DECLARE_TYPE(ACLTokenUpsertRequest);

struct ACLTokenUpsertResponse : WriteMeta {
    List<Shared<ACLToken>> Tokens;
};
DECLARE_TYPE(ACLTokenUpsertResponse);

struct OneTimeTokenDeleteRequest : WriteRequest {
    List<std::string> AccessorIDs;
};
DECLARE_TYPE(OneTimeTokenDeleteRequest);

struct OneTimeTokenExchangeRequest : WriteRequest {
    std::string OneTimeSecretID;
};
DECLARE_TYPE(OneTimeTokenExchangeRequest);

struct OneTimeTokenExchangeResponse : WriteMeta {
    Shared<ACLToken> Token;
};
DECLARE_TYPE(OneTimeTokenExchangeResponse);

struct OneTimeTokenExpireRequest : WriteRequest {
    Time Timestamp;
};
DECLARE_TYPE(OneTimeTokenExpireRequest);

struct OneTimeTokenUpsertRequest : WriteRequest {};
DECLARE_TYPE(OneTimeTokenUpsertRequest);

struct OneTimeTokenUpsertResponse : WriteMeta {
    Box<model::OneTimeToken> OneTimeToken;
};
DECLARE_TYPE(OneTimeTokenUpsertResponse);

struct ResolveACLTokenRequest : QueryOptions {
    std::string SecretID;
};
DECLARE_TYPE(ResolveACLTokenRequest);

struct ResolveACLTokenResponse : QueryMeta {
    Shared<ACLToken> Token;
};
DECLARE_TYPE(ResolveACLTokenResponse);

struct SingleACLPolicyResponse : QueryMeta {
    Shared<ACLPolicy> Policy;
};
DECLARE_TYPE(SingleACLPolicyResponse);

struct SingleACLTokenResponse : QueryMeta {
    Shared<ACLToken> Token;
};
DECLARE_TYPE(SingleACLTokenResponse);

}  // namespace drover::model
