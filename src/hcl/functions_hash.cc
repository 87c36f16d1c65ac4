// bcrypt md5 rsadecrypt sha1 sha256 sha512 uuidv4 uuidv5
#include <crypt.h>
#include <nettle/md5.h>
#include <nettle/rsa.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include <array>

#include "base/strings.h"
#include "base/uuid.h"
#include "hcl/function_helpers.h"

namespace drover::hcl {
namespace {

const uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

template <size_t Size, class Context, class Init, class Update, class Digest>
std::array<uint8_t, Size> digest_of(std::string_view text, Init init, Update update, Digest digest) {
    Context context;
    init(&context);
    update(&context, text.size(), bytes_of(text));
    std::array<uint8_t, Size> out;
    digest(&context, Size, out.data());
    return out;
}

std::array<uint8_t, SHA1_DIGEST_SIZE> sha1_of(std::string_view text) {
    return digest_of<SHA1_DIGEST_SIZE, sha1_ctx>(text, sha1_init, sha1_update, sha1_digest);
}

template <size_t Size>
std::string hex(const std::array<uint8_t, Size>& bytes) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    for (uint8_t byte : bytes) {
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    }
    return out;
}

template <class Hash>
Function hash_function(Hash hash) {
    return function({text_parameter("str")},
                    [hash](Arguments a) -> FunctionResult { return Value::string(hex(hash(a[0].as_string()))); });
}

FunctionResult bcrypt(Arguments a, Rng* rng) {
    int64_t cost = 10;
    if (a.size() > 2) return refuse("bcrypt() takes no more than two arguments");
    if (a.size() == 2) cost = a[1].as_number().to_int64().value_or(-1);
    // A cost that is too small stands for the usual one.
    if (cost < 4 && cost >= 0) cost = 10;
    if (cost < 0 || cost > 14) return refuse_argument(1, "the cost must be a whole number from 4 to 14");
    if (a[0].as_string().size() > 72) return refuse("bcrypt: password length exceeds 72 bytes");
    if (a[0].as_string().find('\0') != std::string::npos) return refuse("bcrypt: the text has a NUL");
    if (!rng) return refuse("there is no source of randomness");
    uint8_t salt[16];
    rng->fill(salt);
    auto data = std::make_unique<crypt_data>();
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    if (!crypt_gensalt_rn("$2a$", static_cast<unsigned long>(cost), reinterpret_cast<const char*>(salt), sizeof salt,
                          setting, sizeof setting)) {
        return refuse("bcrypt is not available");
    }
    const char* hashed = crypt_r(a[0].as_string().c_str(), setting, data.get());
    if (!hashed || hashed[0] == '*') return refuse("bcrypt is not available");
    return Value::string(hashed);
}

// The bytes between a PEM block's lines, whatever its kind.
bool pem_bytes(const std::string& text, std::string& out) {
    size_t begin = text.find("-----BEGIN ");
    if (begin == std::string::npos) return false;
    begin = text.find('\n', begin);
    size_t end = text.find("-----END ");
    if (begin == std::string::npos || end == std::string::npos || end < begin) return false;
    std::string digits;
    for (char c : text.substr(begin, end - begin)) {
        if (!std::isspace(static_cast<unsigned char>(c))) digits += c;
    }
    return base64_bytes(digits, out);
}

struct RsaKey {
    RsaKey() { rsa_public_key_init(&open), rsa_private_key_init(&secret); }
    ~RsaKey() { rsa_public_key_clear(&open), rsa_private_key_clear(&secret); }
    RsaKey(const RsaKey&) = delete;
    RsaKey& operator=(const RsaKey&) = delete;
    rsa_public_key open;
    rsa_private_key secret;
};

FunctionResult rsa_decrypt_text(Arguments a) {
    std::string cipher;
    if (!base64_bytes(a[0].as_string(), cipher)) {
        return refuse("failed to decode input \"" + a[0].as_string() + "\": cipher text must be base64-encoded");
    }
    std::string der;
    RsaKey key;
    if (!pem_bytes(a[1].as_string(), der) ||
        !rsa_keypair_from_der(&key.open, &key.secret, 8192, der.size(), bytes_of(der))) {
        return refuse("failed to parse key: no key found");
    }
    if (cipher.size() != key.secret.size) return refuse("failed to decrypt: the cipher text does not fit the key");
    mpz_t number;
    mpz_init(number);
    mpz_import(number, cipher.size(), 1, 1, 1, 0, cipher.data());
    std::string message(key.secret.size, '\0');
    size_t length = message.size();
    bool good = rsa_decrypt(&key.secret, &length, reinterpret_cast<uint8_t*>(message.data()), number) != 0;
    mpz_clear(number);
    if (!good) return refuse("failed to decrypt: decryption error");
    message.resize(length);
    if (!is_valid_utf8(message)) return refuse("the message is not valid UTF-8");
    return Value::string(message);
}

// The version and the variant that RFC 9562 puts into the bytes of an id.
void mark_version(Uuid& id, uint8_t version) {
    id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0F) | version << 4);
    id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3F) | 0x80);
}

FunctionResult uuid_v5(Arguments a) {
    static constexpr std::pair<std::string_view, std::string_view> kNamespaces[] = {
        {"dns", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
        {"url", "6ba7b811-9dad-11d1-80b4-00c04fd430c8"},
        {"oid", "6ba7b812-9dad-11d1-80b4-00c04fd430c8"},
        {"x500", "6ba7b814-9dad-11d1-80b4-00c04fd430c8"},
    };
    std::string name = a[0].as_string();
    for (const auto& [word, id] : kNamespaces) {
        if (name == word) name = id;
    }
    auto space = parse_uuid(name);
    if (!space)
        return refuse("uuidv5() doesn't support namespace " + a[0].as_string() + " (" + space.error().message + ")");
    std::string input(reinterpret_cast<const char*>(space->bytes.data()), space->bytes.size());
    auto hash = sha1_of(input + a[1].as_string());
    Uuid id;
    std::copy(hash.begin(), hash.begin() + 16, id.bytes.begin());
    mark_version(id, 5);
    return Value::string(to_string(id));
}

}  // namespace

void add_hash_functions(FunctionTable& table, const FunctionEnvironment& environment) {
    Rng* rng = environment.rng;
    table["md5"] = hash_function(
        [](std::string_view t) { return digest_of<MD5_DIGEST_SIZE, md5_ctx>(t, md5_init, md5_update, md5_digest); });
    table["sha1"] = hash_function(sha1_of);
    table["sha256"] = hash_function([](std::string_view t) {
        return digest_of<SHA256_DIGEST_SIZE, sha256_ctx>(t, sha256_init, sha256_update, sha256_digest);
    });
    table["sha512"] = hash_function([](std::string_view t) {
        return digest_of<SHA512_DIGEST_SIZE, sha512_ctx>(t, sha512_init, sha512_update, sha512_digest);
    });
    table["bcrypt"] =
        variadic({text_parameter("str")}, number_parameter("cost"), [rng](Arguments a) { return bcrypt(a, rng); });
    table["rsadecrypt"] = function({text_parameter("ciphertext"), text_parameter("privatekey")}, rsa_decrypt_text);
    table["uuidv4"] = function({}, [rng](Arguments) -> FunctionResult {
        if (!rng) return refuse("there is no source of randomness");
        Uuid id;
        rng->fill(id.bytes);
        mark_version(id, 4);
        return Value::string(to_string(id));
    });
    table["uuidv5"] = function({text_parameter("namespace"), text_parameter("name")}, uuid_v5);
}

}  // namespace drover::hcl
