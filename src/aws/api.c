/*
 * Finding operations, and reading their notation into trees: a cursor and one
 * small function for each construct. Trees live in the arena of one call;
 * reading a row takes microseconds, so nothing is kept between calls.
 */
#include "aws/api.h"

#include "aws/api_tables.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct aws_service *const services[] = {
    &aws_service_s3,  &aws_service_sagemaker, &aws_service_sagemaker_runtime, &aws_service_iam,
    &aws_service_sts, &aws_service_logs,      &aws_service_service_quotas,    &aws_service_pricing,
    &aws_service_sso, &aws_service_sso_oidc,
};
enum { SERVICES = sizeof services / sizeof services[0], OPS_MAX = 128 };

const struct aws_service *const *aws_services(size_t *n)
{
    *n = SERVICES;
    return services;
}

enum lk_status aws_find_service(const struct aws_service **out, const char *name,
                                struct lk_error *err)
{
    const char *names[SERVICES], *near;

    if (!strcmp(name, aws_service_practice.name)) {
        *out = &aws_service_practice;
        return LK_OK;
    }
    for (size_t i = 0; i < SERVICES; i++) {
        names[i] = services[i]->name;
        if (!strcmp(name, names[i])) {
            *out = services[i];
            return LK_OK;
        }
    }
    near = error_nearest(name, names, SERVICES);
    return near ? error_set(err, LK_EUSE, "no service '%.60s'; did you mean '%s'?", name, near)
                : error_set(err, LK_EUSE, "no service '%.60s'; 'labkit aws api' lists them", name);
}

enum lk_status aws_find_op(const struct aws_op **out, const struct aws_service *s, const char *name,
                           struct lk_error *err)
{
    const char *names[OPS_MAX], *near;
    size_t n = s->op_count < OPS_MAX ? s->op_count : OPS_MAX;

    for (size_t i = 0; i < n; i++) {
        names[i] = s->ops[i].name;
        if (!strcmp(name, names[i])) {
            *out = &s->ops[i];
            return LK_OK;
        }
    }
    near = error_nearest(name, names, n);
    return near ? error_set(err, LK_EUSE, "%s has no operation '%.60s'; did you mean '%s'?",
                            s->words, name, near)
                : error_set(err, LK_EUSE,
                            "%s has no operation '%.60s' here; 'labkit aws api %s' lists them",
                            s->words, name, s->name);
}

/* ---- the notation ---------------------------------------------------------- */

struct cursor {
    const char *at;
    struct arena *arena;
    const struct aws_service *service;
};

static struct shape *read_type(struct cursor *c);

static void mistake(const struct cursor *c, const char *expected)
{
    fprintf(stderr, "labkit: the table of %s is wrong: expected %s at '%.40s'\n", c->service->name,
            expected, c->at);
    abort();
}

static void expect(struct cursor *c, char what)
{
    if (*c->at != what)
        mistake(c, (char[]){what, '\0'});
    c->at++;
}

/* Up to one of the characters in `ends`. */
static const char *take(struct cursor *c, const char *ends)
{
    size_t n = strcspn(c->at, ends);
    const char *word = arena_strndup(c->arena, c->at, n);

    c->at += n;
    return word;
}

static struct member *read_member(struct cursor *c)
{
    struct member *m = arena_alloc(c->arena, sizeof *m);
    struct shape *text = NULL;

    m->name = m->wire = take(c, " (!:@}");
    if (*c->at == '(') {
        c->at++;
        m->wire = take(c, ")");
        expect(c, ')');
    }
    if (*c->at == '!') {
        m->required = true;
        c->at++;
    }
    if (*c->at == ':') {
        c->at++;
        m->shape = read_type(c);
    } else {
        m->shape = text = arena_alloc(c->arena, sizeof *text);
    }
    if (*c->at == '@') {
        m->place = c->at[1];
        c->at += 2;
        m->place_name = take(c, " }");
    }
    return m;
}

static void read_struct(struct cursor *c, struct shape *s)
{
    struct member **tail = &s->members;

    s->kind = SHAPE_STRUCT;
    expect(c, '{');
    while (*c->at && *c->at != '}') {
        *tail = read_member(c);
        tail = &(*tail)->next;
        if (*c->at == ' ')
            c->at++;
    }
    expect(c, '}');
}

static void read_list(struct cursor *c, struct shape *s)
{
    size_t word;

    s->kind = SHAPE_LIST;
    s->tag = "member";
    if (*c->at == '*') {
        s->flat = true;
        c->at++;
    }
    expect(c, '[');
    word = strcspn(c->at, ":{}[]<>=$ ");
    if (c->at[word] == ':') {
        s->tag = take(c, ":");
        c->at++;
    }
    s->element = read_type(c);
    expect(c, ']');
}

static struct shape *read_named(struct cursor *c)
{
    const char *name;

    c->at++;
    name = take(c, " @}]>");
    for (size_t i = 0; i < c->service->shape_count; i++)
        if (!strcmp(name, c->service->shapes[i].name)) {
            struct cursor inner = {c->service->shapes[i].text, c->arena, c->service};

            return read_type(&inner);
        }
    mistake(c, "a known shape before");
    return NULL;
}

static struct shape *read_type(struct cursor *c)
{
    static const struct {
        char letter;
        enum shape_kind kind;
    } letters[] = {{'s', SHAPE_STRING}, {'i', SHAPE_INTEGER}, {'n', SHAPE_NUMBER},
                   {'b', SHAPE_BOOL},   {'t', SHAPE_TIME},    {'x', SHAPE_BYTES}};
    struct shape *s = arena_alloc(c->arena, sizeof *s);

    if (*c->at == '$')
        return read_named(c);
    if (*c->at == '{') {
        read_struct(c, s);
    } else if (*c->at == '[' || *c->at == '*') {
        read_list(c, s);
    } else if (*c->at == '<') {
        c->at++;
        s->kind = SHAPE_MAP;
        s->element = read_type(c);
        expect(c, '>');
    } else if (*c->at == '=') {
        c->at++;
        s->words = take(c, " @}]>");
    } else {
        for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
            if (*c->at == letters[i].letter) {
                s->kind = letters[i].kind;
                c->at++;
                return s;
            }
        mistake(c, "a type");
    }
    return s;
}

const struct shape *shape_read(struct arena *arena, const struct aws_service *s, const char *text)
{
    struct cursor c = {text, arena, s};

    return read_type(&c);
}

const struct member *shape_member(const struct shape *structure, const char *name)
{
    for (const struct member *m = structure->members; m; m = m->next)
        if (!strcmp(m->name, name))
            return m;
    return NULL;
}

const char *shape_kind_name(enum shape_kind kind)
{
    static const char *const names[] = {"text",          "an integer", "a number",
                                        "true or false", "a time",     "bytes",
                                        "an object",     "a list",     "a map"};

    return names[kind];
}
