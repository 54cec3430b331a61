/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Lists as docker prints them: an aligned table, JSON lines or a template per row. A row is a JSON object
 * with docker's names of the columns. */
#include "base/failure.h"
#include "base/strings.h"
#include "base/text.h"

#include <json-c/json.h>

struct template;

struct listing {
    struct template *template; /* NULL: JSON lines */
    bool table;
    struct strings lines; /* of a table, laid out at the end */
    struct text out;      /* finished lines otherwise */
};

struct listing_column {
    const char *field, *title;
};

#define autolisting __attribute__((cleanup(listing_free)))

/* `format`: NULL or "table", "json", "table TEMPLATE" or TEMPLATE; `usual`: the template of the plain table.
 * `columns` (ending with a NULL field) names every field with its title. -EINVAL: a bad template. */
int listing_begin(struct listing *l, const char *format, const char *usual,
                  const struct listing_column *columns, struct failure *failure) must_check;
/* Adds a row; both are lent. `labels` is what .Label looks into, or NULL. */
int listing_add(struct listing *l, struct json_object *row, struct json_object *labels,
                struct failure *failure) must_check;
/* Everything as text: lent until listing_free(). -ENOMEM. */
int listing_finish(struct listing *l, const char **ret_text, struct failure *failure) must_check;
void listing_free(struct listing *l);

/* NAME=VALUE items as docker's one string "a=1,b=2" and as the object that .Label looks into. */
struct json_object *make_label_text(const struct strings *labels);
struct json_object *make_label_object(const struct strings *labels);
/* Puts a copy of `value` ("" for NULL) into the row; running out of memory leaves the member away. */
void row_put(struct json_object *row, const char *field, const char *value);
void row_put_text(struct json_object *row, const char *field, struct text *value);
