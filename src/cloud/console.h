/*
 * The practice console: a page below /console/ on the cloud's own port. All it
 * shows and does, and that something has changed, it asks of the services, over
 * their public protocols, with signatures that it makes itself (changes: of
 * CloudTrail). Two things alone are the cloud's own:
 *
 *   GET  /console/...       the page and its files, which are inside the program
 *   POST /console/session   the sign-in page's half: {"user": NAME}, or {} for root, gives
 *                           credentials for an hour, as AWS's sign-in does for its console
 *
 * Signing in needs the token that only this start's page carries, and an Origin
 * that is our own; there are no passwords, as whoever can open the page is the
 * learner. A signed request is never the console's: a bucket may be called
 * `console`, only its public objects are hidden by the page.
 */
#ifndef CLOUD_CONSOLE_H
#define CLOUD_CONSOLE_H

#include "cloud/internal.h"

struct console *console_new(void);
void console_free(struct console *c);
/* Is this call, of which the header is known, for the console? */
bool console_wants(const struct call *c);
void console_answer(struct call *c);

/* ---- its files (console_files.c) ---- */

struct console_file {
    const char *name, *type; /* "app.js" below /console/ */
    const char *begin, *end;
};
extern const struct console_file console_files[]; /* name NULL ends them */

#endif
