#include "model/service.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(CheckRestart, FIELD(Limit), FIELD(Grace), FIELD(IgnoreWarnings));

DESCRIBE(Consul, FIELD(Namespace), FIELD(Cluster), FIELD(Partition));

DESCRIBE(ConsulGatewayTLSSDSConfig, FIELD(ClusterName), FIELD(CertResource));

DESCRIBE(ConsulGatewayTLSConfig, FIELD(Enabled), FIELD(TLSMinVersion), FIELD(TLSMaxVersion), FIELD(CipherSuites),
         FIELD(SDS));

DESCRIBE(ConsulHTTPHeaderModifiers, FIELD(Add), FIELD(Set), FIELD(Remove));

DESCRIBE(ConsulIngressService, FIELD(Name), FIELD(Hosts), FIELD(TLS), FIELD(RequestHeaders), FIELD(ResponseHeaders),
         FIELD(MaxConnections), FIELD(MaxPendingRequests), FIELD(MaxConcurrentRequests));

DESCRIBE(ConsulIngressListener, FIELD(Port), FIELD(Protocol), FIELD(Services));

DESCRIBE(ConsulIngressConfigEntry, FIELD(TLS), FIELD(Listeners));

DESCRIBE(ConsulLinkedService, FIELD(Name), FIELD(CAFile), FIELD(CertFile), FIELD(KeyFile), FIELD(SNI));

DESCRIBE(ConsulTerminatingConfigEntry, FIELD(Services));

DESCRIBE(ConsulConfigEntries, FIELD(Cluster), FIELD(Partition), FIELD(Ingress), FIELD(Terminating));

DESCRIBE(ConsulGatewayBindAddress, FIELD(Address), FIELD(Port));

DESCRIBE(ConsulGatewayProxy, FIELD(ConnectTimeout), FIELD(EnvoyGatewayBindTaggedAddresses),
         FIELD(EnvoyGatewayBindAddresses), FIELD(EnvoyGatewayNoDefaultBind), FIELD(EnvoyDNSDiscoveryType),
         FIELD(Config));

DESCRIBE(ConsulGateway, FIELD(Proxy), FIELD(Ingress), FIELD(Terminating), FIELD(Mesh));

DESCRIBE(ConsulExposePath, FIELD(Path), FIELD(Protocol), FIELD(LocalPathPort), FIELD(ListenerPort));

DESCRIBE(ConsulExposeConfig, FIELD(Paths));

DESCRIBE(ConsulTransparentProxy, FIELD(UID), FIELD(OutboundPort), FIELD(ExcludeInboundPorts),
         FIELD(ExcludeOutboundPorts), FIELD(ExcludeOutboundCIDRs), FIELD(ExcludeUIDs), FIELD(NoDNS));

DESCRIBE(ConsulMeshGateway, FIELD(Mode));

DESCRIBE(ConsulUpstream, FIELD(DestinationName), FIELD(DestinationNamespace), FIELD(DestinationPartition),
         FIELD(DestinationPeer), FIELD(DestinationType), FIELD(LocalBindPort), FIELD(Datacenter),
         FIELD(LocalBindAddress), FIELD(LocalBindSocketPath), FIELD(LocalBindSocketMode), FIELD(MeshGateway),
         FIELD(Config));

DESCRIBE(ConsulProxy, FIELD(LocalServiceAddress), FIELD(LocalServicePort), FIELD(Upstreams), FIELD(Expose),
         FIELD(TransparentProxy), FIELD(Config));

DESCRIBE(ConsulSidecarService, FIELD(Tags), FIELD(Port), FIELD(Proxy), FIELD(DisableDefaultTCPCheck), FIELD(Meta));

DESCRIBE(LogConfig, FIELD(MaxFiles), FIELD(MaxFileSizeMB), FIELD(Disabled));

DESCRIBE(WorkloadIdentity, FIELD(Name), FIELD(Audience), FIELD(ChangeMode), FIELD(ChangeSignal), FIELD(Env),
         FIELD(File), FIELD(Filepath), FIELD(ServiceName), FIELD(TTL), FIELD(ExtraClaims));

DESCRIBE(SidecarTask, FIELD(Name), FIELD(Driver), FIELD(User), FIELD(Config), FIELD(Env), FIELD(Resources), FIELD(Meta),
         FIELD(KillTimeout), FIELD(LogConfig), FIELD(ShutdownDelay), FIELD(KillSignal), FIELD(VolumeMounts),
         FIELD(Identities));

DESCRIBE(ConsulConnect, FIELD(Native), FIELD(SidecarService), FIELD(SidecarTask), FIELD(Gateway));

DESCRIBE(ServiceCheck, FIELD(Name), FIELD(Type), FIELD(Command), FIELD(Args), FIELD(Path), FIELD(Protocol),
         FIELD(PortLabel), FIELD(Expose), FIELD(AddressMode), FIELD(Interval), FIELD(Timeout), FIELD(InitialStatus),
         FIELD(Notes), FIELD(TLSServerName), FIELD(TLSSkipVerify), FIELD(Method), FIELD(Header), FIELD(CheckRestart),
         FIELD(GRPCService), FIELD(GRPCUseTLS), FIELD(TaskName), FIELD(SuccessBeforePassing),
         FIELD(FailuresBeforeCritical), FIELD(FailuresBeforeWarning), FIELD(Body), FIELD(OnUpdate));

DESCRIBE(ServiceWeights, FIELD(Passing), FIELD(Warning));

DESCRIBE(Service, FIELD(Name), FIELD(TaskName), FIELD(PortLabel), FIELD(AddressMode), FIELD(Address),
         FIELD(EnableTagOverride), FIELD(Tags), FIELD(CanaryTags), FIELD(Checks), FIELD(Connect), FIELD(Meta),
         FIELD(CanaryMeta), FIELD(Weights), FIELD(TaggedAddresses), FIELD(Namespace), FIELD(OnUpdate), FIELD(Provider),
         FIELD(Cluster), FIELD(Identity), FIELD(Kind));

DESCRIBE(ServiceRegistration, FIELD(ID), FIELD(ServiceName), FIELD(Namespace), FIELD(NodeID), FIELD(Datacenter),
         FIELD(JobID), FIELD(AllocID), FIELD(Tags), FIELD(Address), FIELD(Port), FIELD(CreateIndex),
         FIELD(ModifyIndex));

DESCRIBE(WaitConfig, FIELD(Min), FIELD(Max));

DESCRIBE(ConsulACLToken, FIELD(Cluster), FIELD(TokenID).secret(), FIELD(ACLToken).secret());

}  // namespace drover::model
