/*
 * What a lab step can call, described once. Each library is one table; from it
 * come the Lua functions themselves (state.c), the names of options that a
 * call knows, help in a lab and in the terminal, the editor's completion
 * (JSON) and the book's reference page (Markdown). So none can drift.
 *
 * A library that needs more than local (the cloud's) is a table like any
 * other, in files of its own, named in libraries.inc.
 */
#ifndef LAB_REFERENCE_H
#define LAB_REFERENCE_H

#include "base/str.h"
#include "labkit.h"

struct lua_State;

struct lab_entry {
    const char *name;                /* "data.read", or "table:head" for a method */
    int (*call)(struct lua_State *); /* NULL: a value, or not bound in this build */
    const char *signature;           /* "data.read(file, {options}) -> table" */
    const char *summary;             /* what it does, in one or two sentences */
    const char *options;             /* a line each, "name: what it does"; or NULL */
    const char *example;             /* a line or more of Lua */
};

enum lab_library_kind {
    LAB_LIBRARY, /* a global of this name */
    LAB_OBJECT,  /* a kind of value with methods */
};

struct lab_library {
    const char *name; /* "data", "table" */
    enum lab_library_kind kind;
    const char *summary; /* a sentence */
    unsigned targets;    /* where it works: a sum of enum lesson_target */
    const struct lab_entry *entries;
    size_t count;
};

/* All libraries in the order of the reference; NULL-terminated. */
const struct lab_library *const *lab_libraries(void);
/* NULL when there is none of that name. */
const struct lab_library *lab_library_find(const char *name);
/* "data.read" or "table:head"; NULL when there is none. */
const struct lab_entry *lab_entry_find(const char *name);
/* The part of the name behind the '.' or ':'. */
const char *lab_entry_short(const struct lab_entry *e);
/* Cut the next option off *rest (an entry's options) into its name and text; false at the end. */
bool lab_option_next(struct slice *rest, struct slice *name, struct slice *text);

/* One entry, for a terminal. */
void reference_put_text(struct str *out, const struct lab_entry *e);
/* All of them, each after a line with its name that a form feed begins: a page's file for lab.help.
 */
void reference_put_help(struct str *out);
/* Everything as Markdown: the book's reference page. */
void reference_put_markdown(struct str *out);
/*
 * Everything for an editor:
 *   {"libraries":[{"name":"data","kind":"library","summary":"...","targets":"local,practice,aws",
 *     "entries":[{"name":"data.read","short":"read","signature":"...","summary":"...",
 *                 "options":[{"name":"format","text":"..."}],"example":"..."}]}]}
 */
void reference_put_json(struct str *out);
/* That, as a script that an editor's page loads: "window.labbookApi = {...};". */
void reference_put_script(struct str *out);

/* Lua's messages, by a part of them, and the sentence more that a learner gets (plain.c). */
struct lab_sentence {
    const char *part, *plain;
};
extern const struct lab_sentence lab_sentences[];
extern const size_t lab_sentence_count;

#endif
