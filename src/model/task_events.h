#pragma once
// What happens to a task, as its TaskState records it: constructors for the events, and the sentence that people read.
// The time of an event is in Unix nanoseconds and passed in. Any thread.

#include <string>
#include <string_view>

#include "base/time.h"
#include "model/alloc.h"

namespace drover::model {

inline constexpr std::string_view kTaskReceived = "Received";
inline constexpr std::string_view kTaskSetup = "Task Setup";
inline constexpr std::string_view kTaskSetupFailure = "Setup Failure";
inline constexpr std::string_view kTaskFailedValidation = "Failed Validation";
inline constexpr std::string_view kTaskDriverFailure = "Driver Failure";
inline constexpr std::string_view kTaskDownloadingArtifacts = "Downloading Artifacts";
inline constexpr std::string_view kTaskArtifactDownloadFailed = "Failed Artifact Download";
inline constexpr std::string_view kTaskDriverMessage = "Driver";
inline constexpr std::string_view kTaskStarted = "Started";
inline constexpr std::string_view kTaskTerminated = "Terminated";
inline constexpr std::string_view kTaskRestarting = "Restarting";
inline constexpr std::string_view kTaskNotRestarting = "Not Restarting";
inline constexpr std::string_view kTaskRestartSignal = "Restart Signaled";
inline constexpr std::string_view kTaskSignaling = "Signaling";
inline constexpr std::string_view kTaskKilling = "Killing";
inline constexpr std::string_view kTaskKilled = "Killed";
inline constexpr std::string_view kTaskWaitingShutdownDelay = "Waiting for shutdown delay";
inline constexpr std::string_view kTaskSkippingShutdownDelay = "Skipping shutdown delay";
inline constexpr std::string_view kTaskSiblingFailed = "Sibling Task Failed";
inline constexpr std::string_view kTaskLeaderDead = "Leader Task Dead";
inline constexpr std::string_view kTaskMainDead = "Main Tasks Dead";
inline constexpr std::string_view kTaskDiskExceeded = "Disk Resources Exceeded";
inline constexpr std::string_view kTaskHookFailed = "Task hook failed";
inline constexpr std::string_view kTaskHookMessage = "Task hook message";
inline constexpr std::string_view kTaskRestoreFailed = "Failed Restoring Task";
inline constexpr std::string_view kTaskClientReconnected = "Reconnected";
inline constexpr std::string_view kTaskPluginHealthy = "Plugin became healthy";
inline constexpr std::string_view kTaskPluginUnhealthy = "Plugin became unhealthy";
inline constexpr std::string_view kTaskTemplate = "Template";
inline constexpr std::string_view kTaskAllocUnhealthy = "Alloc Unhealthy";

inline constexpr std::string_view kReasonWithinPolicy = "Restart within policy";
inline constexpr std::string_view kReasonNoRestartsAllowed = "Policy allows no restarts";
inline constexpr std::string_view kReasonUnrecoverable = "Error was unrecoverable";
inline constexpr std::string_view kReasonDelay = "Exceeded allowed attempts, applying a delay";

inline constexpr size_t kMaxTaskEvents = 10;  // kept per task, the newest

namespace task_event {

TaskEvent plain(std::string_view type, int64_t now_ns);
// Types whose sentence is their message: Task Setup, hook messages, Alloc Unhealthy.
TaskEvent message(std::string_view type, std::string message, int64_t now_ns);
TaskEvent setup_failure(std::string error, int64_t now_ns);
TaskEvent validation_failed(std::string error, int64_t now_ns);
TaskEvent driver_failure(std::string error, int64_t now_ns);
TaskEvent driver_message(std::string message, Map<std::string> annotations, int64_t now_ns);
TaskEvent download_failed(std::string error, int64_t now_ns);
TaskEvent terminated(int64_t exit_code, int64_t signal, bool oom_killed, std::string exit_message, int64_t now_ns);
TaskEvent restarting(Duration delay, std::string reason, int64_t now_ns);
TaskEvent not_restarting(std::string reason, bool fails_task, int64_t now_ns);
TaskEvent restart_signal(std::string reason, int64_t now_ns);
TaskEvent signaling(std::string signal, std::string reason, int64_t now_ns);
TaskEvent killing(Duration kill_timeout, std::string reason, int64_t now_ns);
TaskEvent killed(std::string error, std::string reason, int64_t now_ns);
TaskEvent sibling_failed(std::string sibling, int64_t now_ns);
TaskEvent shutdown_delay(std::string_view type, Duration delay, int64_t now_ns);

}  // namespace task_event

// The sentence for an event; the event's own DisplayMessage if it brings one.
std::string display_message(const TaskEvent& event);
// Sets the sentence of every event.
void fill_display_messages(TaskState& state);

// Appends an event, with its sentence, and drops the oldest beyond kMaxTaskEvents.
void append_event(TaskState& state, TaskEvent event);

// What the states of an allocation's tasks make of its client status, with the description.
struct ClientStatus {
    std::string_view status, description;
};
ClientStatus client_status(const Map<TaskState>& states);

}  // namespace drover::model
