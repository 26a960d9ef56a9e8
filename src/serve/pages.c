/*
 * The cache is a table of lists with a lock for reading and writing: an answer
 * is made under the reading lock (its bytes are copied), so any number of
 * threads answer at once. Each request looks at the file's time and size, so a
 * changed file is read anew. Large files are not kept but sent from disk.
 */
#include "serve/pages.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/gzip.h"
#include "base/mem.h"
#include "book/assets.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LISTS = 512, KEPT_MAX = 1 << 20, KEPT_BYTES = 48 << 20, PATH_LEN = 1024, ETAG_SIZE = 36 };

struct entry {
    struct entry *next;
    char *name;
    struct stat about;
    struct str bytes, gzip; /* gzip: empty where it would not be smaller */
    char etag[ETAG_SIZE], etag_gzip[ETAG_SIZE];
};

struct pages {
    int folder;
    char *head;
    pthread_rwlock_t lock;
    struct entry *lists[LISTS];
    size_t bytes;
};

enum lk_status pages_open(struct pages **out, const char *folder, const char *head,
                          struct lk_error *err)
{
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct pages *p;

    if (fd < 0)
        return error_errno(err, "open", folder);
    p = mem_calloc(1, sizeof *p);
    p->folder = fd;
    p->head = mem_strdup(head);
    pthread_rwlock_init(&p->lock, NULL);
    *out = p;
    return LK_OK;
}

static void drop_all(struct pages *p)
{
    for (size_t i = 0; i < LISTS; i++)
        while (p->lists[i]) {
            struct entry *e = p->lists[i];

            p->lists[i] = e->next;
            str_done(&e->bytes);
            str_done(&e->gzip);
            free(e->name);
            free(e);
        }
    p->bytes = 0;
}

void pages_close(struct pages *p)
{
    if (!p)
        return;
    drop_all(p);
    pthread_rwlock_destroy(&p->lock);
    close(p->folder);
    free(p->head);
    free(p);
}

/* ---- names ------------------------------------------------------------------------ */

static const struct {
    const char *extension, *type;
    bool packs;
} types[] = {
    {".html", "text/html; charset=utf-8", true},
    {".css", "text/css; charset=utf-8", true},
    {".js", "text/javascript; charset=utf-8", true},
    {".json", "application/json", true},
    {".svg", "image/svg+xml", true},
    {".xml", "application/xml", true},
    {".txt", "text/plain; charset=utf-8", true},
    {".csv", "text/csv; charset=utf-8", true},
    {".md", "text/markdown; charset=utf-8", true},
    {".wasm", "application/wasm", true},
    {".png", "image/png", false},
    {".jpg", "image/jpeg", false},
    {".webp", "image/webp", false},
    {".ico", "image/x-icon", false},
    {".pdf", "application/pdf", false},
    {"", "application/octet-stream", false},
};

static size_t type_of(const char *name)
{
    const char *extension = path_extension(name);
    size_t i = 0;

    while (types[i].extension[0] && strcmp(types[i].extension, extension))
        i++;
    return i;
}

const char *pages_type(const char *name)
{
    return types[type_of(name)].type;
}

int pages_open_beneath(int folder, const char *name)
{
    struct slice rest = slice_of(name), part;
    int at = folder;

    if (!path_is_inside(rest) || rest.len >= PATH_LEN)
        return -1;
    while (slice_split(&rest, '/', &part)) {
        char step[PATH_LEN];
        int next;

        snprintf(step, sizeof step, "%.*s", (int)part.len, part.ptr);
        next = openat(at, step,
                      O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK |
                          (rest.len ? O_PATH | O_DIRECTORY : O_RDONLY));
        if (at != folder)
            close(at);
        if (next < 0)
            return -1;
        at = next;
    }
    return at;
}

/* "/01-a/" to "01-a/index.html"; false when it cannot be a file of ours. */
static bool file_name(char out[PATH_LEN], const char *path)
{
    size_t n = strlen(path);

    if (n + 12 >= PATH_LEN || strstr(path, "/."))
        return false;
    snprintf(out, PATH_LEN, "%s%s", path + 1, path[n - 1] == '/' ? "index.html" : "");
    return path_is_inside(slice_of(out));
}

/* ---- the cache --------------------------------------------------------------------------- */

static struct entry **list_of(struct pages *p, const char *name)
{
    uint32_t h = 2166136261u;

