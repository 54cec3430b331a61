/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One member of a JSON document set or taken out as text: what else stands in the file stays as it is, byte
 * for byte, and what is new is laid out as its neighbours are. For files that a person keeps (daemon.json).
 */
#include "base/failure.h"

struct json_edit {
    const char *name;        /* of the document, for sentences */
    const char *text;        /* the document: an object; "" or blanks count as {} */
    const char *const *path; /* member names from the outermost in, NULL-terminated */
};

/* `value` is JSON text. Objects on the way that are missing are made. -EINVAL, with line and column, for a
 * document that is not strict JSON or not an object, and for something on the way that is no object. The
 * caller frees *ret_text. */
int json_edit_set(const struct json_edit *edit, const char *value, char **ret_text,
                  struct failure *failure) must_check;
/* Takes the member out. -ENOENT (without a sentence): it is not there. */
int json_edit_remove(const struct json_edit *edit, char **ret_text, struct failure *failure) must_check;
