#pragma once
// What a job may ask that some builds of the client cannot do yet. A Drover node says with the attribute
// `drover.feature.<name>` = `true` what it can do; a node without the attribute `drover.version` is another client and
// is taken to do everything. A group that needs what a node lacks is filtered there, with the field's path as reason.
// Any thread; nothing fails.

#include <string>
#include <string_view>
#include <vector>

#include "model/job.h"
#include "model/node.h"

namespace drover::scheduler {

inline constexpr std::string_view kFeatureAttribute = "drover.feature.";
inline constexpr std::string_view kDroverVersionAttribute = "drover.version";

struct NeededFeature {
    std::string attribute;
    std::string path;  // of the first field that needs it: `group "g" > task "t" > vault`
};

// The features: artifact, connect, consul, csi, device, dispatch_payload, host_volume, identity, cores, numa, schedule,
// secret, service, template, vault.
std::vector<NeededFeature> needed_features(const model::TaskGroup& group);

// The path of the first one that the node lacks, or null.
const std::string* missing_feature(const model::Node& node, const std::vector<NeededFeature>& needed);

}  // namespace drover::scheduler
