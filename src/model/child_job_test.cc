#include "model/child_job.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

constexpr Time kNow = Time::from_unix_seconds(1'800'000'000);

Job parameterized() {
    Job job;
    job.ID = job.Name = "work";
    job.Priority = 50;
    job.Version = 3;
    job.Status = "running";
    job.Stable = true;
    job.CreateIndex = job.JobModifyIndex = 7;
    job.Meta["why"] = "default";
    job.ParameterizedJob = ParameterizedJobConfig();
    job.ParameterizedJob->Payload = "optional";
    job.ParameterizedJob->MetaRequired.push_back("who");
    job.ParameterizedJob->MetaOptional.push_back("why");
    return job;
}

JobDispatchRequest request(std::map<std::string, std::string> meta, std::string payload = "") {
    JobDispatchRequest request;
    for (const auto& [key, value] : meta) request.Meta[key] = value;
    if (!payload.empty()) request.Payload = Bytes(std::move(payload));
    return request;
}

std::string refusal(const Job& job, const JobDispatchRequest& request) {
    const auto child = dispatched_child(job, request, 100, kNow, "0a1b2c3d");
    return child ? "" : child.error().message;
}

TEST(PeriodicChild, is_a_new_job_named_after_its_time) {
    Job parent = parameterized();
    parent.ParameterizedJob.reset();
    parent.Periodic = PeriodicConfig();
    const Job child = periodic_child(parent, kNow, kNow + seconds(2));
    EXPECT_EQ(child.ID, "work/periodic-1800000000");
    EXPECT_EQ(child.Name, child.ID);
    EXPECT_EQ(child.ParentID, "work");
    EXPECT_FALSE(child.Periodic);
    EXPECT_EQ(child.Version, 0U);
    EXPECT_EQ(child.CreateIndex, 0U);
    EXPECT_FALSE(child.Stable);
    EXPECT_EQ(child.Status, "");
    EXPECT_EQ(child.SubmitTime, (kNow + seconds(2)).unix_ns);
}

TEST(DispatchedChild, has_the_meta_and_the_payload_of_the_request) {
    auto asked = request({{"who", "me"}}, "hello hello hello hello");
    asked.IdempotencyToken = "tok";
    auto child = dispatched_child(parameterized(), asked, 100, kNow, "0a1b2c3d");
    ASSERT_TRUE(child);
    EXPECT_EQ(child->ID, "work/dispatch-1800000000-0a1b2c3d");
    EXPECT_EQ(child->ParentID, "work");
    EXPECT_TRUE(child->Dispatched);
    EXPECT_TRUE(child->ParameterizedJob);
    EXPECT_EQ(child->DispatchIdempotencyToken, "tok");
    EXPECT_EQ(child->Meta["who"], "me");
    EXPECT_EQ(child->Meta["why"], "default");
    EXPECT_EQ(child->Priority, 50);
    EXPECT_LT(child->Payload.size(), asked.Payload.size());
    EXPECT_EQ(with_plain_payload(std::make_shared<Job>(*child))->Payload, asked.Payload);
}

TEST(DispatchedChild, may_have_a_name_and_a_priority_of_its_own) {
    auto asked = request({{"who", "me"}});
    asked.IdPrefixTemplate = "pre";
    asked.Priority = 77;
    auto child = dispatched_child(parameterized(), asked, 100, kNow, "0a1b2c3d");
    ASSERT_TRUE(child);
    EXPECT_EQ(child->ID, "work/dispatch-pre-1800000000-0a1b2c3d");
    EXPECT_EQ(child->Priority, 77);
    EXPECT_TRUE(child->Payload.is_null());
}

TEST(DispatchedChild, what_the_parent_does_not_take_is_refused) {
    Job job = parameterized();
    EXPECT_EQ(refusal(job, request({})), "Dispatch did not provide required meta keys: [who]");
    EXPECT_EQ(refusal(job, request({{"who", "me"}, {"b", ""}, {"a", ""}})),
              "Dispatch request included unpermitted metadata keys: [a b]");
    EXPECT_EQ(refusal(job, request({{"who", "me"}}, std::string(kMaxDispatchPayload, 'x'))), "");
    EXPECT_EQ(refusal(job, request({{"who", "me"}}, std::string(kMaxDispatchPayload + 1, 'x'))),
              "Payload exceeds maximum size; 16385 > 16384");
    auto asked = request({{"who", "me"}});
    asked.Priority = 101;
    EXPECT_EQ(refusal(job, asked), "dispatch job priority must be between [1, 100]");
    asked.Priority = -1;
    EXPECT_EQ(refusal(job, asked), "dispatch job priority must be between [1, 100]");
    asked.Priority = 0;
    asked.IdPrefixTemplate = "a b";
    EXPECT_NE(refusal(job, asked), "");
    job.ParameterizedJob->Payload = "required";
    EXPECT_EQ(refusal(job, request({{"who", "me"}})), "Payload is not provided but required by parameterized job");
    job.ParameterizedJob->Payload = "forbidden";
    EXPECT_EQ(refusal(job, request({{"who", "me"}}, "x")), "Payload provided but forbidden by parameterized job");
    job.Stop = true;
    EXPECT_EQ(refusal(job, request({{"who", "me"}})), "Specified job \"work\" is stopped");
    job.Dispatched = true;
    EXPECT_EQ(refusal(job, request({{"who", "me"}})), "Specified job \"work\" is not a parameterized job");
}

}  // namespace
}  // namespace drover::model
