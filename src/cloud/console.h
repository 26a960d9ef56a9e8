/*
 * The practice console: a page below /console/ on the cloud's own port. All it
 * shows and does it asks of the services, over their public protocols, with
 * signatures that it makes itself; three things alone are the cloud's:
 *
 *   GET  /console/...       the page and its files, which are inside the program
 *   POST /console/session   {"user": NAME}, or {} for root: credentials for an hour
 *   GET  /console/events    "something has changed there", as server-sent events
 *
 * The last two need the token that only this start's page carries, and an
 * Origin that is our own. A signed request is never the console's: a bucket
 * may be called `console`, only its public objects are hidden by the page.
 */
#ifndef CLOUD_CONSOLE_H
#define CLOUD_CONSOLE_H

#include "cloud/internal.h"

struct console *console_new(void);
void console_free(struct console *c);
/* Is this call, of which the header is known, for the console? */
bool console_wants(const struct call *c);
void console_answer(struct call *c);
/* Tell all open pages; any thread. text is JSON. */
void console_tell(struct console *c, struct slice text);

/* ---- its files (console_files.c) ---- */

struct console_file {
    const char *name, *type; /* "app.js" below /console/ */
    const char *begin, *end;
};
extern const struct console_file console_files[]; /* name NULL ends them */

#endif
