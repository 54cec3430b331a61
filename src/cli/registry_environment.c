/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/registry_environment.h"
#include "cli/say.h"
#include "formats/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Both spellings are in use; curl reads the small one first. */
static const char *either(const char *small, const char *large)
{
    const char *value = getenv(small);
    return value && value[0] ? value : getenv(large);
}

/* RFC 7617: the first colon ends the user. */
static int read_creds(struct registry_flags *flags, struct failure *failure)
{
    char *colon = flags->creds ? strchr(flags->creds, ':') : NULL;
    if (flags->credentials.username || !flags->creds)
        return 0;
    if (!colon || colon == flags->creds)
        return refuse(failure, -EINVAL, "--creds: USER:PASSWORD is needed");
    *colon = '\0';
    flags->credentials = (struct registry_credentials){.username = flags->creds, .password = colon + 1};
    return 0;
}

int registry_environment_read(struct registry_flags *flags, struct registry_environment *ret_environment,
                              struct failure *failure)
{
    int r = read_creds(flags, failure);
    if (r < 0)
        return r;
    *ret_environment = (struct registry_environment){
        .home = getenv("HOME"),
        .docker_config = getenv("DOCKER_CONFIG"),
        .registry_auth_file = flags->authfile ? flags->authfile : getenv("REGISTRY_AUTH_FILE"),
        .xdg_runtime_dir = getenv("XDG_RUNTIME_DIR"),
        .xdg_config_home = getenv("XDG_CONFIG_HOME"),
        .http_proxy = getenv("http_proxy"), /* HTTP_PROXY is left out as curl does: a CGI's client sets it */
        .https_proxy = either("https_proxy", "HTTPS_PROXY"),
        .no_proxy = either("no_proxy", "NO_PROXY"),
        .tls = flags->tls_verify < 0   ? REGISTRY_TLS_CONFIGURED
               : flags->tls_verify > 0 ? REGISTRY_TLS_VERIFIED
                                       : REGISTRY_TLS_ANY,
        .credentials = flags->creds ? &flags->credentials : NULL,
    };
    return 0;
}

int registry_refuse_tag(struct cli *cli, const char *name)
{
    autoreference struct reference reference = {0};
    struct failure failure = {0};
    if (reference_parse(name, &reference, &failure) < 0)
        return say_failure(cli, &failure);
    return reference.tag || reference.digest.hex[0]
               ? say_usage(cli, "--all-tags: \"%s\" names one tag or digest alone", name)
               : 0;
}
