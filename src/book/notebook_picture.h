/*
 * Pictures in notebooks. A notebook travels alone, so a picture that lies in
 * the lesson's folder goes along as an attachment of the cell that shows it,
 * and lies in the folder again when the notebook has come back. In the text
 * `map.svg` is `attachment:map.svg` meanwhile, as Jupyter writes it.
 */
#ifndef BOOK_NOTEBOOK_PICTURE_H
#define BOOK_NOTEBOOK_PICTURE_H

#include "base/error.h"
#include "base/json.h"
#include "base/str.h"

/*
 * Going out: the text, with its pictures of `folder` renamed, into `source`,
 * and these pictures into the open cell.
 */
enum lk_status picture_attach(struct json_out *cell, struct str *source, struct slice text,
                              const char *folder, struct lk_error *err);
/* The type of the picture that a file of this name holds, "image/png"; NULL for any other file. */
const char *picture_mime(struct slice name);

#endif
