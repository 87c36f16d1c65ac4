#include "model/deployment_rules.h"

namespace drover::model {

bool is_active(const Deployment& deployment) {
    return deployment.Status != "failed" && deployment.Status != "successful" && deployment.Status != "cancelled";
}

bool waits_for_promotion(const DeploymentState& group) { return group.DesiredCanaries > 0 && !group.Promoted; }

std::string_view running_description(const Deployment& deployment) {
    bool waits = false, all_auto = true;
    for (const auto& [name, group] : deployment.TaskGroups) {
        if (!waits_for_promotion(group)) continue;
        waits = true;
        all_auto &= group.AutoPromote;
    }
    if (!waits) return kDeploymentRunning;
    return all_auto ? kDeploymentPromotesItself : kDeploymentNeedsPromotion;
}

}  // namespace drover::model
