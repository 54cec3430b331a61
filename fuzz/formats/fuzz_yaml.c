/* SPDX-License-Identifier: Apache-2.0 */
/* Properties: a refusal has a finding; a tree is never larger or deeper than the limits say, however it is
 * walked; a scalar that is the integer 0 has no other value as text. JSON takes the same path. */
#include "formats/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t walk(const struct yaml_node *n, unsigned depth)
{
    size_t total = 1;
    int64_t value;
    if (depth > YAML_DEPTH_MAX || !n->file || n->line == 0)
        abort();
    if (n->kind == YAML_SCALAR && (!n->text || (yaml_integer(n, &value) == 0 && yaml_is_null(n))))
        abort();
    for (size_t i = 0; i < n->count; i++)
        total += walk(n->kind == YAML_MAP ? n->pairs[i].value : n->items[i], depth + 1);
    return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoarena struct arena arena = {0};
    autoreport struct report report = {0};
    struct yaml_documents documents = {0};
    bool json = size > 0 && data[0] == '{';
    int r =
        json ? yaml_parse_json(&arena, &(struct yaml_source){"f", (const char *)data, size}, &report,
                               &documents)
             : yaml_parse(&arena, &(struct yaml_source){"f", (const char *)data, size}, &report, &documents);
    if (r < 0 && report.count == 0)
        abort();
    for (size_t i = 0; r == 0 && i < documents.count; i++)
        if (walk(documents.items[i], 1) > YAML_EXPANDED_MAX)
            abort();
    return 0;
}
