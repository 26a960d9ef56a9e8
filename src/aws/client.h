/*
 * The inside of a client, shared by the files that make it up. What several
 * threads touch stands under `lock`; the rest is fixed when it is opened.
 */
#ifndef AWS_CLIENT_H
#define AWS_CLIENT_H

#include "aws/api.h"
#include "aws/aws.h"
#include "aws/ini.h"

#include <pthread.h>

enum { NETS_KEPT = 32, QUOTA = 500 };

struct credentials {
    char *key_id, *secret, *token; /* token NULL: long-lived */
    int64_t expires_ms;            /* 0: never */
    char *source;                  /* "environment", "profile 'dev' in ..." */
};

struct bucket_region {
    char *bucket, *region;
    struct bucket_region *next;
};

struct aws {
    struct ini ini;
    char *target, *profile, *region, *endpoint, *ca_bundle;
    bool profile_given; /* by option, which passes the environment's keys over */
    int max_attempts;
    bool stay;
    int depth; /* of clients that exist to get another's credentials */
    void (*note)(void *ctx, const char *line);
    bool (*ask_code)(void *ctx, char *code, size_t size, const char *serial);
    void *note_ctx;
    atomic_bool cancel;
    atomic_llong clock_offset;
    bool fixed; /* the credentials were given and are all there are */

    pthread_mutex_t lock;           /* guards what follows */
    struct credentials credentials; /* key_id NULL: not known yet */
    struct net *nets[NETS_KEPT];    /* not in use, connections open */
    int net_count;
    int quota;
    struct bucket_region *buckets;
};

/* settings.c */
enum lk_status settings_load(struct aws *c, const struct aws_options *o, struct lk_error *err);
/* A profile's value, or NULL. */
const char *settings_get(const struct aws *c, const char *key);
/* The environment's value; NULL also when it is empty. */
const char *settings_env(const char *name);
/* ~/NAME, in the arena. */
char *settings_home(struct arena *arena, const char *name);

/* credentials.c: a copy of what is good for at least some minutes. */
enum lk_status credentials_get(struct credentials *out, struct aws *c, struct lk_error *err);
/* Forget them; false when new ones could not be different. */
bool credentials_drop(struct aws *c);
void credentials_done(struct credentials *k); /* wiped */
/* The document that containers, IMDS and credential_process print. */
enum lk_status credentials_parse(struct credentials *out, struct slice json, const char *source,
                                 struct lk_error *err);
/* Another client with these credentials and c's settings, for the call that yields c's own. */
struct aws *client_with(const struct aws *c, const struct credentials *k, const char *region);

/* credentials_*.c: each leaves out->key_id NULL and returns LK_OK where it does not apply. */
enum lk_status credentials_from_role(struct credentials *out, struct aws *c, const char *profile,
                                     struct lk_error *err);
enum lk_status credentials_from_web_identity(struct credentials *out, struct aws *c,
                                             const char *profile, struct lk_error *err);
enum lk_status credentials_from_sso(struct credentials *out, struct aws *c, const char *profile,
                                    struct lk_error *err);
enum lk_status credentials_from_process(struct credentials *out, struct aws *c, const char *profile,
                                        struct lk_error *err);
enum lk_status credentials_from_container(struct credentials *out, struct aws *c,
                                          struct lk_error *err);
/* `nowhere` (of that size) says, where it does not apply, what was found instead. */
enum lk_status credentials_from_instance(struct credentials *out, char *nowhere, size_t size,
                                         struct aws *c, struct lk_error *err);
/* The keys that stand in the profile itself. */
enum lk_status credentials_static(struct credentials *out, struct aws *c, const char *profile,
                                  struct lk_error *err);
/* One profile's credentials by whatever means it has. */
enum lk_status credentials_of_profile(struct credentials *out, struct aws *c, const char *profile,
                                      struct lk_error *err);

/* endpoint.c */
struct endpoint {
    struct str url; /* scheme, host, path so far; no '/' at the end */
    struct str host;
    const char *region; /* to sign for; lives as long as the client */
};
/* bucket: for S3, or NULL. */
enum lk_status endpoint_find(struct endpoint *out, struct aws *c, const struct aws_service *s,
                             const char *bucket, struct lk_error *err);
void endpoint_done(struct endpoint *e);
/* The region a bucket was seen in, or NULL; and remembering it. */
const char *bucket_region_get(struct aws *c, const char *bucket);
void bucket_region_set(struct aws *c, const char *bucket, const char *region);

/* advice.c: what a code usually means and what to do; "" where there is nothing to say. */
void advice_put(struct str *out, const char *service, const char *op, const char *code,
                const char *message);

#endif
