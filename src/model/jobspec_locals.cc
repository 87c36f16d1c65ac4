// The `locals` blocks of a job specification: each local is evaluated once, after those that it refers to.

#include <functional>
#include <queue>

#include "hcl/convert.h"
#include "hcl/name_table.h"
#include "model/jobspec_variables.h"

namespace drover::model {
namespace {

using hcl::Attribute;
using hcl::BodyPtr;
using hcl::Value;

// Of several attributes of one name the last counts.
hcl::Attributes merged(const std::vector<BodyPtr>& blocks, hcl::Diagnostics& diags) {
    if (blocks.size() == 1) return blocks.front()->just_attributes(diags);
    std::vector<Attribute> all;
    hcl::NameTable places;
    const auto name_of = [&](uint32_t place) -> const std::string& { return all[place].name; };
    for (const BodyPtr& body : blocks) {
        for (const Attribute& attribute : body->just_attributes(diags)) {
            const auto place = static_cast<uint32_t>(all.size());
            if (const auto earlier = places.find_or_add(attribute.name, place, name_of)) {
                all[*earlier] = attribute;
            } else {
                all.push_back(attribute);
            }
        }
    }
    return hcl::Attributes(std::move(all));
}

// Locals go by their places in the order of their names.
class Locals {
public:
    Locals(const hcl::Attributes& attributes, const hcl::EvalContext& context, hcl::Diagnostics& diags)
        : attributes_(attributes), context_(context), diags_(diags), locals_(attributes.size()) {}

    Value evaluate() {
        for (uint32_t place = 0; place < locals_.size(); ++place) link(place);
        for (const bool all_too : {false, true}) {
            // Those that look at all the others come last, but for those that wait for them.
            Ready ready;
            for (uint32_t place = 0; place < locals_.size(); ++place) {
                const Local& local = locals_[place];
                if (local.waits_for == 0 && local.wants_all == all_too) ready.push(place);
            }
            take_all(ready, all_too);
        }
        // What waits for itself is told by its first reference to what is not there.
        uint32_t stuck = 0;
        while (stuck < locals_.size() && locals_[stuck].done) ++stuck;
        if (stuck < locals_.size()) take(stuck);
        return Value::object(done());
    }

private:
    using Ready = std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>>;
    struct Local {
        std::vector<uint32_t> needs;    // the locals that it names
        std::vector<uint32_t> waiting;  // those that name it
        Value value;
        uint32_t waits_for = 0;
        bool wants_any = false, wants_all = false, done = false;
    };

    const Attribute& attribute(uint32_t place) const { return attributes_[place]; }

    std::optional<uint32_t> place_of(std::string_view name) {
        const auto name_of = [&](uint32_t place) -> const std::string& { return attribute(place).name; };
        if (!has_places_) {
            for (uint32_t place = 0; place < locals_.size(); ++place) {
                places_.find_or_add(attribute(place).name, place, name_of);
            }
            has_places_ = true;
        }
        return places_.find(name, name_of);
    }

    // The local that a reference names, or nothing if it is to all of them.
    static std::optional<std::string> named(const hcl::Traversal& traversal) {
        if (traversal.steps.size() < 2) return std::nullopt;
        const hcl::Step& step = traversal.steps[1];
        if (step.kind == hcl::Step::Kind::attribute) return step.name;
        const auto key = hcl::to_text(step.key);
        return key ? std::optional(*key) : std::nullopt;
    }

    void link(uint32_t place) {
        Local& local = locals_[place];
        for (const hcl::Traversal& traversal : hcl::references(*attribute(place).expr)) {
            if (traversal.root() != "local") continue;
            local.wants_any = true;
            const auto name = named(traversal);
            if (!name) {
                local.wants_all = true;
                continue;
            }
            const auto needed = place_of(*name);
            if (!needed) continue;
            // A second reference to one finds the first where it was put last.
            std::vector<uint32_t>& waiting = locals_[*needed].waiting;
            if (!waiting.empty() && waiting.back() == place) continue;
            local.needs.push_back(*needed);
            waiting.push_back(place);
            ++local.waits_for;
        }
    }

    // Takes these, and what waits for nothing else. Without a budget nothing has a value any more.
    void take_all(Ready& ready, bool all_too) {
        while (!ready.empty() && !context_.budget().reported) {
            const uint32_t place = ready.top();
            ready.pop();
            take(place);
            for (const uint32_t waiting : locals_[place].waiting) {
                Local& other = locals_[waiting];
                if (--other.waits_for == 0 && (all_too || !other.wants_all)) ready.push(waiting);
            }
        }
    }

    // An expression sees the locals that it names, which are few, and all of them only if it asks for all.
    void take(uint32_t place) {
        Local& local = locals_[place];
        if (local.wants_any) {
            hcl::EvalContext inner(&context_);
            Value seen = Value::object(local.wants_all ? done() : named_by(local));
            inner.variables["local"] = hcl::charged(std::move(seen), context_, attribute(place).range(), diags_);
            local.value = attribute(place).expr->evaluate(inner, diags_);
        } else {
            local.value = attribute(place).expr->evaluate(context_, diags_);
        }
        local.done = true;
    }

    Value::Entries named_by(const Local& local) const {
        Value::Entries seen;
        for (const uint32_t needed : local.needs) {
            if (locals_[needed].done) seen.emplace(attribute(needed).name, locals_[needed].value);
        }
        return seen;
    }

    Value::Entries done() const {
        Value::Entries entries;
        for (uint32_t place = 0; place < locals_.size(); ++place) {
            if (!locals_[place].done) continue;
            entries.emplace_hint(entries.end(), attribute(place).name, locals_[place].value);
        }
        return entries;
    }

    const hcl::Attributes& attributes_;
    const hcl::EvalContext& context_;
    hcl::Diagnostics& diags_;
    std::vector<Local> locals_;
    hcl::NameTable places_;
    bool has_places_ = false;
};

}  // namespace

Value evaluate_locals(const std::vector<BodyPtr>& blocks, const hcl::EvalContext& context, hcl::Diagnostics& diags) {
    const hcl::Attributes attributes = merged(blocks, diags);
    return Locals(attributes, context, diags).evaluate();
}

}  // namespace drover::model
