/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Who we are to a registry: the credential files of docker and podman, and docker's credential helpers. */
#include "base/failure.h"
#include "formats/docker_config.h"
#include "registry/environment.h"

/* Files, the first that says something wins: --authfile or $REGISTRY_AUTH_FILE alone; else
 * $XDG_RUNTIME_DIR/containers/auth.json (/run/containers/UID/auth.json),
 * $XDG_CONFIG_HOME/containers/auth.json, then $DOCKER_CONFIG/config.json or ~/.docker/config.json. Nothing
 * known: 0 with empty credentials. */
int credentials_find(const struct registry_environment *environment, const char *domain,
                     const char *repository, struct registry_credentials *ret_credentials,
                     struct failure *failure) must_check;

struct credentials_place {
    char *file;   /* where they were stored */
    char *helper; /* or the helper that has them, NULL: none */
};
void credentials_place_free(struct credentials_place *place);

/* Stores them: $REGISTRY_AUTH_FILE, else docker's file; mode 0600, replaced at once, other members kept. */
int credentials_store(const struct registry_environment *environment, const char *domain,
                      const struct registry_credentials *credentials, struct credentials_place *ret_place,
                      struct failure *failure) must_check;
/* Takes them out of every file where they are. -ENOENT: nowhere. */
int credentials_remove(const struct registry_environment *environment, const char *domain,
                       struct failure *failure) must_check;

/* docker-credential-NAME, found in PATH, with the caller's ids and environment; its answer is bounded in size
 * and time. */
enum helper_verb { HELPER_GET, HELPER_STORE, HELPER_ERASE };
/* get: 1 and the credentials, 0: it has none. store: from `credentials`. */
int credential_helper_run(const char *name, enum helper_verb verb, const char *domain,
                          struct registry_credentials *credentials, struct failure *failure) must_check;
