// A table of expressions and what they come to. Results are written as JSON, errors as summaries and details.
#include <gtest/gtest.h>

#include <fstream>

#include "base/rng.h"
#include "hcl/function_helpers.h"
#include "hcl/functions.h"
#include "hcl/parser.h"

namespace drover::hcl {
namespace {

std::string evaluate(const std::string& text) {
    static SeededRng rng(1);
    static const Shared<FunctionTable> functions = standard_functions({&rng, false, ""});
    Diagnostics diags;
    ExprPtr expr = parse_expression(text, diags);
    if (diags.has_errors()) return "! " + diags.lines();
    EvalContext context;
    context.functions = functions;
    Diagnostics ignored;
    ExprPtr variables = parse_expression(
        "{ n = 5, s = \"text\", l = [1, 2, 3], o = { a = 1, b = { c = [true] } }, m = convert({ x = 1, y = 2 }, "
        "map(number)), "
        "none = null, users = [{ name = \"ann\", age = 40 }, { name = \"bob\", age = 30 }] }",
        ignored);
    context.variables["var"] = variables->evaluate(context, ignored);
    Value value = expr->evaluate(context, diags);
    if (diags.has_errors()) return "! " + diags.lines();
    if (!value.is_wholly_known()) return "unknown";
    return json_text(value).value_or("not JSON");
}

struct Row {
    const char* expression;
    const char* result;
};

void check(std::span<const Row> rows) {
    for (const Row& row : rows) EXPECT_EQ(evaluate(row.expression), row.result) << row.expression;
}

TEST(Expression, literals) {
    static constexpr Row kRows[] = {
        {"1", "1"},
        {"007", "7"},
        {"1.50", "1.5"},
        {"1e3", "1000"},
        {"-0.0", "-0"},
        {"12345678901234567890123", "12345678901234567890123"},
        {"true", "true"},
        {"null", "null"},
        {"\"a\"", "\"a\""},
        {"\"\"", "\"\""},
        {"\"tab\\tnl\\n\"", "\"tab\\tnl\\n\""},
        {"\"\\u00e9\\U0001F600\"", "\"é😀\""},
        {"\"e\\u0301\" == \"é\"", "true"},
        {"\"$${x} %%{y} $ % $5 100%\"", "\"${x} %{y} $ % $5 100%\""},
        {"[]", "[]"},
        {"[1, \"a\", true,]", "[1,\"a\",true]"},
        {"{}", "{}"},
        {"{ a = 1, b : 2, \"c d\" = 3 }", "{\"a\":1,\"b\":2,\"c d\":3}"},
        {"{ (upper(\"k\")) = 1 }", "{\"K\":1}"},
        {"{ \"${1 + 1}\" = 1 }", "{\"2\":1}"},
        {"{ true = 1, null = 2, 5 = 3 }", "{\"5\":3,\"null\":2,\"true\":1}"},
        {"{ a = 1, a = 2 }", "{\"a\":2}"},
    };
    check(kRows);
}

TEST(Expression, operators) {
    static constexpr Row kRows[] = {
        {"1 + 2 * 3 - 4 / 2", "5"},
        {"(1 + 2) * 3", "9"},
        {"10 - 4 - 3", "3"},
        {"7 / 2", "3.5"},
        {"17 % 5", "2"},
        {"-17 % 5", "-2"},
        {"5.5 % 2", "1.5"},
        {"5 % 0", "5"},
        {"100000000000000000001 % 7", "3"},
        {"- -3", "3"},
        {"!true", "false"},
        {"!!false", "false"},
        {"0.1 + 0.2 == 0.3", "true"},
        {"0.1 + 0.2", "0.3"},
        {"1 == 1.0", "true"},
        {"\"1\" == 1", "false"},
        {"[1] == [1]", "true"},
        {"{ a = 1 } == { a = 1 }", "true"},
        {"null == null", "true"},
        {"null == 1", "false"},
        {"1 != 2", "true"},
        {"1 < 2 && 2 <= 2", "true"},
        {"3 > 4 || 4 >= 4", "true"},
        {"true || false && false", "true"},
        {"\"5\" + 2", "7"},
        {"\"10\" > 9", "true"},
        {"\"true\" && true", "true"},
        {"9007199254740993 == 9007199254740992", "false"},
        {"99999999999 * 99999999999", "9999999999800000000001"},
        {"(1 / 3) * 3", "1"},
        {"1 + 1 == 2 ? \"y\" : \"n\"", "\"y\""},
        {"false ? 1 : true ? 2 : 3", "2"},
        {"true ? 1 : \"a\"", "\"1\""},
        {"false ? \"x\" : null", "null"},
        {"true ? [\"a\"] : []", "[\"a\"]"},
        {"true ? { a = 1 } : { b = 2 }", "{\"a\":1}"},
        {"\"true\" ? 1 : 2", "1"},
    };
    check(kRows);
}

TEST(Expression, references) {
    static constexpr Row kRows[] = {
        {"var.n", "5"},
        {"var.l[1]", "2"},
        {"var.l.1", "2"},
        {"var.l[\"0\"]", "1"},
        {"var.o.b.c[0]", "true"},
        {"var.o[\"a\"]", "1"},
        {"var.m.x", "1"},
        {"var.m[\"y\"]", "2"},
        {"var.users[*].name", "[\"ann\",\"bob\"]"},
        {"var.users.*.age", "[40,30]"},
        {"var.users.*.name[0]", "\"ann\""},
        {"var.o[*].a", "[1]"},
        {"var.none[*]", "[]"},
        {"\"word\"[*]", "[\"word\"]"},
        {"[1, 2][var.n - 4]", "2"},
        {"{ a = { b = \"c\" } }.a.b", "\"c\""},
        {"split(\",\", \"m,n\")[1]", "\"n\""},
        {"(var.l)[2]", "3"},
    };
    check(kRows);
}

TEST(Expression, templates) {
    static constexpr Row kRows[] = {
        {"\"a${1 + 1}b\"", "\"a2b\""},
        {"\"${var.l}\"", "[1,2,3]"},
        {"\"${true}\"", "true"},
        {"\"${1}${2}\"", "\"12\""},
        {"\"${\"inner ${\"deep\"} x\"}\"", "\"inner deep x\""},
        {"\"a   ${~ \"b\" ~}   c\"", "\"abc\""},
        {"\"a   ${~ \"b\" }   c\"", "\"ab   c\""},
        {"\"%{ if var.n > 3 }big%{ else }small%{ endif }\"", "\"big\""},
        {"\"[%{ if false }x%{ endif }]\"", "\"[]\""},
        {"\"%{ for x in var.l }${x};%{ endfor }\"", "\"1;2;3;\""},
        {"\"%{ for k, v in var.m }${k}=${v} %{ endfor }\"", "\"x=1 y=2 \""},
        {"\"%{ for x in var.l ~} ${x} %{ endfor ~} \"", "\"1 2 3 \""},
        {"\"${1 / 4}\"", "0.25"},
        {"\"x${1 / 4}\"", "\"x0.25\""},
        {"\"${ { a = 1 }.a }\"", "1"},
        {"\"\\\\ \\\" \\r\"", "\"\\\\ \\\" \\r\""},
    };
    check(kRows);
}

TEST(Expression, loops) {
    static constexpr Row kRows[] = {
        {"[for x in var.l : x * 2]", "[2,4,6]"},
        {"[for i, x in [\"p\", \"q\"] : \"${i}${x}\"]", "[\"0p\",\"1q\"]"},
        {"[for k, v in var.m : \"${k}${v}\"]", "[\"x1\",\"y2\"]"},
        {"[for x in var.l : x if x != 2]", "[1,3]"},
        {"{ for u in var.users : u.name => u.age }", "{\"ann\":40,\"bob\":30}"},
        {"{ for x in [\"a\", \"b\", \"a\"] : x => 1... }", "{\"a\":[1,1],\"b\":[1]}"},
        {"{ for k, v in var.m : v => k }", "{\"1\":\"x\",\"2\":\"y\"}"},
        {"[for a in [1, 2] : [for b in [10, 20] : a * b]]", "[[10,20],[20,40]]"},
        {"[for x in convert([\"z\", \"a\", \"z\"], set(string)) : x]", "[\"a\",\"z\"]"},
        {"[for s, x in convert([\"z\"], set(string)) : s]", "[\"z\"]"},
        {"[for x in [] : x]", "[]"},
        {"{ for k in [\"a b\"] : \"${k}!\" => 1 }", "{\"a b!\":1}"},
    };
    check(kRows);
}

TEST(Expression, numbers) {
    static constexpr Row kRows[] = {
        {"abs(-12.5)", "12.5"},
        {"ceil(4.1)", "5"},
        {"ceil(-4.9)", "-4"},
        {"floor(-4.1)", "-5"},
        {"floor(7 / 2)", "3"},
        {"log(1024, 2)", "10"},
        {"log(1000, 10)", "2.9999999999999996"},
        {"max(3, 9, 5)", "9"},
        {"max(var.l...)", "3"},
        {"min(3, 9, -5)", "-5"},
        {"parseint(\"fF\", 16)", "255"},
        {"parseint(\"-1011\", 2)", "-11"},
        {"parseint(\"zz\", 36)", "1295"},
        {"parseint(\"aZ\", 62)", "681"},
        {"pow(3, 4)", "81"},
        {"pow(2, -2)", "0.25"},
        {"pow(9, 0)", "1"},
        {"signum(-88)", "-1"},
        {"signum(0)", "0"},
    };
    check(kRows);
}

TEST(Expression, strings) {
    static constexpr Row kRows[] = {
        {"chomp(\"line\\r\\n\\n\")", "\"line\""},
        {"format(\"%d of %d\", 3, 5)", "\"3 of 5\""},
        {"format(\"[%5s][%-5s][%05d][%x][%X][%o][%b]\", \"ab\", \"cd\", 42, 255, 255, 8, 5)",
         "\"[   ab][cd   ][00042][ff][FF][10][101]\""},
        {"format(\"%.2f %8.3f %e %g\", 3.14159, 2.5, 12345.678, 0.0001)", "\"3.14    2.500 1.234568e+04 0.0001\""},
        {"format(\"%q %v %t %%\", \"a\\\"b\", [1, \"x\"], false)", "\"\\\"a\\\\\\\"b\\\" [1,\\\"x\\\"] false %\""},
        {"format(\"%#v\", { b = \"c\" })", "\"{\\\"b\\\":\\\"c\\\"}\""},
        {"format(\"%+d % d\", 7, 7)", "\"+7  7\""},
        {"format(\"%[2]s-%[1]s\", \"a\", \"b\")", "\"b-a\""},
        {"format(\"%v\", null)", "\"null\""},
        {"format(\"%s\", 1.5)", "\"1.5\""},
        {"format(\"%g\", 1e30)", "\"1e+30\""},
        {"formatlist(\"%s-%d\", [\"a\", \"b\"], [1, 2])", "[\"a-1\",\"b-2\"]"},
        {"formatlist(\"%s.%s\", [\"x\", \"y\"], \"z\")", "[\"x.z\",\"y.z\"]"},
        {"indent(3, \"one\\ntwo\")", "\"one\\n   two\""},
        {"join(\"/\", [\"usr\", \"local\"])", "\"usr/local\""},
        {"join(\"+\", [\"a\"], [\"b\", \"c\"], [])", "\"a+b+c\""},
        {"join(\",\", [1, true])", "\"1,true\""},
        {"lower(\"ÀÉ ABC\")", "\"àé abc\""},
        {"upper(\"straße é\")", "\"STRAßE É\""},
        {"regex_replace(\"v1.22\", \"[0-9]+\", \"N\")", "\"vN.N\""},
        {"regex_replace(\"key=value\", \"(\\\\w+)=(\\\\w+)\", \"$2=$1\")", "\"value=key\""},
        {"regex_replace(\"2031-05\", \"(?P<y>\\\\d+)-(?P<m>\\\\d+)\", \"$m/$${y}\")", "\"05/2031\""},
        {"regex_replace(\"abc\", \"\", \"-\")", "\"-a-b-c-\""},
        {"regex_replace(\"a$b\", \"b\", \"$$\")", "\"a$$\""},
        {"replace(\"a-b-c\", \"-\", \"--\")", "\"a--b--c\""},
        {"replace(\"ab\", \"\", \"-\")", "\"-a-b-\""},
        {"reverse(\"abc\")", "\"cba\""},
        {"strrev(\"añb\")", "\"bña\""},
        {"split(\",\", \"x,y,,z\")", "[\"x\",\"y\",\"\",\"z\"]"},
        {"split(\",\", \"\")", "[\"\"]"},
        {"split(\"\", \"abc\")", "[\"a\",\"b\",\"c\"]"},
        {"strlen(\"hello\")", "5"},
        {"strlen(\"👩‍👩‍👧\")", "1"},
        {"strlen(\"e\\u0301\")", "1"},
        {"substr(\"orchestrator\", 2, 5)", "\"chest\""},
        {"substr(\"orchestrator\", -3, -1)", "\"tor\""},
        {"substr(\"abc\", 1, 99)", "\"bc\""},
        {"substr(\"abc\", 0, 0)", "\"\""},
        {"title(\"hello wide world\")", "\"Hello Wide World\""},
        {"trim(\"xxhixyx\", \"xy\")", "\"hi\""},
        {"trimprefix(\"release-7\", \"release-\")", "\"7\""},
        {"trimprefix(\"release-7\", \"x\")", "\"release-7\""},
        {"trimspace(\" \\t\\n out \\r\\n \")", "\"out\""},
        {"trimsuffix(\"app.hcl\", \".hcl\")", "\"app\""},
    };
    check(kRows);
}

TEST(Expression, collections) {
    static constexpr Row kRows[] = {
        {"chunklist([\"a\", \"b\", \"c\"], 2)", "[[\"a\",\"b\"],[\"c\"]]"},
        {"chunklist([\"a\", \"b\"], 0)", "[[\"a\",\"b\"]]"},
        {"coalesce(null, \"b\", \"c\")", "\"b\""},
        {"coalesce(null, 2)", "2"},
        {"coalescelist([], [\"x\"])", "[\"x\"]"},
        {"compact([\"a\", \"\", \"b\"])", "[\"a\",\"b\"]"},
        {"concat([\"a\"], [1, true])", "[\"a\",1,true]"},
        {"contains([\"a\", \"b\"], \"b\")", "true"},
        {"contains([1, 2], 4)", "false"},
        {"distinct([\"b\", \"a\", \"b\"])", "[\"b\",\"a\"]"},
        {"element([\"a\", \"b\", \"c\"], 4)", "\"b\""},
        {"flatten([[\"a\", [\"b\"]], [], \"c\"])", "[\"a\",\"b\",\"c\"]"},
        {"index([\"x\", \"y\"], 1)", "\"y\""},
        {"index(var.m, \"y\")", "2"},
        {"keys({ z = 1, a = 2 })", "[\"a\",\"z\"]"},
        {"values({ z = 1, a = 2 })", "[2,1]"},
        {"length([1, 2])", "2"},
        {"length(var.m)", "2"},
        {"length([])", "0"},
        {"lookup({ a = \"1\" }, \"a\", \"n\")", "\"1\""},
        {"lookup({ a = \"1\" }, \"z\", \"n\")", "\"n\""},
        {"merge({ a = 1, b = 2 }, { b = 3 })", "{\"a\":1,\"b\":3}"},
        {"merge({ a = 1 }, null)", "{\"a\":1}"},
        {"range(3)", "[0,1,2]"},
        {"range(2, 5)", "[2,3,4]"},
        {"range(10, 0, -3)", "[10,7,4,1]"},
        {"range(0, 1, 0.5)", "[0,0.5]"},
        {"setintersection([\"a\", \"b\"], [\"b\", \"c\"])", "[\"b\"]"},
        {"setunion([\"b\"], [\"a\", \"b\"])", "[\"a\",\"b\"]"},
        {"setproduct([\"a\", \"b\"], [\"x\", \"y\"])", "[[\"a\",\"x\"],[\"a\",\"y\"],[\"b\",\"x\"],[\"b\",\"y\"]]"},
        {"slice([\"a\", \"b\", \"c\"], 1, 3)", "[\"b\",\"c\"]"},
        {"sort([\"pear\", \"Apple\", \"10\", \"9\"])", "[\"10\",\"9\",\"Apple\",\"pear\"]"},
        {"zipmap([\"a\", \"b\"], [1, 2])", "{\"a\":1,\"b\":2}"},
    };
    check(kRows);
}

TEST(Expression, encodings) {
    static constexpr Row kRows[] = {
        {"base64encode(\"drover ✓\")", "\"ZHJvdmVyIOKckw==\""},
        {"base64decode(\"d2FnZ29u\")", "\"waggon\""},
        {"base64encode(\"\")", "\"\""},
        {"urlencode(\"a b&c=d/e~h*i\")", "\"a+b%26c%3Dd%2Fe~h%2Ai\""},
        {"jsonencode({ b = 1, a = [true, null, 1.5] })", "\"{\\\"a\\\":[true,null,1.5],\\\"b\\\":1}\""},
        {"jsonencode(\"<tag> & more\")", "\"\\\"\\\\u003ctag\\\\u003e \\\\u0026 more\\\"\""},
        {"jsonencode(1e-9)", "\"0.000000001\""},
        {"jsondecode(\"{\\\"a\\\":[1,{\\\"b\\\":\\\"c\\\"}]}\").a[1].b", "\"c\""},
        {"jsondecode(\"12.75\") + 1", "13.75"},
        {"jsondecode(\"\\\"\\\\u00e9\\\\ud83d\\\\ude00\\\"\")", "\"é😀\""},
        {"yamlencode({ n = \"x\", l = [1, 2] })", "\"\\\"l\\\":\\n- 1\\n- 2\\n\\\"n\\\": \\\"x\\\"\\n\""},
        {"yamldecode(\"a: 1\\nb:\\n  - x\\n\")", "{\"a\":1,\"b\":[\"x\"]}"},
        {"yamldecode(\"y: on\\nn: 0x1F\\n\")", "{\"false\":31,\"true\":true}"},
        {"yamldecode(\"x: &a {k: v}\\nz: *a\\n\")", "{\"x\":{\"k\":\"v\"},\"z\":{\"k\":\"v\"}}"},
        {"yamldecode(\"a: {b: 1}\\nc:\\n  <<: {d: 2}\\n  e: 3\\n\").c", "{\"d\":2,\"e\":3}"},
        {"yamldecode(\"\")", "null"},
        {"csvdecode(\"n,s\\na,1\\nb,\\\"2,3\\\"\\n\")", "[{\"n\":\"a\",\"s\":\"1\"},{\"n\":\"b\",\"s\":\"2,3\"}]"},
        {"csvdecode(\"only\\n\")", "[]"},
        {"md5(\"\")", "\"d41d8cd98f00b204e9800998ecf8427e\""},
        {"sha1(\"drover\")", "\"457dd4e1509e66b64a91958c43cb4384503bd9c7\""},
        {"sha256(\"drover\")", "\"2cee6d2ee8b53dea333daa53564648904193ee0c1c183b68e3b917a51e4f1762\""},
        {"strlen(sha512(\"x\"))", "128"},
        {"substr(bcrypt(\"secret\", 4), 0, 7)", "\"$2a$04$\""},
        {"strlen(uuidv4())", "36"},
        {"uuidv4() != uuidv4()", "true"},
        {"uuidv5(\"dns\", \"drover.example.net\")", "\"d9457d0f-6fcb-5593-8f83-28ae875c2011\""},
    };
    check(kRows);
}

TEST(Expression, dates_and_networks) {
    static constexpr Row kRows[] = {
        {"formatdate(\"YYYY-MM-DD\", \"2031-03-09T04:05:06Z\")", "\"2031-03-09\""},
        {"formatdate(\"EEE D MMM YY H:mAA Z\", \"2031-03-09T14:05:06-07:00\")", "\"Sun 9 Mar 31 2:5PM -07:00\""},
        {"formatdate(\"'o''clock' h\", \"2031-03-09T14:05:06Z\")", "\"o'clock 14\""},
        {"formatdate(\"ZZZZ ZZZZZ ZZZ Z\", \"2031-03-09T14:05:06Z\")", "\"+0000 +00:00 UTC Z\""},
        {"timeadd(\"2031-12-31T23:30:00Z\", \"45m\")", "\"2032-01-01T00:15:00Z\""},
        {"timeadd(\"2031-06-15T12:00:00+09:00\", \"1h\")", "\"2031-06-15T13:00:00+09:00\""},
        {"cidrhost(\"10.12.0.0/20\", 16)", "\"10.12.0.16\""},
        {"cidrhost(\"192.168.4.0/24\", -2)", "\"192.168.4.254\""},
        {"cidrhost(\"fd00:fd12:3456:7890::/72\", 34)", "\"fd00:fd12:3456:7890::22\""},
        {"cidrnetmask(\"172.16.0.0/12\")", "\"255.240.0.0\""},
        {"cidrsubnet(\"172.16.0.0/12\", 4, 2)", "\"172.18.0.0/16\""},
        {"cidrsubnets(\"10.1.0.0/16\", 4, 4, 8, 4)",
         "[\"10.1.0.0/20\",\"10.1.16.0/20\",\"10.1.32.0/24\",\"10.1.48.0/20\"]"},
    };
    check(kRows);
}

TEST(Expression, conversions) {
    static constexpr Row kRows[] = {
        {"convert(12, string)", "\"12\""},
        {"convert(\"12.5\", number)", "12.5"},
        {"convert(\"true\", bool)", "true"},
        {"convert([\"1\", \"2\"], list(number))", "[1,2]"},
        {"convert([\"b\", \"a\", \"a\"], set(string))", "[\"a\",\"b\"]"},
        {"convert([10, 9, 10], set(number))", "[9,10]"},
        {"convert({ a = 1, b = \"2\" }, map(number))", "{\"a\":1,\"b\":2}"},
        {"convert([\"1\", \"2\"], tuple([number, string]))", "[1,\"2\"]"},
        {"convert({ a = \"1\", extra = \"x\" }, object({ a = number }))", "{\"a\":1}"},
        {"convert({ a = [1] }, any)", "{\"a\":[1]}"},
        {"convert(null, string) == null", "true"},
        {"can(convert(\"7\", number))", "true"},
        {"can(convert(\"x\", number))", "false"},
        {"can(var.o.absent)", "false"},
        {"try(var.o.absent, var.o.a)", "1"},
        {"try([1][9], \"none\")", "\"none\""},
        {"try(file(\"x\"), \"no files\")", "\"no files\""},
    };
    check(kRows);
}

TEST(Expression, errors) {
    static constexpr Row kRows[] = {
        {"1 +", "! :1,4-4: Missing expression; Expected the start of an expression, but found the end of the file."},
        {"1 + * 2",
         "! :1,5-6: Invalid expression; Expected the start of an expression, but found an invalid expression token."},
        {"(1", "! :1,3-3: Unbalanced parentheses; Expected a closing parenthesis to terminate the expression."},
        {"1 2",
         "! :1,3-4: Extra characters after expression; An expression was successfully parsed, but extra characters "
         "were found after it."},
        {"\"a\" + \"b\"",
         "! :1,1-4: Invalid operand; Unsuitable value for left operand: a number is required.\n:1,7-10: Invalid "
         "operand; Unsuitable value for right operand: a number is required."},
        {"[1] + 1", "! :1,1-4: Invalid operand; Unsuitable value for left operand: number required, but have tuple."},
        {"null + 1", "! :1,1-9: Operation failed; Error during operation: argument must not be null."},
        {"0 / 0",
         "! :1,1-6: Operation failed; Error during operation: can't divide zero by zero or infinity by infinity."},
        {"true ? \"a\" : [\"b\"]",
         "! :1,8-19: Inconsistent conditional result types; The true and false result expressions must have consistent "
         "types. The 'true' value is string, but the 'false' value is tuple."},
        {"\"perhaps\" ? 1 : 2", "! :1,1-10: Incorrect condition type; The condition expression must be of type bool."},
        {"null ? 1 : 2",
         "! :1,1-5: Null condition; The condition value is null. Conditions must either be true or false."},
        {"varr.x", "! :1,1-5: Unknown variable; There is no variable named \"varr\". Did you mean \"var\"?"},
        {"var.x", "! :1,4-6: Unsupported attribute; This object does not have an attribute named \"x\"."},
        {"var.m.q", "! :1,6-8: Missing map element; This map does not have an element with the key \"q\"."},
        {"var.m[\"q\"]",
         "! :1,6-11: Invalid index; The given key does not identify an element in this collection value."},
        {"var.none.a",
         "! :1,9-11: Attempt to get attribute from null value; This value is null, so it does not have any "
         "attributes."},
        {"var.l.0.1",
         "! :1,7-10: Invalid legacy index syntax; When using the legacy index syntax, chaining two indexes together is "
         "not permitted. Use the proper index syntax instead, like [0][1]."},
        {"var.s.x", "! :1,6-8: Unsupported attribute; Can't access attributes on a primitive-typed value (string)."},
        {"\"x${[\"a\"]}\"",
         "! :1,5-10: Invalid template interpolation value; Cannot include the given value in a string template: string "
         "required, but have tuple."},
        {"\"x${null}\"",
         "! :1,5-9: Invalid template interpolation value; The expression result is null. Cannot include a null value "
         "in a string template."},
        {"\"%{ while x }\"",
         "! :1,5-10: Invalid template control keyword; \"while\" is not a valid template control keyword."},
        {"\"%{ if true }\"",
         "! :1,14-15: Unexpected end of template; The if directive at :1,2-14 is missing its corresponding endif "
         "directive."},
        {"\"\\q\"", "! :1,2-4: Invalid escape sequence; The symbol \"q\" is not a valid escape sequence selector."},
        {"[for x in 5 : x]",
         "! :1,11-12: Iteration over non-iterable value; A value of type number cannot be used as the collection in a "
         "'for' expression."},
        {"[for x : x]",
         "! :1,8-9: Invalid 'for' expression; For expression requires the 'in' keyword after its name declarations."},
        {"{ a.b = 1 }",
         "! :1,3-6: Ambiguous attribute key; If this expression is intended to be a reference, wrap it in parentheses. "
         "If it's instead intended as a literal name containing periods, wrap it in quotes to create a string "
         "literal."},
        {"shout(\"a\")",
         "! :1,1-6: Call to unknown function; There is no function named \"shout\". Did you mean \"sort\"?"},
        {"lower(\"A\", \"B\")",
         "! :1,13-14: Too many function arguments; Function \"lower\" expects only 1 argument(s)."},
        {"max(5...)",
         "! :1,5-6: Invalid expanding argument value; The expanding argument (indicated by ...) must be of a tuple, "
         "list, or set type."},
        {"length({ a = 1 })",
         "! :1,1-8: Error in function call; Call to function \"length\" failed: collection must be a list, a map or a "
         "tuple."},
        {"base64decode(\"***\")",
         "! :1,1-14: Error in function call; Call to function \"base64decode\" failed: failed to decode base64 data "
         "'***'."},
        {"file(\"x\")",
         "! :1,1-6: Error in function call; Call to function \"file\" failed: filesystem function disabled."},
        {"cidrhost(\"10.0.0.0/33\", 1)",
         "! :1,1-10: Error in function call; Call to function \"cidrhost\" failed: invalid CIDR expression: invalid "
         "CIDR address: 10.0.0.0/33."},
        {"formatdate(\"YYYY\", \"yesterday\")",
         "! :1,21-30: Invalid function argument; Invalid value for \"time\" parameter: not a valid RFC3339 timestamp: "
         "cannot use \"yesterday\" as year."},
        {"lower([1])",
         "! :1,7-8: Invalid function argument; Invalid value for \"str\" parameter: string required, but have tuple."},
        {"lower(null)",
         "! :1,7-11: Invalid function argument; Invalid value for \"str\" parameter: argument must not be null."},
        {"1 & 2",
         "! :1,3-4: Unsupported operator; Bitwise operators are not supported. Did you mean boolean AND "
         "(\"&&\")?\n:1,3-4: Extra characters after expression; An expression was successfully parsed, but extra "
         "characters were found after it."},
        {"range(2000)",
         "! :1,1-7: Error in function call; Call to function \"range\" failed: more than 1024 values were generated; "
         "either decrease the difference between start and end or use a smaller step."},
    };
    check(kRows);
}

TEST(Expression, agrees_with_the_table) {
    std::ifstream table("src/hcl/testdata/expressions.txt");  // tests run in the root of the tree
    size_t rows = 0;
    std::string expression, result;
    auto check_row = [&] {
        if (expression.empty()) return;
        ++rows;
        EXPECT_EQ(evaluate(expression), result) << expression;
        expression.clear(), result.clear();
    };
    for (std::string line; std::getline(table, line);) {
        if (line.starts_with("    ")) {
            result += (result.empty() ? "" : "\n") + line.substr(4);
            continue;
        }
        check_row();
        if (!line.starts_with("#")) expression = line;
    }
    check_row();
    EXPECT_GE(rows, 400u);
}

TEST(Expression, random_ids_say_their_version) {
    EXPECT_EQ(evaluate("substr(uuidv4(), 14, 1)"), "\"4\"");
    EXPECT_EQ(evaluate("contains([\"8\", \"9\", \"a\", \"b\"], substr(uuidv4(), 19, 1))"), "true");
    EXPECT_EQ(evaluate("substr(bcrypt(\"x\", 2), 0, 7)"), "\"$2a$10$\"");
}

TEST(Expression, deep_nesting_is_bounded_and_cheap) {
    auto nested = [](const std::string& open, const std::string& middle, const std::string& close, int depth) {
        std::string text;
        for (int i = 0; i < depth; ++i) text += open;
        text += middle;
        for (int i = 0; i < depth; ++i) text += close;
        return text;
    };
    EXPECT_EQ(evaluate(nested("(", "42", ")", 2000)), "42");
    EXPECT_NE(evaluate(nested("[", "", "]", 2000))[0], '!');
    for (const char* open : {"(", "[", "{a=", "upper(", "-", "!", "1+(", "[for x in ", "true?1:", "\"${"}) {
        std::string text = evaluate(nested(open, "1", "", 100'000));
        EXPECT_EQ(text[0], '!') << open;
        EXPECT_LT(text.size(), 500u) << open;
    }
    EXPECT_EQ(evaluate(nested("1+", "1", "", 100'000))[0], '!');
    EXPECT_EQ(evaluate("var" + nested(".o", "", "", 100'000))[0], '!');
}

TEST(Expression, values_and_work_are_bounded) {
    std::string doubling = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]]";
    EXPECT_EQ(evaluate(doubling).substr(0, 2), "! ");
    EXPECT_EQ(evaluate("format(\"%999999999d\", 1)")[0], '!');
    EXPECT_EQ(evaluate("\"x${1e10000 * 1e10000 * 1e10000 * 1e10000 * 1e10000 * 1e10000}\"")[0], '!');
    EXPECT_EQ(evaluate("1e99999999999")[0], '!');
    EXPECT_EQ(evaluate("setproduct(range(1000), range(1000), range(1000))")[0], '!');
}

TEST(Expression, references_leave_out_names_of_loops) {
    Diagnostics diags;
    ExprPtr expr = parse_expression("[for x in local.a : \"${x}${var.b[0]}\" if local.c != x]", diags);
    std::vector<std::string> found;
    for (const Traversal& t : references(*expr)) found.push_back(std::string(t.range().text()));
    EXPECT_EQ(found, (std::vector<std::string>{"local.a", "var.b[0]", "local.c"}));
}

TEST(Expression, an_unknown_root_becomes_its_own_text) {
    Diagnostics diags;
    EvalContext context;
    context.unknown_root = reference_text;
    auto text = [&](const std::string& source) {
        return parse_expression(source, diags)->evaluate(context, diags).as_string();
    };
    EXPECT_EQ(text("batch"), "${batch}");
    EXPECT_EQ(text("a.b[0][\"k\"]"), "${a.b[0][\"k\"]}");
    EXPECT_EQ(text("\"${ a.b }\""), "${ a.b }");
    EXPECT_EQ(text("\"${a.b}}\""), "${a.b}}}");
    EXPECT_EQ(text("\"${a.b} }} tail\""), "${a.b} } }} }} tail");
    EXPECT_TRUE(diags.empty());
}

}  // namespace
}  // namespace drover::hcl
