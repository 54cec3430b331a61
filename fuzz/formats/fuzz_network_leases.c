/* SPDX-License-Identifier: Apache-2.0 */
/* What is read is written as it was, and every lease of it can be found. */
#include "formats/network_leases.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoreport struct report report = {0};
    autoleases struct network_leases leases = {0}, again = {0};
    autotext struct text first = {0}, second = {0};
    if (network_leases_parse("fuzz", (const char *)data, size, &report, &leases) < 0)
        return 0;
    if (leases.bridge[0] == '\0' || leases.last == 0 || leases.subnet == 0)
        return 0; /* such a file is read, but never written */
    network_leases_write(&leases, &first);
    if (network_leases_parse("fuzz", text_peek(&first), first.length, &report, &again) < 0)
        abort();
    network_leases_write(&again, &second);
    if (strcmp(text_peek(&first), text_peek(&second)) != 0)
        abort();
    for (size_t i = 0; i < leases.count; i++)
        if (network_leases_find(&leases, leases.items[i].id) != &leases.items[i])
            abort();
    uint32_t address;
    if (network_leases_choose_address(&leases, &address) == 0 && address >> 16 != leases.subnet >> 16)
        abort();
    return 0;
}
