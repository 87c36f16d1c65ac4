// What calls cost, for the functions that cost otherwise than by the bytes of their arguments. Figures are nanoseconds,
// rounded up from what the slowest input of its size takes.
#include <algorithm>
#include <cmath>

#include "hcl/function_helpers.h"

namespace drover::hcl {
namespace {

constexpr uint64_t kCall = 500;
constexpr uint64_t kPart = 400;  // memory of an element with its value, in a sequence or a table

uint64_t weight_of(Arguments a) {
    uint64_t sum = 0;
    for (const Value& value : a) sum += value.weight();
    return sum;
}

uint64_t elements_of(Arguments a) {
    uint64_t sum = 0;
    for (const Value& value : a) sum += value.size();
    return sum;
}

// For each byte of the arguments so much work.
auto per_byte(uint64_t work) {
    return [work](Arguments a) { return CallCost{kCall + weight_of(a) * work, 0}; };
}

// For functions that put elements into another order or another frame.
auto per_element(uint64_t work) {
    return [work](Arguments a) {
        uint64_t elements = elements_of(a);
        return CallCost{kCall + elements * work, elements * kPart / 4, true};
    };
}

// For functions that compare elements: with each other, or with their whole content.
CallCost sorted(Arguments a) {
    uint64_t weight = weight_of(a);
    return {kCall + weight * 8, weight, true};
}

// Texts that become values: a value for each mark that may stand between two.
auto per_mark(std::string_view marks, uint64_t work) {
    return [marks, work](Arguments a) {
        const std::string& text = a[0].as_string();
        auto parts = static_cast<uint64_t>(
            std::count_if(text.begin(), text.end(), [&](char c) { return marks.find(c) != std::string_view::npos; }));
        return CallCost{kCall + text.size() * work + parts * 500, text.size() + parts * kPart};
    };
}

CallCost split(Arguments a) {
    const std::string& separator = a[0].as_string();
    const std::string& text = a[1].as_string();
    uint64_t parts = text.size();
    if (!separator.empty()) {
        parts = 1;
        for (size_t at = find_text(text, separator, 0); at != std::string::npos;
             at = find_text(text, separator, at + separator.size()))
            ++parts;
    }
    return {kCall + text.size() * 2 + parts * 100, text.size() + parts * 200};
}

// Every verb may look at the longest of the values anew.
CallCost formatted(Arguments a) {
    const std::string& pattern = a[0].as_string();
    const auto verbs = static_cast<uint64_t>(std::count(pattern.begin(), pattern.end(), '%'));
    return {kCall + weight_of(a) * 80 + verbs * weight_of(a.subspan(1)) * 15, 0};
}

CallCost replace(Arguments a) {
    const size_t text = a[0].as_string().size();
    const size_t from = a[1].as_string().size();
    return {kCall + text * (from < 3 ? 30 : 3) + a[2].as_string().size(), 0};
}

CallCost set_product(Arguments a) {
    uint64_t total = 1;
    for (const Value& value : a) total = std::min<uint64_t>(total * value.size(), 1u << 30);
    return {kCall + total * (300 + 100 * a.size()), total * (kPart + 40 * a.size()), true};
}

// The texts of columns for every row.
CallCost csv(Arguments a) {
    const std::string& text = a[0].as_string();
    auto fields =
        static_cast<uint64_t>(std::count_if(text.begin(), text.end(), [](char c) { return c == ',' || c == '\n'; }));
    return {kCall + text.size() * 20 + fields * 1500, text.size() + fields * kPart};
}

// The cost is the logarithm of the rounds.
CallCost bcrypt(Arguments a) {
    double cost = a.size() > 1 ? std::min(a[1].as_number().to_double(), 31.0) : 10.0;
    if (cost < 4) cost = 10;  // as the function has it
    return {kCall + static_cast<uint64_t>(std::ldexp(40'000.0, static_cast<int>(cost))), 0};
}

CallCost range(Arguments a) {
    constexpr double kMost = 1024;  // elements
    double start = a.size() > 1 ? a[0].as_number().to_double() : 0.0;
    double end = a.empty() ? 0.0 : a[a.size() > 1 ? 1 : 0].as_number().to_double();
    double step = a.size() > 2 ? a[2].as_number().to_double() : 1.0;
    double elements = std::abs((end - start) / step);
    return {kCall + static_cast<uint64_t>(elements < kMost ? elements : kMost) * 150, 0};
}

CallCost parse_integer(Arguments a) {
    uint64_t digits = a[0].is(Type::Kind::string) ? a[0].as_string().size() : 100;
    return {kCall + digits * 100, digits};
}

}  // namespace

CallCost default_cost(Arguments a) { return per_byte(2)(a); }

void set_costs(FunctionTable& table) {
    const auto set = [&](std::initializer_list<std::string_view> names, const auto& cost) {
        for (std::string_view name : names) {
            if (auto it = table.find(name); it != table.end()) it->second.cost = cost;
        }
    };
    set({"strlen", "substr", "reverse", "strrev", "upper", "lower", "title"}, per_byte(140));
    set({"format", "formatlist"}, formatted);
    set({"jsonencode", "yamlencode"}, per_byte(220));
    set({"trim", "trimspace", "base64encode", "base64decode", "urlencode", "md5", "sha1", "sha256", "sha512", "uuidv5"},
        per_byte(20));
    set({"chunklist", "coalesce", "coalescelist", "compact", "concat", "element", "flatten", "index", "keys", "length",
         "lookup", "merge", "slice", "values", "zipmap"},
        per_element(150));
    set({"contains", "distinct", "sort", "setintersection", "setunion"}, sorted);
    set({"jsondecode"}, per_mark(",:[{", 20));
    set({"yamldecode"}, per_mark(",:[{-\n", 100));
    set({"csvdecode"}, csv);
    set({"split"}, split);
    set({"replace"}, replace);
    set({"setproduct"}, set_product);
    set({"bcrypt"}, bcrypt);
    set({"parseint"}, parse_integer);
    set({"range"}, range);
    set({"rsadecrypt"}, [](Arguments) { return CallCost{2'000'000, 0}; });
    set({"fileset"}, [](Arguments) { return CallCost{1'000'000, 0}; });
}

}  // namespace drover::hcl
