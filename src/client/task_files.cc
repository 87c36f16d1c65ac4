#include "client/task_files.h"

#include "base/strings.h"
#include "codec/snappy.h"

namespace drover::client {
namespace {

Error not_offered(const std::string& what) { return Error::not_implemented(what + ": not offered by this node"); }

Result<> refuse_unknown_features(const model::Task& task) {
    if (!task.Artifacts.empty()) return fail(not_offered("artifacts"));
    if (task.Vault) return fail(not_offered("vault"));
    if (!task.Secrets.empty()) return fail(not_offered("secrets"));
    if (!task.VolumeMounts.empty()) return fail(not_offered("volumes"));
    if (!task.Identities.empty()) return fail(not_offered("identity"));
    if (task.CSIPluginConfig) return fail(not_offered("csi_plugin_supervisor"));
    return {};
}

Result<unsigned> parse_mode(const std::string& text) {
    if (text.empty()) return 0644u;
    unsigned mode = 0;
    for (char c : text) {
        if (c < '0' || c > '7' || mode > 0777)
            return fail(Error::bad_request("template: invalid perms " + quote(text)));
        mode = mode * 8 + static_cast<unsigned>(c - '0');
    }
    return mode & 07777;
}

Result<> write_template(const model::Template& item, const TaskPaths& paths, const std::string& root,
                        const TaskEnv& env) {
    const std::string open = item.LeftDelim.empty() ? "{{" : item.LeftDelim;
    const bool plain = item.SourcePath.empty() && item.EmbeddedTmpl.find(open) == std::string::npos && !item.Envvars;
    if (!plain) return fail(not_offered("template"));
    auto mode = parse_mode(item.Perms);
    if (!mode) return fail(mode.error());
    std::string path = env.replace(item.DestPath);
    // A destination spelled with one of the task's directories is that directory.
    if (has_prefix(path, paths.root + "/")) path = path.substr(paths.root.size());
    const std::string base = has_prefix(path, paths.shared + "/") ? paths.shared : paths.root;
    if (base == paths.shared) path = path.substr(paths.shared.size());
    auto written = write_inside(root, base, path, item.EmbeddedTmpl, *mode);
    return written ? written : fail(written.error().wrapped("template: "));
}

}  // namespace

Result<> write_task_files(const model::Allocation& alloc, const model::Task& task, const AllocDir& directory,
                          const TaskEnv& env) {
    if (auto known = refuse_unknown_features(task); !known) return known;
    const TaskPaths paths = directory.task(task.Name);
    if (task.DispatchPayload && !alloc.Job->Payload.empty()) {
        auto payload = codec::snappy_decode(alloc.Job->Payload);
        if (!payload) return fail(payload.error().wrapped("dispatch_payload: "));
        auto written = write_inside(paths.root, paths.local, task.DispatchPayload->File, *payload, 0777);
        if (!written) return fail(written.error().wrapped("dispatch_payload: "));
    }
    for (const auto& item : task.Templates) {
        if (auto written = write_template(item, paths, directory.root(), env); !written) return written;
    }
    const std::string* token = alloc.SignedIdentities.get(task.Name);
    if (task.Identity && task.Identity->File && token) {
        auto written = write_inside(paths.root, paths.secrets, "nomad_token", *token, task.User.empty() ? 0644 : 0600);
        if (!written) return fail(written.error().wrapped("identity: "));
    }
    return {};
}

}  // namespace drover::client
