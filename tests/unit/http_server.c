/* The server seen through raw sockets, so that no client library tidies up what is sent. */
#include "base/file.h"
#include "base/mem.h"
#include "http/http.h"
#include "unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct http_server *server;
static struct http_stream *_Atomic stream;
static atomic_int ended;

struct upload {
    size_t bytes;
};

static void *on_begin(void *ctx, struct http_request *r)
{
    if (!strcmp(http_path(r), "/refused")) {
        http_reply_error(r, 403, "refused early");
        return NULL;
    }
    return mem_calloc(1, sizeof(struct upload));
}

static bool on_body(void *state, struct http_request *r, const void *ptr, size_t len)
{
    struct upload *u = state;

    u->bytes += len;
    if (strcmp(http_path(r), "/small") || u->bytes <= 10)
        return true;
    http_reply_error(r, 413, "too much");
    return false;
}

static void on_end(void *state)
{
    free(state);
    ended++;
}

static void answer(void *ctx, struct http_request *r)
{
    struct str text = STR_INIT;

    if (!strcmp(http_path(r), "/stream")) {
        stream = http_reply_stream(r, 200, "text/event-stream");
        return;
    }
    if (!strcmp(http_path(r), "/file")) {
        http_reply_file(r, 206, "text/x-c", "tests/unit/http_server.c", 3, 8);
        return;
    }
    if (!strcmp(http_path(r), "/nothing"))
        return;
    http_add_header(r, "X-Extra", "yes");
    str_printf(&text, "%s %s raw=%s q=%s body=%zu", http_method(r), http_path(r),
               http_raw_target(r), http_query(r, "q") ? http_query(r, "q") : "-",
               http_state(r) ? ((struct upload *)http_state(r))->bytes : http_body(r).len);
    http_reply(r, 200, "text/plain", slice_str(&text));
    str_done(&text);
}

static void start(bool streaming)
{
    struct http_handler h = {.on_request = answer};
    struct http_options o = {.max_body = 100, .threads = 2, .max_connections = 50};
    struct lk_error err;

    if (streaming) {
        h.on_begin = on_begin;
        h.on_body = on_body;
        h.on_end = on_end;
    }
    assert_ok(http_start(&server, &o, &h, &err), &err);
}

static int setup_whole(void **state)
{
    start(false);
    return 0;
}

static int setup_streaming(void **state)
{
    ended = 0;
    start(true);
    return 0;
}

static int teardown(void **state)
{
    http_stop(server);
    return 0;
}

static int dial(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(server))};
    struct timeval patience = {.tv_sec = 5};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* What comes until `until` was seen, or the end. */
static const char *hear(int fd, const char *until)
{
    static char buf[64 * 1024];
    size_t n = 0;
    ssize_t got;

    buf[0] = '\0';
    while (n < sizeof buf - 1 && !(until && strstr(buf, until)) &&
           (got = recv(fd, buf + n, sizeof buf - 1 - n, 0)) > 0) {
        n += (size_t)got;
        buf[n] = '\0';
    }
    return buf;
}

static const char *ask(const char *request)
{
    int fd = dial();
    const char *reply;

    say(fd, request);
    reply = hear(fd, NULL);
    close(fd);
    return reply;
}

#define HEAD " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
#define assert_has(text, part)                                                                     \
    do {                                                                                           \
        const char *unit_text = (text);                                                            \
        if (!strstr(unit_text, (part)))                                                            \
            fail_msg("no '%s' in: %s", (part), unit_text);                                         \
    } while (0)

