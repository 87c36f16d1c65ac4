#pragma once
// The event stream.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/alloc.h"
#include "model/deployment.h"
#include "model/eval.h"
#include "model/job.h"
#include "model/node.h"
#include "model/service.h"

namespace drover::model {

struct AllocationEvent {
    Shared<model::Allocation> Allocation;
    bool Timeout = false;
    std::string TimeoutReason;
};
DECLARE_TYPE(AllocationEvent);

struct DeploymentEvent {
    Shared<model::Deployment> Deployment;
};
DECLARE_TYPE(DeploymentEvent);

struct EvaluationEvent {
    Shared<model::Evaluation> Evaluation;
};
DECLARE_TYPE(EvaluationEvent);

struct Event {
    std::string Topic;
    std::string Type;
    std::string Key;
    std::string Namespace;
    List<std::string> FilterKeys;
    uint64_t Index = 0;
    codec::Any Payload;
};
DECLARE_TYPE(Event);

struct EventJson {
    Bytes Data;
};
DECLARE_TYPE(EventJson);

struct EventStreamWrapper {
    Opt<codec::Any> Error;
    Box<EventJson> Event;
};
DECLARE_TYPE(EventStreamWrapper);

struct Events {
    uint64_t Index = 0;
    List<Event> Events;
};
DECLARE_TYPE(Events);

struct JobEvent {
    Shared<model::Job> Job;
    bool Deleted = false;
};
DECLARE_TYPE(JobEvent);

struct NodePoolEvent {
    Shared<model::NodePool> NodePool;
};
DECLARE_TYPE(NodePoolEvent);

struct NodeStreamEvent {
    Shared<model::Node> Node;
};
DECLARE_TYPE(NodeStreamEvent);

struct ServiceRegistrationStreamEvent {
    Shared<ServiceRegistration> Service;
};
DECLARE_TYPE(ServiceRegistrationStreamEvent);

}  // namespace drover::model
