/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to audit/: a compose service's settings in the common shape. */
#include "audit/workload.h"
#include "formats/shell_word.h"
#include "formats/yaml.h"

void compose_read_workload(struct audit *a, const struct input *in, const struct yaml_node *service,
                           struct workload *ret_workload);
/* Gives the findings that have one their mechanical fix. */
void compose_add_edits(struct audit *a, struct subject *s, const struct yaml_node *service);
