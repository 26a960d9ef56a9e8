/*
 * Reading a definition: the steps of all branches in one list, each with what
 * it needs. A need is said (DependsOn) or follows from a reference to another
 * step's result. Everything that can be wrong is found here, before anything
 * has run: unknown types, names and parameters, and circles.
 */
#include "cloud/pipeline.h"

#include "base/error.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct pipeline_type types[] = {
    {"Training", "CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob", "TrainingJobName",
     "TrainingJobStatus", "TrainingJob", "TrainingJobArn", "FailureReason", 63},
    {"Transform", "CreateTransformJob", "DescribeTransformJob", "StopTransformJob",
     "TransformJobName", "TransformJobStatus", "TransformJob", "TransformJobArn", "FailureReason",
     63},
    {"Tuning", "CreateHyperParameterTuningJob", "DescribeHyperParameterTuningJob",
     "StopHyperParameterTuningJob", "HyperParameterTuningJobName", "HyperParameterTuningJobStatus",
     "TuningJob", "HyperParameterTuningJobArn", "FailureReason", 32},
    {"Model", "CreateModel", "DescribeModel", NULL, "ModelName", NULL, "Model", "ModelArn", NULL,
     63},
    {.name = "Condition"},
    {.name = "Fail"},
};
static const char *const parameter_types[] = {"String", "Integer", "Float", "Boolean"};

struct reading {
    struct pipeline *p;
    struct lk_error *err;
    enum lk_status st;
    size_t cap;
};

static void wrong(struct reading *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void wrong(struct reading *r, const char *fmt, ...)
{
    va_list args;

    if (r->st)
        return;
    va_start(args, fmt);
    r->st = error_vset(r->err, LK_EINPUT, fmt, args);
    va_end(args);
}

size_t pipeline_find(const struct pipeline *p, const char *name)
{
    size_t i = 0;

    while (i < p->steps && strcmp(p->step[i].name, name))
        i++;
    return i;
}

/* ---- parameters ---------------------------------------------------------------------- */

static const struct json *find_parameter(const struct json *list, const char *name)
{
    const struct json *i = json_first(list);

    while (i && strcmp(json_string(json_get(i, "Name"), ""), name))
        i = json_next(i);
    return i;
}

static void read_parameter(struct reading *r, const struct json *j)
{
    const char *name = json_string(json_get(j, "Name"), NULL);
    const char *type = json_string(json_get(j, "Type"), "String");
    bool known = false;

    for (size_t i = 0; i < sizeof parameter_types / sizeof *parameter_types; i++)
        known |= !strcmp(type, parameter_types[i]);
    if (!name || !*name)
        wrong(r, "a parameter has no Name");
    else if (!known)
        wrong(r, "parameter %.100s: the Type is String, Integer, Float or Boolean, not '%.40s'",
              name, type);
    else if (find_parameter(r->p->parameters, name) != j)
        wrong(r, "there are two parameters named %.100s", name);
}

static void read_parameters(struct reading *r)
{
    r->p->parameters = json_get(r->p->json, "Parameters");
    if (json_count(r->p->parameters) > PIPELINE_PARAMETERS_MAX)
        wrong(r, "there are more than %d parameters", PIPELINE_PARAMETERS_MAX);
    for (const struct json *i = json_first(r->p->parameters); i && !r->st; i = json_next(i))
        read_parameter(r, i);
}

/* ---- steps ----------------------------------------------------------------------------- */

static const struct pipeline_type *type_named(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(name, types[i].name))
            return &types[i];
    return NULL;
}

static bool is_name(const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
            return false;
    return n >= 1 && n <= 64;
}

static int depth_of(const struct json *j, int left)
{
    int deepest = 0;

    if (left && (json_kind(j) == JSON_ARRAY || json_kind(j) == JSON_OBJECT))
        for (const struct json *i = json_first(j); i; i = json_next(i)) {
            int d = 1 + depth_of(i, left - 1);

            deepest = d > deepest ? d : deepest;
        }
    return deepest;
}

static void read_steps(struct reading *r, const struct json *list, int branch_of, bool branch,
                       int nesting);

static void check_step(struct reading *r, const struct pipeline_step *s)
{
    const char *type = json_string(json_get(s->json, "Type"), "");

    if (!is_name(s->name))
        wrong(r, "a step's Name has 1 to 64 letters, digits, '-' and '_', unlike '%.80s'", s->name);
    else if (pipeline_find(r->p, s->name) < r->p->steps)
        wrong(r, "there are two steps named %.64s", s->name);
    else if (!s->type)
        wrong(r,
              "step %.64s: the practice cloud has steps of type Training, Transform, Tuning, "
              "Model, Condition and Fail, not '%.40s'",
              s->name, type);
    else if (json_kind(s->arguments) != JSON_OBJECT)
        wrong(r, "step %.64s has no Arguments", s->name);
    else if (s->type->create && depth_of(s->arguments, PIPELINE_DEPTH_MAX) >= PIPELINE_DEPTH_MAX)
        wrong(r, "step %.64s: the Arguments are nested deeper than %d", s->name,
              PIPELINE_DEPTH_MAX);
}

static void read_step(struct reading *r, const struct json *j, int branch_of, bool branch,
                      int nesting)
{
    struct pipeline *p = r->p;
    struct pipeline_step s = {
        .name = json_string(json_get(j, "Name"), ""),
        .type = type_named(json_string(json_get(j, "Type"), "")),
        .json = j,
        .arguments = json_get(j, "Arguments"),
        .branch_of = branch_of,
        .branch = branch,
    };
    int self = (int)p->steps;

    if (p->steps == PIPELINE_STEPS_MAX)
        wrong(r, "there are more than %d steps", PIPELINE_STEPS_MAX);
    check_step(r, &s);
    if (r->st)
        return;
    MEM_GROW(p->step, p->steps, r->cap);
    p->step[p->steps++] = s;
    if (strcmp(s.type->name, "Condition"))
        return;
    if (!json_count(json_get(s.arguments, "Conditions")))
        wrong(r, "step %.64s has no Conditions", s.name);
    read_steps(r, json_get(s.arguments, "IfSteps"), self, true, nesting + 1);
    read_steps(r, json_get(s.arguments, "ElseSteps"), self, false, nesting + 1);
}

