/* SPDX-License-Identifier: Apache-2.0 */
/* A file of containers.conf.d, all ours; containers.conf(5). Podman reads errors as JSON and starts
 * containers without control groups only with runtimes that are listed for it. */
#include "host/peer_text.h"

#include "base/text.h"
#include "host/peer.h"

#include <errno.h>
#include <string.h>

#define HEAD "# Made by `unroot setup podman`; `unroot setup podman --undo` takes it away.\n"

static const char *const known_json[] = {"crun", "runc", "kata", "runsc", "youki", "krun"};
static const char *const known_nocgroups[] = {"crun", "krun"};

static void quote(struct text *out, const char *string)
{
    text_append_char(out, '"');
    for (const char *p = string; *p; p++) {
        if (*p == '"' || *p == '\\')
            text_append_char(out, '\\');
        text_append_char(out, *p);
    }
    text_append_char(out, '"');
}

static void write_list(struct text *out, const char *key, const struct strings *listed,
                       const char *const *known, size_t known_count)
{
    text_printf(out, "%s = [", key);
    for (size_t i = 0; i < listed->count; i++)
        if (!streq(listed->items[i], PEER_RUNTIME)) {
            quote(out, listed->items[i]);
            text_append(out, ", ");
        }
    for (size_t i = 0; listed->count == 0 && i < known_count; i++)
        text_printf(out, "\"%s\", ", known[i]);
    text_append(out, "\"" PEER_RUNTIME "\"]\n");
}

int peer_podman_add(const struct peer_text *t, const struct strings *json, const struct strings *nocgroups,
                    char **ret_text, struct failure *failure)
{
    autotext struct text out = {0};
    if (t->text && !string_after(t->text, HEAD))
        return refuse(failure, -EINVAL, "%s: a file of this name that unroot did not make is there already",
                      t->name);
    text_append(&out, HEAD "[engine]\n");
    if (t->make_default)
        text_append(&out, "runtime = \"" PEER_RUNTIME "\"\n");
    write_list(&out, "runtime_supports_json", json, known_json, ARRAY_SIZE(known_json));
    write_list(&out, "runtime_supports_nocgroups", nocgroups, known_nocgroups, ARRAY_SIZE(known_nocgroups));
    /* podman 4 reads it by this name, which its manual does not have; the other one is unknown to it, and the
     * reverse. */
    write_list(&out, "runtime_supports_nocgroup", nocgroups, known_nocgroups, ARRAY_SIZE(known_nocgroups));
    text_append(&out, "\n[engine.runtimes]\n" PEER_RUNTIME " = [");
    quote(&out, t->runtime);
    text_append(&out, "]\n");
    *ret_text = text_take(&out);
    return *ret_text ? 0 : fail(failure, -ENOMEM, "writing %s", t->name);
}

int peer_podman_remove(const struct peer_text *t, char **ret_text, struct failure *failure)
{
    if (!t->text)
        return -ENOENT;
    if (!string_after(t->text, HEAD))
        return refuse(failure, -EINVAL, "%s: unroot did not make this file", t->name);
    *ret_text = NULL;
    return 0;
}
