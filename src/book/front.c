/*
 * libyaml gives events; a short recursive descent turns them into a tree. It
 * works on events, not on libyaml's own tree, because there anchors and
 * aliases are already resolved and can no longer be refused.
 *
 * yaml.h is included here and nowhere else.
 */
#include "book/front.h"

#include "base/error.h"
#include "book/text.h"

#include <string.h>
#include <yaml.h>

enum { DEPTH_MAX = 8, VALUES_MAX = 5000 };

struct reader {
    yaml_parser_t yaml;
    yaml_event_t event; /* the one looked at */
    struct arena *arena;
    const char *file;
    int line; /* of the YAML's first line in the file */
    size_t values;
    struct findings *findings;
    bool failed;
};

static void complain(struct reader *r, yaml_mark_t at, const char *mend, const char *text)
{
    if (!r->failed)
        finding_add(r->findings, FINDING_ERROR, "front-syntax", r->file, r->line + (int)at.line,
                    (int)at.column + 1, mend, "%s", text);
    r->failed = true;
}

static void advance(struct reader *r)
{
    yaml_event_delete(&r->event);
    if (!yaml_parser_parse(&r->yaml, &r->event)) {
        const char *problem = r->yaml.problem ? r->yaml.problem : "not YAML";

        memset(&r->event, 0, sizeof r->event);
        complain(r, r->yaml.problem_mark,
                 "write `key: value`, quoting a value that holds ': ' or starts with one of *&!%@`",
                 problem);
    }
}

static const char *event_text(struct reader *r)
{
    const char *text = (const char *)r->event.data.scalar.value;
    size_t n = r->event.data.scalar.length;

    if (memchr(text, '\0', n))
        complain(r, r->event.start_mark, "take it out", "a NUL character in a value");
    return arena_strndup(r->arena, text, n);
}

/* Anchors and tags of the event looked at are refused. */
static void refuse_extras(struct reader *r)
{
    const yaml_event_t *e = &r->event;
    const yaml_char_t *anchor = NULL, *tag = NULL;

    if (e->type == YAML_SCALAR_EVENT)
        anchor = e->data.scalar.anchor, tag = e->data.scalar.tag;
    else if (e->type == YAML_SEQUENCE_START_EVENT)
        anchor = e->data.sequence_start.anchor, tag = e->data.sequence_start.tag;
    else if (e->type == YAML_MAPPING_START_EVENT)
        anchor = e->data.mapping_start.anchor, tag = e->data.mapping_start.tag;
    if (anchor || tag || e->type == YAML_ALIAS_EVENT)
        complain(r, e->start_mark, "write the value itself, in quotes if it starts with & * or !",
                 "anchors, aliases and tags are not used here");
}

static struct front *read_value(struct reader *r, int depth);

static void append(struct front *parent, struct front ***end, struct front *child)
{
    **end = child;
    *end = &child->next;
    parent->count++;
}

static void read_list(struct reader *r, struct front *list, int depth)
{
    struct front **end = &list->first;

    while (!r->failed && r->event.type != YAML_SEQUENCE_END_EVENT)
        append(list, &end, read_value(r, depth + 1));
    advance(r);
}

static void read_map(struct reader *r, struct front *map, int depth)
{
    struct front **end = &map->first;

    while (!r->failed && r->event.type != YAML_MAPPING_END_EVENT) {
        yaml_mark_t at = r->event.start_mark;
        const char *key;
        struct front *value;

        refuse_extras(r);
        if (r->event.type != YAML_SCALAR_EVENT) {
            complain(r, at, "write `key: value`", "a key must be a word");
            break;
        }
        key = event_text(r);
        if (front_get(map, key))
            complain(r, at, "keep one of the two", "the same key twice");
        advance(r);
        if (r->failed)
            break;
        value = read_value(r, depth + 1);
        value->key = key;
        value->line = r->line + (int)at.line;
        value->column = (int)at.column + 1;
        append(map, &end, value);
    }
    advance(r);
}

static struct front *read_value(struct reader *r, int depth)
{
    struct front *v = arena_alloc(r->arena, sizeof *v);
    yaml_event_type_t type = r->event.type;

