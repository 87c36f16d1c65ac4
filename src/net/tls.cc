#include "net/tls.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <sstream>

#include "base/strings.h"

namespace drover::net {

namespace {

std::string openssl_error(std::string_view what) {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    char text[256] = "unknown";
    if (code != 0) ERR_error_string_n(code, text, sizeof text);
    return std::string(what) + ": " + text;
}

template <auto free>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free(object);
    }
};
using CtxPtr = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using BioPtr = std::unique_ptr<BIO, Free<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, Free<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

// The PEM itself, or what the file of that name holds.
Result<std::string> pem_of(const std::string& source) {
    if (source.find("-----BEGIN") != std::string::npos) return source;
    std::ifstream file(source);
    if (!file) return fail(Error::bad_request("cannot read " + source));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

BioPtr bio_of(const std::string& text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

Result<> load_identity(SSL_CTX* ctx, const TlsConfig& config) {
    auto chain = pem_of(config.certificate);
    if (!chain) return fail(chain.error());
    auto key_text = pem_of(config.key);
    if (!key_text) return fail(key_text.error());
    const BioPtr bio = bio_of(*chain);
    const X509Ptr leaf(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!leaf || SSL_CTX_use_certificate(ctx, leaf.get()) != 1)
        return fail(Error::bad_request(openssl_error("certificate")));
    while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) SSL_CTX_add0_chain_cert(ctx, next);
    ERR_clear_error();  // the end of the chain reads as an error
    const BioPtr key_bio = bio_of(*key_text);
    const KeyPtr key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
    if (!key || SSL_CTX_use_PrivateKey(ctx, key.get()) != 1 || SSL_CTX_check_private_key(ctx) != 1)
        return fail(Error::bad_request(openssl_error("private key")));
    return {};
}

Result<> load_authorities(SSL_CTX* ctx, const TlsConfig& config, bool is_server) {
    auto text = pem_of(config.ca);
    if (!text) return fail(text.error());
    const BioPtr bio = bio_of(*text);
    X509_STORE* store = SSL_CTX_get_cert_store(ctx);
    size_t count = 0;
    while (X509* raw = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
        const X509Ptr authority(raw);
        X509_STORE_add_cert(store, authority.get());
        if (is_server) SSL_CTX_add_client_CA(ctx, authority.get());
        ++count;
    }
    ERR_clear_error();
    if (count == 0) return fail(Error::bad_request("no certificate of an authority found"));
    return {};
}

// "h2","http/1.1" as the wire has them: each behind its length.
std::string alpn_list(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) {
        if (name.empty() || name.size() > 255) continue;
        out += static_cast<char>(name.size());
        out += name;
    }
    return out;
}

}  // namespace

struct TlsContext::Impl {
    CtxPtr ctx;
    std::string alpn;

    static Result<std::unique_ptr<Impl>> make(const TlsConfig& config, bool is_server);
    static int select_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                           unsigned int offered_size, void* self);
};

