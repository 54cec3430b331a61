/* SPDX-License-Identifier: Apache-2.0 */
/* Properties: what is refused has a finding; positions lie inside the file and do not go backwards; every
 * stage's words can be expanded or are refused with a sentence; every logical line parses alone to the same
 * kind. */
#include "formats/dockerfile_mount.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_instruction(const struct dockerfile_instruction *i, struct dockerfile_scope *scope,
                              size_t size)
{
    struct failure failure = {0};
    autofree char *text = NULL;
    if (i->line == 0 || i->end_line < i->line || i->offset > i->end_offset || i->end_offset > size)
        abort();
    if (dockerfile_scope_apply(scope, i, &failure) < 0 && failure.text[0] == '\0')
        abort();
    if (i->text && dockerfile_scope_expand_text(scope, i->text, &text, &failure) < 0 &&
        failure.text[0] == '\0')
        abort();
    for (size_t k = 0; k < i->mounts.count; k++) {
        struct dockerfile_mount mount = {0};
        struct failure why = {0};
        if (dockerfile_mount_parse(scope, i->mounts.items[k], &mount, &why) < 0 && why.text[0] == '\0')
            abort();
        dockerfile_mount_free(&mount);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoreport struct report report = {0};
    autodockerfile struct dockerfile d = {0};
    if (dockerfile_parse("f", (const char *)data, size, &report, &d) < 0) {
        if (report.count == 0)
            abort();
        return 0;
    }
    if (d.stage_count == 0)
        abort();
    autoscope struct dockerfile_scope scope = {.escape = d.escape};
    for (size_t n = 0; n < d.instruction_count; n++) {
        if (n > 0 && d.instructions[n].offset < d.instructions[n - 1].end_offset)
            abort();
        check_instruction(&d.instructions[n], &scope, size);
    }
    return 0;
}
