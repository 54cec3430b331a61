/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the caller's environment and options say about registries; lent strings, NULL: not set. The command
 * line fills it, so that nothing below reads the environment. */

enum registry_tls {
    REGISTRY_TLS_CONFIGURED,
    REGISTRY_TLS_VERIFIED, /* --tls-verify: https whose certificate is good, whatever is configured */
    REGISTRY_TLS_ANY,      /* --tls-verify=false: https without trust, else http */
};

struct registry_credentials;

struct registry_environment {
    const char *home, *docker_config, *registry_auth_file, *xdg_runtime_dir, *xdg_config_home;
    const char *http_proxy, *https_proxy, *no_proxy;
    enum registry_tls tls;
    const struct registry_credentials
        *credentials; /* --creds: for the registry itself, not for a mirror; or NULL */
};
