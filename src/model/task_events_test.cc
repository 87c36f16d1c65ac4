#include "model/task_events.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

TEST(TaskEvents, sentences_tell_what_happened) {
    EXPECT_EQ(display_message(task_event::plain(kTaskReceived, 1)), "Task received by client");
    EXPECT_EQ(display_message(task_event::message(kTaskSetup, "Building Task Directory", 1)),
              "Building Task Directory");
    EXPECT_EQ(display_message(task_event::terminated(0, 0, false, "", 1)), "Exit Code: 0");
    EXPECT_EQ(display_message(task_event::terminated(130, 2, false, "", 1)), "Exit Code: 130, Signal: 2");
    EXPECT_EQ(display_message(task_event::killing(seconds(2), "", 1)),
              "Sent interrupt. Waiting 2s before force killing");
    EXPECT_EQ(display_message(task_event::killed("", "", 1)), "Task successfully killed");
    EXPECT_EQ(display_message(task_event::restarting(milliseconds(1250), std::string(kReasonWithinPolicy), 1)),
              "Task restarting in 1.25s");
    EXPECT_EQ(display_message(task_event::restart_signal("User requested task to restart", 1)),
              "User requested task to restart");
}

TEST(TaskEvents, details_repeat_the_members_as_text) {
    const TaskEvent event = task_event::terminated(1, 0, false, "", 1);
    EXPECT_EQ(event.Details, (Map<std::string>{{"exit_code", "1"}, {"oom_killed", "false"}, {"signal", "0"}}));
    EXPECT_EQ(event.ExitCode, 1);
}

TEST(TaskEvents, only_the_newest_ten_are_kept) {
    TaskState state;
    for (int i = 0; i < 12; ++i) append_event(state, task_event::plain(kTaskStarted, i));
    ASSERT_EQ(state.Events.size(), kMaxTaskEvents);
    EXPECT_EQ(state.Events.front().Time, 2);
}

TEST(ClientStatus, a_failed_task_outweighs_a_running_one) {
    Map<TaskState> states;
    EXPECT_EQ(client_status(states).status, "complete");
    states["a"].State = "running";
    EXPECT_EQ(client_status(states).status, "running");
    states["b"].State = "dead";
    states["b"].Failed = true;
    EXPECT_EQ(client_status(states).description, "Failed tasks");
}

}  // namespace
}  // namespace drover::model
