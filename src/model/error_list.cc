#include "model/error_list.h"

#include "base/strings.h"

namespace drover::model {

std::string ErrorList::text() const {
    if (items_.empty()) return {};
    std::string text = std::to_string(items_.size()) + (items_.size() == 1 ? " error" : " errors") + " occurred:";
    for (const std::string& item : items_) text += "\n\t* " + item;
    return text + "\n\n";
}

std::string warnings_text(const std::vector<std::string>& warnings) {
    if (warnings.empty()) return {};
    std::string text = std::to_string(warnings.size()) + (warnings.size() == 1 ? " warning:\n" : " warnings:\n");
    for (const std::string& warning : warnings) text.append("\n* ").append(trim(warning));
    return text;
}

}  // namespace drover::model
