/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Image names (distribution/reference ParseNormalizedNamed): "nginx" is docker.io/library/nginx:latest. */
#include "base/failure.h"
#include "formats/digest.h"

#include <stdbool.h>

#define REFERENCE_NAME_MAX 255

struct reference {
    char *domain;         /* "docker.io", "localhost:5000" */
    char *path;           /* "library/nginx" */
    char *tag;            /* NULL: none was given */
    struct digest digest; /* hex "" : none was given */
};

#define autoreference __attribute__((cleanup(reference_free)))

/* "invalid reference format", "repository name must be lowercase", 64 hex digits (an id) with docker's
 * sentences, and which part it is: -EINVAL. */
int reference_parse(const char *text, struct reference *ret_reference, struct failure *f) must_check;
/* As reference_parse(), and without tag and digest the tag is "latest". */
int reference_parse_tagged(const char *text, struct reference *ret_reference, struct failure *f) must_check;
void reference_free(struct reference *r);

/* "docker.io/library/nginx:latest[@sha256:..]"; the caller frees it. NULL: no memory. */
char *reference_write(const struct reference *r) must_check;
/* "docker.io/library/nginx" */
char *reference_write_name(const struct reference *r) must_check;
/* As docker shows it: "nginx:latest", "user/app", "localhost:5000/a:1", with "@sha256:.." when there is a
 * digest. */
char *reference_write_familiar(const struct reference *r) must_check;
/* "nginx", "localhost:5000/a": the REPOSITORY column. */
char *reference_write_familiar_name(const struct reference *r) must_check;
bool reference_tag_is_valid(const char *tag);
/* "library/nginx": what follows the host in a name. */
bool reference_path_is_valid(const char *path);
/* "registry.example", "localhost:5000", "[::1]:5000" */
bool reference_domain_is_valid(const char *domain);
/* A container, volume or network name: [a-zA-Z0-9][a-zA-Z0-9_.-]+ (docker RestrictedNamePattern), at most 255
 * bytes. */
bool object_name_is_valid(const char *name);
