#include "cli/command.h"

#include <algorithm>
#include <iostream>
#include <map>

#include "base/strings.h"
#include "base/version.h"
#include "cli/job_commands.h"
#include "cli/node_commands.h"
#include "codec/json.h"

namespace drover::cli {
namespace {

std::vector<const Command*> all_commands() {
    std::vector<const Command*> all;
    for (const CommandTable* table :
         {&agent_commands(),     &job_commands(),         &alloc_commands(),      &eval_commands(),
          &explain_commands(),   &node_commands(),        &namespace_commands(),  &operator_commands(),
          &raft_commands(),      &server_commands(),      &sim_commands(),        &snapshot_commands(),
          &local_commands(),     &job_version_commands(), &deployment_commands(), &node_change_commands(),
          &node_pool_commands(), &system_commands(),      &scaling_commands(),    &launch_commands()}) {
        for (const Command& c : *table) all.push_back(&c);
    }
    std::sort(all.begin(), all.end(), [](const Command* a, const Command* b) { return a->name < b->name; });
    return all;
}

// The command whose name is made of the most leading words; `used` is how many.
const Command* find_command(const std::vector<std::string>& words, size_t& used) {
    const Command* best = nullptr;
    used = 0;
    for (const Command* c : all_commands()) {
        const auto parts = split(c->name, ' ');
        if (parts.size() > words.size() || parts.size() <= used) continue;
        if (std::equal(parts.begin(), parts.end(), words.begin())) best = c, used = parts.size();
    }
    return best;
}

// What stands directly below a group ("" is the top), with the synopsis of commands.
std::map<std::string, std::string> below(std::string_view group) {
    std::map<std::string, std::string> entries;
    for (const Command* c : all_commands()) {
        if (c->hidden || (!c->alias_of.empty() && group.empty())) continue;
        std::string_view rest = c->name;
        if (!group.empty()) {
            if (!has_prefix(rest, group) || rest.size() <= group.size() || rest[group.size()] != ' ') continue;
            rest.remove_prefix(group.size() + 1);
        }
        const size_t space = rest.find(' ');
        const std::string word(rest.substr(0, space));
        if (space == std::string_view::npos) {
            entries[word] = c->synopsis;
        } else {
            entries.try_emplace(word, "Commands about " + (group.empty() ? word : std::string(group) + " " + word));
        }
    }
    return entries;
}

std::string group_help(std::string_view program, std::string_view group) {
    auto entries = below(group);
    std::string out = "Usage: " + std::string(program) + (group.empty() ? "" : " " + std::string(group)) +
                      (group.empty() ? " [-version] [-help] <command> [args]\n" : " <subcommand> [options] [args]\n");
    size_t longest = 0;
    for (const auto& [word, synopsis] : entries) longest = std::max(longest, word.size());
    const auto line = [&](const std::string& word, const std::string& synopsis) {
        return "    " + word + std::string(longest - word.size() + 4, ' ') + synopsis + "\n";
    };
    if (group.empty()) {
        static constexpr std::string_view kCommon[] = {"run", "stop", "status", "alloc", "job", "node", "agent"};
        out += "\nCommon commands:\n";
        for (const std::string_view word : kCommon) {
            auto it = entries.find(std::string(word));
            if (it != entries.end()) {
                out += line(it->first, it->second);
                entries.erase(it);
                continue;
            }
            for (const Command* c : all_commands()) {
                if (c->name == word) out += line(std::string(word), std::string(c->synopsis));
            }
        }
        out += "\nOther commands:\n";
    } else {
        out += "\nSubcommands:\n";
    }
    for (const auto& [word, synopsis] : entries) out += line(word, synopsis);
    return out;
}

}  // namespace

Call::Call(const Command& command, Io& io_, std::string_view program_, std::vector<std::string> words)
    : io(io_), program(program_), command_(command), words_(std::move(words)) {}
Call::~Call() = default;

void Call::add_general_flags() {
    const auto from_env = [&](std::string& target, std::string_view name) {
        if (std::string value = io.env(name); !value.empty()) target = value;
    };
    from_env(config_.address, "NOMAD_ADDR");
    from_env(config_.region, "NOMAD_REGION");
    from_env(config_.namespace_name, "NOMAD_NAMESPACE");
    from_env(config_.token, "NOMAD_TOKEN");
    from_env(config_.ca_cert, "NOMAD_CACERT");
    from_env(config_.ca_path, "NOMAD_CAPATH");
    from_env(config_.client_cert, "NOMAD_CLIENT_CERT");
    from_env(config_.client_key, "NOMAD_CLIENT_KEY");
    from_env(config_.tls_server_name, "NOMAD_TLS_SERVER_NAME");
    from_env(config_.http_auth, "NOMAD_HTTP_AUTH");
    config_.tls_skip_verify = parse_bool(io.env("NOMAD_SKIP_VERIFY")).value_or(false);
    flags.add("address", config_.address);
    flags.add("region", config_.region);
    flags.add("namespace", config_.namespace_name);
    flags.add("token", config_.token);
    flags.add("ca-cert", config_.ca_cert);
    flags.add("ca-path", config_.ca_path);
    flags.add("client-cert", config_.client_cert);
    flags.add("client-key", config_.client_key);
    flags.add("tls-server-name", config_.tls_server_name);
    flags.add("tls-skip-verify", config_.tls_skip_verify);
    flags.add("insecure", config_.tls_skip_verify);
    flags.add("no-color", no_color_);
    flags.add("force-color", force_color_);
}

std::optional<int> Call::parse(Arity arity, bool local) {
    if (!local) add_general_flags();
    const auto on_line = [&](std::string_view flag) {
        return std::any_of(words_.begin(), words_.end(), [&](const std::string& w) {
            return w == "-" + std::string(flag) || w == "--" + std::string(flag);
        });
    };
    const bool off = on_line("no-color") || !io.env("NOMAD_CLI_NO_COLOR").empty();
    const bool forced = on_line("force-color") || !io.env("NOMAD_CLI_FORCE_COLOR").empty();
    colors.on = !off && (forced || io.out_is_terminal);

    const auto help = [&] {
        std::string text = "Usage: nomad " + std::string(command_.name) + " " + std::string(command_.usage) + "\n\n  " +
                           std::string(command_.help.empty() ? command_.synopsis : command_.help) + "\n";
        if (!local) {
            text +=
                "\nGeneral options:\n\n  -address -region -namespace -token -ca-cert -ca-path -client-cert\n"
                "  -client-key -tls-server-name -tls-skip-verify -no-color -force-color\n";
        }
        if (const std::string own = flags.help(); !own.empty()) text += "\nOptions:\n\n" + own;
        while (text.size() > 1 && text[text.size() - 2] == '\n') text.pop_back();
        io.out << text;
    };
    auto positional = flags.parse(words_);
    if (!positional) {
        if (positional.error().code == ErrorCode::canceled) return help(), 0;
        complain(positional.error().message);
        help();
        return usage_error_code;
    }
    args = std::move(*positional);
    if (args.size() < arity.least || args.size() > arity.most) {
        const std::string_view shown = command_.alias_of.empty() ? command_.name : command_.alias_of;
        complain("This command takes " + std::string(arity.takes));
        io.err << "For additional help try 'nomad " << shown << " -help'\n";
        return usage_error_code;
    }
    return std::nullopt;
}

Api* Call::api() {
    if (api_) return api_.get();
    auto made = Api::connect(config_);
    if (!made) {
        complain("Error initializing client", made.error());
        return nullptr;
    }
    api_ = std::move(*made);
    return api_.get();
}

void Call::say(std::string_view line) { io.out << line << "\n"; }
void Call::warn(std::string_view line) { io.err << colors.yellow(line) << "\n"; }

int Call::complain(std::string_view message) {
    io.err << colors.red(message) << "\n";
    return 1;
}

int Call::complain(std::string_view what, const Error& error) {
    return complain(std::string(what) + ": " + error.message);
}

bool Call::confirm(std::string_view question, int& code) {
    io.out << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(io.in, answer);
    code = 0;
    if (answer == "y") return true;
    if (answer.empty() || to_lower(answer)[0] == 'n') {
        say("Cancelled.");
    } else if (answer[0] == 'y') {
        say("For confirmation, an exact 'y' is required.");
    } else {
        code = complain("No confirmation detected. For confirmation, an exact 'y' is required.");
    }
    return false;
}

int Call::print_document(bool json, const std::string& tmpl, const std::string& body) {
    if (!json && tmpl.empty()) return -1;
    if (json && !tmpl.empty()) return complain("Both json and template formatting are not allowed");
    if (!tmpl.empty()) return complain("Formatting by template (-t) is not supported yet; use -json");
    auto document = codec::any_from_json(body);
    if (!document) return complain("Error formatting", document.error());
    io.out << codec::to_json(*document, true);
    return 0;
}

int run_program(std::string_view program, std::vector<std::string> words, Io& io) {
    if (!words.empty() && (words[0] == "-v" || words[0] == "-version" || words[0] == "--version")) words = {"version"};
    if (!words.empty() && (words[0] == "-h" || words[0] == "-help" || words[0] == "--help")) {
        io.out << group_help(program, "");
        return 0;
    }
    size_t used = 0;
    if (const Command* command = find_command(words, used)) {
        if (command->deprecated) {
            io.err << "The command \"" << command->name << "\" is deprecated and will go away.\n"
                   << "Use \"" << command->alias_of << "\" instead.\n";
        }
        Call call(*command, io, program,
                  std::vector<std::string>(words.begin() + static_cast<ptrdiff_t>(used), words.end()));
        return command->run(call);
    }
    std::string group;
    size_t depth = 0;
    while (depth < words.size()) {
        const std::string longer = group.empty() ? words[depth] : group + " " + words[depth];
        if (below(longer).empty()) break;
        group = longer;
        ++depth;
    }
    const bool wants_help =
        depth < words.size() && (words[depth] == "-h" || words[depth] == "-help" || words[depth] == "--help");
    const bool early_flag = depth < words.size() && !words[depth].empty() && words[depth][0] == '-';
    if (early_flag && !wants_help) io.err << "Flags come after the command: " << words[depth] << "\n\n";
    io.out << group_help(program, group);
    if (wants_help) return 0;
    if (early_flag) return 1;
    return !group.empty() && depth == words.size() ? 1 : 127;
}

}  // namespace drover::cli