int TlsContext::Impl::select_alpn(SSL*, const unsigned char** out, unsigned char* out_size,
                                  const unsigned char* offered, unsigned int offered_size, void* self) {
    const std::string& ours = static_cast<Impl*>(self)->alpn;
    unsigned char* chosen = nullptr;
    const int found = SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(ours.data()),
                                            static_cast<unsigned>(ours.size()), offered, offered_size);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Result<std::unique_ptr<TlsContext::Impl>> TlsContext::Impl::make(const TlsConfig& config, bool is_server) {
    auto impl = std::make_unique<Impl>();
    impl->ctx.reset(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()));
    SSL_CTX* ctx = impl->ctx.get();
    if (ctx == nullptr) return fail(Error::internal(openssl_error("TLS")));
    const bool only13 = config.min_version == "tls13";
    if (!only13 && config.min_version != "tls12")
        return fail(Error::bad_request("unsupported TLS version " + config.min_version));
    SSL_CTX_set_min_proto_version(ctx, only13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // Buffers are given back while a connection is idle; a partly written record may be continued from anywhere.
    SSL_CTX_set_mode(ctx,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (is_server || !config.certificate.empty()) {
        if (Result<> loaded = load_identity(ctx, config); !loaded) return fail(loaded.error());
    }
    if (!config.ca.empty()) {
        if (Result<> loaded = load_authorities(ctx, config, is_server); !loaded) return fail(loaded.error());
    } else if (!is_server) {
        SSL_CTX_set_default_verify_paths(ctx);
    }
    int verify = SSL_VERIFY_NONE;
    if (config.verify_peer && !is_server) verify = SSL_VERIFY_PEER;
    if (config.verify_peer && is_server && !config.ca.empty())
        verify = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(ctx, verify, nullptr);
    impl->alpn = alpn_list(config.alpn);
    const auto* alpn = reinterpret_cast<const unsigned char*>(impl->alpn.data());
    if (!impl->alpn.empty() && is_server) SSL_CTX_set_alpn_select_cb(ctx, select_alpn, impl.get());
    if (!impl->alpn.empty() && !is_server) SSL_CTX_set_alpn_protos(ctx, alpn, static_cast<unsigned>(impl->alpn.size()));
    return impl;
}

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::server(const TlsConfig& config) {
    auto impl = Impl::make(config, true);
    if (!impl) return fail(impl.error());
    return std::shared_ptr<TlsContext>(new TlsContext(std::move(*impl)));
}

Result<std::shared_ptr<TlsContext>> TlsContext::client(const TlsConfig& config) {
    auto impl = Impl::make(config, false);
    if (!impl) return fail(impl.error());
    return std::shared_ptr<TlsContext>(new TlsContext(std::move(*impl)));
}

namespace {

// A BIO whose other side is a Stream: OpenSSL reads and writes it, and "nothing now" becomes its retry.
int bio_read(BIO* bio, char* into, int size) {
    auto* under = static_cast<Stream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    Result<std::optional<size_t>> n = under->try_read({into, static_cast<size_t>(size)});
    if (!n) return -1;
    if (*n) return static_cast<int>(**n);
    BIO_set_retry_read(bio);
    return -1;
}

int bio_write(BIO* bio, const char* from, int size) {
    auto* under = static_cast<Stream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const std::string_view bytes(from, static_cast<size_t>(size));
    Result<std::optional<size_t>> n = under->try_write(std::span(&bytes, 1));
    if (!n) return -1;
    if (*n) return static_cast<int>(**n);
    BIO_set_retry_write(bio);
    return -1;
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* stream_bio() {
    static BIO_METHOD* const kMethod = [] {
        BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
        BIO_meth_set_read(method, bio_read);
        BIO_meth_set_write(method, bio_write);
        BIO_meth_set_ctrl(method, bio_control);
        BIO_meth_set_create(method, [](BIO* bio) { return BIO_set_init(bio, 1), 1; });
        return method;
    }();
    return kMethod;
}

class TlsStream final : public Stream {
public:
    TlsStream(std::unique_ptr<Stream> under, std::shared_ptr<TlsContext> context)
        : Stream(under->loop()), under_(std::move(under)), context_(std::move(context)) {
        ssl_.reset(SSL_new(context_->impl().ctx.get()));
        BIO* bio = BIO_new(stream_bio());
        BIO_set_data(bio, under_.get());
        SSL_set_bio(ssl_.get(), bio, bio);
    }
    ~TlsStream() override { close(); }

    Task<Result<>> handshake(bool is_server, std::string server_name, Limit limit);

    Result<std::optional<size_t>> try_read(std::span<char> into) override;
    Result<std::optional<size_t>> try_write(std::span<const std::string_view> parts) override;
    void watch(Direction direction, IoWaiter& waiter) override;
    void unwatch(Direction direction) override { under_->unwatch(wanted(direction)); }
    void shutdown_write() override;
    void close() override { under_->close(); }
    Address local() const override { return under_->local(); }
    Address peer() const override { return under_->peer(); }

    SSL* ssl() const { return ssl_.get(); }

private:
    // What an operation of this direction waits for below; TLS may have to write in order to read.
    Direction& wanted(Direction direction) { return direction == Direction::read ? read_wants_ : write_wants_; }
    // Whether the failed call may be repeated when the stream below is ready.
    bool may_retry(int result, Direction direction);
    Error error(std::string_view what);

    struct FreeSsl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    std::unique_ptr<Stream> under_;
    std::shared_ptr<TlsContext> context_;
    std::unique_ptr<SSL, FreeSsl> ssl_;
    Direction read_wants_ = Direction::read;
    Direction write_wants_ = Direction::write;
    bool broken_ = false;  // after a fatal error OpenSSL must not be called again
};

bool TlsStream::may_retry(int result, Direction direction) {
    const int reason = SSL_get_error(ssl_.get(), result);
    if (reason == SSL_ERROR_WANT_READ) return wanted(direction) = Direction::read, true;
    if (reason == SSL_ERROR_WANT_WRITE) return wanted(direction) = Direction::write, true;
    if (reason == SSL_ERROR_SSL || reason == SSL_ERROR_SYSCALL) broken_ = true;
    return false;
}

Error TlsStream::error(std::string_view what) {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK) {
        ERR_clear_error();
        return Error::unavailable("tls: failed to verify certificate: " +
                                  std::string(X509_verify_cert_error_string(verified)));
    }
    return Error::unavailable(openssl_error(what));
}

Task<Result<>> TlsStream::handshake(bool is_server, std::string server_name, Limit limit) {
    SSL* ssl = ssl_.get();
    if (is_server) {
        SSL_set_accept_state(ssl);
    } else {
        SSL_set_connect_state(ssl);
        in6_addr binary;
        const bool numeric = ::inet_pton(AF_INET, server_name.c_str(), &binary) == 1 ||
                             ::inet_pton(AF_INET6, server_name.c_str(), &binary) == 1;
        if (numeric) X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), server_name.c_str());
        if (!numeric && !server_name.empty()) {
            SSL_set_tlsext_host_name(ssl, server_name.c_str());
            SSL_set1_host(ssl, server_name.c_str());
        }
    }
    for (;;) {
        ERR_clear_error();
        const int done = SSL_do_handshake(ssl);
        if (done == 1) co_return Result<>();
        if (!may_retry(done, Direction::read)) co_return fail(error("tls handshake"));
        Result<> waited = co_await under_->ready(read_wants_, limit);
        if (!waited) co_return waited;
    }
}

