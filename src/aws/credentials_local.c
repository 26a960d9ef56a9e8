/*
 * Credentials that this machine hands out: a program of the user's
 * (credential_process), the container's endpoint, the instance's metadata
 * service in its second version (a token first, then the question).
 */
#include "aws/client.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { DOCUMENT_MAX = 64 << 10, PROCESS_MS = 60000, WORDS_MAX = 64 };

/* ---- a program ----------------------------------------------------------------- */

/* Words as a shell splits them: blanks, both quotes, backslash; nothing is expanded. */
static enum lk_status split_words(const char **words, struct arena *arena, const char *text,
                                  struct lk_error *err)
{
    size_t n = 0;

    while (*text) {
        struct str word = STR_INIT;
        char quote = 0;

        text += strspn(text, " \t");
        if (!*text)
            break;
        for (; *text && (quote || !strchr(" \t", *text)); text++) {
            if (quote && *text == quote)
                quote = 0;
            else if (!quote && (*text == '"' || *text == '\''))
                quote = *text;
            else if (*text == '\\' && quote != '\'' && text[1])
                str_putc(&word, *++text);
            else
                str_putc(&word, *text);
        }
        if (n + 1 < WORDS_MAX)
            words[n++] = arena_strndup(arena, word.ptr, word.len);
        str_done(&word);
        if (quote)
            return error_set(err, LK_EINPUT, "credential_process has a quote without end");
    }
    words[n] = NULL;
    return n ? LK_OK : error_set(err, LK_EINPUT, "credential_process is empty");
}

/* What it prints, until it ends; a program that hangs or never stops printing is given up. */
static enum lk_status read_pipe(struct str *out, int fd, struct aws *c, const char *profile,
                                struct lk_error *err)
{
    int64_t end = clock_steady_ns() + (int64_t)PROCESS_MS * 1000000;

    while (clock_steady_ns() < end && !aws_is_cancelled(c)) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t got;

        if (poll(&p, 1, 100) <= 0)
            continue;
        got = read(fd, str_room(out, 4096), 4096);
        if (got < 0 && errno != EINTR)
            return error_errno(err, "read from", "credential_process");
        if (!got)
            return LK_OK;
        str_grew(out, got > 0 ? (size_t)got : 0);
        if (out->len > DOCUMENT_MAX)
            return error_set(err, LK_ELIMIT,
                             "credential_process of profile '%s' prints more than %d bytes",
                             profile, DOCUMENT_MAX);
    }
    if (aws_is_cancelled(c))
        return error_set(err, LK_ECANCELLED, "stopped");
    return error_set(err, LK_ELIMIT,
                     "credential_process of profile '%s' does not end: it has had %d s", profile,
                     PROCESS_MS / 1000);
}

static enum lk_status run_process(struct str *text, struct aws *c, const char *profile,
                                  const char *const *words, struct lk_error *err)
{
    struct child_spec spec = {.argv = words, .pipe_out = true, .own_group = true};
    struct child child = {0};
    int code = 0;
    enum lk_status st = child_start(&child, &spec, err);

    if (st)
        return st;
    st = read_pipe(text, child.from, c, profile, err);
    if (!st && !child_wait(&child, PROCESS_MS, &code))
        st = error_set(err, LK_ELIMIT, "credential_process of profile '%s' does not end", profile);
    child_kill(&child);
    if (!st && code)
        st = error_set(err, LK_EIO,
                       "credential_process of profile '%s' (%s) failed with exit code %d", profile,
                       words[0], code);
    return st;
}

enum lk_status credentials_from_process(struct credentials *out, struct aws *c, const char *profile,
                                        struct lk_error *err)
{
    const char *line = ini_get(&c->ini, profile, "credential_process");
    const char *words[WORDS_MAX];
    struct arena arena = {0};
    struct str text = STR_INIT;
    enum lk_status st;

    if (!line)
        return LK_OK;
    (void)((st = split_words(words, &arena, line, err)) ||
           (st = run_process(&text, c, profile, words, err)) ||
           (st = credentials_parse(out, slice_str(&text), "credential_process", err)));
    if (text.len)
        bytes_wipe(text.ptr, text.len);
    str_done(&text);
    arena_done(&arena);
    return st;
}

/* ---- asking an address of this machine ------------------------------------------- */

/* A 200 answer's body; *found says whether there was an answer at all. */
static enum lk_status ask(struct str *out, bool *found, struct aws *c, const char *method,
                          const char *url, const struct sigv4_header *header, int ms,
                          struct lk_error *err)
{
    struct net_options options = {.connect_ms = ms, .idle_s = 5, .cancel = &c->cancel};
    struct net_request r = {.method = method,
                            .url = url,
                            .headers = header,
                            .header_count = header ? 1 : 0,
                            .max_body = DOCUMENT_MAX,
                            .total_ms = 5 * ms};
    struct net *net = net_new(&options);
    struct net_answer a;
    enum lk_status st = net_send(&a, net, &r, err);

