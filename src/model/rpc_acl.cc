#include "model/rpc_acl.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(ACLAuthMethodDeleteRequest, FIELD(Names), EMBED(WriteRequest));

DESCRIBE(ACLAuthMethodDeleteResponse, EMBED(WriteMeta));

DESCRIBE(ACLAuthMethodGetRequest, FIELD(MethodName), EMBED(QueryOptions));

DESCRIBE(ACLAuthMethodGetResponse, FIELD(AuthMethod), EMBED(QueryMeta));

DESCRIBE(ACLAuthMethodListRequest, EMBED(QueryOptions));

DESCRIBE(ACLAuthMethodListResponse, FIELD(AuthMethods), EMBED(QueryMeta));

DESCRIBE(ACLAuthMethodUpsertRequest, FIELD(AuthMethods), EMBED(WriteRequest));

DESCRIBE(ACLAuthMethodUpsertResponse, FIELD(AuthMethods), EMBED(WriteMeta));

DESCRIBE(ACLAuthMethodsGetRequest, FIELD(Names), EMBED(QueryOptions));

DESCRIBE(ACLAuthMethodsGetResponse, FIELD(AuthMethods), EMBED(QueryMeta));

DESCRIBE(ACLBindingRuleRequest, FIELD(ACLBindingRuleID), EMBED(QueryOptions));

DESCRIBE(ACLBindingRuleResponse, FIELD(ACLBindingRule), EMBED(QueryMeta));

DESCRIBE(ACLBindingRulesDeleteRequest, FIELD(ACLBindingRuleIDs), EMBED(WriteRequest));

DESCRIBE(ACLBindingRulesDeleteResponse, EMBED(WriteMeta));

DESCRIBE(ACLBindingRulesListRequest, EMBED(QueryOptions));

DESCRIBE(ACLBindingRulesListResponse, FIELD(ACLBindingRules), EMBED(QueryMeta));

DESCRIBE(ACLBindingRulesRequest, FIELD(ACLBindingRuleIDs), EMBED(QueryOptions));

DESCRIBE(ACLBindingRulesResponse, FIELD(ACLBindingRules), EMBED(QueryMeta));

DESCRIBE(ACLBindingRulesUpsertRequest, FIELD(ACLBindingRules), FIELD(AllowMissingAuthMethods), EMBED(WriteRequest));

DESCRIBE(ACLBindingRulesUpsertResponse, FIELD(ACLBindingRules), EMBED(WriteMeta));

DESCRIBE(ACLCreateClientIntroductionTokenRequest, FIELD(TTL), FIELD(NodeName), FIELD(NodePool), EMBED(WriteRequest));

DESCRIBE(ACLCreateClientIntroductionTokenResponse, FIELD(JWT));

DESCRIBE(ACLLoginRequest, FIELD(AuthMethodName), FIELD(LoginToken).secret(), EMBED(WriteRequest));

DESCRIBE(ACLLoginResponse, FIELD(ACLToken).secret(), EMBED(WriteMeta));

DESCRIBE(ACLOIDCAuthURLRequest, FIELD(AuthMethodName), FIELD(RedirectURI), FIELD(ClientNonce), EMBED(WriteRequest));

DESCRIBE(ACLOIDCAuthURLResponse, FIELD(AuthURL));

DESCRIBE(ACLOIDCCompleteAuthRequest, FIELD(AuthMethodName), FIELD(ClientNonce), FIELD(State), FIELD(Code), FIELD(Iss),
         FIELD(RedirectURI), EMBED(WriteRequest));

DESCRIBE(ACLPolicyDeleteRequest, FIELD(Names), EMBED(WriteRequest));

DESCRIBE(ACLPolicyListRequest, EMBED(QueryOptions));

DESCRIBE(ACLPolicyListResponse, FIELD(Policies), EMBED(QueryMeta));

DESCRIBE(ACLPolicySetRequest, FIELD(Names), EMBED(QueryOptions));

DESCRIBE(ACLPolicySetResponse, FIELD(Policies), EMBED(QueryMeta));

