/*
 * Between the lab's own files: the state, its arguments, its output. Lua's
 * headers come in here and in no other layer.
 *
 * A call that may raise a Lua error does not return then; so a binding owns
 * nothing across one but userdata: make the box first (push_table), fill it
 * after. Struct str that must survive an error come from push_str.
 */
#ifndef LAB_STATE_H
#define LAB_STATE_H

#include "base/json.h"
#include "gbt/table.h"
#include "lab/lab.h"
#include "lab/reference.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>

struct lab {
    lua_State *L;
    struct lab_host host;
    size_t lua_bytes, lua_max;
    /* The run under way. */
    const char *step;
    int64_t started_ns, ms; /* ms: how long the last run took */
    struct str text;        /* printed and not yet shown; of one stream */
    bool text_warn;
    int64_t window_ns;   /* when the present window of quick flushes began */
    int window_count;    /* flushes in it */
    int64_t progress_ns; /* when a progress bar last moved */
    size_t shown;        /* bytes of text and of other events so far */
    bool cut;            /* output has reached its cap */
    struct str printed;  /* what the code has printed, for check.prints; capped */
    struct str note;     /* check.note */
    int error_line;      /* of the last error, in the step's code; 0 unknown */
    struct str trace;    /* its calls */
    bool judging;
    volatile sig_atomic_t interrupted;
    lua_Integer untouched;   /* names are still as in this snapshot; -1: as in none */
    struct str region, role; /* of the cloud's calls; empty: the target's own, oneself */
};

struct lab *lab_of(lua_State *L);

#define METRICS "lab.metrics" /* in the registry: what the run under way has shown, by name */
enum { VERDICT_MARK = 0x1f }; /* before the text of an error that is a check's verdict */

/* ---- output (output.c) --------------------------------------------------- */

/* Open an event of this kind in w; close and send it with event_end. */
void event_begin(struct lab *l, struct json_out *w, struct str *text, const char *kind);
void event_end(struct lab *l, struct json_out *w);
void emit_text(struct lab *l, struct slice text, bool warn);
/* At most max_rows of them. */
void emit_table(struct lab *l, const struct table *t, size_t max_rows);
/* What the cloud says beside the lab's own output: plans with their costs, logs. */
void emit_aside(struct lab *l, struct slice text);
void emit_progress(struct lab *l, const char *label, double done, double total, const char *note);
void emit_plot(struct lab *l, struct slice svg, const char *title, struct slice text);
void emit_file(struct lab *l, const char *name, size_t bytes);
void emit_metric(struct lab *l, const char *name, double value);
/* A number as JSON: whole numbers whole, others with six digits that matter. */
void put_number(struct str *out, double v);

/* ---- arguments (arguments.c) --------------------------------------------- */

/*
 * What Lua calls for every entry: its upvalue is the entry. Arguments that are
 * not given are nil, so what a call pushes never takes their place.
 */
int invoke(lua_State *L);
/* The entry of the running call, for its name in messages. */
const struct lab_entry *this_call(lua_State *L);
/* "data.split: ..." with the caller's line; does not return. */
void fail(lua_State *L, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));
/* The same for an error of a lower layer. */
void fail_with(lua_State *L, const struct lk_error *err) __attribute__((noreturn));
/* Fail unless st is LK_OK. */
void need_ok(lua_State *L, enum lk_status st, const struct lk_error *err);

/* What a value is, in a learner's words: "a number", "a table of data", "nothing". */
const char *value_kind(lua_State *L, int i);
double need_number(lua_State *L, int i, const char *what);
/* A whole number in [min, max]. */
int64_t need_whole(lua_State *L, int i, const char *what, int64_t min, int64_t max);
/* Text without zero bytes; need_bytes takes any. */
const char *need_text(lua_State *L, int i, const char *what);
struct slice need_bytes(lua_State *L, int i, const char *what);

/* A file by its name, appended, or fail with the nearest name. */
void read_file(lua_State *L, struct str *out, const char *name);

