#include "hcl/number.h"

#include <gmp.h>
#include <mpfr.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/assert.h"

namespace drover::hcl {
namespace {

constexpr mpfr_prec_t kLiteralBits = 512;
constexpr long kMaxExponent = 10'000;
constexpr size_t kMaxLiteral = 20'000;

}  // namespace

struct Number::Big {
    explicit Big(mpfr_prec_t bits) { mpfr_init2(value, bits); }
    ~Big() { mpfr_clear(value); }
    Big(const Big&) = delete;
    Big& operator=(const Big&) = delete;
    mpfr_t value;
};

std::shared_ptr<Number::Big> Number::make(long precision) { return std::make_shared<Big>(precision); }

Number::Number(int64_t value) {
    auto big = make(64);
    mpfr_set_si(big->value, value, MPFR_RNDN);
    big_ = big;
}

Number Number::from_uint64(uint64_t value) {
    auto big = make(64);
    mpfr_set_ui(big->value, value, MPFR_RNDN);
    return Number(big);
}

Number Number::from_double(double value) {
    assert_always(!std::isnan(value));
    auto big = make(53);
    mpfr_set_d(big->value, value, MPFR_RNDN);
    return Number(big);
}

Number Number::infinity(bool negative) {
    auto big = make(64);
    mpfr_set_inf(big->value, negative ? -1 : 1);
    return Number(big);
}

std::optional<Number> Number::parse_infinity(std::string_view text) {
    bool negative = !text.empty() && text[0] == '-';
    if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
    if (text != "Inf" && text != "inf") return std::nullopt;
    return infinity(negative);
}

std::optional<Number> Number::parse(std::string_view text) {
    if (text.size() > kMaxLiteral) return std::nullopt;
    size_t at = 0;
    auto digits = [&] {
        size_t begin = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return at - begin;
    };
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    size_t count = digits();
    if (at < text.size() && text[at] == '.') {
        ++at;
        count += digits();
    }
    if (count == 0) return parse_infinity(text);
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
        size_t begin = at;
        if (digits() == 0) return std::nullopt;
        while (begin < at && text[begin] == '0') ++begin;
        if (at - begin > 5 || (at > begin && std::stol(std::string(text.substr(begin, at - begin))) > kMaxExponent)) {
            return std::nullopt;
        }
    }
    size_t mantissa = at;
    long power = 0;
    if (at < text.size() && text[at] == 'p') {
        const char* begin = text.data() + at + 1;
        if (at + 1 < text.size() && *begin == '+') ++begin;
        auto [end, code] = std::from_chars(begin, text.data() + text.size(), power);
        if (code != std::errc() || std::abs(power) > 3 * kMaxExponent) return std::nullopt;
        at = static_cast<size_t>(end - text.data());
    }
    if (at != text.size()) return std::nullopt;
    auto big = make(kLiteralBits);
    if (mpfr_set_str(big->value, std::string(text.substr(0, mantissa)).c_str(), 10, MPFR_RNDN) != 0)
        return std::nullopt;
    mpfr_mul_2si(big->value, big->value, power, MPFR_RNDN);
    return Number(big);
}

std::optional<Number> Number::parse_integer(std::string_view text, int base) {
    if (text.size() > kMaxLiteral || base < 2 || base > 62) return std::nullopt;
    std::string_view digits = text;
    if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) digits.remove_prefix(1);
    if (digits.empty()) return std::nullopt;
    std::string mapped = text[0] == '-' ? "-" : "";
    for (char c : digits) {
        int value = 99;
        if (c >= '0' && c <= '9') value = c - '0';
        if (c >= 'a' && c <= 'z') value = c - 'a' + 10;
        if (c >= 'A' && c <= 'Z') value = base <= 36 ? c - 'A' + 10 : c - 'A' + 36;
        if (value >= base) return std::nullopt;
        // GMP spells bases above 36 with upper case before lower case.
        if (base > 36 && value >= 10)
            c = value < 36 ? static_cast<char>('A' + value - 10) : static_cast<char>('a' + value - 36);
        mapped += c;
    }
    mpz_t integer;
    mpz_init(integer);
    if (mpz_set_str(integer, mapped.c_str(), base) != 0) {
        mpz_clear(integer);
        return std::nullopt;
    }
    auto big = make(std::max<long>(64, static_cast<long>(mpz_sizeinbase(integer, 2))));
    mpfr_set_z(big->value, integer, MPFR_RNDN);
    mpz_clear(integer);
    return Number(big);
}

Number operator+(const Number& a, const Number& b) {
    auto big = Number::make(std::max(mpfr_get_prec(a.big_->value), mpfr_get_prec(b.big_->value)));
    mpfr_add(big->value, a.big_->value, b.big_->value, MPFR_RNDN);
    return Number(big);
}

Number operator-(const Number& a, const Number& b) {
    auto big = Number::make(std::max(mpfr_get_prec(a.big_->value), mpfr_get_prec(b.big_->value)));
    mpfr_sub(big->value, a.big_->value, b.big_->value, MPFR_RNDN);
    return Number(big);
}

// A product may need more bits than its factors have: it gets them, up to what a literal has.
Number operator*(const Number& a, const Number& b) {
    mpfr_prec_t bits = std::max(mpfr_get_prec(a.big_->value), mpfr_get_prec(b.big_->value));
    auto wide = Number::make(std::max(bits, kLiteralBits));
    mpfr_mul(wide->value, a.big_->value, b.big_->value, MPFR_RNDN);
    if (!mpfr_number_p(wide->value)) return Number(wide);
    mpfr_prec_round(wide->value, std::max<mpfr_prec_t>(bits, mpfr_min_prec(wide->value)), MPFR_RNDN);
    return Number(wide);
}

