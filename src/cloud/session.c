/* Temporary credentials: three texts that nobody can guess, and whom they stand for. */
#include "cloud/internal.h"

#include "base/digest.h"

enum { SECRET_BYTES = 30, TOKEN_BYTES = 96, KEPT_MS = 24 * 3600 * 1000 };

static const char *random_base64(struct arena *memory, size_t n)
{
    struct str text = STR_INIT;
    uint8_t bytes[TOKEN_BYTES];
    const char *kept;

    random_bytes(bytes, n);
    str_put_base64(&text, bytes, n);
    kept = arena_strdup(memory, text.ptr);
    bytes_wipe(text.ptr, text.len);
    str_done(&text);
    return kept;
}

/* Those that ended long ago; for a while their holders are still told so. */
static void forget_old(struct cloud *cloud)
{
    struct stmt *s = sql(cloud, "delete from sessions where expires < ?1");

    stmt_int(s, 1, cloud_now(cloud) - KEPT_MS);
    sql_run(cloud, s);
}

void session_make(struct cloud *cloud, struct arena *memory, struct session *out,
                  const struct caller *who, int64_t seconds)
{
    struct stmt *s =
        sql(cloud, "insert into sessions (id, secret, token, kind, arn, principal_id, name,"
                   " role, policy, issued, expires, tags, source)"
                   " values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");
    struct str key = STR_INIT;
    int64_t now = cloud_now(cloud);

    forget_old(cloud);
    random_id(&key, "ASIA", 16);
    out->key = arena_strdup(memory, key.ptr);
    out->secret = random_base64(memory, SECRET_BYTES);
    out->token = random_base64(memory, TOKEN_BYTES);
    out->expires = now + seconds * 1000;
    stmt_text(s, 1, out->key);
    stmt_text(s, 2, out->secret);
    stmt_text(s, 3, out->token);
    stmt_int(s, 4, who->kind);
    stmt_text(s, 5, who->arn);
    stmt_text(s, 6, who->id);
    stmt_text(s, 7, who->name);
    stmt_text(s, 8, who->role);
    stmt_text(s, 9, who->session_policy);
    stmt_int(s, 10, now);
    stmt_int(s, 11, out->expires);
    stmt_text(s, 12, who->session_tags);
    stmt_text(s, 13, who->source_identity);
    sql_run(cloud, s);
    str_done(&key);
}
