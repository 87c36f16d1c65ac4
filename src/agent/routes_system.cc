#include "agent/route_tables.h"

namespace drover::agent {

RouteTable system_routes() {
    return {
        on(kPut, "/v1/system/gc", "System.GarbageCollect", empty()).bare(),
        on(kPut, "/v1/system/reconcile/summaries", "System.ReconcileJobSummaries", empty()).bare(),
    };
}

}  // namespace drover::agent
