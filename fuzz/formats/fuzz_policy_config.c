/* SPDX-License-Identifier: Apache-2.0 */
/* Property: a policy that is read allows something, to somebody, for a reason, in each of its rules; what is
 * refused has a finding. */
#include "formats/policy_config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoreport struct report report = {0};
    autopolicy struct policy_config p = {0};
    if (policy_config_parse("policy.json", (const char *)data, size, &report, &p) < 0) {
        if (report.count == 0)
            abort();
        return 0;
    }
    for (size_t i = 0; i < p.rule_count; i++) {
        const struct policy_rule *r = &p.rules[i];
        if (r->allow == 0 || !r->reason || r->images.count + r->namespaces.count + r->annotations.count == 0)
            abort();
        for (size_t k = 0; k < r->images.count; k++)
            if (!policy_glob_match("*", r->images.items[k]))
                abort();
    }
    return 0;
}
