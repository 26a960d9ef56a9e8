/* labkit aws whoami, call, api; and what the other aws commands share. */
#include "cli/kit_aws_guard.h"

#include "aws/api.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/term.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- shared -------------------------------------------------------------------- */

static struct aws *volatile interrupted; /* the client that Ctrl-C stops */

static void on_interrupt(int signal_number)
{
    struct aws *c = interrupted;

    if (c)
        aws_cancel(c);
}

static void print_note(void *ctx, const char *line)
{
    struct str safe = STR_INIT;

    term_put_safe(&safe, slice_of(line));
    fprintf(stderr, "labkit: %s\n", safe.ptr);
    str_done(&safe);
}

static bool ask_code(void *ctx, char *code, size_t size, const char *serial)
{
    if (!term_is_tty(stdin) || !term_is_tty(stderr))
        return false;
    fprintf(stderr, "Code of %s: ", serial);
    fflush(stderr);
    if (!fgets(code, (int)size, stdin))
        return false;
    code[strcspn(code, "\r\n")] = '\0';
    return *code != '\0';
}

enum lk_status kit_aws_open(struct aws **out, const struct args *a, struct lk_error *err)
{
    const char *target = args_get(a, "target");
    struct aws_options o = {.profile = args_get(a, "profile"),
                            .region = args_get(a, "region"),
                            .endpoint = args_get(a, "endpoint-url"),
                            .note = print_note,
                            .ask_code = ask_code};
    struct sigaction action = {.sa_handler = on_interrupt};
    enum lk_status st;

    o.target = target ? target : getenv("LABKIT_TARGET");
    if (o.target && !*o.target)
        o.target = NULL;
    st = aws_open(out, &o, err);
    if (!st) {
        interrupted = *out;
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
    }
    return st;
}

void kit_aws_close(struct aws *c)
{
    interrupted = NULL;
    aws_close(c);
}

enum lk_status kit_aws_operands(const struct args *a, size_t n, const char *words,
                                struct lk_error *err)
{
    if (args_count(a) == n)
        return LK_OK;
    return error_set(err, LK_EUSE, "expected %s, found %zu operand%s", n ? words : "no operand",
                     args_count(a), args_count(a) == 1 ? "" : "s");
}

enum lk_status kit_aws_print_json(const struct json *j, struct lk_error *err)
{
    struct str text = STR_INIT;
    enum lk_status st;

    json_print(&text, j, true);
    str_putc(&text, '\n');
    st = file_write("-", slice_str(&text), err);
    str_done(&text);
    return st;
}

void kit_aws_put(const char *text)
{
    struct str safe = STR_INIT;

    term_put_safe(&safe, slice_of(text));
    fwrite(safe.ptr, 1, safe.len, stdout);
    str_done(&safe);
}

/* ---- whoami ---------------------------------------------------------------------- */

static const struct option whoami_options[] = {KIT_AWS_OPTIONS, KIT_AWS_OPTIONS_END};

static void print_identity(struct str *out, const struct aws *c, const struct json *who,
                           const char *source, const char *key_id, int64_t expires)
{
    str_printf(out, "account      %s\n", json_string(json_get(who, "Account"), ""));
    str_printf(out, "identity     %s\n", json_string(json_get(who, "Arn"), ""));
    str_printf(out, "target       %s\n", aws_target(c));
    str_printf(out, "region       %s\n", aws_region(c));
    str_printf(out, "credentials  %s, key %s\n", source, key_id);
    if (expires) {
        str_puts(out, "until        ");
        clock_put_iso(out, expires, false);
        str_putc(out, '\n');
    }
}

static void json_identity(struct str *out, const struct aws *c, const struct json *who,
                          const char *source, const char *key_id, int64_t expires)
{
    struct json_out w;
    struct str until = STR_INIT;

    json_begin(&w, out, true);
    json_open(&w, NULL, '{');
    json_put_z(&w, "account", json_string(json_get(who, "Account"), ""));
    json_put_z(&w, "arn", json_string(json_get(who, "Arn"), ""));
    json_put_z(&w, "user_id", json_string(json_get(who, "UserId"), ""));
    json_put_z(&w, "target", aws_target(c));
    json_put_z(&w, "region", aws_region(c));
    json_put_z(&w, "credentials", source);
    json_put_z(&w, "access_key_id", key_id);
    if (expires) {
        clock_put_iso(&until, expires, false);
        json_put_string(&w, "until", slice_str(&until));
    }
    json_close(&w);
    str_putc(out, '\n');
    str_done(&until);
}

