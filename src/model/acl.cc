#include "model/acl.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(OIDCClientAssertionKey, FIELD(PemKey).secret(), FIELD(PemKeyFile), FIELD(KeyIDHeader), FIELD(PemCert),
         FIELD(PemCertFile), FIELD(KeyID));

DESCRIBE(OIDCClientAssertion, FIELD(KeySource), FIELD(Audience), FIELD(PrivateKey).secret(), FIELD(ExtraHeaders),
         FIELD(KeyAlgorithm), FIELD(ClientSecret).secret());

DESCRIBE(ACLAuthMethodConfig, FIELD(JWTValidationPubKeys), FIELD(JWKSURL), FIELD(OIDCDiscoveryURL), FIELD(OIDCClientID),
         FIELD(OIDCClientSecret).secret(), FIELD(OIDCClientAssertion), FIELD(OIDCEnablePKCE),
         FIELD(OIDCDisableUserInfo), FIELD(OIDCScopes), FIELD(BoundAudiences), FIELD(BoundIssuer),
         FIELD(AllowedRedirectURIs), FIELD(DiscoveryCaPem), FIELD(JWKSCACert), FIELD(SigningAlgs),
         FIELD(ExpirationLeeway).duration_as_text(), FIELD(NotBeforeLeeway).duration_as_text(),
         FIELD(ClockSkewLeeway).duration_as_text(), FIELD(ClaimMappings), FIELD(ListClaimMappings),
         FIELD(VerboseLogging));

DESCRIBE(ACLAuthMethod, FIELD(Name), FIELD(Type), FIELD(TokenLocality), FIELD(TokenNameFormat),
         FIELD(MaxTokenTTL).duration_as_text(), FIELD(Default), FIELD(Config), FIELD(Hash), FIELD(CreateTime),
         FIELD(ModifyTime), FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(ACLAuthMethodEvent, FIELD(AuthMethod));

DESCRIBE(ACLAuthMethodStub, FIELD(Name), FIELD(Type), FIELD(Default), FIELD(Hash), FIELD(CreateIndex),
         FIELD(ModifyIndex));

DESCRIBE(ACLBindingRule, FIELD(ID), FIELD(Description), FIELD(AuthMethod), FIELD(Selector), FIELD(BindType),
         FIELD(BindName), FIELD(Hash), FIELD(CreateTime), FIELD(ModifyTime), FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(ACLBindingRuleEvent, FIELD(ACLBindingRule));

DESCRIBE(ACLBindingRuleListStub, FIELD(ID), FIELD(Description), FIELD(AuthMethod), FIELD(Hash), FIELD(CreateIndex),
         FIELD(ModifyIndex));

DESCRIBE(ACLPolicy, FIELD(Name), FIELD(Description), FIELD(Rules), FIELD(RulesJSON), FIELD(JobACL), FIELD(Hash),
         FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(ACLPolicyEvent, FIELD(ACLPolicy));

DESCRIBE(ACLPolicyListStub, FIELD(Name), FIELD(Description), FIELD(JobACL), FIELD(Hash), FIELD(CreateIndex),
         FIELD(ModifyIndex));

DESCRIBE(ACLRolePolicyLink, FIELD(Name));

DESCRIBE(ACLRole, FIELD(ID), FIELD(Name), FIELD(Description), FIELD(Policies), FIELD(Hash), FIELD(CreateIndex),
         FIELD(ModifyIndex));

DESCRIBE(ACLRoleListStub, FIELD(ID), FIELD(Name), FIELD(Description), FIELD(Policies), FIELD(Hash), FIELD(CreateIndex),
         FIELD(ModifyIndex));

DESCRIBE(ACLRoleStreamEvent, FIELD(ACLRole));

DESCRIBE(ACLTokenRoleLink, FIELD(ID), FIELD(Name));

DESCRIBE(ACLToken, FIELD(AccessorID), FIELD(SecretID).secret(), FIELD(Name), FIELD(Type), FIELD(Policies), FIELD(Roles),
         FIELD(Global), FIELD(Hash), FIELD(CreateTime), FIELD(ExpirationTime), FIELD(ExpirationTTL).duration_as_text(),
         FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(ACLTokenEvent, FIELD(ACLToken).secret());

DESCRIBE(ACLTokenListStub, FIELD(AccessorID), FIELD(Name), FIELD(Type), FIELD(Policies), FIELD(Roles), FIELD(Global),
         FIELD(Hash), FIELD(CreateTime), FIELD(ExpirationTime), FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(OneTimeToken, FIELD(OneTimeSecretID).secret(), FIELD(AccessorID), FIELD(ExpiresAt), FIELD(CreateIndex),
         FIELD(ModifyIndex));

}  // namespace drover::model
