#include <filesystem>
#include <fstream>

#include "cli/command.h"
#include "cli/job_commands.h"
#include "cli/job_schema.h"
#include "codec/json.h"

namespace drover::cli {
namespace {

int write_pages(Call& call, const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    for (const auto& [name, text] : jobspec_pages()) {
        std::ofstream file(folder / name, std::ios::binary | std::ios::trunc);
        file << text;
        if (!file.flush()) return call.complain("Failed to write " + (folder / name).string());
    }
    return 0;
}

}  // namespace

int job_schema(Call& call) {
    std::string pages;
    call.flags.add("pages", pages);  // for the project's own documentation
    if (auto code = call.parse({0, 0, "no arguments"}, true)) return *code;
    if (!pages.empty()) return write_pages(call, pages);
    return call.print_document(true, "", codec::to_json(job_schema_document()));
}

}  // namespace drover::cli
