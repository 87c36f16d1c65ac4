#include "agent/http_api.h"
#include "agent/route_tables.h"
#include "model/explain.h"
#include "model/rpc_eval.h"

namespace drover::agent {
namespace {

// Only the literal `true` asks for related evaluations.
Result<> with_related(const HttpCall& call, server::Message& request) {
    request.as<model::EvalSpecificRequest>().IncludeRelated = call.request.query.get("related") == "true";
    return {};
}

}  // namespace

RouteTable eval_routes() {
    using namespace model;
    return {
        get("/v1/evaluations", "Eval.List", list_of(&EvalListResponse::Evaluations))
            .takes("job", "FilterJobID")
            .takes("status", "FilterEvalStatus"),
        del("/v1/evaluations", "Eval.Delete").decodes(),
        get("/v1/evaluations/count", "Eval.Count"),
        get("/v1/evaluation/:EvalID/explain", "Eval.Explain",
            one_of(&EvalExplainResponse::Explanation, "eval not found")),
        get("/v1/evaluation/:EvalID", "Eval.GetEval", one_of(&SingleEvalResponse::Eval, "eval not found"))
            .with(with_related),
        get("/v1/evaluation/:EvalID/allocations", "Eval.Allocations", list_of(&EvalAllocationsResponse::Allocations)),
    };
}

}  // namespace drover::agent