Number operator/(const Number& a, const Number& b) {
    auto big = Number::make(std::max(mpfr_get_prec(a.big_->value), mpfr_get_prec(b.big_->value)));
    mpfr_div(big->value, a.big_->value, b.big_->value, MPFR_RNDN);
    return Number(big);
}

Number operator%(const Number& a, const Number& b) {
    if (a.is_infinite() || b.is_infinite()) return a * b;
    if (b.is_zero()) return a;
    Number quotient = a / b;
    auto work = Number::make(std::max(mpfr_get_prec(a.big_->value), mpfr_get_prec(b.big_->value)));
    mpfr_trunc(work->value, quotient.big_->value);
    mpfr_mul(work->value, b.big_->value, work->value, MPFR_RNDN);
    mpfr_sub(work->value, a.big_->value, work->value, MPFR_RNDN);
    return Number(work);
}

Number Number::operator-() const {
    auto big = make(mpfr_get_prec(big_->value));
    mpfr_neg(big->value, big_->value, MPFR_RNDN);
    return Number(big);
}

Number Number::floor() const {
    auto big = make(mpfr_get_prec(big_->value));
    mpfr_floor(big->value, big_->value);
    return Number(big);
}

Number Number::ceil() const {
    auto big = make(mpfr_get_prec(big_->value));
    mpfr_ceil(big->value, big_->value);
    return Number(big);
}

int Number::compare(const Number& a, const Number& b) { return mpfr_cmp(a.big_->value, b.big_->value); }
int Number::sign() const { return mpfr_sgn(big_->value); }
uint64_t Number::bits() const { return static_cast<uint64_t>(mpfr_get_prec(big_->value)); }
bool Number::is_integer() const { return mpfr_integer_p(big_->value) != 0; }
bool Number::is_infinite() const { return mpfr_inf_p(big_->value) != 0; }
double Number::to_double() const { return mpfr_get_d(big_->value, MPFR_RNDN); }

std::optional<int64_t> Number::to_int64() const {
    if (!is_integer() || !mpfr_fits_slong_p(big_->value, MPFR_RNDN)) return std::nullopt;
    return mpfr_get_si(big_->value, MPFR_RNDN);
}

std::optional<uint64_t> Number::to_uint64() const {
    if (!is_integer() || sign() < 0 || !mpfr_fits_ulong_p(big_->value, MPFR_RNDN)) return std::nullopt;
    return mpfr_get_ui(big_->value, MPFR_RNDN);
}

uint64_t Number::magnitude_digits() const {
    if (!mpfr_regular_p(big_->value)) return 1;
    auto exponent = static_cast<double>(std::abs(mpfr_get_exp(big_->value)));
    return static_cast<uint64_t>(std::min(exponent * 0.302, 1e15)) + 160;
}

namespace {

struct Digits {
    std::string text;      // without sign, without trailing zeros
    mpfr_exp_t point = 0;  // the value is 0.TEXT * 10^point
};

Digits digits_of(const mpfr_t value, size_t count) {
    Digits out;
    char* raw = mpfr_get_str(nullptr, &out.point, 10, count, value, MPFR_RNDN);
    out.text = raw[0] == '-' ? raw + 1 : raw;
    mpfr_free_str(raw);
    size_t last = out.text.find_last_not_of('0');
    out.text.resize(last == std::string::npos ? 1 : last + 1);
    return out;
}

bool reads_back(const mpfr_t value, const Digits& digits) {
    mpfr_t back;
    mpfr_init2(back, mpfr_get_prec(value));
    std::string text = "0." + digits.text + "e" + std::to_string(digits.point);
    mpfr_set_str(back, text.c_str(), 10, MPFR_RNDN);
    bool same = mpfr_cmpabs(back, value) == 0;
    mpfr_clear(back);
    return same;
}

Digits shortest_digits(const mpfr_t value) {
    auto enough = static_cast<size_t>(static_cast<double>(mpfr_get_prec(value)) * 0.30103) + 2;
    size_t low = 1;
    size_t high = enough;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (reads_back(value, digits_of(value, middle))) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return digits_of(value, low);
}

}  // namespace

std::string Number::text() const {
    if (is_infinite()) return sign() < 0 ? "-Inf" : "+Inf";
    std::string out = mpfr_signbit(big_->value) ? "-" : "";
    if (is_zero()) return out + "0";
    if (auto small = to_int64(); small && mpfr_get_prec(big_->value) >= 64) return std::to_string(*small);
    Digits d = shortest_digits(big_->value);
    if (d.point <= 0) return out + "0." + std::string(static_cast<size_t>(-d.point), '0') + d.text;
    auto point = static_cast<size_t>(d.point);
    if (d.text.size() <= point) return out + d.text + std::string(point - d.text.size(), '0');
    return out + d.text.substr(0, point) + "." + d.text.substr(point);
}

std::string Number::integer_text(int base) const {
    if (is_infinite()) return text();
    mpz_t integer;
    mpz_init(integer);
    mpfr_get_z(integer, big_->value, MPFR_RNDZ);
    char* raw = mpz_get_str(nullptr, base, integer);
    std::string out = raw;
    void (*release)(void*, size_t) = nullptr;
    mp_get_memory_functions(nullptr, nullptr, &release);
    release(raw, out.size() + 1);
    mpz_clear(integer);
    return out;
}

std::string Number::format(char verb, int precision) const {
    if (is_infinite()) return sign() < 0 ? "-Inf" : "+Inf";
    const char pattern[] = {'%', '.', '*', 'R', verb, '\0'};
    char* raw = nullptr;
    if (mpfr_asprintf(&raw, pattern, precision, big_->value) < 0) return "";
    std::string out = raw;
    mpfr_free_str(raw);
    return out;
}

}  // namespace drover::hcl
