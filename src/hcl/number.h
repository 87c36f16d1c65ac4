#pragma once
// HCL's numbers: binary floating point with the precision of each operand kept (512 bits for what a source text spells,
// 64 for counted integers, 53 for results of transcendental functions), round to nearest even. Immutable; copies share.

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace drover::hcl {

class Number {
public:
    Number(int64_t value = 0);
    static Number from_uint64(uint64_t value);
    static Number from_double(double value);  // 53 bits; not NaN
    static Number infinity(bool negative);
    // Decimal digits with optional sign, fraction and exponent (of 10 behind `e`, of 2 behind `p`), or `Inf`. Nothing
    // for other text or a magnitude beyond 10^±10000.
    static std::optional<Number> parse(std::string_view text);
    // An integer in another base, 2 to 62.
    static std::optional<Number> parse_integer(std::string_view text, int base);

    friend Number operator+(const Number& a, const Number& b);
    friend Number operator-(const Number& a, const Number& b);
    friend Number operator*(const Number& a, const Number& b);
    friend Number operator/(const Number& a, const Number& b);  // by zero: infinite. Neither 0/0 nor infinity/infinity.
    friend Number operator%(const Number& a, const Number& b);  // truncating; a for b = 0
    Number operator-() const;
    Number floor() const;
    Number ceil() const;
    Number abs() const { return sign() < 0 ? -*this : *this; }

    friend bool operator==(const Number& a, const Number& b) { return compare(a, b) == 0; }
    friend bool operator<(const Number& a, const Number& b) { return compare(a, b) < 0; }
    friend bool operator>(const Number& a, const Number& b) { return compare(a, b) > 0; }
    friend bool operator<=(const Number& a, const Number& b) { return compare(a, b) <= 0; }
    friend bool operator>=(const Number& a, const Number& b) { return compare(a, b) >= 0; }

    int sign() const;
    uint64_t bits() const;  // of precision
    bool is_integer() const;
    bool is_infinite() const;
    bool is_zero() const { return sign() == 0; }
    // Nothing for fractions and what does not fit.
    std::optional<int64_t> to_int64() const;
    std::optional<uint64_t> to_uint64() const;
    double to_double() const;

    // The fewest digits that read back as this number, never with an exponent. `0.1`, `-0`, `100`, `+Inf`.
    std::string text() const;
    // Of an integer, in another base (2 to 36), lower case.
    std::string integer_text(int base) const;
    // Digits after the point, as printf's f, e and g do.
    std::string format(char verb, int precision) const;
    // Decimal digits before or after the point that text() would print, at most: to refuse what is absurdly long.
    uint64_t magnitude_digits() const;

private:
    struct Big;
    explicit Number(std::shared_ptr<const Big> big) : big_(std::move(big)) {}
    static std::shared_ptr<Big> make(long precision);
    static std::optional<Number> parse_infinity(std::string_view text);
    static int compare(const Number& a, const Number& b);
    std::shared_ptr<const Big> big_;
};

}  // namespace drover::hcl
