#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/job_commands.h"
#include "cli/job_templates.h"

namespace drover::cli {
namespace {

// Where templates of one's own are kept. Nothing keeps variables yet, so that there are none to choose from.
constexpr const char* kNoTemplates =
    "Templates are variables at nomad/job-templates/, and variables are not supported yet; leave out -template and "
    "-list-templates";

std::string_view example(bool is_short, bool connect) {
    if (connect) return is_short ? kShortConnectJob : kCommentedConnectJob;
    return is_short ? kShortJob : kCommentedJob;
}

// What is wrong, or nothing. Never writes over what is there, whoever made it and when.
std::string write_new_file(const std::string& path, std::string_view text) {
    std::FILE* file = std::fopen(path.c_str(), "wx");
    if (!file) {
        if (errno == EEXIST) return "Job file " + quote(path) + " already exists";
        return "Failed to write " + quote(path) + ": " + std::strerror(errno);
    }
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    if (std::fclose(file) == 0 && written) return "";
    return "Failed to write " + quote(path) + ": " + std::strerror(errno);
}

}  // namespace

int job_init(Call& call) {
    bool is_short = false, connect = false, list_templates = false;
    std::string tmpl;
    call.flags.add("short", is_short, "Only what a job needs, without comments.");
    call.flags.add("connect", connect, "A job whose groups talk through Consul's service mesh.");
    call.flags.add("template", tmpl, "Write the template of that name.");
    call.flags.add("list-templates", list_templates, "Name the templates.");
    if (auto code = call.parse({0, 1, "either no arguments or one: <filename>"})) return *code;
    if (list_templates || call.flags.given("template")) return call.complain(kNoTemplates);
    const std::string path = call.args.empty() ? "example.nomad.hcl" : call.args[0];
    if (std::string fault = write_new_file(path, example(is_short, connect)); !fault.empty())
        return call.complain(fault);
    call.say("Example job file written to " + path);
    return 0;
}

}  // namespace drover::cli
