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
/* Coming back: the text with its pictures' own names. */
void picture_rename(struct str *out, struct slice source);
/* And the cell's pictures into the folder; what is no picture is left out. */
enum lk_status picture_detach(const struct json *cell, const char *folder, struct lk_error *err);

#endif
