#include "model/canonicalize.h"
#include "model/namespace_hash.h"
#include "state/apply.h"

namespace drover::state {

void put_built_in(Txn& txn) {
    auto ns = std::make_shared<model::Namespace>();
    ns->Name = "default";
    ns->Description = "Default shared namespace";
    ns->Hash = model::namespace_hash(*ns);
    ns->CreateIndex = ns->ModifyIndex = txn.index();
    txn.put(Shared<model::Namespace>(std::move(ns)));
    for (const auto& [name, description] :
         {std::pair{"all", "Node pool with all nodes in the cluster."}, {"default", "Default node pool."}}) {
        auto pool = std::make_shared<model::NodePool>();
        pool->Name = name;
        pool->Description = description;
        model::canonicalize(*pool);
        pool->CreateIndex = pool->ModifyIndex = txn.index();
        txn.put(Shared<model::NodePool>(std::move(pool)));
    }
}

Result<bool> apply(Txn& txn, const command::UpsertNamespaces& command) {
    for (const auto& ns : command.Namespaces) {
        auto row = std::make_shared<model::Namespace>(*ns);
        const auto present = txn.view().namespaces().find(ns->Name);
        row->CreateIndex = present ? present->CreateIndex : txn.index();
        row->ModifyIndex = txn.index();
        txn.put(Shared<model::Namespace>(std::move(row)));
    }
    return true;
}

Result<bool> apply(Txn& txn, const command::DeleteNamespaces& command) {
    for (const std::string& name : command.Names) {
        if (!txn.view().namespaces().find(name)) return fail(Error::internal("namespace not found"));
        if (name == "default") return fail(Error::internal("default namespace can not be deleted"));
        for (const auto& job : txn.view().jobs().in_namespace(name)) {
            if (job->Status != "dead") {
                return fail(Error::internal("namespace \"" + name + "\" has non-terminal jobs in regions: [" +
                                            job->Region + "]"));
            }
        }
    }
    for (const std::string& name : command.Names) txn.erase<model::Namespace>(name);
    return true;
}

Result<bool> apply(Txn& txn, const command::SetSchedulerConfig& command) {
    const auto present = txn.view().scheduler_config();
    if (command.CAS && (present ? present->ModifyIndex : 0) != command.Config.ModifyIndex) return false;
    auto config = std::make_shared<model::SchedulerConfiguration>(command.Config);
    config->CreateIndex = present ? present->CreateIndex : txn.index();
    config->ModifyIndex = txn.index();
    txn.put(Shared<model::SchedulerConfiguration>(std::move(config)));
    return true;
}

Result<bool> apply(Txn& txn, const command::SetAutopilotConfig& command) {
    const auto present = txn.view().autopilot_config();
    if (command.CAS && (present ? present->ModifyIndex : 0) != command.Config.ModifyIndex) return false;
    auto config = std::make_shared<model::AutopilotConfig>(command.Config);
    config->CreateIndex = present ? present->CreateIndex : txn.index();
    config->ModifyIndex = txn.index();
    txn.put(Shared<model::AutopilotConfig>(std::move(config)));
    return true;
}

Result<bool> apply(Txn& txn, const command::UpsertRootKey& command) {
    if (!command.Key || uuid_key(command.Key->KeyID).empty()) return fail(Error::internal("missing root key"));
    const auto before = txn.view().root_keys().active();
    if (before && command.Key->State == model::kRootKeyActive && before->KeyID != command.Key->KeyID) {
        auto retired = std::make_shared<model::RootKey>(*before);
        retired->State = "inactive";
        retired->ModifyIndex = txn.index();
        txn.put(Shared<model::RootKey>(std::move(retired)));
    }
    auto key = std::make_shared<model::RootKey>(*command.Key);
    if (key->CreateIndex == 0) key->CreateIndex = txn.index();
    key->ModifyIndex = txn.index();
    txn.put(Shared<model::RootKey>(std::move(key)));
    return true;
}

}  // namespace drover::state