/* All keys of the options at i (nil or a Lua table) are ones the call's entry knows. */
void need_options(lua_State *L, int i);
bool is_option(const struct lab_entry *e, const char *key);
/* The entry's option nearest to this word, in memory; NULL where none is near. */
enum { OPTIONS_TEXT = 2048 };
const char *nearest_option(const struct lab_entry *e, const char *key, char memory[OPTIONS_TEXT]);
bool has_option(lua_State *L, int i, const char *name);
double option_number(lua_State *L, int i, const char *name, double otherwise);
int64_t option_whole(lua_State *L, int i, const char *name, int64_t otherwise, int64_t min,
                     int64_t max);
/* NULL where it is not given; lives as long as the options table. */
const char *option_text(lua_State *L, int i, const char *name);
bool option_flag(lua_State *L, int i, const char *name, bool otherwise);

/* ---- values (values.c) --------------------------------------------------- */

/* Any value as text a person can read; lists and maps with what is in them. */
void put_value(struct str *out, lua_State *L, int i);
/* As JSON, keys in order; fails on functions and on maps that contain themselves. */
void put_json_value(struct str *out, lua_State *L, int i);
void push_json(lua_State *L, const struct json *j);
/* Equal in content, to a depth of 20. */
bool values_equal(lua_State *L, int a, int b);
/* pairs and next in a fixed order: 1, 2, ..., other numbers, words, the rest. */
int base_pairs(lua_State *L);
int base_next(lua_State *L);

/* ---- objects (objects.c) ------------------------------------------------- */

/* A str on Lua's stack, freed by Lua. */
struct str *push_str(lua_State *L);
/* A box on Lua's stack for a table, which it then owns. */
struct table **push_table(lua_State *L);
const struct table *need_table(lua_State *L, int i, const char *what);
const struct table *as_table(lua_State *L, int i); /* NULL when it is none */
/* Column of t by the name at i, or fail with the nearest name. */
size_t need_column(lua_State *L, const struct table *t, int i, const char *what);
size_t find_column(lua_State *L, const struct table *t, const char *name);
/* Columns from a name or a list of names; the array is on Lua's stack. */
size_t *need_columns(lua_State *L, const struct table *t, int i, size_t *n);

/* Add a column to t from the list at i, which has a value for each row; nil is missing. */
void lab_put_list(lua_State *L, struct table *t, const char *name, int i);

struct lab_model {
    struct lk_model *model;
    char *label;           /* NULL for a model from a file that does not say */
    char *positive;        /* the label's word that counts as 1, or NULL */
    struct table *history; /* a row a round: "round", "train logloss", ... */
};
struct lab_model *push_model(lua_State *L);
struct lab_model *need_model(lua_State *L, int i, const char *what);
struct lab_model *as_model(lua_State *L, int i);

/* The matrix of a table for a model (or NULL) in a box on Lua's stack. */
struct lk_matrix **push_matrix(lua_State *L);

/* Make the object's metatable from its library's table of methods. */
void objects_open(lua_State *L);

/* ---- names (environment.c) ------------------------------------------------ */

#define REAL_LIBRARIES "lab.libraries" /* in the registry: name -> the library's own table */
/* Make every library once; environments share what is behind their proxies. */
void environment_open(lua_State *L);
/* Fill the table on top with everything that a lab may name. */
void environment_fill(lua_State *L);

/* ---- no hidden state (snapshot.c) ----------------------------------------- */

/* When the environment holds what the lab gives, and nothing else yet. */
void snapshot_open(lua_State *L);
/* Before the step whose index is argument 1: all is as the steps before it left it. */
void snapshot_restore(lua_State *L);
/* The step of this index has just been run: all is as it left it. */
int snapshot_return(lua_State *L);
/* When it has ended well, what it leaves is kept; called by Lua, with its index. */
int snapshot_keep(lua_State *L);
/* The same where memory is too short for a copy: names are kept, not what is in them. */
int snapshot_share(lua_State *L);

/* ---- errors (plain.c) ---------------------------------------------------- */

/* A sentence in plain words for one of Lua's messages, appended; nothing where there is none. */
void put_plain(struct str *out, lua_State *L, const char *message);
/* The names of the lab's and the learner's globals nearest to word, or NULL; on Lua's stack. */
const char *nearest_global(lua_State *L, const char *word);

#endif
