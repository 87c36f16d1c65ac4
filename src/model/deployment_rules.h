#pragma once
// Pure rules on deployments, and the words that describe their status. Any thread; nothing fails.

#include <string_view>

#include "model/deployment.h"

namespace drover::model {

inline constexpr std::string_view kDeploymentRunning = "Deployment is running";
inline constexpr std::string_view kDeploymentNeedsPromotion = "Deployment is running but requires manual promotion";
inline constexpr std::string_view kDeploymentPromotesItself = "Deployment is running pending automatic promotion";
inline constexpr std::string_view kDeploymentPaused = "Deployment is paused";
inline constexpr std::string_view kDeploymentCompleted = "Deployment completed successfully";
inline constexpr std::string_view kCancelledByStop = "Cancelled because job is stopped";
inline constexpr std::string_view kCancelledByVersion = "Cancelled due to newer version of job";
inline constexpr std::string_view kFailedByHand = "Deployment marked as failed";
inline constexpr std::string_view kFailedUnhealthy = "Failed due to unhealthy allocations";
inline constexpr std::string_view kFailedDeadline = "Failed due to progress deadline";

// Neither failed, successful nor cancelled: it may still change.
bool is_active(const Deployment& deployment);

// The group has canaries, or is to get them, and goes no further before they are promoted.
bool waits_for_promotion(const DeploymentState& group);

// The description of a running deployment: whether it waits for a promotion, and whose.
std::string_view running_description(const Deployment& deployment);

}  // namespace drover::model
