/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Documents of inspect: one JSON array, or a template for each. */
#include "base/failure.h"
#include "base/text.h"

#include <json-c/json.h>
#include <stdbool.h>

struct template;

struct documents {
    struct template *template; /* NULL: one array, or with `lines` one line each */
    bool lines;
    struct json_object *array;
    struct text out;
};

#define autodocuments __attribute__((cleanup(documents_free)))

/* `format`: NULL, "json" or a template. */
int documents_begin(struct documents *d, const char *format, struct failure *failure) must_check;
/* Takes the document over, also on failure. */
int documents_add(struct documents *d, struct json_object *document, struct failure *failure) must_check;
/* Lent until documents_free(). */
int documents_finish(struct documents *d, const char **ret_text, struct failure *failure) must_check;
void documents_free(struct documents *d);
