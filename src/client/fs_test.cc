#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "client/alloc_dir.h"
#include "client/fs_stream.h"
#include "codec/json.h"
#include "net/virtual_loop.h"

namespace drover::client {
namespace {

namespace fs = std::filesystem;

struct FilesTest : testing::Test {
    net::VirtualLoop loop;
    fs::path base;
    std::string root;
    std::unique_ptr<AllocDir> directory;

    void SetUp() override {
        char pattern[] = "/tmp/drover-test-XXXXXX";
        base = ::mkdtemp(pattern);
        directory = std::make_unique<AllocDir>(base, "one");
        root = directory->root();
        ASSERT_TRUE(directory->build());
        ASSERT_TRUE(directory->build_task("web"));
    }
    void TearDown() override { fs::remove_all(base); }

    void write(const std::string& path, const std::string& text) {
        std::ofstream(root + "/" + path, std::ios::app) << text;
    }
    static std::string all(net::Loop& loop, FrameSource& source) {
        std::string out;
        for (;;) {
            auto frame = net::run(loop, source.next({}));
            if (!frame || !*frame) return out;
            out += (*frame)->Data;
        }
    }
};

TEST_F(FilesTest, listings_name_kind_size_and_mode) {
    write("web/local/digits", "0123456789");
    auto listed = list_files(root, "/web");
    ASSERT_TRUE(listed);
    std::string shown;
    for (const auto& file : *listed) shown += file.Name + " " + file.FileMode + "\n";
    EXPECT_EQ(shown, "local drwxrwxrwx\nprivate drwxrwxrwx\nsecrets drwxrwxrwx\ntmp dtrwxrwxrwx\n");
    auto file = stat_file(root, "/web/local/digits");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->Size, 10);
    EXPECT_EQ(file->FileMode, "-rw-r--r--");
    EXPECT_EQ(file->ContentType, "text/plain; charset=utf-8");
    EXPECT_EQ(stat_file(root, "web/local")->ContentType, "application/octet-stream");
}

TEST_F(FilesTest, errors_read_as_people_know_them) {
    write("web/local/digits", "x");
    EXPECT_EQ(list_files(root, "/nosuch").error(),
              Error::not_found("open " + root + "/nosuch: no such file or directory"));
    EXPECT_EQ(list_files(root, "/web/local/digits").error(),
              Error::internal("open " + root + "/web/local/digits: not a directory"));
    EXPECT_EQ(list_files(root, "/../..").error(), Error::internal("Path escapes the alloc directory"));
    EXPECT_EQ(stat_file(root, "/nosuch").error(),
              Error::not_found("stat " + root + "/nosuch: no such file or directory"));
    EXPECT_EQ(open_file(root, "/web/local").error().message, "file \"/web/local\" is a directory");
    EXPECT_FALSE(list_files(root, std::string_view("a\0b", 3)));
}

TEST_F(FilesTest, links_do_not_lead_out_and_secrets_are_not_read) {
    fs::create_symlink("/etc/passwd", root + "/web/local/link");
    fs::create_directory_symlink("../../../..", root + "/web/local/up");
    EXPECT_FALSE(open_file(root, "/web/local/link"));
    EXPECT_FALSE(list_files(root, "/web/local/up"));
    write("web/secrets/key", "x");
    EXPECT_FALSE(open_file(root, "/web/secrets/key"));
    EXPECT_FALSE(open_file(root, "web//local/../secrets/key"));
    EXPECT_TRUE(list_files(root, "/web/secrets"));
}

TEST_F(FilesTest, what_a_task_wants_written_stays_inside) {
    const TaskPaths paths = directory->task("web");
    EXPECT_TRUE(write_inside(root, paths.root, "local/a/b.txt", "text", 0640));
    struct stat found{};
    ASSERT_EQ(::stat((paths.local + "/a/b.txt").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0640u);
    EXPECT_FALSE(write_inside(root, paths.root, "../../../x", "text", 0644));
    fs::create_directory_symlink("/tmp", paths.local + "/out");
    EXPECT_FALSE(write_inside(root, paths.root, "local/out/x", "text", 0644));
    EXPECT_FALSE(directory->build_task(".."));
    EXPECT_FALSE(directory->build_task("a/b"));
}

TEST_F(FilesTest, a_file_is_streamed_from_either_end_and_with_a_limit) {
    write("web/local/digits", "0123456789");
    const auto read = [&](FileStreamRequest request) {
        request.root = root;
        request.path = "web/local/digits";
        auto stream = stream_file(loop, std::move(request));
        return stream ? all(loop, **stream) : stream.error().message;
    };
    EXPECT_EQ(read({}), "0123456789");
    FileStreamRequest part;
    part.offset = 3;
    part.limit = 4;
    EXPECT_EQ(read(part), "3456");
    FileStreamRequest tail;
    tail.offset = 2;
    tail.from_end = true;
    EXPECT_EQ(read(tail), "89");
    FileStreamRequest beyond;
    beyond.offset = 100;
    EXPECT_EQ(read(beyond), "");
}

TEST_F(FilesTest, following_a_file_tells_growth_truncation_and_deletion) {
    write("web/local/log", "one");
    FileStreamRequest request;
    request.root = root;
    request.path = "web/local/log";
    request.follow = true;
    auto stream = stream_file(loop, request);
    ASSERT_TRUE(stream);
    const auto next = [&] { return *net::run(loop, (*stream)->next({})); };
    EXPECT_EQ(next()->Data, "one");
    EXPECT_EQ(codec::to_json(*next()), "{}");  // the heartbeat
    write("web/local/log", "two");
    EXPECT_EQ(next()->Data, "two");
    fs::resize_file(root + "/web/local/log", 0);
    EXPECT_EQ(next()->FileEvent, "file truncated");
    fs::remove(root + "/web/local/log");
    EXPECT_EQ(next()->FileEvent, "file deleted");
    EXPECT_FALSE(next());
}

TEST_F(FilesTest, a_log_is_one_sequence_over_its_files) {
    write("alloc/logs/web.stdout.3", "aaaa");
    write("alloc/logs/web.stdout.4", "bbbb");
    const auto read = [&](int64_t offset, bool from_end) {
        LogStreamRequest request;
        request.root = root;
        request.task = "web";
        request.type = "stdout";
        request.offset = offset;
        request.from_end = from_end;
        auto stream = stream_logs(loop, request);
        return stream ? all(loop, **stream) : stream.error().message;
    };
    EXPECT_EQ(read(0, false), "aaaabbbb");
    EXPECT_EQ(read(6, false), "bb");
    EXPECT_EQ(read(6, true), "aabbbb");
    EXPECT_EQ(read(100, true), "aaaabbbb");
    EXPECT_EQ(read(100, false), "");
}

TEST_F(FilesTest, a_followed_log_goes_on_in_the_next_file_and_ends_with_its_task) {
    write("alloc/logs/web.stdout.0", "first");
    bool ended = false;
    LogStreamRequest request;
    request.root = root;
    request.task = "web";
    request.type = "stdout";
    request.follow = true;
    request.task_ended = [&] { return ended; };
    auto stream = stream_logs(loop, request);
    ASSERT_TRUE(stream);
    const auto next = [&] { return *net::run(loop, (*stream)->next({})); };
    EXPECT_EQ(next()->Data, "first");
    write("alloc/logs/web.stdout.0", "rest");
    write("alloc/logs/web.stdout.1", "second");
    EXPECT_EQ(next()->Data, "rest");
    EXPECT_EQ(next()->File, "alloc/logs/web.stdout.1");
    ended = true;
    EXPECT_FALSE(next());
    request.type = "stderr";
    EXPECT_EQ(stream_logs(loop, request).error().code, ErrorCode::not_found);
}

TEST(Sniff, kinds_of_content) {
    EXPECT_EQ(sniff_content_type("a.json", "{}"), "application/json");
    EXPECT_EQ(sniff_content_type("a", "  <HTML>"), "text/html; charset=utf-8");
    EXPECT_EQ(sniff_content_type("a", std::string_view("\x00\x01", 2)), "application/octet-stream");
    EXPECT_EQ(sniff_content_type("a", ""), "text/plain; charset=utf-8");
}

}  // namespace
}  // namespace drover::client
