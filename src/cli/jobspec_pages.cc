#include <algorithm>
#include <deque>
#include <set>
#include <vector>

#include "base/strings.h"
#include "cli/job_schema.h"
#include "model/spec_job.h"

namespace drover::cli {
namespace {

using codec::FieldInfo;
using codec::HclForm;
using codec::Kind;
using codec::TypeInfo;

// What the language takes beyond the tables: other ways to write what the tables have.
struct Extra {
    std::string_view type;
    std::string_view text;
};
constexpr Extra kExtras[] = {
    {"Job",
     "A `task` block stands for a group of that name with this one task. The blocks `vault` and `secret` go to every "
     "task."},
    {"Job", "`meta` may also be written as an attribute, `meta = { .. }`."},
    {"TaskGroup", "The blocks `vault` and `secret` go to every task of the group."},
    {"TaskGroup", "`meta` may also be written as an attribute, `meta = { .. }`."},
    {"Task", "`meta` and `env` may also be written as attributes, `env = { .. }`."},
    {"Task", "The label of `scaling` is `cpu` or `mem`. A group's has none."},
    {"Task", "The `identity` without a name, or called `default`, is the member `Identity` of JSON."},
    {"Constraint",
     "Short forms give the operator and the value in one: `version`, `semver`, `regexp`, `set_contains`, "
     "`distinct_hosts` and `distinct_property`."},
    {"Affinity",
     "Short forms give the operator and the value in one: `version`, `semver`, `regexp`, `set_contains`, "
     "`set_contains_all` and `set_contains_any`."},
    {"NetworkResource", "A `port` with `static` is one of `ReservedPorts` in JSON, any other one of `DynamicPorts`."},
};

// The struct in a list, map or pointer, or the type itself.
const TypeInfo& innermost(const TypeInfo& type) {
    const bool holds = type.kind == Kind::list || type.kind == Kind::map || type.kind == Kind::pointer;
    return holds ? innermost(type.element()) : type;
}

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string kind_name(const TypeInfo& type) {
    switch (type.kind) {
        case Kind::boolean: return "bool";
        case Kind::integer: return "whole number";
        case Kind::natural: return "whole number from 0";
        case Kind::floating: return "number";
        case Kind::text: return "text";
        case Kind::bytes: return "bytes";
        case Kind::duration: return "duration";
        case Kind::time: return "time";
        case Kind::any: return "anything";
        case Kind::list: return "list of " + kind_name(type.element());
        case Kind::map: return "map of " + kind_name(type.element());
        case Kind::pointer: return kind_name(type.element());
        case Kind::structure: return "object " + code(type.name);
    }
    return "";
}

// Whether JSON tells a member that is not given from one that is zero.
bool may_be_null(const TypeInfo& type) {
    return type.kind == Kind::pointer || type.kind == Kind::list || type.kind == Kind::map;
}

const FieldInfo* label_of(const TypeInfo& type) {
    const auto label = std::find_if(type.fields.begin(), type.fields.end(),
                                    [](const FieldInfo& f) { return f.hcl_form == HclForm::label; });
    return label == type.fields.end() ? nullptr : &*label;
}

struct Page {
    const TypeInfo* type = nullptr;
    std::string block;                 // its name in job files
    std::string file;                  // without .md
    std::vector<std::string> parents;  // files of the pages that have it
};

class PageWriter {
public:
    PageWriter() { collect(); }

    std::map<std::string, std::string> pages() {
        std::map<std::string, std::string> out;
        for (const Page& page : pages_) out[page.file + ".md"] = text_of(page);
        out["README.md"] = index();
        return out;
    }

private:
    // Breadth first, so that of different blocks of one name the one nearest to the job has the plain name.
    void collect() {
        pages_.push_back({&codec::type_of<model::spec::Job>(), "job", "job", {}});
        for (size_t i = 0; i < pages_.size(); ++i) {
            const TypeInfo& type = *pages_[i].type;
            const std::string parent = pages_[i].file;
            for (const FieldInfo& field : type.fields) {
                const TypeInfo& inner = innermost(field.type());
                if (field.hcl.empty() || field.hcl_form != HclForm::block || inner.kind != Kind::structure) continue;
                page_of(inner, field.hcl, parent).parents.push_back(parent);
            }
        }
    }

    Page& page_of(const TypeInfo& type, std::string_view block, const std::string& parent) {
        bool taken = false;
        for (Page& page : pages_) {
            if (page.type == &type && page.block == block) return page;
            taken = taken || page.file == block;
        }
        pages_.push_back(
            {&type, std::string(block), taken ? parent + "-" + std::string(block) : std::string(block), {}});
        return pages_.back();
    }

