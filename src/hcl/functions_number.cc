// abs ceil floor log max min parseint pow signum
#include <cmath>

#include "hcl/function_helpers.h"

namespace drover::hcl {
namespace {

using Kind = Type::Kind;

FunctionResult from_double(double value) {
    if (std::isnan(value)) return refuse("the result is not a number");
    return Value::number(Number::from_double(value));
}

FunctionResult extreme(Arguments arguments, bool largest) {
    if (arguments.empty()) return refuse("must pass at least one number");
    Number best = arguments[0].as_number();
    for (const Value& value : arguments) {
        const Number& number = value.as_number();
        if (largest ? number > best : number < best) best = number;
    }
    return Value::number(best);
}

FunctionResult parse_int(Arguments arguments) {
    if (!arguments[0].is(Kind::string)) {
        return refuse_argument(0, "first argument must be a string, not " + arguments[0].type().friendly_name());
    }
    auto base = whole_number(arguments[1]);
    if (!base) return refuse_argument(1, base.error());
    if (*base < 2 || *base > 62) return refuse_argument(1, "base must be a whole number between 2 and 62 inclusive");
    auto number = Number::parse_integer(arguments[0].as_string(), static_cast<int>(*base));
    if (number) return Value::number(*number);
    return refuse_argument(
        0, "cannot parse \"" + arguments[0].as_string() + "\" as a base " + std::to_string(*base) + " integer");
}

}  // namespace

void add_number_functions(FunctionTable& table) {
    Parameter number = number_parameter("num");
    table["abs"] =
        function({number}, [](Arguments a) -> FunctionResult { return Value::number(a[0].as_number().abs()); });
    table["ceil"] =
        function({number}, [](Arguments a) -> FunctionResult { return Value::number(a[0].as_number().ceil()); });
    table["floor"] =
        function({number}, [](Arguments a) -> FunctionResult { return Value::number(a[0].as_number().floor()); });
    table["log"] = function({number, number_parameter("base")}, [](Arguments a) {
        return from_double(std::log(a[0].as_number().to_double()) / std::log(a[1].as_number().to_double()));
    });
    table["max"] = variadic({}, number_parameter("numbers"), [](Arguments a) { return extreme(a, true); });
    table["min"] = variadic({}, number_parameter("numbers"), [](Arguments a) { return extreme(a, false); });
    table["parseint"] = function({any_parameter("number"), number_parameter("base")}, parse_int);
    table["pow"] = function({number, number_parameter("power")}, [](Arguments a) {
        return from_double(std::pow(a[0].as_number().to_double(), a[1].as_number().to_double()));
    });
    table["signum"] = function({number}, [](Arguments a) -> FunctionResult {
        auto whole = whole_number(a[0]);
        if (!whole) return refuse(whole.error());
        return Value::number(static_cast<int64_t>(a[0].as_number().sign()));
    });
}

}  // namespace drover::hcl
