/* The client for servers here: answers framed in every way, cut short, too long, too late. */
#include "base/error.h"
#include "base/mem.h"
#include "http/ask.h"
#include "unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

/* A server for one connection: reads until it has seen `until`, then says what it is told to. */
struct script {
    int fd, port;
    const char *until, *first, *until_body, *say;
    int pause_ms; /* before saying it */
    bool hold;    /* do not close for a while */
    struct str got;
    pthread_t thread;
};

static void read_until(struct script *s, int c, const char *mark)
{
    char buf[65536];
    ssize_t n = 1;

    while (mark && !memmem(s->got.ptr, s->got.len, mark, strlen(mark)) && n > 0)
        if ((n = read(c, buf, sizeof buf)) > 0)
            str_add(&s->got, buf, (size_t)n);
}

static void send_text(int c, const char *text)
{
    size_t n = strlen(text);

    while (n) { /* byte by byte at first, so that every cut is met */
        size_t part = n > 4096 ? n : 1;

        if (send(c, text, part, MSG_NOSIGNAL) != (ssize_t)part)
            return;
        text += part;
        n -= part;
    }
}

static void *serve(void *ctx)
{
    struct script *s = ctx;
    int c = accept(s->fd, NULL, NULL);

    read_until(s, c, s->until);
    if (s->first) {
        send_text(c, s->first);
        read_until(s, c, s->until_body);
    }
    usleep((unsigned)s->pause_ms * 1000);
    send_text(c, s->say);
    if (s->hold)
        usleep(400000);
    close(c);
    return NULL;
}

static void begin(struct script *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;

    str_init(&s->got);
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->fd, 1), 0);
    getsockname(s->fd, (struct sockaddr *)&at, &size);
    s->port = ntohs(at.sin_port);
    pthread_create(&s->thread, NULL, serve, s);
}

static void end(struct script *s)
{
    pthread_join(s->thread, NULL);
    close(s->fd);
    str_done(&s->got);
}

/* Ask such a server; the body, or "! " and the error. */
static const char *ask(const char *say, int *status)
{
    static char text[1100];
    struct script s = {.until = "\r\n\r\n", .say = say};
    struct http_question q = {
        .method = "GET", .path = "/x", .timeout_ms = 3000, .max_answer = 1000};
    struct http_answer a;
    struct lk_error err = {0};

    begin(&s);
    q.port = s.port;
    if (http_ask(&a, &q, &err))
        snprintf(text, sizeof text, "! %s", err.text);
    else
        snprintf(text, sizeof text, "%s", a.body.ptr);
    *status = a.status;
    http_answer_done(&a);
    end(&s);
    return text;
}

static void framings(void **state)
{
    static const struct {
        const char *say, *want;
        int status;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", 200},
        {"HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello and more", "hello", 200},
        {"HTTP/1.0 415 No\r\n\r\nto the end", "to the end", 415},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n and "
         "more!\r\n0\r\n\r\n",
         "hello and more!", 200},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", 200},
        {"HTTP/1.1 204 Empty\r\n\r\n", "", 204},
    };
    static const struct {
        const char *say, *words;
    } refused[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "cut short"},
        {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhello", "not HTTP"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "cut short"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not HTTP"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", "more than 1000"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 4", "cut short"},
        {"SSH-2.0-x\r\n\r\n", "not HTTP"},
        {"", "cut short"},
    };
    int status;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(ask(cases[i].say, &status), cases[i].want);
        assert_int_equal(status, cases[i].status);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const char *got = ask(refused[i].say, &status);

        if (*got != '!' || !strstr(got, refused[i].words))
            fail_msg("case %zu: %s", i, got);
    }
}

/* A large body waits for "100 Continue"; a server that does not want it is heard. */
static void large_bodies_are_announced(void **state)
{
    static const char *const headers[] = {"Content-Type", "text/csv", NULL};
    size_t n = 3 << 20;
    char *body = mem_alloc(n + 1);
    struct http_question q = {
        .method = "POST", .path = "/in", .headers = headers, .timeout_ms = 5000, .max_answer = 100};
    struct script takes = {.until = "\r\n\r\n",
                           .first = "HTTP/1.1 100 Continue\r\n\r\n",
                           .until_body = "last",
                           .say = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone"};
    struct script refuses = {
        .until = "\r\n\r\n",
        .say = "HTTP/1.1 413 Too large\r\nContent-Type: text/x\r\nContent-Length: 3\r\n\r\nbig"};
    struct http_answer a;
    struct lk_error err = {0};

    memset(body, 'x', n);
    memcpy(body + n - 4, "last", 5);
    q.body = (struct slice){body, n};
    begin(&takes);
    q.port = takes.port;
    assert_ok(http_ask(&a, &q, &err), &err);
    assert_string_equal(a.body.ptr, "done");
    http_answer_done(&a);
    pthread_join(takes.thread, NULL);
    assert_non_null(strstr(takes.got.ptr, "POST /in HTTP/1.1\r\n"));
    assert_non_null(strstr(takes.got.ptr, "Content-Type: text/csv\r\n"));
    assert_non_null(strstr(takes.got.ptr, "Content-Length: 3145728\r\n"));
    assert_non_null(strstr(takes.got.ptr, "Expect: 100-continue\r\n"));
    close(takes.fd);
    str_done(&takes.got);
    begin(&refuses);
    q.port = refuses.port;
    assert_ok(http_ask(&a, &q, &err), &err);
    assert_int_equal(a.status, 413);
    assert_string_equal(a.type.ptr, "text/x");
    assert_string_equal(a.body.ptr, "big");
    http_answer_done(&a);
    end(&refuses);
    free(body);
}

static bool stop_at_third(void *ctx)
{
    return ++*(int *)ctx > 2;
}

static void nobody_waits_for_ever(void **state)
{
    struct script late = {.until = "\r\n\r\n", .say = "", .pause_ms = 350, .hold = true};
    struct script slow = late;
    struct http_question q = {.method = "GET", .path = "/", .timeout_ms = 150, .max_answer = 10};
    struct http_answer a;
    struct lk_error err = {0};
    int asked = 0;

    begin(&late);
    q.port = late.port;
    assert_int_equal(http_ask(&a, &q, &err), LK_ENETWORK);
    assert_non_null(strstr(err.text, "no answer within"));
    http_answer_done(&a);
    end(&late);
    begin(&slow);
    q.port = slow.port;
    q.timeout_ms = 60000;
    q.stop = stop_at_third;
    q.ctx = &asked;
    assert_int_equal(http_ask(&a, &q, &err), LK_ECANCELLED);
    http_answer_done(&a);
    q.stop = NULL;
    end(&slow);
    assert_int_equal(http_ask(&a, &q, &err), LK_ENETWORK); /* nobody listens there any more */
    assert_non_null(strstr(err.text, "cannot connect"));
    http_answer_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(framings),
        cmocka_unit_test(large_bodies_are_announced),
        cmocka_unit_test(nobody_waits_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
