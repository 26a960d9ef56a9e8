/*
 * The practice cloud: AWS's wire protocols on the loopback address, for
 * learners and for tests. One port serves every service; a folder holds the
 * whole of its state.
 *
 *     FOLDER/state.db        everything but large objects (SQLite)
 *     FOLDER/trail.db        the last calls that changed something or were refused
 *     FOLDER/objects/        S3 objects too large for the database
 *     FOLDER/incoming/       bodies being received; emptied at the start
 *     FOLDER/work/           files of jobs that run
 *     FOLDER/credentials     root's and the users' keys, as AWS tools read them
 *     FOLDER/endpoint.json   {endpoint, access_key_id, secret_access_key, region,
 *                            account, admin_token}: how the book finds it
 *
 * What was answered with success survives kill -9: the change was handed to
 * the operating system and committed before the answer was made.
 */
#ifndef CLOUD_CLOUD_H
#define CLOUD_CLOUD_H

#include "labkit.h"

struct cloud;

enum { CLOUD_PORT = 4500 };

struct cloud_options {
    const char *folder; /* NULL: cloud_folder() */
    int port;           /* 0: any free one */
    bool real_pace;     /* jobs take plausible times instead of fractions of a second */
};

/* What `labkit cloud init` may choose; all NULL is a good default. */
struct cloud_identity {
    const char *account; /* 12 digits; NULL: made up */
    const char *region;  /* of endpoint.json; NULL: us-east-1 */
};

/* $XDG_DATA_HOME/labbook/cloud; yours to free. */
char *cloud_folder(void);
/*
 * Make the account, its root and the user `learner` (an administrator) with
 * their keys. A folder that has an account already keeps it: *made says which.
 */
enum lk_status cloud_init(const char *folder, const struct cloud_identity *identity, bool *made,
                          struct lk_error *err);
/* A profile `practice` in the AWS tools' own files; nothing else in them is touched. */
enum lk_status cloud_write_profile(const char *folder, struct lk_error *err);

/* Start serving; the folder is initialised first where it was not. One server a folder. */
enum lk_status cloud_start(struct cloud **out, const struct cloud_options *options,
                           struct lk_error *err);
int cloud_port(const struct cloud *c);
const char *cloud_account(const struct cloud *c);
void cloud_stop(struct cloud *c);

#endif
