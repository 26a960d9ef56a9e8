/*
 * What is asked of the practice cloud itself, below /_cloud/, by who knows the
 * token of endpoint.json (header X-Cloud-Token):
 *
 *   POST   /_cloud/faults  {"kind", "subject", "times", "value"}   switch a fault on;
 *                          times -1 is for ever, 0 is off
 *   DELETE /_cloud/faults                                          all faults off
 *   GET    /_cloud/health                                          needs no token
 */
#include "base/digest.h"
#include "cloud/internal.h"

#include <string.h>

static bool has_token(const struct call *c)
{
    struct slice token = call_header(c, "x-cloud-token");
    size_t n = strlen(c->cloud->admin_token);

    return token.len == n && bytes_equal_secret(token.ptr, c->cloud->admin_token, n);
}

static void switch_fault(struct call *c)
{
    struct json *j = NULL;
    struct lk_error err;
    const char *kind, *subject;
    int64_t times;

    if (json_parse(&j, c->body, "body", &err)) {
        http_reply_error(c->http, 400, err.text);
        return;
    }
    kind = json_string(json_get(j, "kind"), "");
    subject = json_string(json_get(j, "subject"), NULL);
    times = (int64_t)json_number(json_get(j, "times"), -1);
    if (!fault_is_kind(kind)) {
        http_reply_error(c->http, 400, "expected a member 'kind', one of: " FAULT_KINDS);
    } else {
        cloud_lock(c->cloud);
        if (!times)
            fault_remove(c->cloud, kind, subject);
        else
            fault_put(c->cloud, kind, subject, times,
                      (int64_t)json_number(json_get(j, "value"), 0));
        cloud_unlock(c->cloud);
        http_reply(c->http, 200, "application/json", SLICE("{}"));
    }
    json_free(j);
}

void admin_answer(struct call *c)
{
    const char *path = http_path(c->http) + strlen(ADMIN_PATH), *method = http_method(c->http);

    c->internal->replied = true;
    if (!strcmp(path, "health")) {
        http_reply(c->http, 200, "application/json", SLICE("{\"ok\":true}"));
    } else if (!has_token(c)) {
        http_reply_error(c->http, 403, "the token of endpoint.json is needed in X-Cloud-Token");
    } else if (!strcmp(path, "faults") && !strcmp(method, "POST")) {
        switch_fault(c);
    } else if (!strcmp(path, "faults") && !strcmp(method, "DELETE")) {
        cloud_lock(c->cloud);
        faults_free(c->cloud);
        cloud_unlock(c->cloud);
        http_reply(c->http, 200, "application/json", SLICE("{}"));
    } else {
        http_reply_error(c->http, 404, "there is no such page");
    }
}
