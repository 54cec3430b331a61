/* SPDX-License-Identifier: Apache-2.0 */
/* Property: a packet that is accepted is exactly what encoding its message gives. */
#include "formats/monitor_protocol.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct monitor_message message;
    uint8_t bytes[2 * MONITOR_HEADER_SIZE];
    if (monitor_message_decode(data, size, &message) < 0)
        return 0;
    int n = monitor_message_encode(&message, bytes);
    if (n < 0 || (size_t)n + message.size != size || memcmp(bytes, data, (size_t)n) != 0)
        abort();
    if (message.size > 0 && message.data != data + n)
        abort();
    return 0;
}
