/* Writing the little XML that AWS speaks: appended to a str, one call a tag. */
#ifndef CLOUD_MARKUP_H
#define CLOUD_MARKUP_H

#include "base/str.h"

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

void xml_open(struct str *out, const char *name); /* may hold attributes behind the name */
void xml_close(struct str *out, const char *name);
void xml_put(struct str *out, const char *name, const char *value); /* NULL writes nothing */
void xml_put_slice(struct str *out, const char *name, struct slice value);
void xml_put_int(struct str *out, const char *name, int64_t value);
void xml_put_bool(struct str *out, const char *name, bool value);
void xml_put_time(struct str *out, const char *name, int64_t unix_ms);
/* Escaped; characters that XML 1.0 cannot hold become references, as S3 has them. */
void xml_put_text(struct str *out, struct slice text);

#endif