    for (const char *c = name; *c; c++)
        h = (h ^ (unsigned char)*c) * 16777619u;
    return &p->lists[h % LISTS];
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static const struct entry *find(struct pages *p, const char *name, const struct stat *now)
{
    for (const struct entry *e = *list_of(p, name); e; e = e->next)
        if (!strcmp(e->name, name))
            return same_file(&e->about, now) ? e : NULL;
    return NULL;
}

static void put_head(struct str *page, const char *head)
{
    static const char mark[] = "<meta charset=\"utf-8\">";
    const char *at = memmem(page->ptr, page->len, mark, sizeof mark - 1);
    struct str with = STR_INIT;
    size_t before;

    if (!at)
        return;
    before = (size_t)(at - page->ptr) + sizeof mark - 1;
    str_add(&with, page->ptr, before);
    str_puts(&with, head);
    str_put(&with, slice_from(slice_str(page), before));
    str_done(page);
    *page = with;
}

static void name_version(struct entry *e)
{
    struct str hex = STR_INIT;
    uint8_t sum[DIGEST_MAX];

    digest(sum, DIGEST_SHA256, slice_str(&e->bytes));
    str_put_hex(&hex, sum, 12);
    snprintf(e->etag, ETAG_SIZE, "\"%s\"", hex.ptr);
    snprintf(e->etag_gzip, ETAG_SIZE, "\"%s-gz\"", hex.ptr);
    str_done(&hex);
}

static struct entry *read_entry(struct pages *p, const char *name, int fd, const struct stat *about)
{
    struct entry *e = mem_calloc(1, sizeof *e);
    size_t type = type_of(name);
    ssize_t n;

