/* Bodies in aws-chunked: whatever comes, in whatever pieces, is taken or refused alike. */
#include "cloud/s3d.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    bool taken;
    int state;
    int64_t size;
    uint8_t md5[DIGEST_MAX];
};

static void feed(struct outcome *out, struct slice body, size_t piece, bool is_signed)
{
    static const struct s3d_operation operation = {.takes = S3_CONTENT};
    struct s3d_call s3 = {.operation = &operation};
    struct call_internal internal = {.s3 = &s3};
    struct call c = {.internal = &internal};
    struct s3d_sink *s = &s3.sink;

    str_init(&s->memory);
    str_init(&s->line);
    str_init(&s->chunk);
    str_init(&s->trailers);
    s->fd = -1;
    s->md5 = digest_new(DIGEST_MD5);
    s->chunked = true;
    s->signed_chunks = is_signed;
    out->taken = true;
    while (body.len && out->taken) {
        size_t n = piece < body.len ? piece : body.len;

        out->taken = s3d_sink_take(&c, slice_first(body, n));
        body = slice_from(body, n);
    }
    if (out->taken == call_failed(&c))
        abort(); /* refused without a reason, or the other way round */
    out->state = s->state;
    out->size = s->size;
    digest_end(s->md5, out->md5);
    s3d_sink_done(s);
    arena_done(&c.memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole = {0}, pieces = {0};
    struct slice body;

    if (size < 2 || size > 60000)
        return 0;
    body = (struct slice){(const char *)data + 2, size - 2};
    feed(&whole, body, body.len, data[1] & 1);
    feed(&pieces, body, data[0] ? data[0] : 1, data[1] & 1);
    if (whole.taken != pieces.taken)
        abort();
    if (whole.taken && (whole.state != pieces.state || whole.size != pieces.size ||
                        memcmp(whole.md5, pieces.md5, MD5_SIZE)))
        abort();
    return 0;
}
