/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pull_image.h"

#include "cli/say.h"
#include "cli/transfer.h"
#include "formats/reference.h"

#include <stdio.h>
#include <unistd.h>

/* docker's last words. */
static void say_outcome(const struct pull_look *look, const char *name,
                        const struct image_pull_result *result)
{
    char digest[DIGEST_TEXT_LENGTH + 1];
    dprintf(look->fd, "Digest: %s\nStatus: %s %s\n", digest_write(&result->digest, digest),
            result->changed ? "Downloaded newer image for" : "Image is up to date for", name);
}

/* "latest: Pulling from library/nginx", as docker begins. */
static int say_begin(struct cli *cli, const struct pull_options *options, const struct pull_look *look,
                     char **ret_name)
{
    autoreference struct reference given = {0}, reference = {0};
    struct failure failure = {0};
    char digest[DIGEST_TEXT_LENGTH + 1];
    int r = reference_parse(options->reference, &given, &failure);
    if (r == 0)
        r = reference_parse_tagged(options->reference, &reference, &failure);
    if (r < 0)
        return say_failure(cli, &failure);
    *ret_name = reference_write_familiar(&reference);
    if (!*ret_name)
        return say_failure(cli, &(struct failure){.error = -12});
    if (look->quiet)
        return 0;
    if (!given.tag && !given.digest.hex[0])
        dprintf(look->fd, "Using default tag: latest\n");
    dprintf(look->fd, "%s: Pulling from %s\n",
            reference.digest.hex[0] ? digest_write(&reference.digest, digest) : reference.tag,
            reference.path);
    return 0;
}

int pull_image(struct cli *cli, const struct pull_options *options, const struct pull_look *look)
{
    struct registry_environment environment;
    struct image_pull_request request = {.reference = options->reference,
                                         .platform = options->platform,
                                         .attempts = options->attempts,
                                         .environment = &environment};
    struct image_pull_result result;
    struct transfer_view view;
    struct failure failure = {0};
    autofree char *name = NULL;
    if (registry_environment_read(options->registry, &environment, &failure) < 0)
        return say_failure(cli, &failure);
    (void)fflush(stdout); /* what follows is written past its buffer */
    int code = say_begin(cli, options, look, &name);
    if (code != 0)
        return code;
    transfer_begin(&view, look->fd, look->quiet, &request.progress);
    int r = image_pull(cli->engine, &request, &result, &failure);
    transfer_end(&view);
    if (r < 0)
        return say_failure(cli, &failure);
    if (!look->quiet)
        say_outcome(look, name, &result);
    return 0;
}
