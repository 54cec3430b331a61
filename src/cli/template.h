/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The part of Go's text/template that --format is used with (docker's "Format command and log output"):
 *   {{.A.B}} {{.}} {{$}} {{$x := ..}} {{if}} {{else if}} {{else}} {{with}} {{range}} {{range $k, $v := ..}}
 * {{end}} pipes, parentheses, "strings", `raw`, numbers, true, false, nil, {{- trimming -}}, {{/ * comments *
 * /}} functions: json index len join split upper lower title truncate pad print println printf eq ne lt le gt
 * ge and or not; method: .Label "name" Anything else is an error that names it. Data is a JSON tree. */
#include "base/failure.h"
#include "base/text.h"

#include <json-c/json.h>

struct template;

struct template_data {
    struct json_object *value;  /* the dot; lent */
    struct json_object *labels; /* object that .Label looks into, or NULL; lent */
};

/* \t and \n outside the braces become a tab and a line break. -EINVAL with the place and the reason; -ENOMEM.
 */
int template_parse(const char *source, struct template **ret_template, struct failure *failure) must_check;
/* Appends to `out`. -ENOENT: no such field; -EINVAL: a function met a value it cannot take; -E2BIG: nested
 * loops over too much; -ENOMEM. */
int template_run(const struct template *t, const struct template_data *data, struct text *out,
                 struct failure *failure) must_check;
void template_free(struct template *t);

static inline void template_release_(struct template **t)
{
    template_free(*t);
}
#define autotemplate __attribute__((cleanup(template_release_)))
