/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/running.h"

#include "formats/json.h"

#include <errno.h>
#include <string.h>

int read_container_streams(struct cli *cli, const char *who, struct container_streams *ret,
                           struct failure *failure)
{
    autojson struct json_object *document = NULL;
    struct container_streams s = {0};
    int r = container_find(cli->engine, who, s.id, failure);
    if (r == 0)
        r = container_inspect(cli->engine, s.id, &document, failure);
    if (r < 0)
        return r;
    struct json_object *config = json_get_object(document, "Config");
    const char *keys = json_get_string(config, "DetachKeys");
    s.tty = json_get_bool(config, "Tty", false);
    s.open_stdin = json_get_bool(config, "OpenStdin", false);
    s.auto_remove = json_get_bool(json_get_object(document, "HostConfig"), "AutoRemove", false);
    s.detach_keys = keys ? strdup(keys) : NULL;
    if (keys && !s.detach_keys)
        return fail(failure, -ENOMEM, "reading %s", who);
    *ret = s;
    return 0;
}
