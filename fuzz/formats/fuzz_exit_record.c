/* SPDX-License-Identifier: Apache-2.0 */
/* Property: what is accepted means the same when it is written and read again. */
#include "formats/exit_record.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct exit_record first, second;
    char text[EXIT_RECORD_MAX];
    if (exit_record_decode((const char *)data, size, &first) < 0)
        return 0;
    size_t length = exit_record_encode(&first, text);
    if (length == 0 || exit_record_decode(text, length, &second) < 0 || first.exit_code != second.exit_code ||
        first.signal != second.signal || first.oom_killed != second.oom_killed ||
        first.finished.tv_sec != second.finished.tv_sec || first.finished.tv_nsec != second.finished.tv_nsec)
        abort();
    return 0;
}
