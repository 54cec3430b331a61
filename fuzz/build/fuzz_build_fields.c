/* SPDX-License-Identifier: Apache-2.0 */
/* What a parser process sends: whatever is accepted is written as bytes that are accepted again and give the
 * same, and every position in it lies within the Dockerfile. */
#include "build/parse_fields.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_positions(const struct dockerfile *d)
{
    if (d->meta_count > d->instruction_count)
        abort();
    for (size_t i = 0; i < d->stage_count; i++) {
        const struct dockerfile_stage *s = &d->stages[i];
        if (s->from >= d->instruction_count || s->first + s->count > d->instruction_count)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dockerfile d = {0}, again = {0};
    struct fields in = {.data = (const char *)data, .size = size}, out = {.writing = true},
                  back = {.writing = true};
    fields_dockerfile(&in, &d);
    if (in.error == 0) {
        check_positions(&d);
        fields_dockerfile(&out, &d);
        struct fields second = {.data = out.out.data, .size = out.out.length};
        fields_dockerfile(&second, &again);
        fields_dockerfile(&back, &again);
        if (second.error < 0 || out.out.length != back.out.length ||
            memcmp(out.out.data, back.out.data, out.out.length) != 0)
            abort();
    }
    text_free(&out.out);
    text_free(&back.out);
    dockerfile_free(&d);
    dockerfile_free(&again);
    return 0;
}
