/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/documents.h"

#include "base/strings.h"
#include "cli/template.h"

#include <errno.h>

#define LINE_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
#define ARRAY_FLAGS (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)

int documents_begin(struct documents *d, const char *format, struct failure *failure)
{
    *d = (struct documents){.array = json_object_new_array()};
    if (!d->array)
        return fail(failure, -ENOMEM, "reading the documents");
    d->lines = streq(format, "json");
    if (!format || d->lines)
        return 0;
    int r = template_parse(format, &d->template, failure);
    return r < 0 ? fail_within(failure, "--format") : 0;
}

static int add_filled(struct documents *d, struct json_object *document, struct failure *failure)
{
    int r = template_run(d->template, &(struct template_data){.value = document}, &d->out, failure);
    text_append_char(&d->out, '\n');
    return r < 0 ? fail_within(failure, "--format") : 0;
}

int documents_add(struct documents *d, struct json_object *document, struct failure *failure)
{
    int r = json_object_array_add(d->array, document) < 0 ? -ENOMEM : 0;
    if (r < 0) {
        json_object_put(document);
        return fail(failure, r, "reading the documents");
    }
    if (d->template)
        return add_filled(d, document, failure);
    if (d->lines) {
        text_append(&d->out, json_object_to_json_string_ext(document, LINE_FLAGS));
        text_append_char(&d->out, '\n');
    }
    return 0;
}

int documents_finish(struct documents *d, const char **ret_text, struct failure *failure)
{
    if (!d->template && !d->lines) {
        text_append(&d->out, json_object_to_json_string_ext(d->array, ARRAY_FLAGS));
        text_append_char(&d->out, '\n');
    }
    int r = text_error(&d->out);
    if (r < 0)
        return fail(failure, r, "writing the documents");
    *ret_text = text_peek(&d->out);
    return 0;
}

void documents_free(struct documents *d)
{
    template_free(d->template);
    json_object_put(d->array);
    text_free(&d->out);
    *d = (struct documents){0};
}
