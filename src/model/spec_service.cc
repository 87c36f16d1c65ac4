#include "model/spec_service.h"

#include "codec/describe.h"

namespace drover::model::spec {

DESCRIBE(Consul, FIELD(Namespace).hcl_attribute("namespace"), FIELD(Cluster).hcl_attribute("cluster"),
         FIELD(Partition).hcl_attribute("partition"));

DESCRIBE(CheckRestart, FIELD(Limit).hcl_attribute("limit"), FIELD(Grace).hcl_attribute("grace"),
         FIELD(IgnoreWarnings).hcl_attribute("ignore_warnings"));

DESCRIBE(ConsulGatewayBindAddress, FIELD(Name).hcl_label(""), FIELD(Address).hcl_attribute("address"),
         FIELD(Port).hcl_attribute("port"));

DESCRIBE(ConsulGatewayProxy, FIELD(ConnectTimeout).hcl_attribute("connect_timeout"),
         FIELD(EnvoyGatewayBindTaggedAddresses).hcl_attribute("envoy_gateway_bind_tagged_addresses"),
         FIELD(EnvoyGatewayBindAddresses).hcl_block("envoy_gateway_bind_addresses"),
         FIELD(EnvoyGatewayNoDefaultBind).hcl_attribute("envoy_gateway_no_default_bind"),
         FIELD(EnvoyDNSDiscoveryType).hcl_attribute("envoy_dns_discovery_type"), FIELD(Config).hcl_block("config"));

DESCRIBE(ConsulGatewayTLSSDSConfig, FIELD(ClusterName).hcl_attribute("cluster_name"),
         FIELD(CertResource).hcl_attribute("cert_resource"));

DESCRIBE(ConsulGatewayTLSConfig, FIELD(Enabled).hcl_attribute("enabled"),
         FIELD(TLSMinVersion).hcl_attribute("tls_min_version"), FIELD(TLSMaxVersion).hcl_attribute("tls_max_version"),
         FIELD(CipherSuites).hcl_attribute("cipher_suites"), FIELD(SDS).hcl_block("sds"));

DESCRIBE(ConsulHTTPHeaderModifiers, FIELD(Add).hcl_block("add"), FIELD(Set).hcl_block("set"),
         FIELD(Remove).hcl_attribute("remove"));

DESCRIBE(ConsulIngressService, FIELD(Name).hcl_attribute("name"), FIELD(Hosts).hcl_attribute("hosts"),
         FIELD(TLS).hcl_block("tls"), FIELD(RequestHeaders).hcl_block("request_headers"),
         FIELD(ResponseHeaders).hcl_block("response_headers"), FIELD(MaxConnections).hcl_attribute("max_connections"),
         FIELD(MaxPendingRequests).hcl_attribute("max_pending_requests"),
         FIELD(MaxConcurrentRequests).hcl_attribute("max_concurrent_requests"));

DESCRIBE(ConsulIngressListener, FIELD(Port).hcl_attribute("port"), FIELD(Protocol).hcl_attribute("protocol"),
         FIELD(Services).hcl_block("service"));

DESCRIBE(ConsulIngressConfigEntry, FIELD(TLS).hcl_block("tls"), FIELD(Listeners).hcl_block("listener"));

DESCRIBE(ConsulLinkedService, FIELD(Name).hcl_attribute("name"), FIELD(CAFile).hcl_attribute("ca_file"),
         FIELD(CertFile).hcl_attribute("cert_file"), FIELD(KeyFile).hcl_attribute("key_file"),
         FIELD(SNI).hcl_attribute("sni"));

DESCRIBE(ConsulTerminatingConfigEntry, FIELD(Services).hcl_block("service"));

DESCRIBE(ConsulGateway, FIELD(Proxy).hcl_block("proxy"), FIELD(Ingress).hcl_block("ingress"),
         FIELD(Terminating).hcl_block("terminating"), FIELD(Mesh).hcl_block("mesh"));

DESCRIBE(ConsulExposePath, FIELD(Path).hcl_attribute("path"), FIELD(Protocol).hcl_attribute("protocol"),
         FIELD(LocalPathPort).hcl_attribute("local_path_port"), FIELD(ListenerPort).hcl_attribute("listener_port"));

DESCRIBE(ConsulExposeConfig, FIELD(Paths).hcl_block("path"), FIELD(Path));

DESCRIBE(ConsulTransparentProxy, FIELD(UID).hcl_attribute("uid"), FIELD(OutboundPort).hcl_attribute("outbound_port"),
         FIELD(ExcludeInboundPorts).hcl_attribute("exclude_inbound_ports"),
         FIELD(ExcludeOutboundPorts).hcl_attribute("exclude_outbound_ports"),
         FIELD(ExcludeOutboundCIDRs).hcl_attribute("exclude_outbound_cidrs"),
         FIELD(ExcludeUIDs).hcl_attribute("exclude_uids"), FIELD(NoDNS).hcl_attribute("no_dns"));

DESCRIBE(ConsulMeshGateway, FIELD(Mode).hcl_attribute("mode"));

DESCRIBE(ConsulUpstream, FIELD(DestinationName).hcl_attribute("destination_name"),
         FIELD(DestinationNamespace).hcl_attribute("destination_namespace"),
         FIELD(DestinationPeer).hcl_attribute("destination_peer"),
         FIELD(DestinationPartition).hcl_attribute("destination_partition"),
         FIELD(DestinationType).hcl_attribute("destination_type"),
         FIELD(LocalBindPort).hcl_attribute("local_bind_port"), FIELD(Datacenter).hcl_attribute("datacenter"),
         FIELD(LocalBindAddress).hcl_attribute("local_bind_address"),
         FIELD(LocalBindSocketPath).hcl_attribute("local_bind_socket_path"),
         FIELD(LocalBindSocketMode).hcl_attribute("local_bind_socket_mode"),
         FIELD(MeshGateway).hcl_block("mesh_gateway"), FIELD(Config).hcl_block("config"));

DESCRIBE(ConsulProxy, FIELD(LocalServiceAddress).hcl_attribute("local_service_address"),
         FIELD(LocalServicePort).hcl_attribute("local_service_port"), FIELD(Expose).hcl_block("expose"),
         FIELD(ExposeConfig), FIELD(Upstreams).hcl_block("upstreams"),
         FIELD(TransparentProxy).hcl_block("transparent_proxy"), FIELD(Config).hcl_block("config"));

DESCRIBE(ConsulSidecarService, FIELD(Tags).hcl_attribute("tags"), FIELD(Port).hcl_attribute("port"),
         FIELD(Proxy).hcl_block("proxy"), FIELD(DisableDefaultTCPCheck).hcl_attribute("disable_default_tcp_check"),
         FIELD(Meta).hcl_block("meta"));

DESCRIBE(LogConfig, FIELD(MaxFiles).hcl_attribute("max_files"), FIELD(MaxFileSizeMB).hcl_attribute("max_file_size"),
         FIELD(Enabled).hcl_attribute("enabled"), FIELD(Disabled).hcl_attribute("disabled"));

DESCRIBE(WorkloadIdentity, FIELD(Name).hcl_attribute("name"), FIELD(Audience).hcl_attribute("aud"),
         FIELD(ChangeMode).hcl_attribute("change_mode"), FIELD(ChangeSignal).hcl_attribute("change_signal"),
         FIELD(Env).hcl_attribute("env"), FIELD(File).hcl_attribute("file"), FIELD(Filepath).hcl_attribute("filepath"),
         FIELD(ServiceName).hcl_attribute("service_name"), FIELD(TTL).hcl_attribute("ttl"),
         FIELD(ExtraClaims).hcl_attribute("extra_claims"));

DESCRIBE(SidecarTask, FIELD(Name).hcl_attribute("name"), FIELD(Driver).hcl_attribute("driver"),
         FIELD(User).hcl_attribute("user"), FIELD(Config).hcl_block("config"), FIELD(Env).hcl_block("env"),
         FIELD(Resources).hcl_block("resources"), FIELD(Meta).hcl_block("meta"),
         FIELD(KillTimeout).hcl_attribute("kill_timeout"), FIELD(LogConfig).hcl_block("logs"),
         FIELD(ShutdownDelay).hcl_attribute("shutdown_delay"), FIELD(KillSignal).hcl_attribute("kill_signal"),
         FIELD(VolumeMounts).hcl_block("volume_mount"), FIELD(Identities).hcl_block("identity"));

DESCRIBE(ConsulConnect, FIELD(Native).hcl_attribute("native"), FIELD(Gateway).hcl_block("gateway"),
         FIELD(SidecarService).hcl_block("sidecar_service"), FIELD(SidecarTask).hcl_block("sidecar_task"));

DESCRIBE(ServiceCheck, FIELD(Name).hcl_attribute("name"), FIELD(Type).hcl_attribute("type"),
         FIELD(Command).hcl_attribute("command"), FIELD(Args).hcl_attribute("args"), FIELD(Path).hcl_attribute("path"),
         FIELD(Protocol).hcl_attribute("protocol"), FIELD(PortLabel).hcl_attribute("port"),
         FIELD(Expose).hcl_attribute("expose"), FIELD(AddressMode).hcl_attribute("address_mode"),
         FIELD(Advertise).hcl_attribute("advertise"), FIELD(Interval).hcl_attribute("interval"),
         FIELD(Timeout).hcl_attribute("timeout"), FIELD(InitialStatus).hcl_attribute("initial_status"),
         FIELD(Notes).hcl_attribute("notes"), FIELD(TLSServerName).hcl_attribute("tls_server_name"),
         FIELD(TLSSkipVerify).hcl_attribute("tls_skip_verify"), FIELD(Header).hcl_block("header"),
         FIELD(Method).hcl_attribute("method"), FIELD(CheckRestart).hcl_block("check_restart"),
         FIELD(GRPCService).hcl_attribute("grpc_service"), FIELD(GRPCUseTLS).hcl_attribute("grpc_use_tls"),
         FIELD(TaskName).hcl_attribute("task"), FIELD(SuccessBeforePassing).hcl_attribute("success_before_passing"),
         FIELD(FailuresBeforeCritical).hcl_attribute("failures_before_critical"),
         FIELD(FailuresBeforeWarning).hcl_attribute("failures_before_warning"), FIELD(Body).hcl_attribute("body"),
         FIELD(OnUpdate).hcl_attribute("on_update"));

DESCRIBE(ServiceWeights, FIELD(Passing).hcl_attribute("passing"), FIELD(Warning).hcl_attribute("warning"));

DESCRIBE(Service, FIELD(Name).hcl_attribute("name"), FIELD(Tags).hcl_attribute("tags"),
         FIELD(CanaryTags).hcl_attribute("canary_tags"), FIELD(EnableTagOverride).hcl_attribute("enable_tag_override"),
         FIELD(PortLabel).hcl_attribute("port"), FIELD(AddressMode).hcl_attribute("address_mode"),
         FIELD(Address).hcl_attribute("address"), FIELD(Checks).hcl_block("check"),
         FIELD(CheckRestart).hcl_block("check_restart"), FIELD(Connect).hcl_block("connect"),
         FIELD(Meta).hcl_block("meta"), FIELD(CanaryMeta).hcl_block("canary_meta"),
         FIELD(TaggedAddresses).hcl_block("tagged_addresses"), FIELD(TaskName).hcl_attribute("task"),
         FIELD(OnUpdate).hcl_attribute("on_update"), FIELD(Identity).hcl_block("identity"),
         FIELD(Weights).hcl_block("weights"), FIELD(Provider).hcl_attribute("provider"),
         FIELD(Cluster).hcl_attribute("cluster"), FIELD(Kind).hcl_attribute("kind"));

DESCRIBE(WaitConfig, FIELD(Min).hcl_attribute("min"), FIELD(Max).hcl_attribute("max"));

}  // namespace drover::model::spec
