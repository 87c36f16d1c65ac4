#include "model/task_events.h"

#include "base/strings.h"
#include "model/status.h"

namespace drover::model {
namespace {

const std::string& detail(const TaskEvent& event, std::string_view key) {
    static const std::string kNone;
    const std::string* found = event.Details.get(key);
    return found ? *found : kNone;
}

std::string or_else(std::string text, std::string_view fallback) {
    return text.empty() ? std::string(fallback) : std::move(text);
}

Duration duration_detail(const TaskEvent& event, std::string_view key) {
    return nanoseconds(parse_int(detail(event, key)).value_or(0));
}

std::string describe_exit(const TaskEvent& event) {
    std::string text = "Exit Code: " + or_else(detail(event, "exit_code"), "0");
    if (const std::string& signal = detail(event, "signal"); !signal.empty() && signal != "0") {
        text += ", Signal: " + signal;
    }
    if (const std::string& message = detail(event, "exit_message"); !message.empty()) {
        text += ", Exit Message: " + quote(message);
    }
    return text;
}

std::string describe_restart(const TaskEvent& event) {
    const std::string text = "Task restarting in " + to_string(duration_detail(event, "start_delay"));
    const std::string& reason = detail(event, "restart_reason");
    if (reason.empty() || reason == kReasonWithinPolicy) return text;
    return reason + " - " + text;
}

std::string describe_signal(const TaskEvent& event) {
    const std::string& signal = detail(event, "task_signal");
    const std::string& reason = detail(event, "task_signal_reason");
    if (signal.empty() && reason.empty()) return "Task being sent a signal";
    if (signal.empty()) return "Task being sent a signal: " + reason;
    if (reason.empty()) return "Task being sent signal " + signal;
    return "Task being sent signal " + signal + ": " + reason;
}

std::string describe_killing(const TaskEvent& event) {
    if (const std::string& reason = detail(event, "kill_reason"); !reason.empty()) return reason;
    if (const std::string& timeout = detail(event, "kill_timeout"); !timeout.empty()) {
        return "Sent interrupt. Waiting " + timeout + " before force killing";
    }
    return "Sent interrupt";
}

struct Sentence {
    std::string_view type;
    std::string_view text;        // the whole sentence if there is no detail
    std::string_view detail_key;  // its value is the sentence
};

constexpr Sentence kSentences[] = {
    {kTaskReceived, "Task received by client", ""},
    {kTaskSetup, "", "message"},
    {kTaskFailedValidation, "Validation of task failed", "validation_error"},
    {kTaskDriverFailure, "Failed to start task", "driver_error"},
    {kTaskDownloadingArtifacts, "Client is downloading artifacts", ""},
    {kTaskArtifactDownloadFailed, "Failed to download artifacts", "download_error"},
    {kTaskDriverMessage, "", "driver_message"},
    {kTaskStarted, "Task started by client", ""},
    {kTaskNotRestarting, "Task exceeded restart policy", "restart_reason"},
    {kTaskRestartSignal, "Task signaled to restart", "restart_reason"},
    {kTaskKilled, "Task successfully killed", "kill_error"},
    {kTaskLeaderDead, "Leader Task in Group dead", ""},
    {kTaskMainDead, "Main tasks in the group died", ""},
    {kTaskHookFailed, "", "message"},
    {kTaskHookMessage, "", "message"},
    {kTaskRestoreFailed, "failed to restore task; will not run until server is contacted", ""},
    {kTaskClientReconnected, "Client reconnected", ""},
    {kTaskAllocUnhealthy, "", "message"},
};

void set_detail(TaskEvent& event, std::string_view key, std::string value) {
    event.Details[std::string(key)] = std::move(value);
}

}  // namespace

namespace task_event {

TaskEvent plain(std::string_view type, int64_t now_ns) {
    TaskEvent event;
    event.Type = type;
    event.Time = now_ns;
    event.Details.made = true;
    return event;
}

TaskEvent message(std::string_view type, std::string message, int64_t now_ns) {
    TaskEvent event = plain(type, now_ns);
    set_detail(event, "message", message);
    event.Message = std::move(message);
    return event;
}

TaskEvent setup_failure(std::string error, int64_t now_ns) {
    TaskEvent event = plain(kTaskSetupFailure, now_ns);
    set_detail(event, "setup_error", error);
    set_detail(event, "fails_task", "true");
    event.SetupError = std::move(error);
    event.FailsTask = true;
    return event;
}

TaskEvent validation_failed(std::string error, int64_t now_ns) {
    TaskEvent event = plain(kTaskFailedValidation, now_ns);
    set_detail(event, "validation_error", error);
    event.ValidationError = std::move(error);
    return event;
}

TaskEvent driver_failure(std::string error, int64_t now_ns) {
    TaskEvent event = plain(kTaskDriverFailure, now_ns);
    set_detail(event, "driver_error", error);
    event.DriverError = std::move(error);
    return event;
}

TaskEvent driver_message(std::string message, Map<std::string> annotations, int64_t now_ns) {
    TaskEvent event = plain(kTaskDriverMessage, now_ns);
    event.Details = std::move(annotations);
    set_detail(event, "driver_message", message);
    event.DriverMessage = std::move(message);
    return event;
}

TaskEvent download_failed(std::string error, int64_t now_ns) {
    TaskEvent event = plain(kTaskArtifactDownloadFailed, now_ns);
    set_detail(event, "download_error", error);
    event.DownloadError = std::move(error);
    return event;
}

TaskEvent terminated(int64_t exit_code, int64_t signal, bool oom_killed, std::string exit_message, int64_t now_ns) {
    TaskEvent event = plain(kTaskTerminated, now_ns);
    set_detail(event, "exit_code", std::to_string(exit_code));
    set_detail(event, "signal", std::to_string(signal));
    set_detail(event, "oom_killed", oom_killed ? "true" : "false");
    if (!exit_message.empty()) set_detail(event, "exit_message", exit_message);
    event.ExitCode = exit_code;
    event.Signal = signal;
    event.Message = std::move(exit_message);
    return event;
}

TaskEvent restarting(Duration delay, std::string reason, int64_t now_ns) {
    TaskEvent event = plain(kTaskRestarting, now_ns);
    set_detail(event, "start_delay", std::to_string(delay.ns));
    set_detail(event, "restart_reason", reason);
    event.StartDelay = delay.ns;
    event.RestartReason = std::move(reason);
    return event;
}

TaskEvent not_restarting(std::string reason, bool fails_task, int64_t now_ns) {
    TaskEvent event = plain(kTaskNotRestarting, now_ns);
    set_detail(event, "restart_reason", reason);
    if (fails_task) set_detail(event, "fails_task", "true");
    event.FailsTask = fails_task;
    event.RestartReason = std::move(reason);
    return event;
}

TaskEvent restart_signal(std::string reason, int64_t now_ns) {
    TaskEvent event = plain(kTaskRestartSignal, now_ns);
    set_detail(event, "restart_reason", reason);
    event.RestartReason = std::move(reason);
    return event;
}

TaskEvent signaling(std::string signal, std::string reason, int64_t now_ns) {
    TaskEvent event = plain(kTaskSignaling, now_ns);
    set_detail(event, "task_signal", signal);
    set_detail(event, "task_signal_reason", reason);
    event.TaskSignal = std::move(signal);
    event.TaskSignalReason = std::move(reason);
    return event;
}

TaskEvent killing(Duration kill_timeout, std::string reason, int64_t now_ns) {
    TaskEvent event = plain(kTaskKilling, now_ns);
    if (kill_timeout.ns != 0) set_detail(event, "kill_timeout", to_string(kill_timeout));
    if (!reason.empty()) set_detail(event, "kill_reason", reason);
    event.KillTimeout = kill_timeout;
    event.KillReason = std::move(reason);
    return event;
}

TaskEvent killed(std::string error, std::string reason, int64_t now_ns) {
    TaskEvent event = plain(kTaskKilled, now_ns);
    if (!error.empty()) set_detail(event, "kill_error", error);
    if (!reason.empty()) set_detail(event, "kill_reason", reason);
    event.KillError = std::move(error);
    event.KillReason = std::move(reason);
    return event;
}

TaskEvent sibling_failed(std::string sibling, int64_t now_ns) {
    TaskEvent event = plain(kTaskSiblingFailed, now_ns);
    set_detail(event, "failed_sibling", sibling);
    event.FailedSibling = std::move(sibling);
    return event;
}

TaskEvent shutdown_delay(std::string_view type, Duration delay, int64_t now_ns) {
    TaskEvent event = plain(type, now_ns);
    const std::string_view verb = type == kTaskSkippingShutdownDelay ? "Skipping" : "Waiting for";
    event.DisplayMessage = std::string(verb) + " shutdown_delay of " + to_string(delay) +
                           (type == kTaskSkippingShutdownDelay ? "" : " before killing the task.");
    return event;
}

}  // namespace task_event

std::string display_message(const TaskEvent& event) {
    if (!event.DisplayMessage.empty()) return event.DisplayMessage;
    if (event.Type == kTaskTerminated) return describe_exit(event);
    if (event.Type == kTaskRestarting) return describe_restart(event);
    if (event.Type == kTaskSignaling) return describe_signal(event);
    if (event.Type == kTaskKilling) return describe_killing(event);
    if (event.Type == kTaskSetupFailure) {
        if (const std::string& error = detail(event, "setup_error"); !error.empty()) return error;
        return or_else(detail(event, "kill_reason"), "Task setup failed");
    }
    if (event.Type == kTaskSiblingFailed) {
        const std::string& sibling = detail(event, "failed_sibling");
        return sibling.empty() ? "Task's sibling failed" : "Task's sibling " + quote(sibling) + " failed";
    }
    for (const Sentence& sentence : kSentences) {
        if (sentence.type == event.Type) return or_else(detail(event, sentence.detail_key), sentence.text);
    }
    return event.Message;
}

void fill_display_messages(TaskState& state) {
    for (TaskEvent& event : state.Events) event.DisplayMessage = display_message(event);
}

void append_event(TaskState& state, TaskEvent event) {
    event.DisplayMessage = display_message(event);
    state.Events.push_back(std::move(event));
    if (state.Events.size() > kMaxTaskEvents) {
        state.Events.erase(state.Events.begin(), state.Events.end() - static_cast<std::ptrdiff_t>(kMaxTaskEvents));
    }
}

ClientStatus client_status(const Map<TaskState>& states) {
    bool failed = false, running = false, pending = false;
    for (const auto& [name, state] : states) {
        failed |= state.State == kTaskStateDead && state.Failed;
        running |= state.State == kTaskStateRunning;
        pending |= state.State == kTaskStatePending;
    }
    if (failed) return {kAllocClientFailed, "Failed tasks"};
    if (running) return {kAllocClientRunning, "Tasks are running"};
    if (pending) return {kAllocClientPending, "No tasks have started"};
    return {kAllocClientComplete, "All tasks have completed"};
}

}  // namespace drover::model
