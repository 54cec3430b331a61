/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Lines of --log: what containerd and podman parse (one JSON object a line with level, msg, time) and what
 * people read (logrus' text form). */
#include "base/text.h"

#include <time.h>

enum oci_log_format { OCI_LOG_TEXT, OCI_LOG_JSON };
enum oci_log_level { OCI_LOG_DEBUG, OCI_LOG_INFO, OCI_LOG_WARNING, OCI_LOG_ERROR };

/* "text", "json"; -EINVAL. */
int oci_log_format_parse(const char *name, enum oci_log_format *ret_format) must_check;
/* "debug" .. "error"; static. */
const char *oci_log_level_name(enum oci_log_level level);

struct oci_log_line {
    enum oci_log_level level;
    time_t moment;
    const char *message; /* bytes that are no UTF-8 become U+FFFD in JSON, \xNN in text */
};
/* Appends the line with its line break. */
void oci_log_write(enum oci_log_format format, const struct oci_log_line *line, struct text *text);