DESCRIBE(ACLPolicySpecificRequest, FIELD(Name), EMBED(QueryOptions));

DESCRIBE(ACLPolicyUpsertRequest, FIELD(Policies), EMBED(WriteRequest));

DESCRIBE(ACLRoleByIDRequest, FIELD(RoleID), EMBED(QueryOptions));

DESCRIBE(ACLRoleByIDResponse, FIELD(ACLRole), EMBED(QueryMeta));

DESCRIBE(ACLRoleByNameRequest, FIELD(RoleName), EMBED(QueryOptions));

DESCRIBE(ACLRoleByNameResponse, FIELD(ACLRole), EMBED(QueryMeta));

DESCRIBE(ACLRolesByIDRequest, FIELD(ACLRoleIDs), EMBED(QueryOptions));

DESCRIBE(ACLRolesByIDResponse, FIELD(ACLRoles), EMBED(QueryMeta));

DESCRIBE(ACLRolesDeleteByIDRequest, FIELD(ACLRoleIDs), EMBED(WriteRequest));

DESCRIBE(ACLRolesDeleteByIDResponse, EMBED(WriteMeta));

DESCRIBE(ACLRolesListRequest, EMBED(QueryOptions));

DESCRIBE(ACLRolesListResponse, FIELD(ACLRoles), EMBED(QueryMeta));

DESCRIBE(ACLRolesUpsertRequest, FIELD(ACLRoles), FIELD(AllowMissingPolicies), EMBED(WriteRequest));

DESCRIBE(ACLRolesUpsertResponse, FIELD(ACLRoles), EMBED(WriteMeta));

DESCRIBE(ACLTokenBootstrapRequest, FIELD(Token).secret(), FIELD(ResetIndex), FIELD(BootstrapSecret).secret(),
         EMBED(WriteRequest));

DESCRIBE(ACLTokenDeleteRequest, FIELD(AccessorIDs), EMBED(WriteRequest));

DESCRIBE(ACLTokenListRequest, FIELD(GlobalOnly), EMBED(QueryOptions));

DESCRIBE(ACLTokenListResponse, FIELD(Tokens).secret(), EMBED(QueryMeta));

DESCRIBE(ACLTokenSetRequest, FIELD(AccessorIDS), EMBED(QueryOptions));

DESCRIBE(ACLTokenSetResponse, FIELD(Tokens).secret(), EMBED(QueryMeta));

DESCRIBE(ACLTokenSpecificRequest, FIELD(AccessorID), EMBED(QueryOptions));

DESCRIBE(ACLTokenUpsertRequest, FIELD(Tokens).secret(), EMBED(WriteRequest));

DESCRIBE(ACLTokenUpsertResponse, FIELD(Tokens).secret(), EMBED(WriteMeta));

DESCRIBE(OneTimeTokenDeleteRequest, FIELD(AccessorIDs), EMBED(WriteRequest));

DESCRIBE(OneTimeTokenExchangeRequest, FIELD(OneTimeSecretID).secret(), EMBED(WriteRequest));

DESCRIBE(OneTimeTokenExchangeResponse, FIELD(Token).secret(), EMBED(WriteMeta));

DESCRIBE(OneTimeTokenExpireRequest, FIELD(Timestamp), EMBED(WriteRequest));

DESCRIBE(OneTimeTokenUpsertRequest, EMBED(WriteRequest));

DESCRIBE(OneTimeTokenUpsertResponse, FIELD(OneTimeToken).secret(), EMBED(WriteMeta));

DESCRIBE(ResolveACLTokenRequest, FIELD(SecretID).secret(), EMBED(QueryOptions));

DESCRIBE(ResolveACLTokenResponse, FIELD(Token).secret(), EMBED(QueryMeta));

DESCRIBE(SingleACLPolicyResponse, FIELD(Policy), EMBED(QueryMeta));

DESCRIBE(SingleACLTokenResponse, FIELD(Token).secret(), EMBED(QueryMeta));

}  // namespace drover::model
