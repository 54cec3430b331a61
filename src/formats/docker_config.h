/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Credentials for registries: docker's config.json and podman's auth.json (containers-auth.json(5)), which
 * share their form, and what a credential helper answers. */
#include "base/failure.h"
#include "base/report.h"
#include "formats/json.h"

#include <stdbool.h>
#include <stddef.h>

#define DOCKER_CONFIG_SIZE_MAX (1u << 20)

struct registry_credentials {
    char *username, *password; /* NULL: none */
    char *identity_token;      /* instead of both: for the token server (OAuth 2 refresh) */
};

#define autocredentials __attribute__((cleanup(registry_credentials_free)))
/* Overwrites the memory first. */
void registry_credentials_free(struct registry_credentials *c);

struct docker_config {
    struct json_object *document; /* members that we do not know are kept */
};

#define autodockerconfig __attribute__((cleanup(docker_config_free)))

/* Findings "NAME: auths.HOST.auth": wrong types, an "auth" that is no base 64 of user:password, names of
 * helpers that are no file names. -EINVAL, -ENOMEM. */
int docker_config_read(const char *name, const char *data, size_t size, struct report *report,
                       struct docker_config *ret_config) must_check;
void docker_config_free(struct docker_config *config);
/* The caller frees it; NULL: no memory. */
char *docker_config_write(const struct docker_config *config) must_check;

/* What stands in the file for a repository: podman's keys HOST/PATH, shortened part by part, then HOST in
 * each of docker's spellings. 1 found, 0 not; -ENOMEM. */
int docker_config_find(const struct docker_config *config, const char *domain, const char *repository,
                       struct registry_credentials *ret_credentials) must_check;
/* The helper for a host ("pass": the program docker-credential-pass), from credHelpers or credsStore; lent.
 * NULL: none. */
const char *docker_config_helper(const struct docker_config *config, const char *domain);
/* Replaces what stands there for the host. NULL `credentials`: an entry without secrets, as docker leaves one
 * when a helper keeps them. 0, -ENOMEM, -EILSEQ. */
int docker_config_set(struct docker_config *config, const char *domain,
                      const struct registry_credentials *credentials) must_check;
/* Whether something was there. */
bool docker_config_remove(struct docker_config *config, const char *domain);

/* What docker calls a host in its file and to its helpers: docker.io is "https://index.docker.io/v1/". */
const char *docker_config_key(const char *domain);
/* A helper's answer to `get`. -EINVAL. */
int credential_answer_read(const char *data, size_t size,
                           struct registry_credentials *ret_credentials) must_check;
