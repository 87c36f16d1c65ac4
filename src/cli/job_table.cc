#include "cli/job_table.h"

#include <algorithm>

#include "cli/format.h"

namespace drover::cli {

std::string shown_status(const std::string& status, bool stop) {
    return stop && status == "dead" ? "dead (stopped)" : status;
}

std::string job_table(List<model::JobListStub> jobs, bool with_namespace) {
    std::vector<Row> rows{{"ID", "Type", "Priority", "Status", "Submit Date"}};
    if (with_namespace) rows[0].insert(rows[0].begin() + 1, "Namespace");
    std::sort(jobs.begin(), jobs.end(), [](const auto& a, const auto& b) { return a.ID < b.ID; });
    for (const auto& j : jobs) {
        std::string type = j.Type;
        if (j.Periodic) type += "/periodic";
        if (j.ParameterizedJob) type += "/parameterized";
        Row row{j.ID, type, std::to_string(j.Priority), shown_status(j.Status, j.Stop),
                local_time(Time::from_unix_ns(j.SubmitTime))};
        if (with_namespace) row.insert(row.begin() + 1, j.Namespace);
        rows.push_back(std::move(row));
    }
    return format_table(rows);
}

}  // namespace drover::cli