static int run_whoami(const struct args *a, struct lk_error *err)
{
    struct aws *c = NULL;
    struct json *who = NULL;
    struct str source = STR_INIT, key_id = STR_INIT, text = STR_INIT;
    int64_t expires = 0;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 0, "", err)) || (st = kit_aws_open(&c, a, err)) ||
           (st = aws_credentials_source(c, &source, &key_id, &expires, err)) ||
           (st = aws_call(c, "sts", "GetCallerIdentity", SLICE(""), &who, err)));
    if (!st) {
        if (args_flag(a, "json"))
            json_identity(&text, c, who, source.ptr, key_id.ptr, expires);
        else
            print_identity(&text, c, who, source.ptr, key_id.ptr, expires);
        st = file_write("-", slice_str(&text), err);
    }
    json_free(who);
    kit_aws_close(c);
    str_done(&source);
    str_done(&key_id);
    str_done(&text);
    return exit_for(st);
}

const struct command command_kit_aws_whoami = {
    .name = "aws whoami",
    .summary = "say which account and identity the credentials belong to, and where they came from",
    .options = whoami_options,
    .details = "Credentials are looked for as every AWS tool does: environment, profile (role, web "
               "identity, IAM Identity Center, keys, credential_process), container, instance. "
               "Secrets are never printed.",
    .example = "$ labkit aws whoami --target practice",
    .run = run_whoami,
};

/* ---- call -------------------------------------------------------------------------- */

static const struct option call_options[] = {
    KIT_AWS_OPTIONS,
    KIT_GUARD_OPTIONS,
    {"all", "MEMBER", "fetch every page and print the items of this list", false, 0},
    {"raw", NULL, "send it as it is, past budget and ledger: cleanup will not know of it", false,
     0},
    KIT_AWS_OPTIONS_END};

static bool print_item(void *ctx, const struct json *item)
{
    struct str line = STR_INIT;

    json_print(&line, item, false);
    puts(line.ptr);
    str_done(&line);
    return true;
}

static enum lk_status print_pages(const struct args *a, struct slice in, struct lk_error *err)
{
    struct aws *c = NULL;
    enum lk_status st = kit_aws_open(&c, a, err);

    if (!st)
        st = aws_each(c, args_operand(a, 0), args_operand(a, 1), in, args_get(a, "all"), print_item,
                      NULL, err);
    kit_aws_close(c);
    return st;
}

/* What makes or deletes something goes through the guard, whatever command it comes from. */
static enum lk_status call_and_print(const struct args *a, struct slice in, struct lk_error *err)
{
    const char *service = args_operand(a, 0), *op = args_operand(a, 1);
    bool guarded = !args_flag(a, "raw") &&
                   (resource_of_create(service, op) || resource_of_remove(service, op));
    struct aws *c = NULL;
    struct guard *g = NULL;
    struct json *answer = NULL;
    enum lk_status st = guarded ? kit_guard_open(&c, &g, a, err) : kit_aws_open(&c, a, err);

    if (!st)
        st = guarded ? guard_call(g, service, op, in, &answer, err)
                     : aws_call(c, service, op, in, &answer, err);
    if (!st)
        st = kit_aws_print_json(answer, err);
    json_free(answer);
    kit_guard_close(c, g);
    return st;
}

static int run_call(const struct args *a, struct lk_error *err)
{
    struct str in = STR_INIT;
    const char *input = args_operand(a, 2);
    enum lk_status st = LK_OK;

    if (args_count(a) < 2 || args_count(a) > 3)
        return exit_for(error_set(err, LK_EUSE, "expected SERVICE OPERATION [JSON or @FILE]"));
    if (input && *input == '@')
        st = file_read(&in, input + 1, 16 << 20, err);
    else if (input)
        str_puts(&in, input);
    if (!st)
        st = args_get(a, "all") ? print_pages(a, slice_str(&in), err)
                                : call_and_print(a, slice_str(&in), err);
    str_done(&in);
    return exit_for(st);
}

const struct command command_kit_aws_call = {
    .name = "aws call",
    .summary = "send one operation of a service as JSON and print the answer",
    .operands = "SERVICE OPERATION [JSON|@FILE]",
    .options = call_options,
    .details = "Members are checked before anything is sent. 'labkit aws api' lists services, "
               "operations and members. What makes something is planned, asked about, held against "
               "the budget and written into the ledger, as by the other commands.",
    .example = "$ labkit aws call sagemaker ListTrainingJobs '{\"MaxResults\": 5}'",
    .run = run_call,
};

/* ---- api ----------------------------------------------------------------------------- */

static const struct option api_options[] = {{"json", NULL, "print JSON", false, 0},
                                            KIT_AWS_OPTIONS_END};

