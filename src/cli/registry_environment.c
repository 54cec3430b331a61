/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/registry_environment.h"

#include <stdlib.h>

/* Both spellings are in use; curl reads the small one first. */
static const char *either(const char *small, const char *large)
{
    const char *value = getenv(small);
    return value && value[0] ? value : getenv(large);
}

struct registry_environment registry_environment_read(const char *authfile)
{
    return (struct registry_environment){
        .home = getenv("HOME"),
        .docker_config = getenv("DOCKER_CONFIG"),
        .registry_auth_file = authfile ? authfile : getenv("REGISTRY_AUTH_FILE"),
        .xdg_runtime_dir = getenv("XDG_RUNTIME_DIR"),
        .xdg_config_home = getenv("XDG_CONFIG_HOME"),
        .http_proxy = getenv("http_proxy"), /* HTTP_PROXY is left out as curl does: a CGI's client sets it */
        .https_proxy = either("https_proxy", "HTTPS_PROXY"),
        .no_proxy = either("no_proxy", "NO_PROXY"),
    };
}
