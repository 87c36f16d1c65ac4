#pragma once
// The fixed words of the public interface: types, statuses, triggers. Members of described types hold them as text.

#include <string_view>

namespace drover::model {

inline constexpr std::string_view kJobTypeService = "service";
inline constexpr std::string_view kJobTypeBatch = "batch";
inline constexpr std::string_view kJobTypeSystem = "system";
inline constexpr std::string_view kJobTypeSysBatch = "sysbatch";
inline constexpr std::string_view kJobTypeCore = "_core";

inline constexpr std::string_view kJobStatusPending = "pending";
inline constexpr std::string_view kJobStatusRunning = "running";
inline constexpr std::string_view kJobStatusDead = "dead";

inline constexpr std::string_view kDefaultNamespace = "default";
inline constexpr std::string_view kDefaultNodePool = "default";
inline constexpr std::string_view kAllNodePool = "all";
inline constexpr std::string_view kDefaultRegion = "global";

inline constexpr std::string_view kAllocDesiredRun = "run";
inline constexpr std::string_view kAllocDesiredStop = "stop";
inline constexpr std::string_view kAllocDesiredEvict = "evict";

inline constexpr std::string_view kAllocClientPending = "pending";
inline constexpr std::string_view kAllocClientRunning = "running";
inline constexpr std::string_view kAllocClientComplete = "complete";
inline constexpr std::string_view kAllocClientFailed = "failed";
inline constexpr std::string_view kAllocClientLost = "lost";
inline constexpr std::string_view kAllocClientUnknown = "unknown";

inline constexpr std::string_view kTaskStatePending = "pending";
inline constexpr std::string_view kTaskStateRunning = "running";
inline constexpr std::string_view kTaskStateDead = "dead";

inline constexpr std::string_view kLifecyclePrestart = "prestart";
inline constexpr std::string_view kLifecyclePoststart = "poststart";
inline constexpr std::string_view kLifecyclePoststop = "poststop";

inline constexpr std::string_view kDiffNone = "None";
inline constexpr std::string_view kDiffAdded = "Added";
inline constexpr std::string_view kDiffDeleted = "Deleted";
inline constexpr std::string_view kDiffEdited = "Edited";

}  // namespace drover::model