static void put_shape(struct json_out *w, const char *key, const struct shape *s)
{
    json_open(w, key, '{');
    json_put_z(w, "kind", shape_kind_name(s->kind));
    if (s->words)
        json_put_z(w, "words", s->words);
    if (s->kind == SHAPE_LIST) {
        json_put_z(w, "tag", s->tag);
        json_put_bool(w, "flat", s->flat);
    }
    if (s->element)
        put_shape(w, "of", s->element);
    if (s->kind == SHAPE_STRUCT)
        json_open(w, "members", '{');
    for (const struct member *m = s->members; m; m = m->next) {
        json_open(w, m->name, '{');
        json_put_z(w, "wire", m->wire);
        json_put_bool(w, "required", m->required);
        if (m->place) {
            json_put_string(w, "place", (struct slice){&m->place, 1});
            json_put_z(w, "place_name", m->place_name);
        }
        put_shape(w, "shape", m->shape);
        json_close(w);
    }
    if (s->kind == SHAPE_STRUCT)
        json_close(w);
    json_close(w);
}

static void put_op(struct json_out *w, const struct aws_service *s, const struct aws_op *op)
{
    struct arena arena = {0};

    json_open(w, NULL, '{');
    json_put_z(w, "name", op->name);
    if (op->http)
        json_put_z(w, "http", op->http);
    put_shape(w, "in", shape_read(&arena, s, op->in));
    if (op->out)
        put_shape(w, "out", shape_read(&arena, s, op->out));
    json_close(w);
    arena_done(&arena);
}

static void put_service(struct json_out *w, const struct aws_service *s, const struct aws_op *op)
{
    json_open(w, s->name, '{');
    json_put_z(w, "endpoint", s->endpoint);
    json_put_z(w, "signing", s->signing);
    json_put_z(w, "target", s->target);
    json_put_z(w, "version", s->version);
    json_open(w, "operations", '[');
    for (size_t i = 0; i < s->op_count; i++)
        if (!op || op == &s->ops[i])
            put_op(w, s, &s->ops[i]);
    json_close(w);
    json_close(w);
}

static void print_members(const struct shape *s, int depth)
{
    for (const struct member *m = s->members; m; m = m->next) {
        const struct shape *inner = m->shape;

        printf("%*s%s%s  %s%s%s\n", 2 * depth, "", m->name, m->required ? " (required)" : "",
               shape_kind_name(m->shape->kind), m->shape->words ? ": " : "",
               m->shape->words ? m->shape->words : "");
        while (inner->element)
            inner = inner->element;
        print_members(inner, depth + 1);
    }
}

static void print_api(const struct aws_service *s, const struct aws_op *op)
{
    const struct aws_service *const *all;
    struct arena arena = {0};
    size_t n;

    all = aws_services(&n);
    for (size_t i = 0; !s && i < n; i++)
        printf("%-18s %s, %zu operations\n", all[i]->name, all[i]->words, all[i]->op_count);
    for (size_t i = 0; s && !op && i < s->op_count; i++)
        printf("%s\n", s->ops[i].name);
    if (op)
        print_members(shape_read(&arena, s, op->in), 0);
    arena_done(&arena);
}

static int run_api(const struct args *a, struct lk_error *err)
{
    const struct aws_service *s = NULL, *const * all;
    const struct aws_op *op = NULL;
    struct str text = STR_INIT;
    struct json_out w;
    enum lk_status st = LK_OK;
    size_t n;

    if (args_count(a) > 2)
        st = error_set(err, LK_EUSE, "expected [SERVICE [OPERATION]]");
    if (!st && args_count(a) > 0)
        st = aws_find_service(&s, args_operand(a, 0), err);
    if (!st && args_count(a) > 1)
        st = aws_find_op(&op, s, args_operand(a, 1), err);
    if (st)
        return exit_for(st);
    if (!args_flag(a, "json")) {
        print_api(s, op);
        return EXIT_DONE;
    }
    all = aws_services(&n);
    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    for (size_t i = 0; i < n; i++)
        if (!s || s == all[i])
            put_service(&w, all[i], op);
    json_close(&w);
    str_putc(&text, '\n');
    st = file_write("-", slice_str(&text), err);
    str_done(&text);
    return exit_for(st);
}

const struct command command_kit_aws_api = {
    .name = "aws api",
    .summary = "list the operations that 'aws call' can send, and their members",
    .operands = "[SERVICE [OPERATION]]",
    .options = api_options,
    .example = "$ labkit aws api sagemaker CreateTransformJob",
    .run = run_api,
};
