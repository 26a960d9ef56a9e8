/*
 * The server's practice cloud: started when a step first asks for it, shared
 * by all sessions, gone with the server. Where one runs on this computer
 * already ('labkit cloud'), that one is used.
 */
#ifndef SERVE_PRACTICE_H
#define SERVE_PRACTICE_H

struct practice;

struct practice *practice_new(void);
void practice_free(struct practice *p);
/* There is a practice cloud from now on, or the first call to it says why not. Any thread. */
void practice_need(void *practice);

#endif