    const Page* find(const TypeInfo& type, std::string_view block) const {
        const auto page = std::find_if(pages_.begin(), pages_.end(),
                                       [&](const Page& p) { return p.type == &type && p.block == block; });
        return page == pages_.end() ? nullptr : &*page;
    }

    std::string link(const TypeInfo& type, std::string_view block) const {
        const Page* page = find(type, block);
        return page ? "[" + code(block) + "](" + page->file + ".md)" : code(block);
    }

    std::string text_of(const Page& page) const {
        const TypeInfo& type = *page.type;
        std::string out = "# The block " + code(page.block) + "\n\n";
        std::vector<std::string> links;
        for (const std::string& parent : page.parents) links.push_back("[" + code(parent) + "](" + parent + ".md)");
        out += links.empty() ? "The root of a job file." : "Within " + join(links, ", ") + ".";
        if (page.block == "job") {
            out += " Its label is the job's `ID` and `Name`.";
        } else if (const FieldInfo* label = label_of(type)) {
            out += " Its label is " + code(label->json) + " in JSON.";
        }
        out += "\n" + attributes(type) + blocks(type) + json_only(type);
        bool first = true;
        for (const Extra& extra : kExtras) {
            if (extra.type != type.name) continue;
            out += (first ? "\n## Beyond that\n\n" : "") + std::string("- ") + std::string(extra.text) + "\n";
            first = false;
        }
        return out;
    }

    static std::string attributes(const TypeInfo& type) {
        std::string out;
        for (const FieldInfo& field : type.fields) {
            if (field.hcl.empty() || field.hcl_form != HclForm::attribute) continue;
            if (out.empty()) out = "\n## Attributes\n\n| Attribute | Kind | JSON | Null |\n|---|---|---|---|\n";
            out += "| " + code(field.hcl) + " | " + kind_name(field.type()) + " | " + code(field.json) + " | " +
                   (may_be_null(field.type()) ? "yes" : "") + " |\n";
        }
        return out;
    }

    std::string blocks(const TypeInfo& type) const {
        std::string out;
        for (const FieldInfo& field : type.fields) {
            if (field.hcl.empty() || field.hcl_form != HclForm::block) continue;
            if (out.empty()) out = "\n## Blocks\n\n| Block | How often | Label | JSON |\n|---|---|---|---|\n";
            const TypeInfo& inner = innermost(field.type());
            const FieldInfo* label = inner.kind == Kind::structure ? label_of(inner) : nullptr;
            const bool many = field.type().kind == Kind::list || (field.type().kind == Kind::map && label);
            std::string name = link(inner, field.hcl);
            if (inner.kind != Kind::structure) name += ", a " + kind_name(field.type());
            out += "| " + name + " | " + (many ? "any number" : "once") + " | " + (label ? code(label->json) : "") +
                   " | " + code(field.json) + " |\n";
        }
        return out;
    }

    static std::string json_only(const TypeInfo& type) {
        std::string out;
        for (const FieldInfo& field : type.fields) {
            if (!field.hcl.empty() || field.hcl_form == HclForm::label || field.hide_json) continue;
            if (out.empty()) out = "\n## Only in JSON\n\n| Member | Kind |\n|---|---|\n";
            out += "| " + code(field.json) + " | " + kind_name(field.type()) + " |\n";
        }
        return out;
    }

    std::string index() const {
        std::string out =
            "# Job files\n\nA page for each block of a job file: its attributes and blocks, their kinds, and what they "
            "are called in the\nJSON of the API. `drover job schema` prints the same for programs.\n\nThese pages are "
            "printed from the type tables by `drover job schema -pages=docs/jobspec`; change the tables, not "
            "them.\n\n- A duration is a text as `\"1m30s\"` or a number of nanoseconds; JSON has the number.\n- A "
            "member that may be null in JSON is told from zero: null stands for the default.\n\n## The tree\n\n";
        std::set<std::string> shown;
        branch(pages_.front(), 0, shown, out);
        return out;
    }

    // What a block contains is told where it first appears.
    void branch(const Page& page, size_t depth, std::set<std::string>& shown, std::string& out) const {
        out += std::string(depth * 2, ' ') + "- [" + page.block + "](" + page.file + ".md)\n";
        if (!shown.insert(page.file).second) return;
        for (const FieldInfo& field : page.type->fields) {
            if (field.hcl.empty() || field.hcl_form != HclForm::block) continue;
            if (const Page* below = find(innermost(field.type()), field.hcl)) branch(*below, depth + 1, shown, out);
        }
    }

    std::deque<Page> pages_;
};

}  // namespace

std::map<std::string, std::string> jobspec_pages() { return PageWriter().pages(); }

}  // namespace drover::cli