static void read_steps(struct reading *r, const struct json *list, int branch_of, bool branch,
                       int nesting)
{
    if (nesting > PIPELINE_NESTING_MAX)
        wrong(r, "conditions are nested deeper than %d", PIPELINE_NESTING_MAX);
    for (const struct json *i = json_first(list); i && !r->st; i = json_next(i))
        read_step(r, i, branch_of, branch, nesting);
}

/* ---- needs ------------------------------------------------------------------------------- */

struct needing {
    struct reading *reading;
    const struct pipeline_step *step;
    size_t *needs;
    size_t n;
};

static void add_need(struct needing *g, const char *name)
{
    const struct pipeline *p = g->reading->p;
    size_t i = pipeline_find(p, name);

    if (i == p->steps)
        wrong(g->reading, "step %.64s needs a step '%.64s' that is not there", g->step->name, name);
    else if (&p->step[i] == g->step)
        wrong(g->reading, "step %.64s needs itself", g->step->name);
    for (size_t k = 0; k < g->n; k++)
        if (g->needs[k] == i)
            return;
    if (i < p->steps)
        g->needs[g->n++] = i;
}

static void add_reference(void *ctx, const char *reference)
{
    struct needing *g = ctx;
    struct slice rest = slice_of(reference), word, name;
    char text[80];

    if (!slice_split(&rest, '.', &word))
        return;
    name = slice_first(rest, slice_find(rest, '.'));
    if (slice_is(word, "Steps")) {
        snprintf(text, sizeof text, "%.*s", (int)(name.len < 79 ? name.len : 79), name.ptr);
        add_need(g, text);
    } else if (slice_is(word, "Parameters")) {
        snprintf(text, sizeof text, "%.*s", (int)(rest.len < 79 ? rest.len : 79), rest.ptr);
        if (!find_parameter(g->reading->p->parameters, text))
            wrong(g->reading, "step %.64s uses a parameter '%.79s' that is not there",
                  g->step->name, text);
    } else if (!slice_is(word, "Execution")) {
        wrong(g->reading,
              "step %.64s: 'Get' takes Parameters.NAME, Steps.NAME.MEMBER or Execution.NAME, not "
              "'%.80s'",
              g->step->name, reference);
    }
}

/* A condition needs what its conditions refer to; its branches have needs of their own. */
static void find_needs(struct reading *r, struct pipeline_step *s)
{
    struct needing g = {.reading = r, .step = s};
    bool condition = !strcmp(s->type->name, "Condition");

    g.needs = arena_alloc(&r->p->memory, r->p->steps * sizeof *g.needs);
    for (const struct json *d = json_first(json_get(s->json, "DependsOn")); d; d = json_next(d))
        add_need(&g, json_string(d, ""));
    pipeline_references(condition ? json_get(s->arguments, "Conditions") : s->arguments,
                        add_reference, &g);
    if (s->branch_of >= 0)
        add_need(&g, r->p->step[s->branch_of].name);
    s->needs = g.needs;
    s->need_count = g.n;
}

/* Take away, again and again, what needs nothing that is left; a circle stays. */
static void find_circle(struct reading *r)
{
    struct pipeline *p = r->p;
    bool *gone = arena_alloc(&p->memory, p->steps ? p->steps : 1);
    size_t left = p->steps, before;

    do {
        before = left;
        for (size_t i = 0; i < p->steps; i++) {
            bool free = !gone[i];

            for (size_t k = 0; k < p->step[i].need_count && free; k++)
                free = gone[p->step[i].needs[k]];
            if (free) {
                gone[i] = true;
                left--;
            }
        }
    } while (left && left < before);
    for (size_t i = 0; i < p->steps && left; i++)
        if (!gone[i])
            wrong(r, "steps need each other in a circle; step %.64s is in it", p->step[i].name);
}

/* ---- the whole ------------------------------------------------------------------------------ */

void pipeline_free(struct pipeline *p)
{
    if (!p)
        return;
    json_free(p->json);
    free(p->step);
    arena_done(&p->memory);
    free(p);
}

enum lk_status pipeline_parse(struct pipeline **out, struct slice text, struct lk_error *err)
{
    struct pipeline *p = mem_calloc(1, sizeof *p);
    struct reading r = {.p = p, .err = err};

    if (text.len > PIPELINE_BYTES_MAX)
        wrong(&r, "it is longer than 1 MiB");
    if (!r.st)
        r.st = json_parse(&p->json, text, "definition", err);
    if (!r.st && json_kind(p->json) != JSON_OBJECT)
        wrong(&r, "it is not a JSON object");
    if (!r.st && strcmp(json_string(json_get(p->json, "Version"), ""), "2020-12-01"))
        wrong(&r, "the Version is 2020-12-01");
    if (!r.st && !json_count(json_get(p->json, "Steps")))
        wrong(&r, "there are no Steps");
    if (!r.st)
        read_parameters(&r);
    if (!r.st)
        read_steps(&r, json_get(p->json, "Steps"), -1, false, 0);
    for (size_t i = 0; i < p->steps && !r.st; i++)
        find_needs(&r, &p->step[i]);
    if (!r.st)
        find_circle(&r);
    if (r.st)
        pipeline_free(p);
    else
        *out = p;
    return r.st;
}
