/*
 * Front matter and settings: a restricted YAML. Mappings, lists and texts are
 * all there is; no anchors, aliases, tags or second documents, no key twice,
 * and nothing is guessed: `no`, `01` and `1e3` are the texts they look like
 * until someone asks for a number or a truth.
 *
 * Every value knows where it stands, so every error has line and column.
 */
#ifndef BOOK_FRONT_H
#define BOOK_FRONT_H

#include "base/mem.h"
#include "base/str.h"
#include "book/finding.h"

enum front_kind { FRONT_TEXT, FRONT_LIST, FRONT_MAP };

struct front {
    enum front_kind kind;
    const char *key;            /* in a mapping, else NULL */
    const char *text;           /* of a TEXT, else NULL */
    struct front *first, *next; /* children in order; next sibling */
    size_t count;               /* of children */
    int line, column;           /* of the key, or of the value where there is none */
    int value_line, value_column;
};

/* What may stand in a mapping. */
struct front_key {
    const char *name; /* ends the table when NULL */
    enum front_kind kind;
    bool required;
    const char *what; /* what it says, for the reference; a sentence without its point */
};

/*
 * Parse YAML whose first line is `line` of file. *out is the top mapping
 * (empty text gives an empty mapping); false when a finding was added.
 */
bool front_parse(struct front **out, struct arena *arena, struct slice yaml, const char *file,
                 int line, struct findings *findings);
/*
 * The YAML between a first line "---" and the next "---" of a lesson; *rest is
 * what follows and *rest_line its first line. Without front matter *yaml is
 * empty and *rest the whole text. False (a finding) when it never ends.
 */
bool front_cut(struct slice text, const char *file, struct slice *yaml, struct slice *rest,
               int *rest_line, struct findings *findings);
/* Findings for unknown keys (with the nearest), wrong kinds and missing required keys. */
void front_check(const struct front *map, const struct front_key *keys, const char *file,
                 struct findings *findings);

/* All accept NULL and answer as for an absent key. */
const struct front *front_get(const struct front *map, const char *key);
const char *front_text(const struct front *map, const char *key, const char *otherwise);
/* A whole number in [min, max]; anything else is a finding and gives `otherwise`. */
int front_int(const struct front *map, const char *key, int otherwise, int min, int max,
              const char *file, struct findings *findings);
/* true or false; anything else is a finding. */
bool front_bool(const struct front *map, const char *key, bool otherwise, const char *file,
                struct findings *findings);
/* A text of a list and where it stands. */
struct front_word {
    const char *text;
    int line, column;
};
/* The texts of a list (one text alone counts as a list of one); *n their number. */
struct front_word *front_words(struct arena *arena, const struct front *map, const char *key,
                               size_t *n, const char *file, struct findings *findings);
/* The same without their places. */
const char **front_texts(struct arena *arena, const struct front *map, const char *key, size_t *n,
                         const char *file, struct findings *findings);

#endif