Result<std::optional<size_t>> TlsStream::try_read(std::span<char> into) {
    if (broken_) return fail(Error::unavailable("tls: connection is broken"));
    ERR_clear_error();
    size_t n = 0;
    const int done = SSL_read_ex(ssl_.get(), into.data(), into.size(), &n);
    if (done == 1) return n;
    if (may_retry(done, Direction::read)) return std::nullopt;
    // An end without TLS's own goodbye is an error: somebody may have cut the connection.
    if (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) return size_t{0};
    return fail(error("tls read"));
}

Result<std::optional<size_t>> TlsStream::try_write(std::span<const std::string_view> parts) {
    if (broken_) return fail(Error::unavailable("tls: connection is broken"));
    size_t total = 0;
    for (std::string_view part : parts) {
        while (!part.empty()) {
            ERR_clear_error();
            size_t n = 0;
            const int done = SSL_write_ex(ssl_.get(), part.data(), part.size(), &n);
            if (done == 1) {
                part.remove_prefix(n);
                total += n;
                continue;
            }
            if (!may_retry(done, Direction::write)) return fail(error("tls write"));
            if (total == 0) return std::nullopt;
            return total;
        }
    }
    return total;
}

void TlsStream::watch(Direction direction, IoWaiter& waiter) { under_->watch(wanted(direction), waiter); }

void TlsStream::shutdown_write() {
    if (!broken_) SSL_shutdown(ssl_.get());
    ERR_clear_error();
    under_->shutdown_write();
}

Task<Result<std::unique_ptr<Stream>>> secure(std::unique_ptr<Stream> stream, std::shared_ptr<TlsContext> context,
                                             bool is_server, std::string server_name, Limit limit) {
    auto tls = std::make_unique<TlsStream>(std::move(stream), std::move(context));
    Result<> done = co_await tls->handshake(is_server, std::move(server_name), std::move(limit));
    if (!done) co_return fail(done.error());
    co_return tls;
}

}  // namespace

Task<Result<std::unique_ptr<Stream>>> tls_accept(std::unique_ptr<Stream> stream, std::shared_ptr<TlsContext> context,
                                                 Limit limit) {
    return secure(std::move(stream), std::move(context), true, {}, std::move(limit));
}

Task<Result<std::unique_ptr<Stream>>> tls_connect(std::unique_ptr<Stream> stream, std::shared_ptr<TlsContext> context,
                                                  std::string server_name, Limit limit) {
    return secure(std::move(stream), std::move(context), false, std::move(server_name), std::move(limit));
}

namespace {

// Text of a certificate, or nothing: a name with a zero byte inside is a trick.
void add_name(std::vector<std::string>& names, const ASN1_STRING* text) {
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, text);
    if (size > 0) {
        std::string name(reinterpret_cast<const char*>(utf8), static_cast<size_t>(size));
        if (name.find('\0') == std::string::npos) names.push_back(std::move(name));
    }
    if (size >= 0) OPENSSL_free(utf8);
}

}  // namespace

std::vector<std::string> tls_peer_names(const Stream& stream) {
    std::vector<std::string> names;
    const auto* tls = dynamic_cast<const TlsStream*>(&stream);
    const X509Ptr certificate(tls != nullptr ? SSL_get1_peer_certificate(tls->ssl()) : nullptr);
    if (!certificate) return names;
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    const int common = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (common >= 0) add_name(names, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, common)));
    auto* alternatives =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives, i);
        if (name->type == GEN_DNS) add_name(names, name->d.dNSName);
    }
    GENERAL_NAMES_free(alternatives);
    ERR_clear_error();
    return names;
}

}  // namespace drover::net
