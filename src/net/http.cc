#include "net/http.h"

#include <algorithm>
#include <cstdio>

#include "base/strings.h"

namespace drover::net {

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> decode(std::string_view raw, bool plus_is_space) {
    std::string out;
    out.reserve(raw.size());
    for (size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '%') {
            if (raw.size() - i < 3) return std::nullopt;
            const int high = hex_value(raw[i + 1]), low = hex_value(raw[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += plus_is_space && raw[i] == '+' ? ' ' : raw[i];
        }
    }
    return out;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_unreserved(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '~'; }

std::string encode(std::string_view text, bool space_is_plus) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(c))
            out += c;
        else if (space_is_plus && c == ' ')
            out += '+';
        else
            out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
    return out;
}

bool is_token_char(char c) {
    return is_letter(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

const std::string* Headers::find(std::string_view name) const {
    for (const Field& field : fields_) {
        if (equal_fold(field.first, name)) return &field.second;
    }
    return nullptr;
}

std::string_view Headers::get(std::string_view name) const {
    const std::string* value = find(name);
    return value != nullptr ? std::string_view(*value) : std::string_view();
}

void Headers::add_first(std::string name, std::string value) {
    const auto same =
        std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return equal_fold(field.first, name); });
    fields_.insert(same, {std::move(name), std::move(value)});
}

void Headers::set(std::string_view name, std::string value) {
    remove(name);
    add(std::string(name), std::move(value));
}

void Headers::remove(std::string_view name) {
    std::erase_if(fields_, [&](const Field& field) { return equal_fold(field.first, name); });
}

bool Headers::has_token(std::string_view name, std::string_view token) const {
    for (const Field& field : fields_) {
        if (!equal_fold(field.first, name)) continue;
        std::string_view rest = field.second;
        for (;;) {
            const size_t comma = rest.find(',');
            if (equal_fold(trim(rest.substr(0, comma)), token)) return true;
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return false;
}

std::string canonical_header_name(std::string_view name) {
    std::string out(name);
    if (!std::all_of(name.begin(), name.end(), is_token_char)) return out;
    bool upper = true;
    for (char& c : out) {
        if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        upper = c == '-';
    }
    return out;
}

Query Query::parse(std::string_view raw) {
    Query out;
    while (!raw.empty()) {
        const size_t end = raw.find('&');
        const std::string_view pair = raw.substr(0, end);
        raw = end == std::string_view::npos ? std::string_view() : raw.substr(end + 1);
        if (pair.empty() || pair.find(';') != std::string_view::npos) continue;
        const size_t equals = pair.find('=');
        auto key = decode(pair.substr(0, equals), true);
        auto value = decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
        if (key && value) out.add(std::move(*key), std::move(*value));
    }
    return out;
}

std::optional<std::string_view> Query::find(std::string_view key) const {
    for (const Pair& pair : pairs_) {
        if (pair.first == key) return pair.second;
    }
    return std::nullopt;
}

bool Query::has(std::string_view key) const { return find(key).has_value(); }

std::string_view Query::get(std::string_view key) const { return find(key).value_or(std::string_view()); }

std::vector<std::string_view> Query::all(std::string_view key) const {
    std::vector<std::string_view> out;
    for (const Pair& pair : pairs_) {
        if (pair.first == key) out.push_back(pair.second);
    }
    return out;
}

void Query::set(std::string_view key, std::string value) {
    std::erase_if(pairs_, [&](const Pair& pair) { return pair.first == key; });
    add(std::string(key), std::move(value));
}

std::string Query::encode() const {
    std::string out;
    for (const auto& [key, value] : pairs_) {
        if (!out.empty()) out += '&';
        out += encode_query(key) + "=" + encode_query(value);
    }
    return out;
}

std::optional<std::string> decode_path(std::string_view raw) { return decode(raw, false); }
std::string encode_path_segment(std::string_view text) { return encode(text, false); }
std::string encode_query(std::string_view text) { return encode(text, true); }

std::string_view reason_phrase(int status) {
    switch (status) {
        case 100: return "Continue";
        case 101: return "Switching Protocols";
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 206: return "Partial Content";
        case 301: return "Moved Permanently";
        case 302: return "Found";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 307: return "Temporary Redirect";
        case 308: return "Permanent Redirect";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 410: return "Gone";
        case 411: return "Length Required";
        case 412: return "Precondition Failed";
        case 413: return "Request Entity Too Large";
        case 415: return "Unsupported Media Type";
        case 416: return "Requested Range Not Satisfiable";
        case 417: return "Expectation Failed";
        case 422: return "Unprocessable Entity";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        default: return "";
    }
}

std::string http_date(Time time) {
    constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Civil c = to_civil(time);
    char out[64];
    std::snprintf(out, sizeof out, "%s, %02d %s %04lld %02d:%02d:%02d GMT", kDays[c.weekday], c.day,
                  kMonths[c.month - 1], static_cast<long long>(c.year), c.hour, c.minute, c.second);
    return out;
}

Response Response::text(int status, std::string body) {
    Response out;
    out.status = status;
    out.headers.add("Content-Type", "text/plain; charset=utf-8");
    out.body = std::move(body);
    return out;
}

Response Response::json(std::string body, int status) {
    Response out;
    out.status = status;
    out.headers.add("Content-Type", "application/json");
    out.body = std::move(body);
    return out;
}

}  // namespace drover::net
