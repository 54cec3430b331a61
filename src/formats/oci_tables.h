/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The tables of the OCI configuration's parts; used by formats/oci_*.c only. */
#include "formats/json_bind.h"

extern const struct json_table oci_process_table;   /* struct oci_process */
extern const struct json_table oci_mount_table;     /* struct oci_mount */
extern const struct json_table oci_mapping_table;   /* struct id_extent */
extern const struct json_table oci_linux_table;     /* struct oci_linux */
extern const struct json_table oci_resources_table; /* struct oci_resources */

/* char *; "0-3,7" (cpuset(7) "List format"), checked, as written. */
extern const struct json_shape oci_type_cpu_list;

/* Refuses mappings that overlap on either side or are more than the kernel takes. */
struct oci_mappings;
void oci_mappings_check(struct json_binder *b, const char *member, const struct oci_mappings *mappings);
