/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the caller's environment says about registries; lent strings, NULL: not set. The command line fills
 * it, so that nothing below reads the environment. */

struct registry_environment {
    const char *home, *docker_config, *registry_auth_file, *xdg_runtime_dir, *xdg_config_home;
    const char *http_proxy, *https_proxy, *no_proxy;
};
