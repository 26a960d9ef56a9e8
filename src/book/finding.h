/*
 * Findings: what is wrong with a book, gathered while it is read, so that one
 * run can report everything. Reading alone (labbook build, run, serve) turns
 * the first error among them into the caller's struct lk_error.
 *
 * A finding has a place in the author's file, a rule's name (stable, for
 * --json), one line of what was found and one of how to mend it; why the rule is
 * one stands in the table of rules (rules.c).
 */
#ifndef BOOK_FINDING_H
#define BOOK_FINDING_H

#include "base/mem.h"
#include "base/str.h"
#include "labkit.h"

/* FINDING_ADDRESS is nothing wrong: an address outside the book, for who tries it. */
enum finding_level { FINDING_ERROR, FINDING_WARNING, FINDING_ADDRESS };

struct finding {
    enum finding_level level;
    const char *rule; /* "link-dead"; a static string */
    const char *file;
    int line, column; /* 1-based; 0 where unknown */
    const char *text; /* what was found */
    const char *mend; /* what to write instead, or "" */
};

struct finding_rule {
    const char *name, *why;
};
/* All rules but "address", in the order of their names. */
extern const struct finding_rule finding_rules[];
extern const size_t finding_rule_count;
/* Why the rule is one; "" for a name that is none. */
const char *finding_why(const char *rule);

/* All zero is an empty list; it owns its texts. */
struct findings {
    struct arena arena;
    struct finding *items;
    size_t len, cap;
};

/* Past the cap (10,000) findings are counted out, not kept. mend may be NULL. */
void finding_add(struct findings *f, enum finding_level level, const char *rule, const char *file,
                 int line, int column, const char *mend, const char *fmt, ...)
    __attribute__((format(printf, 8, 9)));
void findings_done(struct findings *f);
/* Append copies of what `from` holds. */
void findings_join(struct findings *f, const struct findings *from);
/* Order by file, line, column; equal places keep the order of finding. */
void findings_sort(struct findings *f);
size_t findings_count(const struct findings *f, enum finding_level level);
/* The first error as LK_EINPUT in err; LK_OK when there is none. */
enum lk_status findings_status(const struct findings *f, struct lk_error *err);

#endif
