/*
 * The server's practice cloud: started when a step first asks for it, shared
 * by all sessions, gone with the server. Where one runs on this computer
 * already ('labkit cloud'), that one is used.
 */
#ifndef SERVE_PRACTICE_H
#define SERVE_PRACTICE_H

#include "base/str.h"
#include "labkit.h"

struct practice;

struct practice *practice_new(void);
void practice_free(struct practice *p);
/* There is a practice cloud from now on, or the first call to it says why not. Any thread. */
void practice_need(void *practice);
/* The console's address, added to `out`; the cloud is started where none runs. Any thread. */
enum lk_status practice_console(struct practice *p, struct str *out, struct lk_error *err);

#endif
