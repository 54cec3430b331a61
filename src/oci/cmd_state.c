/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/commands.h"
#include "oci/container.h"

#include "base/utf8.h"

#include <string.h>

#define ANNOTATION_FAILURE "org.unroot.failure"

/* Why a container stopped that never ran. */
static int add_reason(struct container *c, enum oci_status status)
{
    struct failure reason;
    autofree char *assignment = NULL;
    if (status != OCI_STATUS_STOPPED || !container_find_reason(c, &reason))
        return 0;
    /* Of a hook's output, or cut in the middle of a character. */
    for (char *p = reason.text; !utf8_is_valid(reason.text, strlen(reason.text)) && *p != '\0'; p++)
        *p = (unsigned char)*p < 0x80 ? *p : '?';
    if (asprintf(&assignment, ANNOTATION_FAILURE "=%s", reason.text) < 0)
        return -ENOMEM;
    return strings_set_variable(&c->record.annotations, assignment);
}

static int run_state(struct runtime *rt, void *options, const struct arguments *arguments,
                     struct failure *failure)
{
    autocontainer struct container c = CONTAINER_EMPTY;
    struct oci_state state;
    autofree char *text = NULL;
    (void)options;
    int r = container_open(rt, arguments->items[0], false, &c, failure);
    if (r < 0)
        return r;
    enum oci_status status = container_status(&c);
    r = add_reason(&c, status);
    container_describe(&c, status, &state);
    if (r == 0)
        r = oci_state_write(&state, true, &text);
    if (r < 0)
        return fail(failure, r, "describing container %s", c.id);
    printf("%s\n", text);
    return 0;
}

static const struct option *const tables[] = {NULL};

const struct command cmd_state = {
    .name = "state",
    .usage = "ID",
    .summary = "Print a container's state as JSON",
    .options = {.tables = tables, .single_dash_names = true},
    .min_args = 1,
    .max_args = 1,
    .run = run_state,
};
