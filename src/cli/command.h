#pragma once
// A command of the program: a row in a table, and a function that runs with a Call. The function registers its flags,
// asks the Call to parse, and works through call.api(). What it returns is the process's exit code.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/api.h"
#include "cli/flags.h"
#include "cli/io.h"

namespace drover::cli {

struct Command;

// How many positional arguments a command takes, and what its complaint calls them.
struct Arity {
    size_t least = 0;
    size_t most = 0;
    std::string_view takes;  // "one argument: <job>"
};

class Call {
public:
    Call(const Command& command, Io& io, std::string_view program, std::vector<std::string> words);
    ~Call();

    Flags flags;
    std::vector<std::string> args;  // positional, after parse
    Io& io;
    std::string program;  // the name that we were called by
    Colors colors;
    int usage_error_code = 1;

    // Reads the line: general flags (unless `local`), the command's own, the arguments. A value is the exit code to
    // return with: help was asked for, or something is wrong and has been told.
    std::optional<int> parse(Arity arity, bool local = false);

    // The agent; made on first use. Null after it told that the general flags make no sense.
    Api* api();
    const ApiConfig& config() const { return config_; }

    void say(std::string_view line = "");                     // to standard output, with a newline
    void warn(std::string_view line);                         // to standard error, yellow
    int complain(std::string_view message);                   // to standard error, red; answers 1
    int complain(std::string_view what, const Error& error);  // "what: message"
    // Answers whether to go on; otherwise `code` is set. Only exactly "y" goes on.
    bool confirm(std::string_view question, int& code);

    // Prints a document as -json does (sorted keys, four spaces), or by a template. -1 when neither was asked for.
    int print_document(bool json, const std::string& tmpl, const std::string& body);

private:
    void add_general_flags();

    const Command& command_;
    std::vector<std::string> words_;
    ApiConfig config_;
    bool no_color_ = false;
    bool force_color_ = false;
    std::unique_ptr<Api> api_;
};

struct Command {
    std::string_view name;      // "job run"
    std::string_view synopsis;  // one line
    std::string_view usage;     // "[options] <path>"
    std::string_view help;      // more, a paragraph; may be empty
    int (*run)(Call&);
    bool hidden = false;
    std::string_view alias_of = {};  // the name to show in hints; empty: its own
    bool deprecated = false;         // warns and names alias_of
};

using CommandTable = std::vector<Command>;

// Every command of the program, by family.
const CommandTable& agent_commands();
const CommandTable& job_commands();
const CommandTable& job_version_commands();
const CommandTable& deployment_commands();
const CommandTable& alloc_commands();
const CommandTable& eval_commands();
const CommandTable& explain_commands();
const CommandTable& node_commands();
const CommandTable& namespace_commands();
const CommandTable& operator_commands();
const CommandTable& raft_commands();
const CommandTable& server_commands();
const CommandTable& sim_commands();
const CommandTable& snapshot_commands();
const CommandTable& local_commands();

// The whole program: `words` are the arguments after the program's own name.
int run_program(std::string_view program, std::vector<std::string> words, Io& io);

}  // namespace drover::cli