    *found = !st;
    if (!st && a.status != 200)
        st = error_set(err, LK_ESERVICE, "%s answered with status %d", url, a.status);
    if (!st)
        str_put(out, slice_str(&a.body));
    bytes_wipe(a.body.ptr, a.body.len);
    net_answer_done(&a);
    net_free(net);
    return st;
}

/* Plain HTTP must not leave this machine (or AWS's own link-local addresses). */
static bool may_ask(const char *url)
{
    static const char *const allowed[] = {
        "https://",     "http://127.",           "http://localhost:",     "http://localhost/",
        "http://[::1]", "http://169.254.170.2/", "http://169.254.170.23/"};

    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        if (slice_starts(slice_of(url), allowed[i]))
            return true;
    return false;
}

enum lk_status credentials_from_container(struct credentials *out, struct aws *c,
                                          struct lk_error *err)
{
    const char *relative = settings_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = settings_env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    const char *file = settings_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = settings_env("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    struct str url = STR_INIT, text = STR_INIT, secret = STR_INIT;
    struct sigv4_header header = {SLICE("authorization"), {NULL, 0}};
    bool found;
    enum lk_status st = LK_OK;

    if (!relative && !full)
        return LK_OK;
    if (relative)
        str_printf(&url, "http://169.254.170.2%s", relative);
    else
        str_puts(&url, full);
    if (!may_ask(url.ptr))
        st = error_set(err, LK_EUSE,
                       "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https or an "
                       "address of this machine, not %.100s",
                       url.ptr);
    if (!st && file)
        st = file_read(&secret, file, DOCUMENT_MAX, err);
    else if (token)
        str_puts(&secret, token);
    header.value = slice_trim(slice_str(&secret));
    if (!st)
        st = ask(&text, &found, c, "GET", url.ptr, secret.len ? &header : NULL, 2000, err);
    if (!st)
        st = credentials_parse(out, slice_str(&text), "the container's credentials endpoint", err);
    bytes_wipe(text.ptr, text.len);
    bytes_wipe(secret.ptr, secret.len);
    str_done(&text);
    str_done(&secret);
    str_done(&url);
    return st;
}

#define ROLE_PATH "/latest/meta-data/iam/security-credentials/"

static enum lk_status ask_instance(struct str *out, struct aws *c, const char *base,
                                   const char *path, struct slice token, struct lk_error *err)
{
    struct sigv4_header header = {SLICE("x-aws-ec2-metadata-token"), token};
    struct str url = STR_INIT;
    bool found;
    enum lk_status st;

    str_printf(&url, "%s%s", base, path);
    st = ask(out, &found, c, "GET", url.ptr, &header, 1000, err);
    str_done(&url);
    return st;
}

/*
 * No answer means that this is no EC2 instance; an answer other than a token,
 * that something else lives at the address (other clouds have metadata there,
 * too), or that IMDSv2 is shut; and an instance may have no role. None of it is
 * an error: there are no credentials here.
 */
enum lk_status credentials_from_instance(struct credentials *out, char *nowhere, size_t size,
                                         struct aws *c, struct lk_error *err)
{
    const char *base = settings_env("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const char *disabled = settings_env("AWS_EC2_METADATA_DISABLED");
    struct sigv4_header ttl = {SLICE("x-aws-ec2-metadata-token-ttl-seconds"), SLICE("21600")};
    struct str url = STR_INIT, token = STR_INIT, role = STR_INIT, text = STR_INIT;
    struct lk_error why = {0};
    struct slice first;
    bool found = false;
    enum lk_status st;

    snprintf(nowhere, size, "switched off by AWS_EC2_METADATA_DISABLED");
    if (disabled && !strcasecmp(disabled, "true"))
        return LK_OK;
    if (!base)
        base = "http://169.254.169.254";
    str_printf(&url, "%.*s/latest/api/token", (int)strcspn(base, "?#"), base);
    st = ask(&token, &found, c, "PUT", url.ptr, &ttl, 1000, &why);
    if (!st)
        st = ask_instance(&role, c, base, ROLE_PATH, slice_str(&token), &why);
    first = slice_trim(slice_first(slice_str(&role), slice_find(slice_str(&role), '\n')));
    if (st && st != LK_ECANCELLED) {
        snprintf(nowhere, size, "%s", found ? why.text : "no answer: this is no EC2 instance");
        st = LK_OK;
        goto out;
    }
    str_clear(&url);
    str_printf(&url, ROLE_PATH "%.*s", (int)first.len, first.ptr);
    if (!st)
        st = ask_instance(&text, c, base, url.ptr, slice_str(&token), &why);
    if (!st)
        st = credentials_parse(out, slice_str(&text), "the instance's role (IMDSv2)", &why);
    if (st && err)
        *err = why;
    bytes_wipe(text.ptr, text.len);
out:
    str_done(&url);
    str_done(&token);
    str_done(&role);
    str_done(&text);
    return st;
}
