/*
 * A lesson as its author wrote it: front matter, lab steps, quizzes, and the
 * Markdown text around them. Reading a lesson checks its form; every error
 * names the author's file, line and column.
 *
 * A lesson belongs to its reader and is freed whole; all texts in it are
 * terminated and live as long as the lesson.
 */
#ifndef BOOK_LESSON_H
#define BOOK_LESSON_H

#include "base/str.h"
#include "book/finding.h"
#include "book/front.h"
#include "labkit.h"

struct html_options;
struct node;
struct settings;

/* Where a step may run; a set is a sum of these. */
enum lesson_target { TARGET_LOCAL = 1, TARGET_PRACTICE = 2, TARGET_AWS = 4 };

/* One of a step's tested wrong answers. */
struct lesson_wrong {
    const char *code;
    const char *expect; /* words its check's message must contain */
    int line;
};

/* A lab step: ```lua lab id=train targets=local,practice timeout=60s */
struct lesson_step {
    const char *id;          /* unique in the lesson */
    const char *title;       /* title="..." or the heading it stands under */
    const char *code;        /* the starter */
    const char *solution;    /* or NULL: the starter is already right */
    bool check_none;         /* check=none: nothing to judge, the author says */
    const char *check;       /* Lua that judges the step, or NULL */
    const char **hints;      /* as HTML, in order */
    const char **hint_texts; /* the same as plain text, for the terminal */
    size_t hint_count;
    struct lesson_wrong *wrongs;
    size_t wrong_count;
    unsigned targets; /* sum of enum lesson_target */
    int timeout_ms;
    double tolerance; /* relative, by which numbers may differ from the recorded output */
    int line;         /* of the code's first line in the author's file */
};

enum quiz_kind { QUIZ_ONE, QUIZ_SEVERAL, QUIZ_NUMBER, QUIZ_ORDER, QUIZ_TEXT };

struct quiz_choice {
    const char *html, *text;
    bool right;
    const char *why_html, *why_text; /* explanation shown once it is chosen; "" where none */
};

struct lesson_quiz {
    const char *id;
    enum quiz_kind kind;
    const char *question_html, *question_text;
    struct quiz_choice *choices; /* ORDER: in the right order; NUMBER, TEXT: wrong answers */
    size_t choice_count;
    double number, tolerance; /* NUMBER */
    const char **answers;     /* TEXT: accepted, compared without case and outer space */
    size_t answer_count;
    const char *explain_html, *explain_text; /* shown once answered; "" where none */
    int line;
};

struct lesson_change {
    const char *date; /* "2026-05-04" */
    const char *text;
};

struct lesson {
    const char *slug;   /* the folder's name: "01-what-you-will-build" */
    const char *folder; /* path of the lesson's folder */
    const char *file;   /* path of lesson.md */
    const char *number; /* "01", "A": what stands before the first '-' of the slug */
    const char *title, *summary;
    int minutes;
    const char **objectives;
    size_t objective_count;
    struct front_word *needs; /* slugs of earlier lessons */
    size_t need_count;
    unsigned targets; /* what all steps name together */
    bool draft;
    struct lesson_step *steps;
    size_t step_count;
    struct lesson_quiz *quizzes;
    size_t quiz_count;
    const char
        *markdown;     /* all of lesson.md behind the front matter, includes and variables done */
    int markdown_line; /* its first line in the file */
    struct front_word *terms; /* glossary terms that this lesson introduces */
    size_t term_count;
    struct front_word *redirects; /* slugs it had before */
    size_t redirect_count;
    struct lesson_change *changes; /* for the feed, newest first as written */
    size_t change_count;
    const char **includes; /* paths of the files put in */
    size_t include_count;
    const struct node *tree; /* the text (node.h): labs and quizzes where they stand */
    struct lesson_memory *memory;
};

/*
 * The form of a lesson (all of it plain Markdown to any other viewer):
 *
 *     ```lua lab id=train targets=local,practice timeout=60s title="Train"
 *                                      check=none where there is nothing to judge
 *                                      tolerance=0.01 for outputs that differ a little
 *     ```lua solution for=train       for= may be left out: the lab before it
 *     ```lua check for=train
 *     ```lua wrong for=train expect="words of the check's message"
 *     > [!HINT train]
 *     ```quiz
 *     id: honest                      and, where needed, kind: several,
 *     The question?                   number: 0.5 with tolerance: 0.01,
 *                                     answer: us-east-1 (once or more)
 *     - [x] a right choice            a numbered list instead: put in this order
 *       > why it is right
 *     - [ ] a wrong one
 *
 *     > Shown once answered.
 *     ```
 */

/* Read folder/lesson.md with the settings of folder/../book.yaml; the first error in it is err. */
enum lk_status lesson_read(struct lesson **out, const char *folder, struct lk_error *err);
/*
 * The same for who has the settings already and wants all findings: LK_OK also
 * where there are errors among them. html draws hints and quizzes; NULL: plainly.
 */
enum lk_status lesson_load(struct lesson **out, const char *folder, const struct settings *settings,
                           const struct html_options *html, struct findings *findings,
                           struct lk_error *err);
void lesson_free(struct lesson *l);
/* The keys of a lesson's front matter; they end with a NULL name. */
extern const struct front_key lesson_keys[];
/* NULL when there is none. */
const struct lesson_step *lesson_step_find(const struct lesson *l, const char *id);
/* "local,practice" for a sum of targets, appended. */
void lesson_put_targets(struct str *out, unsigned targets);
/* One word; 0 when it is none. */
unsigned lesson_target_named(struct slice word);
/* Is a file of this name data, which a lab lists among the lesson's files? */
bool lesson_is_data(const char *name);

/* A book: a folder that holds lessons/ and templates/. */
struct book_entry {
    const char *slug; /* the lesson's folder name under lessons/ */
    const char *part; /* title of the part it stands in */
};
struct book_index {
    const char *root; /* the BOOK folder */
    const char *title, *language;
    struct book_entry *lessons;
    size_t count;
    struct index_memory *memory;
};
enum lk_status book_index_read(struct book_index **out, const char *root, struct lk_error *err);
void book_index_free(struct book_index *b);

#endif