    v->line = v->value_line = r->line + (int)r->event.start_mark.line;
    v->column = v->value_column = (int)r->event.start_mark.column + 1;
    v->kind = FRONT_TEXT;
    v->text = "";
    refuse_extras(r);
    if (depth > DEPTH_MAX || ++r->values > VALUES_MAX)
        complain(r, r->event.start_mark, "make it simpler", "too deep or too much");
    if (r->failed)
        return v;
    if (type == YAML_SCALAR_EVENT) {
        v->text = event_text(r);
        advance(r);
        return v;
    }
    v->text = NULL;
    v->kind = type == YAML_SEQUENCE_START_EVENT ? FRONT_LIST : FRONT_MAP;
    advance(r);
    if (v->kind == FRONT_LIST)
        read_list(r, v, depth);
    else
        read_map(r, v, depth);
    return v;
}

static struct front *read_document(struct reader *r)
{
    struct front *top = arena_alloc(r->arena, sizeof *top);

    top->kind = FRONT_MAP;
    top->line = top->value_line = r->line;
    top->column = top->value_column = 1;
    advance(r); /* stream start */
    if (!r->failed)
        advance(r);
    if (r->failed || r->event.type == YAML_STREAM_END_EVENT)
        return top;
    advance(r); /* document start */
    if (r->failed)
        return top;
    if (r->event.type == YAML_SCALAR_EVENT && !r->event.data.scalar.length)
        return top;
    if (r->event.type != YAML_MAPPING_START_EVENT)
        complain(r, r->event.start_mark, "write lines of `key: value`", "keys are expected here");
    if (!r->failed)
        top = read_value(r, 0);
    if (!r->failed)
        advance(r); /* document end */
    if (!r->failed && r->event.type != YAML_STREAM_END_EVENT)
        complain(r, r->event.start_mark, "keep one", "a second YAML document");
    return top;
}

bool front_parse(struct front **out, struct arena *arena, struct slice yaml, const char *file,
                 int line, struct findings *findings)
{
    struct reader r = {.arena = arena, .file = file, .line = line, .findings = findings};

    if (!yaml_parser_initialize(&r.yaml)) {
        finding_add(findings, FINDING_ERROR, "front-syntax", file, line, 1, NULL,
                    "out of memory for YAML");
        return false;
    }
    yaml = text_without_mark(yaml);
    yaml_parser_set_encoding(&r.yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.yaml, (const unsigned char *)yaml.ptr, yaml.len);
    *out = read_document(&r);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.yaml);
    return !r.failed;
}

bool front_cut(struct slice text, const char *file, struct slice *yaml, struct slice *rest,
               int *rest_line, struct findings *findings)
{
    struct slice left, line;
    int n = 1;

    text = text_without_mark(text);
    left = text;
    *yaml = (struct slice){text.ptr, 0};
    *rest = text;
    *rest_line = 1;
    if (!slice_line(&left, &line) || !slice_is(slice_trim(line), "---"))
        return true;
    yaml->ptr = left.ptr;
    while (slice_line(&left, &line)) {
        n++;
        if (slice_is(slice_trim(line), "---")) {
            yaml->len = (size_t)(line.ptr - yaml->ptr);
            *rest = left;
            *rest_line = n + 1;
            return true;
        }
    }
    finding_add(findings, FINDING_ERROR, "front-syntax", file, 1, 1,
                "put a line of three hyphens behind the last key", "front matter that never ends");
    return false;
}

static const char *const kind_names[] = {"a text", "a list", "a mapping of keys"};
static const char *const kind_forms[] = {
    "write `key: text`, in quotes if the text starts with [ or {",
    "write `key: [one, two]`, or lines of `  - one`", "write lines of `  key: value` below it"};

static void unknown_key(const struct front *v, const char *const *names, size_t n, const char *file,
                        struct findings *findings)
{
    const char *near = error_nearest(v->key, names, n);
    struct str known = STR_INIT;

    for (size_t i = 0; i < n; i++)
        str_printf(&known, "%s%s", i ? ", " : "known are ", names[i]);
    finding_add(findings, FINDING_ERROR, "front-key", file, v->line, v->column, known.ptr,
                "unknown key '%s'%s%s%s", v->key, near ? "; did you mean '" : "", near ? near : "",
                near ? "'?" : "");
    str_done(&known);
}

static void check_one(const struct front *v, const struct front_key *keys, const char *file,
                      struct findings *findings)
{
    const char *names[64];
    size_t n = 0;

