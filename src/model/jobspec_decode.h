#pragma once
// Decodes the blocks of a job specification into described structs: attributes, blocks and labels by the names in the
// type tables, and by hand where the language has forms of its own. What is wrong goes to the diagnostics, and decoding
// goes on.

#include "hcl/body.h"
#include "hcl/eval.h"
#include "model/spec_job.h"

namespace drover::model {

class JobspecDecoder {
public:
    JobspecDecoder(const hcl::EvalContext& context, hcl::Diagnostics& diags) : context_(context), diags_(diags) {}

    // The body of a `job` block with that label.
    void job(const hcl::BodyPtr& body, const std::string& label, spec::Job& job);

    hcl::Value evaluate(const hcl::Attribute& attribute);

private:
    bool pay(const codec::TypeInfo& type, const hcl::Range& where);
    const hcl::Schema& schema(const codec::TypeInfo& type);
    void structure(const hcl::BodyPtr& body, const codec::TypeInfo& type, void* target);
    void generic(const hcl::BodyPtr& body, const codec::TypeInfo& type, void* target, const hcl::Schema& schema);
    void fill(const hcl::Content& content, const codec::TypeInfo& type, void* target);
    void attribute(const hcl::Attribute& attribute, const codec::TypeInfo& type, void* target);
    void scalar(const hcl::Attribute& attribute, const hcl::Value& value, const codec::TypeInfo& type, void* target);
    void duration(const hcl::Attribute& attribute, const hcl::Value& value, Duration& target);
    void sequence(const hcl::Attribute& attribute, const hcl::Value& value, const codec::TypeInfo& type, void* target);
    void mapping(const hcl::Attribute& attribute, const hcl::Value& value, const codec::TypeInfo& type, void* target);
    void blocks(const std::vector<const hcl::Block*>& found, const codec::FieldInfo& field, void* target);
    void labelled(const hcl::Block& block, const codec::TypeInfo& type, void* target);
    void attribute_map(const hcl::BodyPtr& body, const codec::TypeInfo& type, void* target);
    void map_in_both_forms(hcl::Content& content, std::string_view name, Map<std::string>& target);

    codec::Any free(const hcl::Attribute& attribute, const hcl::Value& value);
    codec::AnyMap free_form(const hcl::BodyPtr& body, bool drop_nulls);
    void unsuitable(const hcl::Attribute& attribute, const std::string& why);
    void inappropriate(const hcl::Attribute& attribute, const std::string& why);

    void text_member(const hcl::Content& content, std::string_view name, std::string& target);
    void constraint(const hcl::BodyPtr& body, spec::Constraint& target);
    void affinity(const hcl::BodyPtr& body, spec::Affinity& target);
    void network(const hcl::BodyPtr& body, spec::NetworkResource& target);
    void group(const hcl::BodyPtr& body, spec::TaskGroup& target);
    void task(const hcl::BodyPtr& body, spec::Task& target);
    void task_scaling(const hcl::Block& block, std::map<std::string, const hcl::Block*>& seen, spec::Task& target);
    void group_scaling(const hcl::Block& block, spec::TaskGroup& target);
    void inherit(const hcl::Content& content, spec::TaskGroup& group);

    const hcl::EvalContext& context_;
    hcl::Diagnostics& diags_;
    std::map<const codec::TypeInfo*, hcl::Schema> schemas_;
};

// The value as JSON-like data: numbers that fit 64 bits signed are integers.
codec::Any to_any(const hcl::Value& value);

}  // namespace drover::model