    e->name = mem_strdup(name);
    e->about = *about;
    str_init(&e->bytes);
    str_init(&e->gzip);
    while ((n = read(fd, str_room(&e->bytes, 64 << 10), 64 << 10)) > 0) {
        str_grew(&e->bytes, (size_t)n);
        if (e->bytes.len > KEPT_MAX)
            break;
    }
    if (type == 0)
        put_head(&e->bytes, p->head);
    name_version(e);
    if (types[type].packs && e->bytes.len > 500)
        gzip_put(&e->gzip, slice_str(&e->bytes), 6);
    if (e->gzip.len >= e->bytes.len)
        str_done(&e->gzip);
    return e;
}

/* Takes the entry, over an older one of that name. */
static void keep(struct pages *p, struct entry *e)
{
    struct entry **at;

    pthread_rwlock_wrlock(&p->lock);
    if (p->bytes > KEPT_BYTES)
        drop_all(p);
    for (at = list_of(p, e->name); *at; at = &(*at)->next)
        if (!strcmp((*at)->name, e->name)) {
            struct entry *old = *at;

            *at = old->next;
            p->bytes -= old->bytes.len + old->gzip.len;
            str_done(&old->bytes);
            str_done(&old->gzip);
            free(old->name);
            free(old);
            break;
        }
    e->next = *list_of(p, e->name);
    *list_of(p, e->name) = e;
    p->bytes += e->bytes.len + e->gzip.len;
    pthread_rwlock_unlock(&p->lock);
}

/* ---- answers -------------------------------------------------------------------------------- */

void pages_add_safety(struct http_request *r)
{
    http_add_header(r, "Content-Security-Policy",
                    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
                    "img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; "
                    "form-action 'none'; frame-ancestors 'none'");
    http_add_header(r, "X-Content-Type-Options", "nosniff");
    http_add_header(r, "X-Frame-Options", "DENY");
    http_add_header(r, "Referrer-Policy", "no-referrer");
    http_add_header(r, "Cross-Origin-Resource-Policy", "same-origin");
    http_add_header(r, "Cross-Origin-Opener-Policy", "same-origin");
}

static bool takes_gzip(const struct http_request *r)
{
    struct slice rest = slice_of(http_header(r, "Accept-Encoding")), part;

    while (slice_split(&rest, ',', &part)) {
        struct slice word = slice_trim(slice_first(part, slice_find(part, ';')));

        if (slice_is(word, "gzip"))
            return !memmem(part.ptr, part.len, "q=0", 3) || memmem(part.ptr, part.len, "q=0.", 4);
    }
    return false;
}

static bool knows(const struct http_request *r, const char *etag)
{
    struct slice rest = slice_of(http_header(r, "If-None-Match")), part;

    while (slice_split(&rest, ',', &part)) {
        part = slice_trim(part);
        if (slice_starts(part, "W/"))
            part = slice_from(part, 2);
        if (slice_is(part, etag) || slice_is(part, "*"))
            return true;
    }
    return false;
}

/* Was it asked for by its version? Then what is there now is all that there will be
 * (book/assets.h). */
static bool is_version(const struct http_request *r, const struct entry *e)
{
    const char *version = http_query(r, "v");

    return version && strlen(version) == ASSET_VERSION &&
           !strncmp(e->etag + 1, version, ASSET_VERSION);
}

static void reply_entry(struct http_request *r, const struct entry *e)
{
    /* An answer without a body is not packed either: browsers try to unpack it. */
    bool packed = e->gzip.len && strcmp(http_method(r), "HEAD") && takes_gzip(r);
    const char *etag = packed ? e->etag_gzip : e->etag;

    pages_add_safety(r);
    http_add_header(r, "ETag", etag);
    http_add_header(r, "Cache-Control",
                    is_version(r, e) ? "max-age=31536000, immutable" : "no-cache");
    if (e->gzip.len)
        http_add_header(r, "Vary", "Accept-Encoding");
    if (knows(r, etag)) {
        http_reply(r, 304, NULL, SLICE(""));
        return;
    }
    if (packed)
        http_add_header(r, "Content-Encoding", "gzip");
    http_reply(r, 200, pages_type(e->name), slice_str(packed ? &e->gzip : &e->bytes));
}

static void reply_missing(struct pages *p, struct http_request *r)
{
    int fd = pages_open_beneath(p->folder, "404.html");

    pages_add_safety(r);
    http_add_header(r, "Cache-Control", "no-cache");
    if (fd >= 0)
        http_reply_fd(r, 404, "text/html; charset=utf-8", fd, 0, -1);
    else
        http_reply_error(r, 404, "there is no such page");
}

static bool reply_kept(struct pages *p, struct http_request *r, const char *name,
                       const struct stat *now)
{
    const struct entry *e;

    pthread_rwlock_rdlock(&p->lock);
    e = find(p, name, now);
    if (e)
        reply_entry(r, e);
    pthread_rwlock_unlock(&p->lock);
    return e != NULL;
}

static void reply_folder(struct http_request *r)
{
    const char *raw = http_raw_target(r);
    struct str to = STR_INIT;

    /* One slash alone in front, or it would lead to another host. */
    while (raw[0] == '/' && raw[1] == '/')
        raw++;
    str_put(&to, slice_first(slice_of(raw), strcspn(raw, "?")));
    str_putc(&to, '/');
    pages_add_safety(r);
    http_add_header(r, "Location", to.ptr);
    http_reply_error(r, 308, "the page is below");
    str_done(&to);
}

void pages_reply(struct pages *p, struct http_request *r)
{
    const char *method = http_method(r), *path = http_path(r);
    char name[PATH_LEN];
    struct stat now;
    int fd;

    if (strcmp(method, "GET") && strcmp(method, "HEAD")) {
        http_add_header(r, "Allow", "GET, HEAD");
        http_reply_error(r, 405, "pages can only be read");
        return;
    }
    if (!file_name(name, path)) {
        reply_missing(p, r);
        return;
    }
    if (!fstatat(p->folder, name, &now, AT_SYMLINK_NOFOLLOW) && reply_kept(p, r, name, &now))
        return;
    fd = pages_open_beneath(p->folder, name);
    if (fd < 0 || fstat(fd, &now) || !(S_ISREG(now.st_mode) || S_ISDIR(now.st_mode))) {
        if (fd >= 0)
            close(fd);
        reply_missing(p, r);
    } else if (S_ISDIR(now.st_mode)) {
        close(fd);
        reply_folder(r);
    } else if (now.st_size > KEPT_MAX) {
        pages_add_safety(r);
        http_add_header(r, "Cache-Control", "no-cache");
        http_reply_fd(r, 200, pages_type(name), fd, 0, -1);
    } else {
        keep(p, read_entry(p, name, fd, &now));
        close(fd);
        if (!reply_kept(p, r, name, &now))
            http_reply_error(r, 503, "the page is being written; try again");
    }
}
