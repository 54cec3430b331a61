/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The image configuration (image-spec config.md and docker's additions: Healthcheck, OnBuild, Shell,
 * ArgsEscaped is not ours). */
#include "base/failure.h"
#include "base/report.h"
#include "base/strings.h"
#include "formats/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_CONFIG_SIZE_MAX                                                                                \
    (4u << 20)               /* image-spec recommends a limit of 4 MiB for manifests; ours for both */
#define IMAGE_LAYERS_MAX 500 /* overlay(5) takes no more lower layers */

struct image_history {
    char *created, *created_by, *author, *comment; /* NULL: not said */
    bool empty_layer;
};

struct image_healthcheck {
    struct strings test; /* empty: none said; "NONE" / "CMD", .. / "CMD-SHELL", .. */
    int64_t interval, timeout, start_period, start_interval; /* nanoseconds; 0: default */
    int64_t retries;                                         /* 0: default */
};

struct image_config {
    char *architecture, *os, *variant, *os_version; /* NULL: not said */
    char *created, *author;                         /* created: RFC 3339 as found */
    char *user, *workdir, *stop_signal;
    struct strings environment; /* NAME=VALUE */
    struct strings entrypoint, command, shell;
    bool has_entrypoint, has_command; /* [] is said too: it clears the base image's */
    struct strings volumes, ports;    /* paths; "80/tcp"; sorted, each once */
    struct strings labels;            /* NAME=VALUE, sorted by name */
    struct strings on_build;
    struct image_healthcheck healthcheck;
    struct digest *diff_ids;
    size_t diff_id_count;
    struct image_history *history;
    size_t history_count;
};

#define autoconfig __attribute__((cleanup(image_config_free)))

/* Unknown members are left out; a known one of another type is a finding. -EINVAL (findings in `report`),
 * -EFBIG, -ENOMEM. */
int image_config_read(const char *name, const char *data, size_t size, struct report *report,
                      struct image_config *ret_config) must_check;
/* The same config gives the same bytes (members in a fixed order, maps sorted). The caller frees it; NULL: no
 * memory, or a string that is no UTF-8. */
char *image_config_write(const struct image_config *config) must_check;
int image_config_copy(const struct image_config *from, struct image_config *ret_config) must_check;
void image_config_free(struct image_config *c);

int image_config_add_layer(struct image_config *c, const struct digest *diff_id) must_check;
/* Copies the strings of `entry`. */
int image_config_add_history(struct image_config *c, const struct image_history *entry) must_check;
/* NAME=VALUE into labels: replaces one of the same name, keeps the order sorted. */
int image_config_set_label(struct image_config *c, const char *assignment) must_check;