    for (; n < 64 && keys[n].name; n++) {
        names[n] = keys[n].name;
        if (strcmp(v->key, keys[n].name))
            continue;
        /* One text where a list may stand is a list of one. */
        if (v->kind != keys[n].kind && !(keys[n].kind == FRONT_LIST && v->kind == FRONT_TEXT))
            finding_add(findings, FINDING_ERROR, "front-kind", file, v->value_line, v->value_column,
                        kind_forms[keys[n].kind], "'%s' must be %s, not %s", v->key,
                        kind_names[keys[n].kind], kind_names[v->kind]);
        return;
    }
    unknown_key(v, names, n, file, findings);
}

void front_check(const struct front *map, const struct front_key *keys, const char *file,
                 struct findings *findings)
{
    size_t before = findings->len;

    for (const struct front *v = map->first; v; v = v->next)
        check_one(v, keys, file, findings);
    /* A misspelt key is reported once, not as a missing one as well. */
    if (findings->len != before)
        return;
    for (size_t i = 0; keys[i].name; i++)
        if (keys[i].required && !front_get(map, keys[i].name))
            finding_add(findings, FINDING_ERROR, "front-missing", file, map->value_line, 1,
                        "add a line `key: ...` for it", "the key '%s' is missing", keys[i].name);
}

const struct front *front_get(const struct front *map, const char *key)
{
    if (map)
        for (const struct front *v = map->first; v; v = v->next)
            if (v->key && !strcmp(v->key, key))
                return v;
    return NULL;
}

const char *front_text(const struct front *map, const char *key, const char *otherwise)
{
    const struct front *v = front_get(map, key);

    return v && v->kind == FRONT_TEXT ? v->text : otherwise;
}

int front_int(const struct front *map, const char *key, int otherwise, int min, int max,
              const char *file, struct findings *findings)
{
    const struct front *v = front_get(map, key);
    long value = 0;
    size_t i = 0;

    if (!v || v->kind != FRONT_TEXT)
        return otherwise;
    for (; v->text[i] >= '0' && v->text[i] <= '9' && i < 9; i++)
        value = value * 10 + (v->text[i] - '0');
    if (i && !v->text[i] && value >= min && value <= max)
        return (int)value;
    finding_add(findings, FINDING_ERROR, "front-value", file, v->value_line, v->value_column,
                "write digits alone", "'%s' must be a whole number from %d to %d, not '%.40s'", key,
                min, max, v->text);
    return otherwise;
}

bool front_bool(const struct front *map, const char *key, bool otherwise, const char *file,
                struct findings *findings)
{
    const struct front *v = front_get(map, key);

    if (!v || v->kind != FRONT_TEXT)
        return otherwise;
    if (!strcmp(v->text, "true"))
        return true;
    if (strcmp(v->text, "false"))
        finding_add(findings, FINDING_ERROR, "front-value", file, v->value_line, v->value_column,
                    "write one of the two, without quotes",
                    "'%s' must be true or false, not '%.40s'", key, v->text);
    return false;
}

struct front_word *front_words(struct arena *arena, const struct front *map, const char *key,
                               size_t *n, const char *file, struct findings *findings)
{
    const struct front *v = front_get(map, key);
    struct front_word *words;

    *n = 0;
    if (!v || v->kind == FRONT_MAP)
        return NULL;
    words = arena_alloc(arena, (v->count + 1) * sizeof *words);
    if (v->kind == FRONT_TEXT && v->text[0])
        words[(*n)++] = (struct front_word){v->text, v->value_line, v->value_column};
    for (const struct front *c = v->first; c; c = c->next) {
        if (c->kind == FRONT_TEXT)
            words[(*n)++] = (struct front_word){c->text, c->value_line, c->value_column};
        else
            finding_add(findings, FINDING_ERROR, "front-kind", file, c->value_line, c->value_column,
                        "quote the text if it holds ': '", "'%s' is a list of texts, not of %s",
                        key, kind_names[c->kind]);
    }
    return words;
}

const char **front_texts(struct arena *arena, const struct front *map, const char *key, size_t *n,
                         const char *file, struct findings *findings)
{
    const struct front_word *words = front_words(arena, map, key, n, file, findings);
    const char **texts = arena_alloc(arena, (*n + 1) * sizeof *texts);

    for (size_t i = 0; i < *n; i++)
        texts[i] = words[i].text;
    return texts;
}
