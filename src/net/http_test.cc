#include "net/http.h"

#include <gtest/gtest.h>

namespace drover::net {
namespace {

TEST(Headers, compare_names_without_case_and_keep_their_order) {
    Headers headers{{"Accept", "a"}, {"x-thing", "1"}, {"X-Thing", "2"}};
    EXPECT_EQ(headers.get("X-THING"), "1");
    EXPECT_EQ(headers.get("absent"), "");
    EXPECT_EQ(headers.find("absent"), nullptr);
    headers.set("X-thing", "3");
    EXPECT_EQ(headers.size(), 2u);
    EXPECT_EQ(headers.get("x-thing"), "3");
}

TEST(Headers, find_tokens_in_lists) {
    Headers headers{{"Connection", "keep-alive, Upgrade"}, {"connection", "x"}};
    EXPECT_TRUE(headers.has_token("Connection", "upgrade"));
    EXPECT_TRUE(headers.has_token("Connection", "X"));
    EXPECT_FALSE(headers.has_token("Connection", "keep"));
}

TEST(Headers, are_written_in_canonical_form) {
    EXPECT_EQ(canonical_header_name("x-nomad-lastContact"), "X-Nomad-Lastcontact");
    EXPECT_EQ(canonical_header_name("ETAG"), "Etag");
    EXPECT_EQ(canonical_header_name("not a name"), "not a name");
}

TEST(Query, is_read_as_go_reads_it) {
    const Query query = Query::parse("a=1&a=2&b&c=x+y%2Bz&d%20e=&bad=%zz&semi;colon=1&&=v");
    EXPECT_EQ(query.get("a"), "1");
    EXPECT_EQ(query.all("a"), (std::vector<std::string_view>{"1", "2"}));
    EXPECT_TRUE(query.has("b"));
    EXPECT_EQ(query.get("b"), "");
    EXPECT_EQ(query.get("c"), "x y+z");
    EXPECT_TRUE(query.has("d e"));
    EXPECT_FALSE(query.has("bad"));
    EXPECT_FALSE(query.has("semi;colon"));
    EXPECT_EQ(query.get(""), "v");
    EXPECT_EQ(query.find("absent"), std::nullopt);
}

TEST(Query, encodes_what_parse_reads) {
    Query query;
    query.add("filter", "Name == \"a b\" and x+y");
    query.add("ü", "&=%");
    const std::string text = query.encode();
    EXPECT_EQ(text, "filter=Name+%3D%3D+%22a+b%22+and+x%2By&%C3%BC=%26%3D%25");
    EXPECT_EQ(Query::parse(text).get("filter"), query.get("filter"));
    EXPECT_EQ(Query::parse(text).get("ü"), "&=%");
}

TEST(Path, decodes_all_escapes_or_nothing) {
    EXPECT_EQ(decode_path("/v1/job/a%2Fb+c"), "/v1/job/a/b+c");
    EXPECT_EQ(decode_path("/%"), std::nullopt);
    EXPECT_EQ(decode_path("/%4"), std::nullopt);
    EXPECT_EQ(decode_path("/%4g"), std::nullopt);
    EXPECT_EQ(encode_path_segment("a/b c"), "a%2Fb%20c");
}

TEST(HttpDate, has_the_form_of_the_protocol) {
    EXPECT_EQ(http_date(Time::from_unix_seconds(784111777)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Address, is_read_and_written) {
    EXPECT_EQ(*parse_address("127.0.0.1:4646"), Address::tcp("127.0.0.1", 4646));
    EXPECT_EQ(*parse_address("[::1]:80"), Address::tcp("::1", 80));
    EXPECT_EQ(to_string(Address::tcp("::1", 80)), "[::1]:80");
    EXPECT_EQ(*parse_address("unix:///run/x.sock"), Address::unix_socket("/run/x.sock"));
    for (const char* wrong : {"host", "::1:80", "host:", "host:70000", "host:-1", ""}) {
        EXPECT_FALSE(parse_address(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace drover::net
