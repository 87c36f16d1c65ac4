#include "base/result.h"

namespace drover {

int http_status(ErrorCode code) {
    switch (code) {
        case ErrorCode::bad_request: return 400;
        case ErrorCode::unauthorized: return 401;
        case ErrorCode::denied: return 403;
        case ErrorCode::not_found: return 404;
        case ErrorCode::method_not_allowed: return 405;
        case ErrorCode::conflict: return 409;
        case ErrorCode::too_large: return 413;
        case ErrorCode::too_many: return 429;
        case ErrorCode::internal: return 500;
        case ErrorCode::not_implemented: return 501;
        case ErrorCode::unavailable: return 503;
        case ErrorCode::timeout: return 504;
        case ErrorCode::canceled: return 499;
    }
    return 500;
}

}  // namespace drover