static void raw_target_is_kept(void **state)
{
    const char *reply = ask("GET /a%20b//c?q=x+y%2B&k HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                            "Connection: close\r\n\r\n");

    assert_has(reply, "HTTP/1.1 200");
    assert_has(reply, "X-Extra: yes");
    assert_has(reply, "GET /a b//c raw=/a%20b//c?q=x+y%2B&k q=x y+ body=0");
}

static void hosts_are_checked(void **state)
{
    assert_has(ask("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"), " 421 ");
    assert_has(ask("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n"
                   "Connection: close\r\n\r\n"),
               " 4");
    assert_has(ask("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n"
                   "Connection: close\r\n\r\n"),
               " 421 ");
    assert_has(ask("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), " 4");
    assert_has(ask("GET /%00" HEAD "\r\n"), " 400 ");
}

static void bodies_are_capped(void **state)
{
    assert_has(ask("POST /" HEAD "Content-Length: 5\r\n\r\nhello"), "body=5");
    assert_has(ask("POST /" HEAD "Content-Length: 101\r\n\r\n"
                   "0123456789012345678901234567890123456789012345678901234567890123456789"
                   "0123456789012345678901234567890"),
               " 413 ");
    /* Announced as huge: refused without reading on. */
    assert_has(ask("POST /" HEAD "Content-Length: 99999999999\r\n\r\n"), " 413 ");
    assert_has(ask("POST /" HEAD "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n"), " 413 ");
    /* Not announced: counted. */
    assert_has(ask("POST /" HEAD "Transfer-Encoding: chunked\r\n\r\n60\r\n"
                   "012345678901234567890123456789012345678901234567890123456789012345678901234567"
                   "890123456789012345\r\n60\r\n"
                   "012345678901234567890123456789012345678901234567890123456789012345678901234567"
                   "890123456789012345\r\n0\r\n\r\n"),
               " 413 ");
}

static void continue_is_said(void **state)
{
    int fd = dial();

    say(fd, "POST /" HEAD "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_has(hear(fd, "\r\n\r\n"), "100 Continue");
    say(fd, "hello");
    assert_has(hear(fd, NULL), "body=5");
    close(fd);
}

static void head_has_no_body(void **state)
{
    const char *reply = ask("HEAD /x" HEAD "\r\n");

    assert_has(reply, "200");
    assert_has(reply, "Content-Length: ");
    assert_string_equal(strstr(reply, "\r\n\r\n"), "\r\n\r\n");
}

static void files_in_part(void **state)
{
    assert_has(ask("GET /file" HEAD "\r\n"), "\r\n\r\nThe serv");
}

static void no_answer_is_an_error(void **state)
{
    assert_has(ask("GET /nothing" HEAD "\r\n"), " 500 ");
}

static void wait_for_stream(void)
{
    for (int i = 0; i < 500 && !stream; i++)
        usleep(10000);
    assert_non_null(stream);
}

static void streams_arrive_as_written(void **state)
{
    int fd = dial();

    stream = NULL;
    say(fd, "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
    wait_for_stream();
    assert_has(hear(fd, "\r\n\r\n"), "text/event-stream");
    assert_true(http_stream_event(stream, "line", SLICE("one\ntwo")));
    assert_has(hear(fd, "two\n\n"), "event: line\ndata: one\ndata: two\n\n");
    usleep(50000); /* the connection sleeps again */
    assert_true(http_stream_write(stream, SLICE("data: 3\n\n")));
    assert_has(hear(fd, "3\n\n"), "data: 3\n\n");
    http_stream_close(stream);
    assert_has(hear(fd, "0\r\n\r\n"), "0\r\n\r\n");
    close(fd);
}

static void gone_reader_is_noticed(void **state)
{
    int fd = dial();
    bool alive = true;

    stream = NULL;
    say(fd, "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
    wait_for_stream();
    hear(fd, "\r\n\r\n");
    close(fd);
    for (int i = 0; i < 300 && alive; i++) {
        usleep(10000);
        alive = http_stream_write(stream, SLICE(""));
    }
    assert_false(alive);
    http_stream_close(stream);
}

static void slow_reader_is_capped(void **state)
{
    static const char piece[64 * 1024];
    int fd = dial(), written = 0;

    stream = NULL;
    say(fd, "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
    wait_for_stream();
    while (written < 1000 && http_stream_write(stream, (struct slice){piece, sizeof piece}))
        written++;
    assert_in_range(written, 100, 600);
    http_stream_close(stream);
    close(fd);
}

static void stop_ends_streams(void **state)
{
    time_t began;
    int fd;

    start(false);
    fd = dial();
    stream = NULL;
    say(fd, "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
    wait_for_stream();
    hear(fd, "\r\n\r\n");
    began = time(NULL);
    http_stop(server);
    assert_true(time(NULL) - began <= 2);
    assert_false(http_stream_write(stream, SLICE("late")));
    http_stream_close(stream);
    close(fd);
}

static void uploads_come_in_pieces(void **state)
{
    assert_has(ask("PUT /x" HEAD "Content-Length: 200\r\n\r\n"
                   "0123456789012345678901234567890123456789012345678901234567890123456789"
                   "0123456789012345678901234567890123456789012345678901234567890123456789"
                   "012345678901234567890123456789012345678901234567890123456789"),
               "body=200");
    assert_has(ask("PUT /small" HEAD "Content-Length: 20\r\n\r\n01234567890123456789"), " 413 ");
    assert_has(ask("PUT /refused" HEAD "Content-Length: 3\r\n\r\nabc"), "refused early");
    assert_has(ask("PUT /refused" HEAD "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"),
               "refused early");
    assert_int_equal(ended, 2); /* on_end once a state, none where on_begin refused */
}

static void cut_upload_frees_its_state(void **state)
{
    int fd = dial();

    say(fd, "PUT /x" HEAD "Content-Length: 200\r\n\r\nabc");
    usleep(50000);
    close(fd);
    for (int i = 0; i < 200 && !ended; i++)
        usleep(10000);
    assert_int_equal(ended, 1);
}

static void more_connections_than_allowed(void **state)
{
    int fds[200];

    for (int i = 0; i < 200; i++)
        fds[i] = dial();
    for (int i = 0; i < 200; i++)
        close(fds[i]);
    usleep(100000);
    assert_has(ask("GET /after" HEAD "\r\n"), "GET /after");
}

/* Who says nothing, or never ends a request, is shut before others are kept out. */
static void a_silent_crowd_keeps_nobody_out(void **state)
{
    int fds[300], busy = dial();
    struct timespec from, to;

    stream = NULL;
    say(busy, "GET /stream" HEAD "\r\n");
    wait_for_stream();
    for (int i = 0; i < 300; i++) {
        fds[i] = dial();
        if (i % 3 == 1)
            say(fds[i], "GET /slow HTTP/1.1\r\nHost: x\r\nX-Sl");
        if (i % 3 == 2)
            say(fds[i], "GET /kept HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_has(ask("GET /after" HEAD "\r\n"), "GET /after");
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true(to.tv_sec - from.tv_sec < 4);
    /* Who is being answered is not touched. */
    http_stream_write(stream, SLICE("still here"));
    assert_has(hear(busy, "still here"), "still here");
    for (int i = 0; i < 300; i++)
        close(fds[i]);
    close(busy);
}

static void busy_port_is_named(void **state)
{
    struct http_options o = {.port = http_port(server)};
    struct http_handler h = {.on_request = answer};
    struct http_server *second = NULL;
    struct lk_error err = {0};

    assert_int_equal(http_start(&second, &o, &h, &err), LK_EIO);
    assert_null(second);
    assert_has(err.text, "is in use");
}

#define whole(test)     cmocka_unit_test_setup_teardown(test, setup_whole, teardown)
#define streaming(test) cmocka_unit_test_setup_teardown(test, setup_streaming, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        whole(raw_target_is_kept),
        whole(hosts_are_checked),
        whole(bodies_are_capped),
        whole(continue_is_said),
        whole(head_has_no_body),
        whole(files_in_part),
        whole(no_answer_is_an_error),
        whole(streams_arrive_as_written),
        whole(gone_reader_is_noticed),
        whole(slow_reader_is_capped),
        cmocka_unit_test(stop_ends_streams),
        streaming(uploads_come_in_pieces),
        streaming(cut_upload_frees_its_state),
        whole(more_connections_than_allowed),
        whole(a_silent_crowd_keeps_nobody_out),
        whole(busy_port_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
